package ledger

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// An entry may be held bare, without the content that its envelope names:
// because that is erased, or because who sent it did not have it. Whether bytes
// are held is not part of a log's state, so the log goes on; what is missing is
// asked for until an erasure names it.

// isBare reports whether an entry is without the content that it names.
func isBare(e *protocol.Entry) bool { return e.Content == nil && !e.Envelope.Content.IsZero() }

// Lack is an entry that is held without its content though nothing erased it.
type Lack struct {
	Body protocol.BodyID
	// Seq is its position in the log, ID its identifier.
	Seq uint64
	ID  protocol.EntryID
}

// Lacking lists up to limit entries that stand in a log and whose content should
// be here and is not. It goes on where the last call ended, so that what nobody
// has is not all that is ever listed. To give the content, join a run that holds
// the entry whole.
func (l *Ledger) Lacking(limit int) ([]Lack, error) {
	// Nobody marks a lack that this does not find: what is committed from now on
	// sets the flag again.
	if !l.lacking.Swap(false) {
		return nil, nil
	}
	from := l.lackFrom.Swap(0)
	var list []Lack
	err := l.db.View(func(txn *badger.Txn) error {
		return scan(txn, []byte{keyBare}, bareKey(from), func(key, _ []byte) error {
			ev, err := readEvent(txn, lastNumber(key))
			if err != nil {
				return err
			}
			if ev.Entry == nil {
				return nil // the log was dropped since
			}
			seq := ev.Entry.Envelope.Seq
			in, err := inLog(txn, ev.Entry)
			if err != nil || !in {
				return err
			}
			switch _, err := l.standing(txn, ev.Body, seq); {
			case err == nil:
				return nil
			case !errors.Is(err, ErrNotFound):
				return err
			}
			if list = append(list, Lack{Body: ev.Body, Seq: seq, ID: ev.Entry.ID}); len(list) >= limit {
				l.lackFrom.Store(ev.Seq + 1)
				return errStop
			}
			return nil
		})
	})
	if err != nil || len(list) > 0 || from > 0 {
		l.lacking.Store(true)
	}
	if err != nil {
		return nil, fmt.Errorf("list what is lacking: %w", err)
	}
	return list, nil
}

// fill gives a held entry the content that it lacks, unless that is erased.
func (b *batch) fill(p place, whole *protocol.Entry) error {
	if whole.Content == nil {
		return nil
	}
	switch _, err := get(b.txn, bareKey(p.event)); {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	seq := whole.Envelope.Seq
	gone, err := b.l.erased(b.txn, whole.Body(), seq, whole.ID)
	if err != nil || gone {
		return err
	}
	if err := b.set(eventKey(p.event), encodeEntry(p.event, whole)); err != nil {
		return err
	}
	for _, key := range [][]byte{bareKey(p.event), namedKey(p.event)} {
		if err := b.remove(key); err != nil {
			return err
		}
	}
	if err := b.putReferences(whole, p.event); err != nil {
		return err
	}
	return b.eventsOver(EventRestored, whole.Body(), seq, []protocol.EntryID{whole.ID})
}

// putReferences indexes what an entry refers to.
func (b *batch) putReferences(e *protocol.Entry, event uint64) error {
	for _, ref := range references(e) {
		if err := b.set(refKey(ref, event), refValue(e)); err != nil {
			return err
		}
	}
	return nil
}
