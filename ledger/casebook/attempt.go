package casebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// Attempt is a publication that was begun. It is noted before anything reaches
// the log, so that a crash between the two leaves no draft that could be
// published a second time, and no confirmation that nobody finds.
type Attempt struct {
	// Content is the digest of the content, which is that of no other entry: it
	// has a random salt.
	Content protocol.Digest
	// Draft and Revision are what is published; empty and 0 without a draft.
	Draft    string
	Revision int
	// Position is the length of the body's log before: the entry is not found
	// before it.
	Position uint64
}

// Begin notes an attempt, and what was confirmed of all that is about to be
// published; what the draft has on record already is not noted twice. It returns
// [ErrState] when the draft is not open, and [ErrNotFound].
func (c *Casebook) Begin(ctx context.Context, a Attempt, list []Confirmation) error {
	if err := checkConfirmations(list); err != nil {
		return err
	}
	err := c.write(ctx, func(tx *sql.Tx) error {
		var draft, revision any
		if a.Draft != "" {
			d, err := draftOf(ctx, tx, a.Draft)
			if err != nil {
				return err
			}
			if err := d.TakesChanges(); err != nil {
				return err
			}
			if _, err := revisionOf(ctx, tx, d, a.Revision); err != nil {
				return err
			}
			draft, revision = d.ID, a.Revision
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO attempts (content, draft, revision, position, at) VALUES (?, ?, ?, ?, ?)",
			a.Content[:], draft, revision, int64(a.Position), c.millis())
		if err != nil {
			return err
		}
		for _, k := range list {
			if draft != nil {
				done, err := bind(ctx, tx, draft, k.Hit, a.Content[:])
				if err != nil {
					return err
				}
				if done {
					continue
				}
			}
			if err := c.confirm(ctx, tx, k, a.Content[:]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("begin to publish: %w", err)
	}
	return nil
}

// bind says of a confirmation that a draft has on record which content it goes
// into, and reports whether there is one.
func bind(ctx context.Context, tx *sql.Tx, draft any, hit string, content []byte) (bool, error) {
	res, err := tx.ExecContext(ctx, "UPDATE confirmations SET content = ? WHERE draft = ? AND hit = ? AND entry IS NULL", content, draft, hit)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// Finish notes the entry that an attempt became: with what was confirmed for it,
// and with the draft, which it returns if there was one. An attempt that is not
// open changes nothing, so that it can be finished again.
func (c *Casebook) Finish(ctx context.Context, content protocol.Digest, entry protocol.EntryID) (Draft, error) {
	var d Draft
	err := c.write(ctx, func(tx *sql.Tx) error {
		var draft sql.NullString
		var revision sql.NullInt64
		err := tx.QueryRowContext(ctx, "DELETE FROM attempts WHERE content = ? RETURNING draft, revision", content[:]).Scan(&draft, &revision)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE confirmations SET entry = ? WHERE content = ?", entry[:], content[:]); err != nil {
			return err
		}
		if !draft.Valid {
			return nil
		}
		d, err = markPublished(ctx, tx, draft.String, int(revision.Int64), entry)
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("note what was published: %w", err)
	}
	return d, nil
}

// Attempts lists the attempts that are open, of one draft, or all if it is
// empty.
func (c *Casebook) Attempts(ctx context.Context, draft string) ([]Attempt, error) {
	var out []Attempt
	err := c.read(ctx, func(q querier) error {
		return rows(ctx, q, func(scan func(...any) error) error {
			var a Attempt
			var content []byte
			var position int64
			err := scan(&content, &a.Draft, &a.Revision, &position)
			copy(a.Content[:], content)
			a.Position = uint64(position)
			out = append(out, a)
			return err
		}, `SELECT content, coalesce(draft, ''), coalesce(revision, 0), position FROM attempts WHERE ? IN ('', draft) ORDER BY at, content`, draft)
	})
	if err != nil {
		return nil, fmt.Errorf("list what was begun to be published: %w", err)
	}
	return out, nil
}

// Abandon forgets an attempt of which it is certain that nothing reached the log.
// What was confirmed for it stays.
func (c *Casebook) Abandon(ctx context.Context, content protocol.Digest) error {
	err := c.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM attempts WHERE content = ?", content[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("give up an attempt to publish: %w", err)
	}
	return nil
}
