package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// get returns a copy of the value under key, or ErrNotFound.
func get(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	b, err := item.ValueCopy(nil)
	if err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	return b, nil
}

// getSealed returns the value under key if it is the one that was stored there.
func getSealed(txn *badger.Txn, key []byte) ([]byte, error) {
	b, err := get(txn, key)
	if err != nil {
		return nil, err
	}
	return unseal(key, b)
}

// readHead reads the stored head of a body, or returns ErrNotFound.
func readHead(txn *badger.Txn, body protocol.BodyID) (storedHead, error) {
	key := headKey(body)
	b, err := get(txn, key)
	if err != nil {
		return storedHead{}, err
	}
	return decodeHead(key, b)
}

// errStop ends a scan without an error.
var errStop = errors.New("stop")

// scan calls f with each key and value under prefix, from start on if it is not
// nil, until f returns an error. The slices are valid during the call only.
//
// Values are copied first: while Badger lends one out, the value log cannot be
// rotated, and a caller that reads again meanwhile would wait for the very commit
// that waits for it.
func scan(txn *badger.Txn, prefix, start []byte, f func(key, value []byte) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	if start == nil {
		start = prefix
	}
	var value []byte
	for it.Seek(start); it.ValidForPrefix(prefix); it.Next() {
		var err error
		if value, err = it.Item().ValueCopy(value); err != nil {
			return fmt.Errorf("read the store: %w", err)
		}
		err = f(it.Item().Key(), value)
		if errors.Is(err, errStop) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tipOf returns what is held of a body, or ErrNotFound.
func (l *Ledger) tipOf(txn *badger.Txn, body protocol.BodyID) (*tip, error) {
	if t, ok := l.tips.Get(body); ok {
		return t, nil
	}
	key := headKey(body)
	stored, err := get(txn, key)
	if err != nil {
		return nil, err
	}
	if known, ok := l.restored.Get(body); ok && bytes.Equal(known.head, stored) {
		return known.tip, nil
	}
	h, err := decodeHead(key, stored)
	if err != nil {
		return nil, err
	}
	chain, err := protocol.RestoreChain(h.state, func(seq uint64) (*protocol.Entry, error) {
		e, err := entryAt(txn, body, seq)
		return e.Entry, err
	})
	if err != nil {
		return nil, fmt.Errorf("head of %s: %w: %w", body, ErrDamaged, err)
	}
	t := &tip{chain: chain, freeze: h.freeze, changed: h.changed, parted: h.parted, bytes: h.bytes}
	l.restored.Add(body, restoredTip{t, stored})
	return t, nil
}

// Head returns what is held of a body, or [ErrNotFound].
func (l *Ledger) Head(body protocol.BodyID) (Head, error) {
	var h Head
	err := l.db.View(func(txn *badger.Txn) error {
		stored, err := readHead(txn, body)
		if err != nil {
			return err
		}
		h, err = stored.head()
		return err
	})
	if err != nil {
		return Head{}, fmt.Errorf("body %s: %w", body, err)
	}
	return h, nil
}

// Heads yields what is held of every body, in the order of their identifiers.
func (l *Ledger) Heads() iter.Seq2[Head, error] {
	return func(yield func(Head, error) bool) {
		err := l.db.View(func(txn *badger.Txn) error {
			return scan(txn, []byte{keyHead}, nil, func(key, value []byte) error {
				stored, err := decodeHead(key, value)
				if err != nil {
					return err
				}
				h, err := stored.head()
				if err != nil {
					return err
				}
				if !yield(h, nil) {
					return errStop
				}
				return nil
			})
		})
		if err != nil {
			yield(Head{}, fmt.Errorf("list the bodies: %w", err))
		}
	}
}

// Chain returns the verified chain at the end of a body's log, or
// [ErrNotFound].
func (l *Ledger) Chain(body protocol.BodyID) (*protocol.Chain, error) {
	var t *tip
	err := l.db.View(func(txn *badger.Txn) (err error) {
		t, err = l.tipOf(txn, body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("body %s: %w", body, err)
	}
	return t.chain, nil
}

func readEvent(txn *badger.Txn, event uint64) (Event, error) {
	b, err := get(txn, eventKey(event))
	if errors.Is(err, ErrNotFound) {
		return Event{}, fmt.Errorf("event %d is missing: %w", event, ErrDamaged)
	}
	if err != nil {
		return Event{}, err
	}
	return decodeRecord(event, b)
}

func entryAt(txn *badger.Txn, body protocol.BodyID, seq uint64) (Event, error) {
	p, err := placeAt(txn, body, seq)
	if err != nil {
		return Event{}, err
	}
	return readPlace(txn, p)
}

// readPlace reads the entry at p and checks that it is the one that p names.
func readPlace(txn *badger.Txn, p place) (Event, error) {
	e, err := readEvent(txn, p.event)
	if err != nil {
		return Event{}, err
	}
	if e.Entry == nil || e.Entry.ID != p.id {
		return Event{}, fmt.Errorf("event %d is not %s: %w", p.event, p.id, ErrDamaged)
	}
	return e, nil
}

// Entry returns an entry by its identifier, whether it is still in its body's
// log or not; without its content if that is erased. It returns [ErrNotFound], or [ErrDamaged] when the disk does not
// return what was stored.
func (l *Ledger) Entry(id protocol.EntryID) (Event, error) {
	var e Event
	err := l.db.View(func(txn *badger.Txn) error {
		b, err := get(txn, idKey(id))
		if err != nil {
			return err
		}
		if len(b) != 8 {
			return ErrDamaged
		}
		if e, err = readPlace(txn, place{event: lastNumber(b), id: id}); err != nil {
			return err
		}
		e, err = l.withhold(txn, e)
		return err
	})
	if err != nil {
		return Event{}, fmt.Errorf("entry %s: %w", id, err)
	}
	return e, nil
}

// At returns the entry at a position of a body's log; errors as for
// [Ledger.Entry].
func (l *Ledger) At(body protocol.BodyID, seq uint64) (Event, error) {
	var e Event
	err := l.view(body, func(txn *badger.Txn, length uint64) (err error) {
		if seq >= length {
			return ErrNotFound
		}
		if e, err = entryAt(txn, body, seq); err != nil {
			return err
		}
		e, err = l.withhold(txn, e)
		return err
	})
	if err != nil {
		return Event{}, fmt.Errorf("position %d of %s: %w", seq, body, err)
	}
	return e, nil
}

// IDAt returns the identifier of the entry at a position of a body's log; errors
// as for [Ledger.Entry].
func (l *Ledger) IDAt(body protocol.BodyID, seq uint64) (protocol.EntryID, error) {
	var p place
	err := l.view(body, func(txn *badger.Txn, length uint64) (err error) {
		if seq >= length {
			return ErrNotFound
		}
		p, err = placeAt(txn, body, seq)
		return err
	})
	if err != nil {
		return protocol.EntryID{}, fmt.Errorf("position %d of %s: %w", seq, body, err)
	}
	return p.id, nil
}

// Log yields the entries at positions from up to but not including to of a
// body's log, as far as it goes.
func (l *Ledger) Log(body protocol.BodyID, from, to uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		err := l.view(body, func(txn *badger.Txn, length uint64) error {
			err := places(txn, body, from, min(to, length), func(_ uint64, p place) error {
				e, err := readPlace(txn, p)
				if err != nil {
					return err
				}
				if e, err = l.withhold(txn, e); err != nil {
					return err
				}
				if !yield(e, nil) {
					return errStop
				}
				return nil
			})
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		})
		if err != nil {
			yield(Event{}, fmt.Errorf("log of %s: %w", body, err))
		}
	}
}

// Encoded yields what [Ledger.Log] does in the encoding in which entries are
// stored and sent (see [protocol.Entry.Encode]), checked against its checksum
// but not decoded; erased content is left out. The bytes are the caller's until the next are asked for.
func (l *Ledger) Encoded(body protocol.BodyID, from, to uint64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		err := l.view(body, func(txn *badger.Txn, length uint64) error {
			var buffer []byte
			err := places(txn, body, from, min(to, length), func(seq uint64, p place) error {
				item, err := txn.Get(eventKey(p.event))
				if err != nil {
					return fmt.Errorf("position %d: %w: %w", seq, ErrDamaged, err)
				}
				if buffer, err = item.ValueCopy(buffer); err != nil {
					return fmt.Errorf("position %d: %w: %w", seq, ErrDamaged, err)
				}
				kind, payload, err := openRecord(p.event, buffer)
				if err != nil {
					return err
				}
				if kind != EventEntry {
					return fmt.Errorf("position %d is not an entry: %w", seq, ErrDamaged)
				}
				gone, err := l.erased(txn, body, seq, p.id)
				if err != nil {
					return err
				}
				if gone {
					e, err := protocol.ParseEntry(payload)
					if err != nil {
						return fmt.Errorf("position %d: %w: %w", seq, ErrDamaged, err)
					}
					payload = e.WithoutContent().Encode()
				}
				if !yield(payload, nil) {
					return errStop
				}
				return nil
			})
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		})
		if err != nil {
			yield(nil, fmt.Errorf("log of %s: %w", body, err))
		}
	}
}

// Last is the number of the last event, 0 in an empty ledger.
func (l *Ledger) Last() uint64 { return l.last.Load() }

// Events yields the events after the given one, as far as they go now.
func (l *Ledger) Events(after uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if _, _, err := l.eventsUpTo(after, l.last.Load(), yield); err != nil {
			yield(Event{}, err)
		}
	}
}

// eventsUpTo yields the events after the first number up to the second, and
// reports how far it came and whether yield asked for more.
func (l *Ledger) eventsUpTo(after, last uint64, yield func(Event, error) bool) (uint64, bool, error) {
	more := true
	err := l.db.View(func(txn *badger.Txn) error {
		return scan(txn, []byte{keyEvent}, eventKey(after+1), func(key, value []byte) error {
			number := lastNumber(key)
			if number > last {
				return errStop
			}
			if number != after+1 {
				return fmt.Errorf("event %d is missing: %w", after+1, ErrDamaged)
			}
			e, err := decodeRecord(number, value)
			if err != nil {
				return err
			}
			if e, err = l.withhold(txn, e); err != nil {
				return err
			}
			after = number
			if more = yield(e, nil); !more {
				return errStop
			}
			return nil
		})
	})
	if err == nil && more && after < last {
		err = fmt.Errorf("event %d is missing: %w", after+1, ErrDamaged)
	}
	if err != nil {
		return after, false, fmt.Errorf("read the arrival order: %w", err)
	}
	return after, more, nil
}

// Follow yields the events after the given one, and then each as it is
// committed, until ctx ends; it then yields the context's error. A follower that
// is slow is not waited for: it finds the events it missed in the store.
func (l *Ledger) Follow(ctx context.Context, after uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			woken := l.woken()
			if last := l.last.Load(); last > after {
				var more bool
				var err error
				if after, more, err = l.eventsUpTo(after, last, yield); err != nil {
					yield(Event{}, err)
					return
				}
				if !more {
					return
				}
				continue
			}
			select {
			case <-ctx.Done():
				yield(Event{}, ctx.Err())
				return
			case <-woken:
			}
		}
	}
}

func (l *Ledger) woken() <-chan struct{} {
	l.wakeMu.Lock()
	defer l.wakeMu.Unlock()
	return l.wake
}

func (l *Ledger) wakeFollowers() {
	l.wakeMu.Lock()
	defer l.wakeMu.Unlock()
	close(l.wake)
	l.wake = make(chan struct{})
}
