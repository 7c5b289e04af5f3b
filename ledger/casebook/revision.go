package casebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Limits of revisions.
const (
	// MaxText is the longest text of a revision, in bytes: that of a record that
	// is read.
	MaxText = record.MaxInput
	// MaxRevisions is how many savings a draft has, those that were not taken
	// among them.
	MaxRevisions = 10_000
	// maxName is the longest name of who saved or confirmed, maxReason that of a
	// reason, in characters.
	maxName   = 200
	maxReason = 2000
	// maxTitle is how many characters of a title are shown.
	maxTitle = 120
)

// Formats of texts.
const (
	FormatJSON = record.FormatJSON
	FormatYAML = record.FormatYAML
)

// Revision is one saving of a draft.
type Revision struct {
	// Revision numbers the savings of a draft from 1.
	Revision int       `json:"revision"`
	Saved    time.Time `json:"saved"`
	// By is the office or account that saved it, as the caller names it.
	By string `json:"by,omitempty"`
	// NotTaken: somebody else had saved before. The text is kept, and another
	// revision is the present one.
	NotTaken bool `json:"not_taken,omitempty"`
	// Text is the record as it was written, whole or not: valid UTF-8 of up to
	// [MaxText] bytes. It is empty in a history. Size is its length in bytes.
	Text string `json:"text,omitempty"`
	Size int    `json:"size"`
	// Format is [FormatJSON] or [FormatYAML]; when it is empty the text decides.
	Format string `json:"format"`
}

// complete checks what the caller gives of a revision, and fills in what it may
// leave out.
func (r *Revision) complete() error {
	if r.Format == "" {
		r.Format = FormatYAML
		if strings.HasPrefix(strings.TrimLeft(r.Text, " \t\r\n\ufeff"), "{") {
			r.Format = FormatJSON
		}
	}
	switch {
	case r.Format != FormatJSON && r.Format != FormatYAML:
		return &record.InputError{Problem: fmt.Sprintf("a draft cannot be in the format %q", clip(r.Format, 20)), Remedy: "write JSON or YAML"}
	case len(r.Text) > MaxText:
		return &record.InputError{
			Problem: fmt.Sprintf("the text is %d bytes long; the limit is %d", len(r.Text), MaxText),
			Remedy:  "shorten it, or publish long papers elsewhere and name them under sources",
		}
	case !utf8.ValidString(r.Text):
		return &record.InputError{Problem: "the text is not valid Unicode", Remedy: "save the file as UTF-8"}
	}
	return checkLine("name of who saved it", r.By, maxName)
}

// checkLine refuses a note of the caller's that is too long to keep.
func checkLine(what, s string, limit int) error {
	if n := utf8.RuneCountInString(s); n > limit {
		return &record.InputError{Problem: fmt.Sprintf("the %s is %d characters long; the limit is %d", what, n, limit), Remedy: "shorten it"}
	}
	if !utf8.ValidString(s) {
		return &record.InputError{Problem: fmt.Sprintf("the %s is not valid Unicode", what), Remedy: "write it in UTF-8"}
	}
	return nil
}

// describe returns what a text says of its kind and title, and whether it can be
// read.
func describe(r Revision) (protocol.Kind, string, bool) {
	rec, err := record.FromText([]byte(r.Text), r.Format)
	if err != nil {
		return "", "", false
	}
	return rec.Kind, clip(strings.Join(strings.Fields(rec.Title()), " "), maxTitle), true
}

// add stores a revision, and returns its number and its time.
func (c *Casebook) add(ctx context.Context, tx *sql.Tx, draft string, r Revision, taken bool) (n int, at int64, err error) {
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(revision), 0) + 1 FROM revisions WHERE draft = ?", draft).Scan(&n); err != nil {
		return 0, 0, err
	}
	if n > MaxRevisions {
		return 0, 0, fmt.Errorf("%w: the draft was saved %d times; copy its text to a new draft, and discard this one", ErrFull, MaxRevisions)
	}
	at = c.millis()
	_, err = tx.ExecContext(ctx, "INSERT INTO revisions (draft, revision, saved, by, format, taken, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
		draft, n, at, r.By, r.Format, taken, r.Text)
	return n, at, err
}

// revisionOf returns a revision of a draft, or [ErrNotFound].
func revisionOf(ctx context.Context, q querier, d Draft, n int) (Revision, error) {
	r := Revision{Revision: n}
	var saved int64
	err := q.QueryRowContext(ctx, "SELECT saved, by, format, NOT taken, text FROM revisions WHERE draft = ? AND revision = ?", d.ID, n).
		Scan(&saved, &r.By, &r.Format, &r.NotTaken, &r.Text)
	if errors.Is(err, sql.ErrNoRows) {
		return Revision{}, fmt.Errorf("revision %d of draft %s: %w; its history lists those that there are", n, d.ID, ErrNotFound)
	}
	r.Saved, r.Size = timeOf(saved), len(r.Text)
	return r, err
}

// Revision returns a draft and one of its revisions with its text, those that
// were not taken among them. It returns [ErrNotFound] or an [AmbiguousError].
func (c *Casebook) Revision(ctx context.Context, id string, n int) (Draft, Revision, error) {
	var d Draft
	var r Revision
	err := c.read(ctx, func(q querier) (err error) {
		if d, err = draftOf(ctx, q, id); err == nil {
			r, err = revisionOf(ctx, q, d, n)
		}
		return err
	})
	if err != nil {
		return Draft{}, Revision{}, fmt.Errorf("read a revision: %w", err)
	}
	return d, r, nil
}

// History lists the revisions of a draft, the first first, without their texts:
// [Casebook.Revision] reads one.
func (c *Casebook) History(ctx context.Context, id string) ([]Revision, error) {
	out := []Revision{}
	err := c.read(ctx, func(q querier) error {
		id, err := find(ctx, q, "draft", id)
		if err != nil {
			return err
		}
		return rows(ctx, q, func(scan func(...any) error) error {
			var r Revision
			var saved int64
			err := scan(&r.Revision, &saved, &r.By, &r.Format, &r.NotTaken, &r.Size)
			r.Saved = timeOf(saved)
			out = append(out, r)
			return err
		}, "SELECT revision, saved, by, format, NOT taken, octet_length(text) FROM revisions WHERE draft = ? ORDER BY revision", id)
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of a draft: %w", err)
	}
	return out, nil
}
