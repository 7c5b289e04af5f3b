package ledger

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// tileSize is how many entries one stored Merkle node stands for.
const tileSize = 256

// batch is one transaction of the writer. Nothing of it is visible, in memory
// or on disk, before commit returns.
type batch struct {
	l     *Ledger
	txn   *badger.Txn
	count counters
	tips  map[protocol.BodyID]*tip
	// kinds are the entries of each kind that the batch adds.
	kinds map[protocol.Kind][]kindMark
	// changed: something was written that the totals do not count.
	changed bool
	// lacking: entries may be without content that no erasure names.
	lacking bool
}

// writable reports why nothing can be written, if so. The caller holds the
// write lock.
func (l *Ledger) writable() error {
	if l.broken != nil {
		return fmt.Errorf("the ledger takes no more writes until it is opened again: %w", l.broken)
	}
	if l.space == nil {
		return nil
	}
	return l.space.mayWrite()
}

// begin starts a batch. The caller holds the write lock, and discards the batch.
func (l *Ledger) begin() (*batch, error) {
	if err := l.writable(); err != nil {
		return nil, err
	}
	return l.newBatch(), nil
}

// newBatch is begin for a writer that makes room.
func (l *Ledger) newBatch() *batch {
	return &batch{
		l: l, txn: l.db.NewTransaction(true), count: l.count,
		tips:  make(map[protocol.BodyID]*tip),
		kinds: make(map[protocol.Kind][]kindMark),
	}
}

func (b *batch) discard() { b.txn.Discard() }

// tip returns what is held of a body, with what the batch did to it.
func (b *batch) tip(body protocol.BodyID) (*tip, error) {
	if t, ok := b.tips[body]; ok {
		return t, nil
	}
	return b.l.tipOf(b.txn, body)
}

// event adds an event with its payload.
func (b *batch) event(kind EventKind, payload []byte) error {
	number := b.count.events + 1
	if err := b.set(eventKey(number), encodeRecord(number, kind, payload)); err != nil {
		return err
	}
	b.count.events = number
	return nil
}

func (b *batch) set(key, value []byte) error {
	if err := b.txn.Set(key, value); err != nil {
		return fmt.Errorf("write to the store: %w", err)
	}
	return nil
}

// setSealed stores a value that is not an event with a checksum.
func (b *batch) setSealed(key, value []byte) error { return b.set(key, sealed(key, value)) }

func (b *batch) remove(key []byte) error {
	if err := b.txn.Delete(key); err != nil {
		return fmt.Errorf("write to the store: %w", err)
	}
	return nil
}

// extend adds entries to the end of a body's log: chains[i] is the chain after
// entries[i]. t is nil for a new body.
func (b *batch) extend(t *tip, entries []*protocol.Entry, chains []*protocol.Chain) error {
	if len(entries) == 0 {
		return nil
	}
	next := &tip{chain: chains[len(chains)-1]}
	if t == nil {
		b.count.bodies++
	} else {
		next.parted, next.bytes = t.parted, t.bytes
	}
	at := make([]place, len(entries))
	for i, e := range entries {
		var err error
		if at[i], _, err = b.store(e, next.parted); err != nil {
			return err
		}
	}
	first := entries[0].Envelope.Seq
	if err := b.putPlaces(next.chain.Body(), first, at); err != nil {
		return err
	}
	if err := b.seal(next.chain.Body(), first, first+uint64(len(entries))); err != nil {
		return err
	}
	b.count.entries += uint64(len(entries))
	next.changed = b.count.events
	b.grow(next, bytesOf(entries))
	b.tips[next.chain.Body()] = next
	return nil
}

// grow counts what was stored of a body.
func (b *batch) grow(t *tip, bytes uint64) {
	t.bytes += bytes
	b.count.bytes += bytes
}

// bytesOf is how many bytes entries take.
func bytesOf(entries []*protocol.Entry) uint64 {
	var total uint64
	for _, e := range entries {
		total += uint64(len(e.Raw) + len(e.Signature) + len(e.Content))
	}
	return total
}

// store keeps an entry and its indexes under a new event. Where the log once
// parted the entry may be stored already: added is false then.
func (b *batch) store(e *protocol.Entry, parted bool) (p place, added bool, err error) {
	if parted {
		switch old, err := get(b.txn, idKey(e.ID)); {
		case err == nil:
			return place{event: lastNumber(old), id: e.ID}, false, nil
		case !errors.Is(err, ErrNotFound):
			return place{}, false, err
		}
	}
	event := b.count.events + 1
	if err := b.set(eventKey(event), encodeEntry(event, e)); err != nil {
		return place{}, false, err
	}
	b.count.events = event
	b.kinds[e.Envelope.Kind] = append(b.kinds[e.Envelope.Kind], kindMark{at: e.Envelope.At, event: event})
	for _, r := range rowsOf(e, event) {
		if err := b.set(r.key, r.value); err != nil {
			return place{}, false, err
		}
	}
	if e.Erase() != nil {
		if err := b.queueErasure(e, event); err != nil {
			return place{}, false, err
		}
	}
	if isBare(e) {
		if err := b.set(bareKey(event), nil); err != nil {
			return place{}, false, err
		}
		b.lacking = true
	}
	return place{event: event, id: e.ID}, true, nil
}

// seal stores the Merkle nodes that the positions from up to but not including
// to complete. Nodes of a history that was given up are overwritten when the log
// has grown that far again.
func (b *batch) seal(body protocol.BodyID, from, to uint64) error {
	for tile := from / tileSize; (tile+1)*tileSize <= to; tile++ {
		root, err := rootOf(b.txn, body, tile*tileSize, (tile+1)*tileSize)
		if err != nil {
			return err
		}
		if err := b.setSealed(tileKey(body, tile), root[:]); err != nil {
			return err
		}
	}
	return nil
}

// rootOf computes the root of the subtree over the positions from up to but not
// including to.
func rootOf(txn *badger.Txn, body protocol.BodyID, from, to uint64) (protocol.Root, error) {
	var t protocol.Tree
	err := places(txn, body, from, to, func(_ uint64, p place) error {
		t = t.Append(p.id)
		return nil
	})
	return t.Root(), err
}

// commit writes the batch to disk and then lets everybody see it. When the
// store fails to say whether it wrote, the ledger takes no more writes: what it
// holds in memory may no longer be what is on disk.
func (b *batch) commit() error {
	if !b.changed && b.count == b.l.count && len(b.tips) == 0 {
		return nil
	}
	for body, t := range b.tips {
		if err := b.setSealed(headKey(body), t.encode()); err != nil {
			return err
		}
	}
	for kind, marks := range b.kinds {
		if err := b.set(kindKey(kind, marks[0].event), encodeMarks(marks)); err != nil {
			return err
		}
	}
	if err := b.set([]byte{keyMeta}, b.count.encode()); err != nil {
		return err
	}
	if b.l.space != nil {
		if err := b.l.space.beforeCommit(); err != nil {
			return err
		}
	}
	if err := b.txn.Commit(); err != nil {
		b.l.broken = fmt.Errorf("commit: %w", err)
		return b.l.broken
	}
	b.l.count = b.count
	if b.lacking {
		b.l.lacking.Store(true)
	}
	for body, t := range b.tips {
		b.l.tips.Add(body, t)
	}
	if b.l.marker != nil {
		if err := b.l.marker.set(b.count); err != nil {
			b.l.cfg.Logger.Warn("the marker beside the ledger was not written", "error", err)
		}
	}
	if err := b.l.settleSpace(); err != nil {
		b.l.cfg.Logger.Warn("there is no room to go on writing", "error", err)
	}
	b.l.last.Store(b.count.events)
	b.l.wakeFollowers()
	return nil
}
