package ledger

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// maxProfiles is how many of a body's records about itself are looked at for
// the last that counts: a body could publish and erase as many as it likes.
const maxProfiles = 64

// Profile returns the last `body` record in a body's log whose content was not
// erased, or [ErrNotFound] when there is none among the last 64. What lost its
// place in the log is passed over. It does not look for corrections, nor whether
// the content can be read.
func (l *Ledger) Profile(body protocol.BodyID) (Event, error) {
	var list []Event
	err := l.db.View(func(txn *badger.Txn) (err error) {
		list, err = profiles(txn, body)
		return err
	})
	if err != nil {
		return Event{}, fmt.Errorf("profile of %s: %w", body, err)
	}
	for _, ev := range list {
		_, err := l.Erasure(body, ev.Entry.Envelope.Seq)
		if errors.Is(err, ErrNotFound) {
			return ev, nil
		}
		if err != nil {
			return Event{}, fmt.Errorf("profile of %s: %w", body, err)
		}
	}
	return Event{}, fmt.Errorf("profile of %s: %w", body, ErrNotFound)
}

// profiles lists the last of a body's records about itself that stand in its
// log, the latest first.
func profiles(txn *badger.Txn, body protocol.BodyID) ([]Event, error) {
	prefix := bodyKey(keyBody, body)
	it := txn.NewIterator(badger.IteratorOptions{Reverse: true, Prefix: prefix})
	defer it.Close()
	var list []Event
	for it.Seek(append(prefix[:len(prefix):len(prefix)], after...)); it.ValidForPrefix(prefix) && len(list) < maxProfiles; it.Next() {
		ev, err := readEvent(txn, lastNumber(it.Item().Key()))
		if err != nil {
			return nil, err
		}
		in, err := inLog(txn, ev.Entry)
		if err != nil {
			return nil, err
		}
		if in {
			list = append(list, ev)
		}
	}
	return list, nil
}

// after sorts behind every position and event.
const after = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
