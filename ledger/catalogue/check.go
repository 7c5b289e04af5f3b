package catalogue

import (
	"context"
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// ErrUnsound says that the catalogue is not what follows from the ledger. It can be
// deleted and is built again.
var ErrUnsound = errors.New("the catalogue is damaged")

// Check reads the whole file, and looks every entry in it up in the ledger. It
// returns [ErrUnsound] when either does not hold.
func (c *Catalogue) Check(ctx context.Context) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.writer == nil {
		return errClosed
	}
	var first string
	if err := c.writer.conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&first); err != nil {
		return c.unsound(ctx, err)
	}
	if first != "ok" {
		return fmt.Errorf("%w: %s", ErrUnsound, first)
	}
	rows, err := c.writer.conn.QueryContext(ctx, "SELECT event, id FROM entries")
	if err != nil {
		return c.unsound(ctx, err)
	}
	defer rows.Close() //nolint:errcheck // what it could say comes from Err as well
	for rows.Next() {
		var event int64
		var id []byte
		if err := rows.Scan(&event, &id); err != nil || len(id) != len(protocol.EntryID{}) {
			return c.unsound(ctx, errors.Join(err, fmt.Errorf("event %d has no identifier", event)))
		}
		ev, err := c.entry(protocol.EntryID(id))
		if errors.Is(err, ledger.ErrNotFound) || err == nil && ev.Seq != uint64(event) {
			return fmt.Errorf("%w: the ledger has no entry %s at event %d", ErrUnsound, protocol.EntryID(id), event)
		}
		if err != nil && !errors.Is(err, ledger.ErrDamaged) {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return c.unsound(ctx, err)
	}
	return nil
}

func (c *Catalogue) unsound(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrUnsound, err)
}
