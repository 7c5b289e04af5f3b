package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// erasing is what the index keeps of an `erase` entry under each position that
// it names.
type erasing struct {
	// event is the number under which the erase entry arrived, seq its position.
	event, seq uint64
	id         protocol.EntryID
}

func (e erasing) encode() []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+idSize), e.seq), e.id[:]...)
}

func decodeErasing(key, value []byte) (erasing, error) {
	value, err := unseal(key, value)
	if err != nil {
		return erasing{}, err
	}
	if len(value) != 8+idSize {
		return erasing{}, fmt.Errorf("an erasure is cut short: %w", ErrDamaged)
	}
	return erasing{event: lastNumber(key), seq: binary.BigEndian.Uint64(value), id: protocol.EntryID(value[8:])}, nil
}

// erasers are the bodies that ever erased anything: of the others no reader
// needs to look.
type erasers struct {
	mu     sync.RWMutex
	bodies map[protocol.BodyID]struct{}
}

func (e *erasers) add(body protocol.BodyID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.bodies == nil {
		e.bodies = make(map[protocol.BodyID]struct{})
	}
	e.bodies[body] = struct{}{}
}

func (e *erasers) has(body protocol.BodyID) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	_, ok := e.bodies[body]
	return ok
}

// load finds them in the index, with one step for each body.
func (e *erasers) load(txn *badger.Txn) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{keyErase}})
	defer it.Close()
	for it.Rewind(); it.Valid(); {
		key := it.Item().Key()
		if len(key) < 1+idSize {
			it.Next()
			continue
		}
		body := protocol.BodyID(key[1:])
		e.add(body)
		it.Seek(append(bodyKey(keyErase, body), after...))
	}
}

// queueErasure queues the deletion of what an `erase` entry names, from now on.
func (b *batch) queueErasure(e *protocol.Entry, event uint64) error {
	b.l.erasers.add(e.Body()) // before any reader can see the entry
	return b.set(queueKey(uint64(max(b.l.cfg.Now().Unix(), 0)), event), nil)
}

// standing returns the first `erase` entry that names a position of a body's log
// and stands in it, or ErrNotFound. An entry arrives after all that stand before
// it, so the first that arrived is the first in the log.
func (l *Ledger) standing(txn *badger.Txn, body protocol.BodyID, seq uint64) (erasing, error) {
	if !l.erasers.has(body) {
		return erasing{}, ErrNotFound
	}
	var found erasing
	err := scan(txn, erasePrefix(body, seq), nil, func(key, value []byte) error {
		e, err := decodeErasing(key, value)
		if err != nil {
			return err
		}
		in, err := stands(txn, body, e.seq, e.id)
		if err != nil || !in {
			return err
		}
		found = e
		return errStop
	})
	if err == nil && found.id.IsZero() {
		err = ErrNotFound
	}
	return found, err
}

// stands reports whether an entry, which is stored, stands at a position of a
// body's log.
func stands(txn *badger.Txn, body protocol.BodyID, seq uint64, id protocol.EntryID) (bool, error) {
	h, err := readHead(txn, body)
	if errors.Is(err, ErrNotFound) {
		return false, nil // the log was dropped since
	}
	if err != nil {
		return false, err
	}
	return h.has(txn, seq, id)
}

// erased reports whether the content of an entry is erased: whether it stands in
// its body's log with an `erase` after it that names its position.
func (l *Ledger) erased(txn *badger.Txn, body protocol.BodyID, seq uint64, id protocol.EntryID) (bool, error) {
	switch _, err := l.standing(txn, body, seq); {
	case errors.Is(err, ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	return stands(txn, body, seq, id)
}

// withhold takes the content from an event whose entry is erased, also while the
// store still has it: what every reader outside this package gets has gone
// through here.
func (l *Ledger) withhold(txn *badger.Txn, ev Event) (Event, error) {
	if ev.Entry == nil || ev.Entry.Content == nil || !l.erasers.has(ev.Body) {
		return ev, nil
	}
	gone, err := l.erased(txn, ev.Body, ev.Entry.Envelope.Seq, ev.Entry.ID)
	if err != nil {
		return Event{}, err
	}
	if gone {
		ev.Entry = ev.Entry.WithoutContent()
	}
	return ev, nil
}

// Erasure returns the first `erase` entry of a body's log that names a position,
// or [ErrNotFound] when none does. One that lost its place in the log erases
// nothing.
func (l *Ledger) Erasure(body protocol.BodyID, seq uint64) (Event, error) {
	var found Event
	err := l.db.View(func(txn *badger.Txn) error {
		e, err := l.standing(txn, body, seq)
		if err != nil {
			return err
		}
		found, err = readPlace(txn, place{event: e.event, id: e.id})
		return err
	})
	if err != nil {
		return Event{}, fmt.Errorf("erasure of position %d of %s: %w", seq, body, err)
	}
	return found, nil
}

// Erased counts the positions of a body's log whose content is erased, whether
// it was deleted yet or not. The cost grows with what was ever erased there.
func (l *Ledger) Erased(body protocol.BodyID) (uint64, error) {
	if !l.erasers.has(body) {
		return 0, nil
	}
	var n uint64
	err := l.view(body, func(txn *badger.Txn, _ uint64) error {
		counted, last := false, uint64(0)
		return scan(txn, bodyKey(keyErase, body), nil, func(key, value []byte) error {
			seq := binary.BigEndian.Uint64(key[1+idSize:])
			if counted && seq == last {
				return nil
			}
			e, err := decodeErasing(key, value)
			if err != nil {
				return err
			}
			in, err := stands(txn, body, e.seq, e.id)
			if in {
				n, counted, last = n+1, true, seq
			}
			return err
		})
	})
	if err != nil {
		return 0, fmt.Errorf("erasures of %s: %w", body, err)
	}
	return n, nil
}
