package ledger

import (
	"errors"
	"fmt"

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
