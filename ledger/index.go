package ledger

import (
	"encoding/binary"
	"fmt"
	"iter"
	"sort"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// kindMark is what the index of kinds keeps of an entry.
type kindMark struct{ at, event uint64 }

func encodeMarks(marks []kindMark) []byte {
	b := make([]byte, 0, 16*len(marks))
	for _, m := range marks {
		b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, m.at), m.event)
	}
	return b
}

// ByKind yields the entries of a kind that claim a time from up to but not
// including to, in Unix seconds, in arrival order. Entries that lost their place
// in a log are left out.
func (l *Ledger) ByKind(kind protocol.Kind, from, to uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		err := l.db.View(func(txn *badger.Txn) error {
			return scan(txn, kindPrefix(kind), nil, func(_, marks []byte) error {
				for ; len(marks) >= 16; marks = marks[16:] {
					if at := binary.BigEndian.Uint64(marks); at < from || at >= to {
						continue
					}
					e, err := readEvent(txn, binary.BigEndian.Uint64(marks[8:]))
					if err != nil {
						return err
					}
					in, err := inLog(txn, e.Entry)
					if err != nil {
						return err
					}
					if in && !yield(e, nil) {
						return errStop
					}
				}
				return nil
			})
		})
		if err != nil {
			yield(Event{}, fmt.Errorf("entries of kind %s: %w", kind, err))
		}
	}
}

// inLog reports whether e, which is stored, stands in its body's log.
func inLog(txn *badger.Txn, e *protocol.Entry) (bool, error) {
	h, err := readHead(txn, e.Body())
	if err != nil {
		return false, err
	}
	return h.has(txn, e.Envelope.Seq, e.ID)
}

// has reports whether the log has an entry, which is stored, at its position. A
// log that never parted has all that was ever stored of it.
func (h storedHead) has(txn *badger.Txn, seq uint64, id protocol.EntryID) (bool, error) {
	if !h.parted || seq >= h.state.Length {
		return !h.parted, nil
	}
	p, err := placeAt(txn, h.state.Body, seq)
	return p.id == id, err
}

// InLog reports whether an entry that is held stands in its body's log, or gave
// way to a stronger branch or a freeze.
func (l *Ledger) InLog(e *protocol.Entry) (bool, error) {
	var in bool
	err := l.db.View(func(txn *badger.Txn) (err error) {
		in, err = inLog(txn, e)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("entry %s: %w", e.ID, err)
	}
	return in, nil
}

// Erasure returns the first `erase` entry of a body's log that names a position,
// or [ErrNotFound] when none does. One that lost its place in the log erases
// nothing.
func (l *Ledger) Erasure(body protocol.BodyID, seq uint64) (Event, error) {
	var found Event
	err := l.db.View(func(txn *badger.Txn) error {
		return scan(txn, bodyKey(keyErase, body), nil, func(key, value []byte) error {
			positions, err := unseal(key, value)
			if err != nil {
				return err
			}
			if !names(positions, seq) {
				return nil
			}
			e, err := readEvent(txn, lastNumber(key))
			if err != nil {
				return err
			}
			in, err := inLog(txn, e.Entry)
			if err == nil && in && (found.Entry == nil || e.Entry.Envelope.Seq < found.Entry.Envelope.Seq) {
				found = e
			}
			return err
		})
	})
	if err == nil && found.Entry == nil {
		err = ErrNotFound
	}
	if err != nil {
		return Event{}, fmt.Errorf("erasure of position %d of %s: %w", seq, body, err)
	}
	return found, nil
}

// names reports whether positions, which ascend, has seq.
func names(positions []byte, seq uint64) bool {
	at := func(i int) uint64 { return binary.BigEndian.Uint64(positions[8*i:]) }
	n := len(positions) / 8
	i := sort.Search(n, func(i int) bool { return at(i) >= seq })
	return i < n && at(i) == seq
}
