package catalogue

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// batch is events that are committed together. Its transaction begins with the
// first of them.
type batch struct {
	c *Catalogue
	w *writer
	// src is read again when an erasure turns out not to stand.
	src Source

	open   bool
	events int
	last   uint64
	stale  bool
	// web: who vouches for whom, or who uses which key, may have changed.
	web    bool
	counts map[point]int64
	// profiled are the bodies whose profile may have changed.
	profiled map[int64]bool
}

// point is a value on an axis.
type point struct{ axis, value string }

// take applies one event, and commits when the batch is full.
func (b *batch) take(ctx context.Context, ev ledger.Event) error {
	if err := b.start(ctx); err != nil {
		return err
	}
	if err := b.apply(ctx, ev); err != nil {
		return err
	}
	b.last = ev.Seq
	if b.events++; b.events >= batchEvents {
		return b.commit(ctx)
	}
	return nil
}

// start begins the transaction if there is none.
func (b *batch) start(ctx context.Context) error {
	if b.open {
		return nil
	}
	if _, err := b.w.begin.ExecContext(ctx); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	b.open, b.counts, b.profiled = true, map[point]int64{}, map[int64]bool{}
	return nil
}

// commit makes what was taken visible, together with the cursor.
func (b *batch) commit(ctx context.Context) error {
	if !b.open {
		return nil
	}
	for body := range b.profiled {
		if err := b.renetwork(ctx, body); err != nil {
			return err
		}
	}
	for p, n := range b.counts {
		if n == 0 {
			continue
		}
		if _, err := b.w.count.ExecContext(ctx, p.axis, p.value, n); err != nil {
			return fmt.Errorf("count: %w", err)
		}
	}
	if _, err := b.w.clearCounts.ExecContext(ctx); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	web := b.c.web.Load()
	if b.web {
		web++
	}
	if _, err := b.w.setCursor.ExecContext(ctx, int64(b.last), b.stale, int64(web)); err != nil {
		return fmt.Errorf("set the cursor: %w", err)
	}
	if _, err := b.w.commit.ExecContext(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	b.c.cursor.Store(b.last)
	b.c.web.Store(web)
	b.c.stale = b.c.stale || b.stale
	b.open, b.events, b.stale, b.web, b.counts, b.profiled = false, 0, false, false, nil, nil
	return nil
}

// abandon undoes what was not committed. The caller's context may have ended.
func (b *batch) abandon(ctx context.Context) {
	if !b.open {
		return
	}
	b.open = false
	clear(b.w.bodies)
	clear(b.w.parties)
	clear(b.w.networks)
	if _, err := b.w.rollback.ExecContext(ctx); err != nil {
		b.c.log.Warn("giving up a batch of the catalogue failed", "error", err)
	}
}

// apply makes the tables say what they say after the event.
func (b *batch) apply(ctx context.Context, ev ledger.Event) error {
	body, err := b.w.body(ctx, ev.Body)
	if err != nil {
		return err
	}
	switch ev.Kind {
	case ledger.EventEntry:
		if ev.Entry == nil {
			return nil // dropped since
		}
		return b.add(ctx, int64(ev.Seq), body, ev.Entry)
	case ledger.EventDropped:
		return b.dropBody(ctx, body)
	case ledger.EventFrozen, ledger.EventResolved:
		if _, err := b.w.conn.ExecContext(ctx, "UPDATE bodies SET frozen = ? WHERE n = ?", ev.Kind == ledger.EventFrozen, body); err != nil {
			return fmt.Errorf("freeze body %s: %w", ev.Body, err)
		}
	}
	for i, id := range ev.Entries {
		if i >= len(ev.Positions) {
			break
		}
		if err := b.change(ctx, ev.Kind, body, ev.Positions[i], id); err != nil {
			return fmt.Errorf("%s entry %s: %w", ev.Kind, id, err)
		}
	}
	return nil
}

// change applies an event to an entry that was taken in before. One that was
// dropped in the meantime is left alone.
func (b *batch) change(ctx context.Context, kind ledger.EventKind, body int64, seq uint64, id protocol.EntryID) error {
	var n int64
	err := b.w.findEntry.QueryRowContext(ctx, body, int64(seq), id[:]).Scan(&n)
	if isNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := b.changed(ctx, n); err != nil {
		return err
	}
	b.profiled[body] = true
	switch kind {
	case ledger.EventDisowned, ledger.EventFrozen:
		return b.stand(ctx, n, false)
	case ledger.EventRestored:
		if err := b.stand(ctx, n, true); err != nil {
			return err
		}
		return b.complete(ctx, n)
	case ledger.EventErased:
		return b.hide(ctx, n)
	}
	return nil
}

// counted runs f, which changes what the entry says, and keeps the counts right.
func (b *batch) counted(ctx context.Context, event int64, f func() error) error {
	for _, by := range []int64{-1, 1} {
		points, disowned, err := b.points(ctx, event)
		if err != nil {
			return err
		}
		if !disowned {
			b.tally(points, by)
		}
		if by < 0 {
			if err := f(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) tally(points []point, by int64) {
	for _, p := range points {
		b.counts[p] += by
	}
}

// stand says whether an entry is in its body's log, and what follows from it for
// the content that it erases.
func (b *batch) stand(ctx context.Context, event int64, stands bool) error {
	err := b.counted(ctx, event, func() error {
		_, err := b.w.conn.ExecContext(ctx, "UPDATE entries SET disowned = ? WHERE event = ?", !stands, event)
		return err
	})
	if err != nil {
		return err
	}
	erases, err := b.numbers(ctx, "SELECT entry FROM erasures WHERE erase = ? ORDER BY entry", event)
	if err != nil {
		return err
	}
	var control bool
	if err := b.w.conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM keys WHERE entry = ?)", event).Scan(&control); err != nil {
		return err
	}
	b.web = b.web || control
	for _, entry := range erases {
		if err := b.changed(ctx, entry); err != nil {
			return err
		}
		if stands {
			err = b.hide(ctx, entry)
		} else {
			err = b.refill(ctx, entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// numbers reads a column of numbers.
func (b *batch) numbers(ctx context.Context, query string, args ...any) ([]int64, error) {
	rows, err := b.w.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var out []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}
