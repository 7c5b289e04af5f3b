package catalogue

import (
	"context"
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// What the author's later records make of an entry.
const (
	stateStanding = iota
	stateAmended
	stateWithdrawn
)

// stateNames are those states as a [Hit] shows them.
var stateNames = [...]string{"", string(register.Amended), string(register.Withdrawn)}

// Bounds on how far is looked for entries whose state may have changed. The
// register follows 64 revisions of revisions, 256 versions of a record and
// withdrawals of withdrawals to the fourth degree.
const (
	maxClimb    = 6
	maxBack     = 65
	maxVersions = 1024
)

// changed notes what may follow from an entry's losing or regaining its place or
// its content. It is called before that is written: what the entry named is
// known still, even where the ledger has its content no more.
func (b *batch) changed(ctx context.Context, event int64) error {
	if _, err := b.w.addPending.ExecContext(ctx, event); err != nil {
		return err
	}
	var id []byte
	err := b.w.conn.QueryRowContext(ctx, "SELECT id FROM entries WHERE event = ?", event).Scan(&id)
	if isNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	ev, err := b.src.Entry(protocol.EntryID(id))
	if err == nil && ev.Entry != nil {
		if err := b.affected(ctx, ev.Entry); err != nil {
			return err
		}
		if len(ev.Entry.Content) > 0 {
			return nil
		}
	} else if !errors.Is(err, ledger.ErrNotFound) {
		return err
	} else if err := b.mark(ctx, protocol.EntryID(id)); err != nil {
		return err
	}
	return b.changedTargets(ctx, event)
}

// changedTargets notes what may follow for the entries that one names whose
// content is gone.
func (b *batch) changedTargets(ctx context.Context, event int64) error {
	rows, err := b.w.conn.QueryContext(ctx, `SELECT DISTINCT target FROM refs
		WHERE entry = ? AND field IN ('of', 'revises', 'decision', 'response', 'subject')`, event)
	if err != nil {
		return err
	}
	var targets []protocol.EntryID
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			return err
		}
		targets = append(targets, protocol.EntryID(id))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, id := range targets {
		if err := b.mark(ctx, id); err != nil {
			return err
		}
		ev, err := b.src.Entry(id)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := b.w.addPending.ExecContext(ctx, int64(ev.Seq)); err != nil {
			return err
		}
		if err := b.affected(ctx, ev.Entry); err != nil {
			return err
		}
	}
	return nil
}

// settlePending reads up to limit noted entries again, and those whose state
// follows from them. It reports how many were noted.
func (b *batch) settlePending(ctx context.Context, limit int) (int, error) {
	noted, err := b.numbers(ctx, "SELECT entry FROM pending ORDER BY entry LIMIT ?", limit)
	if err != nil {
		return 0, err
	}
	k := kinship{src: b.src, seen: map[protocol.EntryID]bool{}, families: map[protocol.EntryID]bool{}}
	for _, event := range noted {
		if _, err := b.w.dropPending.ExecContext(ctx, event); err != nil {
			return 0, err
		}
		var id []byte
		err := b.w.conn.QueryRowContext(ctx, "SELECT id FROM entries WHERE event = ?", event).Scan(&id)
		if isNoRows(err) {
			continue
		}
		if err == nil {
			err = k.visit(protocol.EntryID(id))
		}
		if err != nil {
			return 0, fmt.Errorf("what changes with event %d: %w", event, err)
		}
	}
	for _, ev := range k.out {
		if err := b.value(ctx, int64(ev.Seq), ev.Entry.ID); err != nil {
			return 0, fmt.Errorf("state of entry %s: %w", ev.Entry.ID, err)
		}
	}
	return len(noted), nil
}

// value writes what an entry is worth now. One whose event is still to come is
// left alone.
func (b *batch) value(ctx context.Context, event int64, id protocol.EntryID) error {
	var was int
	var disowned bool
	var body int64
	err := b.w.stateOf.QueryRowContext(ctx, event).Scan(&was, &disowned, &body)
	if isNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	item, err := register.StateOf(b.src, id)
	if err != nil {
		return err
	}
	is := stateStanding
	switch item.State {
	case register.Amended:
		is = stateAmended
	case register.Withdrawn:
		is = stateWithdrawn
	}
	if is != was {
		b.profiled[body] = true
		err := b.counted(ctx, event, func() error {
			_, err := b.w.conn.ExecContext(ctx, "UPDATE entries SET state = ? WHERE event = ?", is, event)
			return err
		})
		if err != nil {
			return err
		}
	}
	return b.setEdge(ctx, event, &item)
}

// kinship gathers entries whose state may have changed.
type kinship struct {
	src Source
	// seen are the entries in out, families the first versions whose later ones
	// are there too.
	seen, families map[protocol.EntryID]bool
	out            []ledger.Event
}

// get returns an entry; the event has none where it is not held.
func (k *kinship) get(id protocol.EntryID) (ledger.Event, error) {
	if id.IsZero() {
		return ledger.Event{}, nil
	}
	ev, err := k.src.Entry(id)
	if errors.Is(err, ledger.ErrNotFound) {
		return ledger.Event{}, nil
	}
	return ev, err
}

func (k *kinship) add(ev ledger.Event) {
	if !k.seen[ev.Entry.ID] {
		k.seen[ev.Entry.ID] = true
		k.out = append(k.out, ev)
	}
}

// visit adds an entry, what it corrects, and all versions of either.
func (k *kinship) visit(id protocol.EntryID) error {
	ev, err := k.get(id)
	if err != nil {
		return err
	}
	for range maxClimb {
		if ev.Entry == nil {
			return nil
		}
		r, err := k.family(ev)
		if err != nil || r == nil || ev.Entry.Envelope.Kind != record.KindCorrection {
			return err
		}
		of, err := k.get(record.Read[record.Correction](r).Of)
		if err != nil || of.Entry == nil || of.Entry.Body() != ev.Entry.Body() {
			return err
		}
		ev = of
	}
	return nil
}

// family adds an entry, what it revises and all that revises those. It returns
// the entry's record.
func (k *kinship) family(ev ledger.Event) (*record.Record, error) {
	k.add(ev)
	own := said(ev.Entry)
	for r, n := own, 0; r != nil && n < maxBack; n++ {
		old, err := k.get(r.Revises())
		if err != nil {
			return nil, err
		}
		if old.Entry == nil || !follows(ev.Entry, old.Entry) {
			break
		}
		k.add(old)
		ev, r = old, said(old.Entry)
	}
	if k.families[ev.Entry.ID] {
		return own, nil
	}
	k.families[ev.Entry.ID] = true
	queue := []*protocol.Entry{ev.Entry}
	for read := 0; len(queue) > 0; queue = queue[1:] {
		for ref, err := range k.src.References(queue[0].ID, record.FieldRevises) {
			if err != nil {
				return nil, err
			}
			if read++; read > maxVersions {
				return own, nil
			}
			by, err := k.get(ref.From)
			if err != nil {
				return nil, err
			}
			if by.Entry != nil && follows(by.Entry, queue[0]) {
				k.add(by)
				queue = append(queue, by.Entry)
			}
		}
	}
	return own, nil
}

// follows reports whether an entry can be a later version of another.
func follows(e, old *protocol.Entry) bool {
	return e.Body() == old.Body() && e.Envelope.Kind == old.Envelope.Kind && e.Envelope.Seq > old.Envelope.Seq
}

// said is an entry's record; nil where it cannot be read.
func said(e *protocol.Entry) *record.Record {
	if len(e.Content) == 0 {
		return nil
	}
	r, err := record.Decode(e.Envelope.Kind, e.Content)
	if err != nil {
		return nil
	}
	return r
}
