package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// Drop takes the whole log of a body out of the store, with all that gave way in
// it, and tells followers by one [EventDropped]. It returns [ErrNotFound] for a
// body that is not held. The log can be joined again at any time.
//
// The caller must not drop a body whose log nobody else holds: least of all its
// own. A crash on the way leaves the log dropped, and the rest is removed at the
// next opening. What the store itself takes on disk shrinks with [Ledger.Reclaim].
func (l *Ledger) Drop(ctx context.Context, body protocol.BodyID) error {
	l.write.Lock()
	defer l.write.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	// Room is made where there is too little, so the floor does not count here.
	if l.broken != nil {
		return l.writable()
	}
	if err := l.drop(body); err != nil && l.broken == nil {
		return fmt.Errorf("drop the log of %s: %w", body, err)
	}
	return l.broken
}

func (l *Ledger) drop(body protocol.BodyID) error {
	b := l.newBatch()
	defer b.discard()
	t, err := b.tip(body)
	if err != nil {
		return err
	}
	if err := b.event(EventDropped, body[:]); err != nil {
		return err
	}
	b.count.bodies--
	b.count.entries -= t.chain.Length()
	b.count.bytes -= t.bytes
	b.count.frozen -= frozenCount(t.freeze)
	if err := b.remove(headKey(body)); err != nil {
		return err
	}
	mark := []byte{0}
	if t.parted {
		mark[0] = 1
	}
	if err := b.set(bodyKey(keyGone, body), mark); err != nil {
		return err
	}
	if err := b.commit(); err != nil {
		return err
	}
	l.tips.Remove(body)
	if err := l.sweep(body, t.parted); err != nil {
		// Were the log joined again now, the rest of the sweep would take that.
		l.broken = fmt.Errorf("drop the log of %s: %w", body, err)
		return l.broken
	}
	return nil
}

// finishDrops removes what a crash left of dropped logs.
func (l *Ledger) finishDrops() error {
	gone := make(map[protocol.BodyID]bool)
	err := l.db.View(func(txn *badger.Txn) error {
		return scan(txn, []byte{keyGone}, nil, func(key, value []byte) error {
			if len(key) != 1+len(protocol.BodyID{}) || len(value) != 1 {
				return fmt.Errorf("the note of a dropped log: %w", ErrCorrupt)
			}
			gone[protocol.BodyID(key[1:])] = value[0] == 1
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("list dropped logs: %w", err)
	}
	for body, parted := range gone {
		if err := l.sweep(body, parted); err != nil {
			return fmt.Errorf("finish to drop the log of %s: %w", body, err)
		}
	}
	return nil
}

// sweep removes the entries of a body that has no head any more, in transactions
// of their own, and then the note that they are to be removed. The caller is the
// one writer.
func (l *Ledger) sweep(body protocol.BodyID, parted bool) error {
	for more := true; more; {
		err := l.db.Update(func(txn *badger.Txn) (err error) {
			more, err = sweepSegment(txn, body)
			return err
		})
		if err != nil {
			return err
		}
	}
	if parted {
		// What gave way stands in no segment.
		if err := l.sweepParted(body); err != nil {
			return err
		}
	}
	for _, letter := range []byte{keyTile, keyBranch, keyErase, keyBody, keyApproved, keyGivenUp} {
		for more := true; more; {
			err := l.db.Update(func(txn *badger.Txn) (err error) {
				more, err = deleteSome(txn, bodyKey(letter, body))
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return l.db.Update(func(txn *badger.Txn) error { return txn.Delete(bodyKey(keyGone, body)) })
}

// sweepSegment removes the first segment of a log with its entries, as many as go
// into one transaction, and reports whether there may be more.
func sweepSegment(txn *badger.Txn, body protocol.BodyID) (bool, error) {
	prefix := bodyKey(keyLog, body)
	var s segment
	found := false
	err := scan(txn, prefix, nil, func(key, value []byte) (err error) {
		found = true
		if s, err = decodeSegment(key, bytes.Clone(value)); err != nil {
			return err
		}
		return errStop
	})
	if err != nil || !found {
		return false, err
	}
	keys := 0
	for seq := s.first; seq < s.end(); seq++ {
		n, err := vacate(txn, body, s.place(seq).event)
		if err != nil {
			return false, err
		}
		if keys += n; keys > unitKeys {
			// The rest of the segment goes on under the position where it stands.
			rest := logKey(body, seq+1)
			if seq+1 == s.end() {
				break
			}
			value := append(eventKey(s.event + seq + 1 - s.first)[1:], s.ids[int(seq+1-s.first)*idSize:]...)
			if err := txn.Set(rest, sealed(rest, value)); err != nil {
				return false, err
			}
			break
		}
	}
	return true, txn.Delete(logKey(body, s.first))
}

// vacate puts a mark of the drop where an entry of the body had arrived, removes
// what indexes have of it, and returns how many keys that took. Whatever else
// stands there is left alone.
func vacate(txn *badger.Txn, body protocol.BodyID, event uint64) (int, error) {
	ev, err := readEvent(txn, event)
	switch {
	case errors.Is(err, ErrDamaged):
		// What it referred to cannot be read any more; those who follow such a
		// reference pass it over.
		return 1, txn.Set(eventKey(event), encodeRecord(event, EventDropped, body[:]))
	case err != nil:
		return 0, err
	case ev.Entry == nil || ev.Body != body:
		return 0, nil
	}
	refs, err := namedBy(txn, ev)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return 0, err
	}
	keys := 4
	for _, ref := range refs {
		keys++
		if err := txn.Delete(refKey(ref, event)); err != nil {
			return keys, fmt.Errorf("write to the store: %w", err)
		}
	}
	for _, key := range [][]byte{idKey(ev.Entry.ID), bareKey(event), namedKey(event)} {
		if err := txn.Delete(key); err != nil {
			return keys, fmt.Errorf("write to the store: %w", err)
		}
	}
	return keys, txn.Set(eventKey(event), encodeRecord(event, EventDropped, body[:]))
}

// sweepParted removes the entries of a body wherever they arrived. It reads the
// whole arrival order, which only a log that once parted asks for.
func (l *Ledger) sweepParted(body protocol.BodyID) error {
	const atOnce = 64
	var events []uint64
	err := l.db.View(func(txn *badger.Txn) error {
		return scan(txn, []byte{keyEvent}, nil, func(key, value []byte) error {
			ev, err := decodeRecord(lastNumber(key), value)
			if err == nil && ev.Entry != nil && ev.Body == body {
				events = append(events, ev.Seq)
			}
			return nil // damage of others is not this one's business
		})
	})
	for len(events) > 0 && err == nil {
		n := min(atOnce, len(events))
		err = l.db.Update(func(txn *badger.Txn) error {
			for _, event := range events[:n] {
				if _, err := vacate(txn, body, event); err != nil {
					return err
				}
			}
			return nil
		})
		events = events[n:]
	}
	return err
}

// deleteSome deletes keys under a prefix, as many as go into one transaction, and
// reports whether there may be more.
func deleteSome(txn *badger.Txn, prefix []byte) (bool, error) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	var keys [][]byte
	for it.Rewind(); it.ValidForPrefix(prefix) && len(keys) < unitEntries; it.Next() {
		keys = append(keys, it.Item().KeyCopy(nil))
	}
	it.Close()
	for _, key := range keys {
		if err := txn.Delete(key); err != nil {
			return false, fmt.Errorf("write to the store: %w", err)
		}
	}
	return len(keys) == unitEntries, nil
}

// Reclaim gives disk space back to the system that dropped logs took: it rewrites
// the files of values of which more than half is known to be dead. The store
// learns what is dead when it compacts its tree, at the latest when it is closed,
// so that what was dropped just now may be given back only after the next
// opening. It reads and writes much, and others can write meanwhile. A store in
// memory has nothing to give back.
func (l *Ledger) Reclaim() error {
	if l.cfg.Dir == "" {
		return nil
	}
	for {
		err := l.db.RunValueLogGC(0.5)
		if errors.Is(err, badger.ErrNoRewrite) || errors.Is(err, badger.ErrRejected) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reclaim space of the store: %w", err)
		}
	}
}
