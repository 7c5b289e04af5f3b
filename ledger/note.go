package ledger

import (
	"errors"
	"fmt"
	"iter"

	"github.com/dgraph-io/badger/v4"
)

// PutNote keeps a small private value of another part of the node under a name,
// durably. A nil value removes it. It returns [ErrDiskFloor] as [Ledger.Append] does.
func (l *Ledger) PutNote(name string, value []byte) error {
	l.write.Lock()
	defer l.write.Unlock()
	if err := l.writable(); err != nil {
		return err
	}
	if l.space != nil {
		if err := l.space.beforeCommit(); err != nil {
			return err
		}
	}
	err := l.db.Update(func(txn *badger.Txn) error {
		if value == nil {
			return txn.Delete(noteKey(name))
		}
		return txn.Set(noteKey(name), value)
	})
	if err != nil {
		return fmt.Errorf("keep the note %s: %w", name, err)
	}
	return l.settleSpace()
}

// Note returns what [Ledger.PutNote] kept under a name, nil if nothing.
func (l *Ledger) Note(name string) ([]byte, error) {
	var value []byte
	err := l.db.View(func(txn *badger.Txn) (err error) {
		value, err = get(txn, noteKey(name))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the note %s: %w", name, err)
	}
	return value, nil
}

// Notes yields the notes whose names begin with a prefix, by name; an error ends
// the iteration.
func (l *Ledger) Notes(prefix string) iter.Seq2[Note, error] {
	return func(yield func(Note, error) bool) {
		stopped := false
		err := l.db.View(func(txn *badger.Txn) error {
			it := txn.NewIterator(badger.IteratorOptions{Prefix: noteKey(prefix)})
			defer it.Close()
			for it.Rewind(); it.Valid() && !stopped; it.Next() {
				value, err := it.Item().ValueCopy(nil)
				if err != nil {
					return err
				}
				stopped = !yield(Note{Name: string(it.Item().Key()[len(noteKey("")):]), Value: value}, nil)
			}
			return nil
		})
		if err != nil && !stopped {
			yield(Note{}, fmt.Errorf("read the notes %s: %w", prefix, err))
		}
	}
}

// Note is one value that [Ledger.PutNote] kept.
type Note struct {
	Name  string
	Value []byte
}
