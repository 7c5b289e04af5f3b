package casebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// MaxDrafts is how many drafts may be open at once. Those that were published or
// discarded do not count. [Casebook.Drafts] lists as many at most.
const MaxDrafts = 10_000

// DraftState says what became of a draft.
type DraftState string

// States of drafts.
const (
	StateOpen      DraftState = "open"
	StatePublished DraftState = "published"
	StateDiscarded DraftState = "discarded"
)

// Draft is a record in the making.
type Draft struct {
	// ID names the draft on this node: a short word of letters and digits.
	ID    string     `json:"id"`
	State DraftState `json:"state"`
	// Kind and Title are those of the last revision that was taken and could be
	// read. The title is cut to 120 characters.
	Kind  protocol.Kind `json:"kind,omitempty"`
	Title string        `json:"title,omitempty"`
	// Revision is the number of the present revision: the last that was taken.
	Revision int       `json:"revision"`
	Created  time.Time `json:"created"`
	// Saved is when the present revision was saved.
	Saved time.Time `json:"saved"`
	// Entry is what it was published as, Published the revision that was.
	Entry     protocol.EntryID `json:"entry,omitzero"`
	Published int              `json:"published,omitempty"`
}

const selectDrafts = "SELECT id, state, kind, title, revision, created, saved, entry, coalesce(published, 0) FROM drafts "

func scanDraft(scan func(...any) error) (Draft, error) {
	var d Draft
	var created, saved int64
	var entry []byte
	if err := scan(&d.ID, &d.State, &d.Kind, &d.Title, &d.Revision, &created, &saved, &entry, &d.Published); err != nil {
		return Draft{}, err
	}
	d.Created, d.Saved = timeOf(created), timeOf(saved)
	copy(d.Entry[:], entry)
	return d, nil
}

// draftOf returns the draft that given names.
func draftOf(ctx context.Context, q querier, given string) (Draft, error) {
	id, err := find(ctx, q, "draft", given)
	if err != nil {
		return Draft{}, err
	}
	return scanDraft(q.QueryRowContext(ctx, selectDrafts+"WHERE id = ?", id).Scan)
}

// Create adds a draft with its first revision. It returns [ErrFull] when
// [MaxDrafts] are open.
func (c *Casebook) Create(ctx context.Context, r Revision) (Draft, error) {
	if err := r.complete(); err != nil {
		return Draft{}, err
	}
	var d Draft
	err := c.write(ctx, func(tx *sql.Tx) error {
		if err := roomForDraft(ctx, tx); err != nil {
			return err
		}
		id, err := newID(ctx, tx, "drafts")
		if err != nil {
			return err
		}
		now := c.millis()
		_, err = tx.ExecContext(ctx, `INSERT INTO drafts (id, state, kind, title, revision, created, saved, turn)
			VALUES (?, ?, '', '', 0, ?, ?, `+nextTurn+`)`, id, StateOpen, now, now)
		if err != nil {
			return err
		}
		d, err = c.take(ctx, tx, Draft{ID: id}, r)
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("create a draft: %w", err)
	}
	return d, nil
}

// nextTurn is the turn of what changes now.
const nextTurn = "(SELECT coalesce(max(turn), 0) + 1 FROM drafts)"

func roomForDraft(ctx context.Context, q querier) error {
	var open int
	if err := q.QueryRowContext(ctx, "SELECT count(*) FROM drafts WHERE state = ?", StateOpen).Scan(&open); err != nil {
		return err
	}
	if open >= MaxDrafts {
		return fmt.Errorf("%w: %d drafts are open; publish some, or discard those that nobody works on", ErrFull, open)
	}
	return nil
}

// Save adds a revision to a draft that the caller last saw at revision base. It
// returns a [ConflictError] when another is present (the caller's text is kept as
// a revision all the same, marked as not taken), [ErrFull], [ErrState] or
// [ErrNotFound]. Text that is the same as before adds nothing, also when base is
// stale.
func (c *Casebook) Save(ctx context.Context, id string, base int, r Revision) (Draft, error) {
	if err := r.complete(); err != nil {
		return Draft{}, err
	}
	var d Draft
	var conflict *ConflictError
	err := c.write(ctx, func(tx *sql.Tx) error {
		var err error
		if d, err = draftOf(ctx, tx, id); err != nil {
			return err
		}
		if err := d.TakesChanges(); err != nil {
			return err
		}
		present, err := revisionOf(ctx, tx, d, d.Revision)
		switch {
		case err != nil:
			return err
		case present.Text == r.Text && present.Format == r.Format:
			return nil
		case d.Revision != base:
			conflict = &ConflictError{Draft: d, Present: present}
			conflict.Kept, err = c.keep(ctx, tx, d, r)
			return err
		}
		d, err = c.take(ctx, tx, d, r)
		return err
	})
	if err == nil && conflict != nil {
		err = conflict
	}
	if err != nil {
		return Draft{}, fmt.Errorf("save draft %s: %w", clip(id, 40), err)
	}
	return d, nil
}

// TakesChanges returns nil if the draft is open, else [ErrState] with the reason.
func (d *Draft) TakesChanges() error {
	switch d.State {
	case StatePublished:
		return fmt.Errorf("%w: it was published as %s; make another draft, which can revise that entry", ErrState, d.Entry)
	case StateDiscarded:
		return fmt.Errorf("%w: it was discarded; reopen it first", ErrState)
	default:
		return nil
	}
}

// take makes a revision the present one.
func (c *Casebook) take(ctx context.Context, tx *sql.Tx, d Draft, r Revision) (Draft, error) {
	n, at, err := c.add(ctx, tx, d.ID, r, true)
	if err != nil {
		return Draft{}, err
	}
	kind, title, ok := describe(r)
	if !ok {
		kind, title = d.Kind, d.Title
	}
	_, err = tx.ExecContext(ctx, "UPDATE drafts SET kind = ?, title = ?, revision = ?, saved = ?, turn = "+nextTurn+" WHERE id = ?",
		kind, title, n, at, d.ID)
	if err != nil {
		return Draft{}, err
	}
	return draftOf(ctx, tx, d.ID)
}

// keep adds a revision that came too late, unless the last such has the same
// text, and returns its number.
func (c *Casebook) keep(ctx context.Context, tx *sql.Tx, d Draft, r Revision) (int, error) {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT revision FROM revisions WHERE draft = ? AND text = ? AND format = ? AND revision =
		(SELECT max(revision) FROM revisions WHERE draft = ? AND taken = 0)`, d.ID, r.Text, r.Format, d.ID).Scan(&n)
	if !errors.Is(err, sql.ErrNoRows) {
		return n, err
	}
	n, _, err = c.add(ctx, tx, d.ID, r, false)
	return n, err
}

// Draft returns a draft, named by its ID or by enough of it to tell it from
// others, and its present revision. It returns [ErrNotFound] or an
// [AmbiguousError].
func (c *Casebook) Draft(ctx context.Context, id string) (Draft, Revision, error) {
	var d Draft
	var r Revision
	err := c.read(ctx, func(q querier) (err error) {
		if d, err = draftOf(ctx, q, id); err == nil {
			r, err = revisionOf(ctx, q, d, d.Revision)
		}
		return err
	})
	if err != nil {
		return Draft{}, Revision{}, fmt.Errorf("read a draft: %w", err)
	}
	return d, r, nil
}

// Drafts lists the drafts in a state, or all, the last changed first, at most
// [MaxDrafts].
func (c *Casebook) Drafts(ctx context.Context, state DraftState) ([]Draft, error) {
	out := []Draft{}
	err := c.read(ctx, func(q querier) error {
		return rows(ctx, q, func(scan func(...any) error) error {
			d, err := scanDraft(scan)
			out = append(out, d)
			return err
		}, selectDrafts+"WHERE ? IN ('', state) ORDER BY turn DESC LIMIT ?", state, MaxDrafts)
	})
	if err != nil {
		return nil, fmt.Errorf("list the drafts: %w", err)
	}
	return out, nil
}
