package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
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

// inLog reports whether e stands in its body's log.
func inLog(txn *badger.Txn, e *protocol.Entry) (bool, error) {
	length, err := lengthOf(txn, e.Body())
	if err != nil || e.Envelope.Seq >= length {
		return false, err
	}
	p, err := placeAt(txn, e.Body(), e.Envelope.Seq)
	return p.id == e.ID, err
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

// References yields what refers to an entry, in arrival order, whether the
// entry itself is held or not. What lost its place in a log is left out.
func (l *Ledger) References(id protocol.EntryID) iter.Seq2[Reference, error] {
	return func(yield func(Reference, error) bool) {
		err := l.db.View(func(txn *badger.Txn) error {
			return scan(txn, refPrefix(id), nil, func(key, value []byte) error {
				if len(value) < len(id) {
					return ErrDamaged
				}
				ref := Reference{
					From: protocol.EntryID(value[:len(id)]), Event: lastNumber(key), Field: string(value[len(id):]),
				}
				e, err := readEvent(txn, ref.Event)
				if err != nil {
					return err
				}
				if in, err := inLog(txn, e.Entry); err != nil || !in {
					return err
				}
				if !yield(ref, nil) {
					return errStop
				}
				return nil
			})
		})
		if err != nil {
			yield(Reference{}, fmt.Errorf("what refers to %s: %w", id, err))
		}
	}
}

// idMark is how identifiers begin in text: content without it refers to
// nothing, and need not be decoded.
var idMark = []byte("bafyrei")

// references lists what an entry refers to.
func references(e *protocol.Entry) []record.Ref {
	if !bytes.Contains(e.Content, idMark) {
		return nil
	}
	fields, err := protocol.DecodeContent(e.Content)
	if err != nil {
		return nil // content that is not sound is a finding, and refers to nothing
	}
	return record.References(fields)
}
