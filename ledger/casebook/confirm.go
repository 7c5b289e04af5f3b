package casebook

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// maxConfirmations is how many confirmations are listed at most.
const maxConfirmations = 10_000

// Confirmation says that a person looked at a passage that the privacy check
// pointed out, and lets it stand.
type Confirmation struct {
	// Hit names the passage: record.Hit.ID.
	Hit string `json:"hit"`
	// Draft is the ID of the draft in which it stands, and for which alone it is
	// confirmed; empty for a record that was published without one.
	Draft string `json:"draft,omitempty"`
	// Excerpt is the passage, Field where it stood, Rule what pointed it out.
	Excerpt string `json:"excerpt"`
	Field   string `json:"field"`
	Rule    string `json:"rule"`
	// Reason is why it may stand, up to 2,000 characters; By, who says so, up to
	// 200.
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at"`
	// Entry is the entry in which it was published; zero while it is not.
	Entry protocol.EntryID `json:"entry,omitzero"`
}

// Confirm keeps what a person confirmed, all of it or nothing. A time that is
// zero becomes the present. It returns [ErrNotFound] for a draft that there is
// not.
func (c *Casebook) Confirm(ctx context.Context, list []Confirmation) error {
	if err := checkConfirmations(list); err != nil {
		return err
	}
	err := c.write(ctx, func(tx *sql.Tx) error {
		for _, k := range list {
			if err := c.confirm(ctx, tx, k, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep what was confirmed: %w", err)
	}
	return nil
}

func checkConfirmations(list []Confirmation) error {
	for _, k := range list {
		if err := checkLine("reason", k.Reason, maxReason); err != nil {
			return err
		}
		if err := checkLine("name of who confirmed", k.By, maxName); err != nil {
			return err
		}
	}
	return nil
}

// confirm stores a confirmation; content is the digest of the content that it is
// about to be published in, or nil.
func (c *Casebook) confirm(ctx context.Context, tx *sql.Tx, k Confirmation, content []byte) error {
	at := c.millis()
	if !k.At.IsZero() {
		at = k.At.UnixMilli()
	}
	var draft, entry any
	if k.Draft != "" {
		id, err := find(ctx, tx, "draft", k.Draft)
		if err != nil {
			return err
		}
		draft = id
	}
	if !k.Entry.IsZero() {
		entry = k.Entry[:]
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO confirmations (draft, hit, excerpt, field, rule, reason, by, at, content, entry)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, draft, k.Hit, k.Excerpt, k.Field, k.Rule, k.Reason, k.By, at, content, entry)
	return err
}

// Confirmations lists what was confirmed, the last first, at most 10,000; of one
// entry, or all if it is zero.
func (c *Casebook) Confirmations(ctx context.Context, entry protocol.EntryID) ([]Confirmation, error) {
	where, args := "", []any{}
	if !entry.IsZero() {
		where, args = "WHERE entry = ? ", []any{entry[:]}
	}
	var out []Confirmation
	err := c.read(ctx, func(q querier) (err error) {
		out, err = confirmations(ctx, q, where, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what was confirmed: %w", err)
	}
	return out, nil
}

// ConfirmedIn lists what was confirmed in a draft, the last first, at most
// 10,000. It returns [ErrNotFound] or an [AmbiguousError].
func (c *Casebook) ConfirmedIn(ctx context.Context, draft string) ([]Confirmation, error) {
	var out []Confirmation
	err := c.read(ctx, func(q querier) error {
		id, err := find(ctx, q, "draft", draft)
		if err == nil {
			out, err = confirmations(ctx, q, "WHERE draft = ? ", id)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what was confirmed in a draft: %w", err)
	}
	return out, nil
}

func confirmations(ctx context.Context, q querier, where string, args ...any) ([]Confirmation, error) {
	out := []Confirmation{}
	err := rows(ctx, q, func(scan func(...any) error) error {
		var k Confirmation
		var at int64
		var entry []byte
		err := scan(&k.Hit, &k.Draft, &k.Excerpt, &k.Field, &k.Rule, &k.Reason, &k.By, &at, &entry)
		k.At = timeOf(at)
		copy(k.Entry[:], entry)
		out = append(out, k)
		return err
	}, "SELECT hit, coalesce(draft, ''), excerpt, field, rule, reason, by, at, entry FROM confirmations "+
		where+"ORDER BY n DESC LIMIT ?", append(args, maxConfirmations)...)
	return out, err
}
