package ledger

import (
	"encoding/binary"
	"fmt"
	"iter"

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
					if e.Entry == nil {
						continue // dropped since
					}
					in, err := inLog(txn, e.Entry)
					if err != nil {
						return err
					}
					if !in {
						continue
					}
					if e, err = l.withhold(txn, e); err != nil {
						return err
					}
					if !yield(e, nil) {
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
	return stands(txn, e.Body(), e.Envelope.Seq, e.ID)
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
