package casebook

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// Erase deletes what the casebook has of the text of entries that were erased:
// the texts and the title of the drafts that they were published from, and the
// passages that were confirmed in them, and what was put before officers. That a draft was saved, when and by whom,
// stays. The bytes are gone from the files when it returns nil; to call it again
// changes nothing. It returns [ErrNotWritten] when somebody else holds the file
// open, so that the text is deleted but may lie in the journal still.
func (c *Casebook) Erase(ctx context.Context, entries []protocol.EntryID) error {
	err := c.write(ctx, func(tx *sql.Tx) error {
		for _, id := range entries {
			for _, statement := range []string{
				"DELETE FROM confirmations WHERE entry = ?1 OR draft IN (SELECT id FROM drafts WHERE entry = ?1)",
				"UPDATE revisions SET text = '' WHERE draft IN (SELECT id FROM drafts WHERE entry = ?1)",
				"UPDATE drafts SET title = '' WHERE entry = ?1",
				"UPDATE proposals SET payload = x'' WHERE entry = ?1 OR draft IN (SELECT id FROM drafts WHERE entry = ?1)",
			} {
				if _, err := tx.ExecContext(ctx, statement, id[:]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		err = c.emptyJournal(ctx)
	}
	if err != nil {
		return fmt.Errorf("erase drafts: %w", err)
	}
	return nil
}

// emptyJournal brings what was written into the file, where deleted bytes are
// overwritten (secure_delete), and cuts the journal off.
func (c *Casebook) emptyJournal(ctx context.Context) error {
	var busy, pages, moved int
	if err := c.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(truncate)").Scan(&busy, &pages, &moved); err != nil {
		return explain(err)
	}
	if busy != 0 {
		return fmt.Errorf("%w: somebody else is reading it, so its journal keeps what was deleted; try again", ErrNotWritten)
	}
	return nil
}
