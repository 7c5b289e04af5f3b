package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// Append adds an own entry to the end of a body's log and returns when it is on
// disk. build gets the chain to extend and returns the signed entry; it runs
// under the write lock, so that nothing can come between, and must be quick. To
// found a body, body is zero and build gets the empty chain.
//
// It returns [ErrFrozen] when the log contradicts itself, [ErrNotFound] for a
// body that has no log here, [ErrDiskFloor], or a [protocol.Rejection] when the
// rules do not allow the entry. Nothing was written then.
func (l *Ledger) Append(ctx context.Context, body protocol.BodyID, build func(*protocol.Chain) (*protocol.Entry, error)) (Event, error) {
	l.write.Lock()
	defer l.write.Unlock()
	if err := ctx.Err(); err != nil {
		return Event{}, err
	}
	b, err := l.begin()
	if err != nil {
		return Event{}, err
	}
	defer b.discard()
	var t *tip
	chain := new(protocol.Chain)
	if !body.IsZero() {
		if t, err = b.tip(body); err != nil {
			return Event{}, fmt.Errorf("append to %s: %w", body, err)
		}
		if t.freeze.Kind != protocol.NotFrozen {
			return Event{}, fmt.Errorf("append to %s at %d: %w", body, t.chain.Length(), ErrFrozen)
		}
		chain = t.chain
	}
	e, err := build(chain)
	if err != nil {
		return Event{}, err
	}
	next, signed, err := chain.Extend(e, kindsOf(b.txn, e.Body()))
	if err != nil {
		return Event{}, fmt.Errorf("append to %s: %w", e.Body(), err)
	}
	if !l.verifier.Verify(signed) {
		return Event{}, fmt.Errorf("append to %s: the signature just made does not hold", e.Body())
	}
	if err := l.ownEntry(b, t, e, next); err != nil {
		return Event{}, fmt.Errorf("append to %s: %w", e.Body(), err)
	}
	if err := b.extend(t, []*protocol.Entry{e}, []*protocol.Chain{next}); err != nil {
		return Event{}, err
	}
	if err := b.commit(); err != nil {
		return Event{}, err
	}
	return Event{Seq: b.count.events, Kind: EventEntry, Body: e.Body(), Entry: e}, nil
}

// ownEntry checks what only an author must: that the content is there, and that
// a new body is new and of this network.
func (l *Ledger) ownEntry(b *batch, t *tip, e *protocol.Entry, next *protocol.Chain) error {
	if !e.Envelope.Content.IsZero() && e.Content == nil {
		return &protocol.Rejection{Code: protocol.ContentMissing, Detail: "an own entry comes with its content"}
	}
	if t != nil {
		return nil
	}
	if next.Network() != l.cfg.Network {
		return l.wrongNetwork(next.Network())
	}
	if _, err := b.tip(e.Body()); !errors.Is(err, ErrNotFound) {
		return errors.Join(err, errors.New("the body exists already"))
	}
	return nil
}
