package ledger

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Named lists what an entry refers to, in which fields. Of one whose content is
// erased that is still known where the content once was, since readers are shown
// it from the other side; of one whose content never came it is nothing. It returns
// [ErrNotFound] for an entry that is not held.
func (l *Ledger) Named(id protocol.EntryID) ([]record.Ref, error) {
	var refs []record.Ref
	err := l.db.View(func(txn *badger.Txn) error {
		number, err := get(txn, idKey(id))
		if err != nil {
			return err
		}
		ev, err := readEvent(txn, lastNumber(number))
		if err != nil {
			return err
		}
		refs, err = namedBy(txn, ev)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("what entry %s refers to: %w", id, err)
	}
	return refs, nil
}

// namedBy lists what the entry of an event refers to, as it is stored.
func namedBy(txn *badger.Txn, ev Event) ([]record.Ref, error) {
	switch {
	case ev.Entry == nil:
		return nil, nil
	case ev.Entry.Content != nil:
		return references(ev.Entry), nil
	}
	value, err := getSealed(txn, namedKey(ev.Seq))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeNamed(value)
}

// encodeNamed writes, for each reference, the identifier, and the length of the
// field's name and the name.
func encodeNamed(refs []record.Ref) []byte {
	var b []byte
	for _, r := range refs {
		b = append(append(b, r.ID[:]...), byte(len(r.Field))) // at most maxField
		b = append(b, r.Field...)
	}
	return b
}

func decodeNamed(b []byte) ([]record.Ref, error) {
	var refs []record.Ref
	for len(b) > 0 {
		const head = idSize + 1
		if len(b) < head || len(b) < head+int(b[idSize]) {
			return nil, fmt.Errorf("what an entry referred to is cut short: %w", ErrDamaged)
		}
		end := head + int(b[idSize])
		refs = append(refs, record.Ref{ID: protocol.EntryID(b[:idSize]), Field: string(b[head:end])})
		b = b[end:]
	}
	return refs, nil
}
