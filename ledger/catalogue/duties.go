package catalogue

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
)

// maxDuties is how many duties from one decision have a row.
const maxDuties = 1 << 16

// noDue is the due date of what has none. It sorts last.
const noDue = math.MaxInt64

// refresh writes the duties that follow from a decision anew. Of an identifier
// that is not, or no longer, a first version nothing follows.
func (b *batch) refresh(ctx context.Context, id protocol.EntryID) error {
	ev, err := b.src.Entry(id)
	held := err == nil
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	var n int64
	err = b.w.unheld.QueryRowContext(ctx, id[:]).Scan(&n)
	if err != nil && !isNoRows(err) {
		return err
	}
	if n != 0 {
		if _, err := b.w.dropDuties.ExecContext(ctx, n); err != nil {
			return err
		}
		if _, err := b.w.conn.ExecContext(ctx, "DELETE FROM unheld WHERE n = ?", n); err != nil {
			return err
		}
	}
	if held {
		n = int64(ev.Seq) //nolint:gosec // numbers of events stay far below 2^47
		if _, err := b.w.dropDuties.ExecContext(ctx, n); err != nil {
			return err
		}
	}
	duties, err := register.Duties(b.src, id)
	if err != nil || len(duties) == 0 || duties[0].Decision != id {
		return err
	}
	if !held {
		if n, err = b.addUnheld(ctx, id); err != nil {
			return err
		}
	}
	version, err := b.versionOf(ctx, n, id)
	if err != nil {
		return err
	}
	for i := range duties[:min(len(duties), maxDuties)] {
		if err := b.addDuty(ctx, n*maxDuties+int64(i), version, &duties[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) addUnheld(ctx context.Context, id protocol.EntryID) (int64, error) {
	var n int64
	err := b.w.conn.QueryRowContext(ctx, "SELECT coalesce(min(n), 0) - 1 FROM unheld").Scan(&n)
	if err != nil {
		return 0, err
	}
	_, err = b.w.conn.ExecContext(ctx, "INSERT INTO unheld (n, id) VALUES (?, ?)", n, id[:])
	return n, err
}

// versionOf is the event of the version of a decision that counts; 0 when the
// decision is not in its body's log.
func (b *batch) versionOf(ctx context.Context, n int64, id protocol.EntryID) (int64, error) {
	var state int
	var disowned bool
	var body int64
	err := b.w.stateOf.QueryRowContext(ctx, n).Scan(&state, &disowned, &body)
	if isNoRows(err) || disowned {
		return 0, nil
	}
	if err != nil || state != stateAmended {
		return n, err
	}
	item, err := register.StateOf(b.src, id)
	if err != nil || item.State != register.Amended {
		return n, err
	}
	ev, err := b.src.Entry(item.Changed)
	return int64(ev.Seq), err //nolint:gosec // numbers of events stay far below 2^63
}

func (b *batch) addDuty(ctx context.Context, row, version int64, d *register.Duty) error {
	by, err := b.w.party(ctx, d.By)
	if err != nil {
		return err
	}
	to, err := b.w.party(ctx, d.To)
	if err != nil {
		return err
	}
	due := int64(noDue)
	before, after := d.State(time.Time{}), d.State(time.Time{})
	if missed := d.Missed(); !missed.IsZero() {
		due = missed.Unix()
		before, after = d.State(missed.Add(-time.Second)), d.State(missed)
	}
	_, err = b.w.addDuty.ExecContext(ctx, row, version, string(d.Kind), d.Ref, by, to, int64(laneOf(before, after, d.Open())), due, len(d.Moved) > 0)
	return err
}
