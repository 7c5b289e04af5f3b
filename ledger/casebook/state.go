package casebook

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// Discard puts a draft aside; [Casebook.Reopen] takes it up again. One that is
// discarded stays so. It returns [ErrState] for one that was published.
func (c *Casebook) Discard(ctx context.Context, id string) (Draft, error) {
	d, err := c.change(ctx, id, StateDiscarded)
	if err != nil {
		return Draft{}, fmt.Errorf("discard a draft: %w", err)
	}
	return d, nil
}

// Reopen undoes Discard. It returns [ErrState] for a draft that was published,
// and [ErrFull] when [MaxDrafts] are open.
func (c *Casebook) Reopen(ctx context.Context, id string) (Draft, error) {
	d, err := c.change(ctx, id, StateOpen)
	if err != nil {
		return Draft{}, fmt.Errorf("reopen a draft: %w", err)
	}
	return d, nil
}

// change puts a draft that was not published into a state.
func (c *Casebook) change(ctx context.Context, id string, to DraftState) (Draft, error) {
	var d Draft
	err := c.write(ctx, func(tx *sql.Tx) (err error) {
		if d, err = draftOf(ctx, tx, id); err != nil || d.State == to {
			return err
		}
		if d.State == StatePublished {
			return d.TakesChanges()
		}
		if to == StateOpen {
			if err := roomForDraft(ctx, tx); err != nil {
				return err
			}
		}
		if _, err = tx.ExecContext(ctx, "UPDATE drafts SET state = ?, turn = "+nextTurn+" WHERE id = ?", to, d.ID); err != nil {
			return err
		}
		d, err = draftOf(ctx, tx, d.ID)
		return err
	})
	return d, err
}

// MarkPublished notes the entry as which a revision of a draft was published.
// To note the same entry again changes nothing. It returns [ErrState] for a draft
// that was published as another entry, and [ErrNotFound]. A draft that was
// discarded meanwhile is marked all the same: the entry is there.
func (c *Casebook) MarkPublished(ctx context.Context, id string, revision int, entry protocol.EntryID) (Draft, error) {
	var d Draft
	err := c.write(ctx, func(tx *sql.Tx) (err error) {
		d, err = markPublished(ctx, tx, id, revision, entry)
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("mark a draft as published: %w", err)
	}
	return d, nil
}

func markPublished(ctx context.Context, tx *sql.Tx, id string, revision int, entry protocol.EntryID) (Draft, error) {
	d, err := draftOf(ctx, tx, id)
	if err != nil {
		return Draft{}, err
	}
	if d.State == StatePublished {
		if d.Entry == entry {
			return d, nil
		}
		return Draft{}, d.TakesChanges()
	}
	if _, err := revisionOf(ctx, tx, d, revision); err != nil {
		return Draft{}, err
	}
	_, err = tx.ExecContext(ctx, "UPDATE drafts SET state = ?, entry = ?, published = ?, turn = "+nextTurn+" WHERE id = ?",
		StatePublished, entry[:], revision, d.ID)
	if err != nil {
		return Draft{}, err
	}
	return draftOf(ctx, tx, d.ID)
}
