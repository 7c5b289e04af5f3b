package catalogue

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// settleMost is how many noted entries, and how many decisions, are read again
// in one transaction.
const settleMost = 1000

// arrived notes what may follow from a new entry.
func (b *batch) arrived(ctx context.Context, event int64, e *protocol.Entry, r *row) error {
	kind := e.Envelope.Kind
	if c := e.Control(); c != nil {
		b.web = true
		for _, key := range register.KeysOf(c) {
			if _, err := b.w.addKey.ExecContext(ctx, event, key[:]); err != nil {
				return err
			}
		}
	}
	if r.changes || kind == record.KindMandate || kind == record.KindAttestation {
		if _, err := b.w.addPending.ExecContext(ctx, event); err != nil {
			return err
		}
	}
	switch kind {
	case record.KindResponse, record.KindProgress, record.KindAttestation, record.KindMandate, record.KindCorrection:
		return b.affected(ctx, e)
	case record.KindDecision:
		if r.changes {
			return b.affected(ctx, e)
		}
		if r.asks {
			return b.mark(ctx, e.ID)
		}
	}
	// Nothing is due from what asks nobody, unless somebody answered to it before
	// it came.
	var n int64
	err := b.w.unheld.QueryRowContext(ctx, e.ID[:]).Scan(&n)
	if isNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.mark(ctx, e.ID)
}

// affected notes the decisions whose duties may change with an entry.
func (b *batch) affected(ctx context.Context, e *protocol.Entry) error {
	decisions, err := register.Affected(b.src, e)
	if err != nil {
		return err
	}
	for _, id := range decisions {
		if err := b.mark(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) mark(ctx context.Context, decision protocol.EntryID) error {
	_, err := b.w.addDirty.ExecContext(ctx, decision[:])
	return err
}

// settle reads again what was noted, and commits. What was noted is little in
// the course of a day and goes with the events into one transaction; after a
// long catch-up each decision is read once, however much was said to it, and in
// several transactions. When ctx ends, the rest stays noted.
func (b *batch) settle(ctx context.Context) error {
	whole := context.WithoutCancel(ctx)
	b.src = newMemo(b.src)
	for {
		if err := b.start(whole); err != nil {
			return err
		}
		// What decisions are worth comes first: their duties look at it.
		n, err := b.settlePending(whole, settleMost)
		if err != nil {
			return err
		}
		if n < settleMost {
			if n, err = b.settleDirty(whole, settleMost); err != nil {
				return err
			}
		}
		if err := b.commit(whole); err != nil {
			return err
		}
		if n < settleMost {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// settleDirty reads the duties of up to limit noted decisions again, and reports
// how many there were.
func (b *batch) settleDirty(ctx context.Context, limit int) (int, error) {
	rows, err := b.w.conn.QueryContext(ctx, "SELECT decision FROM dirty LIMIT ?", limit)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var noted []protocol.EntryID
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		noted = append(noted, protocol.EntryID(id))
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for _, id := range noted {
		if err := b.refresh(ctx, id); err != nil {
			return 0, fmt.Errorf("duties from %s: %w", id, err)
		}
		if _, err := b.w.dropDirty.ExecContext(ctx, id[:]); err != nil {
			return 0, err
		}
	}
	return len(noted), nil
}
