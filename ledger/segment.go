package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// A body's log is stored in segments: under the position of its first entry
// stand the event under which that arrived and the identifiers of all its
// entries, whose events follow one another. One written later begins where an
// earlier one may still go on, and counts from there.

// place says where an entry arrived, and which it is.
type place struct {
	event uint64
	id    protocol.EntryID
}

// segment is the run of places from a position on.
type segment struct {
	first uint64
	event uint64
	ids   []byte
}

const idSize = len(protocol.EntryID{})

func (s segment) end() uint64 { return s.first + uint64(len(s.ids)/idSize) }

func (s segment) place(seq uint64) place {
	n := seq - s.first
	return place{event: s.event + n, id: protocol.EntryID(s.ids[int(n)*idSize:])}
}

func decodeSegment(key, value []byte) (segment, error) {
	s := segment{first: lastNumber(key)}
	value, err := unseal(key, value)
	if err != nil {
		return s, err
	}
	if len(value) < 8+idSize || (len(value)-8)%idSize != 0 {
		return s, fmt.Errorf("the segment at position %d: %w", s.first, ErrDamaged)
	}
	s.event, s.ids = binary.BigEndian.Uint64(value), value[8:]
	return s, nil
}

// putPlaces writes the places of consecutive positions from first on, in as few
// segments as their events allow.
func (b *batch) putPlaces(body protocol.BodyID, first uint64, places []place) error {
	for len(places) > 0 {
		n := 1
		for n < len(places) && places[n].event == places[0].event+uint64(n) {
			n++
		}
		value := binary.BigEndian.AppendUint64(make([]byte, 0, 8+n*idSize), places[0].event)
		for _, p := range places[:n] {
			value = append(value, p.id[:]...)
		}
		if err := b.setSealed(logKey(body, first), value); err != nil {
			return err
		}
		first, places = first+uint64(n), places[n:]
	}
	return nil
}

// dropSegments removes the segments that begin at a position or after it, when
// a log gives up what stands there.
func (b *batch) dropSegments(body protocol.BodyID, from uint64) error {
	var keys [][]byte
	err := scan(b.txn, bodyKey(keyLog, body), logKey(body, from), func(key, _ []byte) error {
		keys = append(keys, bytes.Clone(key))
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := b.remove(key); err != nil {
			return err
		}
	}
	return nil
}

// segmentAt returns the segment that holds a position, or ErrNotFound.
func segmentAt(txn *badger.Txn, body protocol.BodyID, seq uint64) (segment, error) {
	prefix := bodyKey(keyLog, body)
	it := txn.NewIterator(badger.IteratorOptions{Reverse: true, Prefix: prefix})
	defer it.Close()
	it.Seek(logKey(body, seq))
	if !it.ValidForPrefix(prefix) {
		return segment{}, ErrNotFound
	}
	value, err := it.Item().ValueCopy(nil)
	if err != nil {
		return segment{}, fmt.Errorf("read the store: %w", err)
	}
	s, err := decodeSegment(it.Item().Key(), value)
	if err == nil && seq >= s.end() {
		err = ErrNotFound
	}
	return s, err
}

// placeAt returns the place of a position, or ErrNotFound. The caller makes sure
// that the log goes so far.
func placeAt(txn *badger.Txn, body protocol.BodyID, seq uint64) (place, error) {
	s, err := segmentAt(txn, body, seq)
	if err != nil {
		return place{}, err
	}
	return s.place(seq), nil
}

// places calls f with the place of each position from up to but not including
// to, which must all be in the log.
func places(txn *badger.Txn, body protocol.BodyID, from, to uint64, f func(seq uint64, p place) error) error {
	if from >= to {
		return nil
	}
	held, err := segmentAt(txn, body, from)
	if err != nil {
		return fmt.Errorf("position %d of %s: %w: %w", from, body, ErrDamaged, err)
	}
	next := from
	// stopped keeps what f returned, also where scan takes it for its own end.
	var stopped error
	emit := func(until uint64) error {
		for ; next < min(until, held.end(), to); next++ {
			if stopped = f(next, held.place(next)); stopped != nil {
				return stopped
			}
		}
		return nil
	}
	err = scan(txn, bodyKey(keyLog, body), logKey(body, held.first+1), func(key, value []byte) error {
		s, err := decodeSegment(key, bytes.Clone(value))
		if err != nil {
			return err
		}
		if err := emit(s.first); err != nil {
			return err
		}
		if next >= to || next != s.first {
			return errStop
		}
		held = s
		return nil
	})
	if err == nil && stopped == nil {
		err = emit(to)
	}
	if err == nil {
		err = stopped
	}
	if err == nil && next < to {
		err = fmt.Errorf("position %d of %s is missing: %w", next, body, ErrDamaged)
	}
	return err
}
