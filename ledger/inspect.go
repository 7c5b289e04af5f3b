package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// Part is a part of the store that can be damaged by itself.
type Part string

// Parts of the store.
const (
	// PartTables are Badger's tables: whatever they hold may be missing.
	PartTables Part = "tables"
	// PartEvents are the entries and the arrival order, which nothing here can
	// make again.
	PartEvents Part = "events"
	// PartIndexes are made from the entries, and can be made again.
	PartIndexes Part = "indexes"
	// PartHeads are what is known of each log as a whole; they can be made again.
	PartHeads Part = "heads"
)

// Fault is something in the store that is not as it was written.
type Fault struct {
	Part Part
	// Body is whose log is concerned; zero when that is not known.
	Body protocol.BodyID
	// Detail says what is wrong, in words.
	Detail string
}

// maxFaults is how many faults are listed; a disk that is worn out has more.
const maxFaults = 200

// errEnough ends a look at the store that has found enough.
var errEnough = errors.New("enough faults")

// Inspect reads every byte of the store that was ever written to it and is still
// in use: the sums of the tables, every event, and the indexes, against the
// entries from which they follow. It tells progress in events, and lists the first
// 200 faults. Signatures and chains it does not check. The error is that of ctx or
// of tell.
func (l *Ledger) Inspect(ctx context.Context, tell func(done, total uint64) error) ([]Fault, error) {
	in := &inspection{ctx: ctx, tell: tell, now: l.db.View, last: l.last.Load(), rows: make(map[byte]uint64), kinds: make(map[protocol.Kind]*kindSum)}
	// Others write meanwhile, so all looks are at one state of the store.
	txn := l.db.NewTransaction(false)
	defer txn.Discard()
	for _, look := range []struct {
		part Part
		f    func(txn *badger.Txn) error
	}{
		{PartTables, func(*badger.Txn) error { return l.db.VerifyChecksum() }},
		{PartEvents, in.events},
		{PartIndexes, in.strays},
		{PartIndexes, in.kindIndex},
		{PartHeads, in.heads},
	} {
		err := guarded(func() error { return look.f(txn) })
		if stop := ctx.Err(); stop != nil || in.stopped != nil {
			return in.found, errors.Join(stop, in.stopped)
		}
		if errors.Is(err, errEnough) {
			break
		}
		if err != nil {
			in.add(look.part, protocol.BodyID{}, "%s", err)
		}
	}
	return in.found, nil
}

// guarded turns a panic into [ErrCorrupt]: Badger panics on some damaged tables.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the store's library gave up: %v: %w", p, ErrCorrupt)
		}
	}()
	return f()
}

// inspection is one look at the whole store.
type inspection struct {
	ctx     context.Context //nolint:containedctx // it lasts as long as the call that made it
	tell    func(done, total uint64) error
	stopped error
	// now reads the store as it is now.
	now  func(func(txn *badger.Txn) error) error
	last uint64
	// dropped are the events, in order, that stand for entries of dropped logs.
	dropped []uint64
	found   []Fault
	// rows counts the rows that each index must have, kinds what stands under
	// each kind.
	rows  map[byte]uint64
	kinds map[protocol.Kind]*kindSum
}

// kindSum is how many entries of a kind there are, and a sum over their times and
// numbers that does not depend on how they were grouped.
type kindSum struct{ entries, sum uint64 }

func (k *kindSum) add(at, event uint64) {
	k.entries++
	k.sum += (at + 1) * (event*0x9e3779b97f4a7c15 + 1)
}

func (in *inspection) add(part Part, body protocol.BodyID, format string, args ...any) {
	if len(in.found) < maxFaults {
		in.found = append(in.found, Fault{Part: part, Body: body, Detail: fmt.Sprintf(format, args...)})
	}
}

// inspectEvery is how many events lie between two reports of progress.
const inspectEvery = 1024

// events reads each event by its number, and looks up the rows that follow from it.
func (in *inspection) events(txn *badger.Txn) error {
	for number := uint64(1); number <= in.last; number++ {
		if number%inspectEvery == 0 {
			if in.stopped = errors.Join(in.ctx.Err(), in.tell(number, in.last)); in.stopped != nil {
				return in.stopped
			}
		}
		if len(in.found) >= maxFaults {
			return errEnough
		}
		ev, err := readEvent(txn, number)
		if errors.Is(err, ErrDamaged) {
			// It may have held what was deleted since.
			err = in.now(func(txn *badger.Txn) error { ev, err = readEvent(txn, number); return err })
		}
		if err != nil {
			in.add(PartEvents, protocol.BodyID{}, "%s", err)
			continue
		}
		if e := ev.Entry; e != nil {
			in.entry(txn, e, number)
		} else if ev.Kind == EventDropped {
			in.dropped = append(in.dropped, number)
		}
	}
	return in.tellEnd()
}

func (in *inspection) tellEnd() error {
	in.stopped = in.tell(in.last, in.last)
	return in.stopped
}

func (in *inspection) entry(txn *badger.Txn, e *protocol.Entry, number uint64) {
	for _, r := range rowsOf(e, number) {
		in.rows[r.key[0]]++
		value, err := get(txn, r.key)
		switch {
		case err != nil:
			in.add(PartIndexes, e.Body(), "index %c lacks a row of %s: %s", r.key[0], e.ID, err)
		case !bytes.Equal(value, r.value):
			in.add(PartIndexes, e.Body(), "index %c has another row for %s", r.key[0], e.ID)
		}
	}
	kind := in.kinds[e.Envelope.Kind]
	if kind == nil {
		kind = new(kindSum)
		in.kinds[e.Envelope.Kind] = kind
	}
	kind.add(e.Envelope.At, number)
}

// strays compares how many rows the indexes have with how many they must have. An
// entry whose content was deleted keeps the rows of what it referred to, and rows of
// identifiers do not say how new they are: of both there may be more.
func (in *inspection) strays(txn *badger.Txn) error {
	for _, letter := range rowLetters {
		n := uint64(0)
		err := scan(txn, []byte{letter}, nil, func(key, _ []byte) error {
			if letter == keyID || lastNumber(key) <= in.last {
				n++
			}
			return nil
		})
		if err != nil {
			return err
		}
		if n < in.rows[letter] || letter != keyID && letter != keyRef && n > in.rows[letter] {
			in.add(PartIndexes, protocol.BodyID{}, "index %c has %d rows, and %d follow from the entries", letter, n, in.rows[letter])
		}
	}
	return nil
}

// kindIndex compares the index of kinds with the entries.
func (in *inspection) kindIndex(txn *badger.Txn) error {
	got := make(map[protocol.Kind]*kindSum)
	err := scan(txn, []byte{keyKind}, nil, func(key, marks []byte) error {
		kind := protocol.Kind(key[1:max(len(key)-9, 1)])
		if got[kind] == nil {
			got[kind] = new(kindSum)
		}
		for ; len(marks) >= 16; marks = marks[16:] {
			event := binary.BigEndian.Uint64(marks[8:])
			if _, dropped := slices.BinarySearch(in.dropped, event); event <= in.last && !dropped {
				got[kind].add(binary.BigEndian.Uint64(marks), event)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for kind, want := range in.kinds {
		if have := got[kind]; have == nil || *have != *want {
			in.add(PartIndexes, protocol.BodyID{}, "the index of kinds does not list the entries of kind %s", kind)
		}
	}
	return nil
}

// heads reads what is kept of each log as a whole, and computes the Merkle nodes
// again.
func (in *inspection) heads(txn *badger.Txn) error {
	return scan(txn, []byte{keyHead}, nil, func(key, value []byte) error {
		if err := in.ctx.Err(); err != nil {
			return err
		}
		body := protocol.BodyID(key[1:])
		h, err := decodeHead(key, value)
		if err != nil {
			in.add(PartHeads, body, "%s", err)
			return nil
		}
		for tile := uint64(0); (tile+1)*tileSize <= h.state.Length; tile++ {
			want, err := rootOf(txn, body, tile*tileSize, (tile+1)*tileSize)
			if err == nil {
				var got []byte
				if got, err = getSealed(txn, tileKey(body, tile)); err == nil && !bytes.Equal(got, want[:]) {
					err = errors.New("it is another")
				}
			}
			if err != nil {
				in.add(PartHeads, body, "the Merkle node over positions %d to %d: %s", tile*tileSize, (tile+1)*tileSize-1, err)
			}
		}
		return nil
	})
}
