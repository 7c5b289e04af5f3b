package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// Totals say what a dump holds, for whoever loads it to compare.
type Totals struct {
	// Schema is the layout of the store: [Schema] of the software that wrote it.
	Schema uint64 `json:"schema"`
	// Bodies, Frozen, Entries and Events are as in [Stats].
	Bodies  uint64 `json:"bodies"`
	Frozen  uint64 `json:"frozen"`
	Entries uint64 `json:"entries"`
	Events  uint64 `json:"events"`
	// Heads is the SHA-256 over the leaves of all bodies, in the order of their
	// identifiers: two stores with the same value hold the same logs.
	Heads protocol.Digest `json:"heads"`
}

// Pair is a key of the store with its value.
type Pair struct{ Key, Value []byte }

// Dump calls begin with what the store holds now, and then put with each of its
// pairs as they are at that moment, in the order of their keys, whatever is
// written meanwhile. The slices of a pair are valid during the call only. Every
// event is checked on the way: a damaged one ends the dump with [ErrDamaged], and
// so does the first error of begin, put or ctx.
func (l *Ledger) Dump(ctx context.Context, begin func(Totals) error, put func(Pair) error) error {
	err := l.db.View(func(txn *badger.Txn) error {
		totals, err := totalsOf(txn)
		if err != nil {
			return err
		}
		if err := begin(totals); err != nil {
			return err
		}
		events := uint64(0)
		err = scan(txn, nil, nil, func(key, value []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if key[0] == keyEvent {
				if _, err := decodeRecord(lastNumber(key), value); err != nil {
					return err
				}
				events++
			}
			return put(Pair{Key: key, Value: value})
		})
		// Badger leaves out without a word what lies in a damaged table.
		if err == nil && events != totals.Events {
			err = fmt.Errorf("%d events of %d could be read: %w", events, totals.Events, ErrDamaged)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("dump the ledger: %w", err)
	}
	return nil
}

// Totals returns what [Ledger.Dump] would say.
func (l *Ledger) Totals() (t Totals, err error) {
	err = l.db.View(func(txn *badger.Txn) (err error) {
		t, err = totalsOf(txn)
		return err
	})
	if err != nil {
		return t, fmt.Errorf("total the ledger: %w", err)
	}
	return t, nil
}

func totalsOf(txn *badger.Txn) (Totals, error) {
	c := counters{schema: Schema}
	b, err := get(txn, []byte{keyMeta})
	if err == nil {
		c, err = decodeCounters(b)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Totals{}, err
	}
	t := Totals{Schema: c.schema, Bodies: c.bodies, Frozen: c.frozen, Entries: c.entries, Events: c.events}
	leaves := sha256.New()
	err = scan(txn, []byte{keyHead}, nil, func(key, value []byte) error {
		stored, err := decodeHead(key, value)
		if err != nil {
			return err
		}
		h, err := stored.head()
		if err != nil {
			return err
		}
		leaf := h.Leaf()
		leaves.Write(leaf[:])
		return nil
	})
	t.Heads = protocol.Digest(leaves.Sum(nil))
	return t, err
}

// CheckSchema returns [ErrNewerSchema] or [ErrOlderSchema] for a layout of the
// store that this software does not read.
func CheckSchema(schema uint64) error {
	switch {
	case schema > Schema:
		return fmt.Errorf("schema %d, this software writes %d: %w", schema, Schema, ErrNewerSchema)
	case schema < Schema:
		return fmt.Errorf("schema %d, this software writes %d: %w", schema, Schema, ErrOlderSchema)
	}
	return nil
}

// loadBytes bounds what one transaction of [Load] holds, where each pair counts
// for pairCost besides its own bytes: Badger bounds their number too.
const (
	loadBytes = 512 << 10
	pairCost  = 128
)

// Load makes a store at cfg.Dir of what [Ledger.Dump] gave out and opens it, which
// checks that totals and logs agree. The folder must be empty or missing. A dump
// of another schema is refused with [ErrNewerSchema] or [ErrOlderSchema] before
// anything is written. The pairs of an iteration may share memory; its error ends
// the loading. After an error the folder is good for nothing.
func Load(cfg Config, totals Totals, pairs iter.Seq2[Pair, error]) (*Ledger, error) {
	if err := CheckSchema(totals.Schema); err != nil {
		return nil, err
	}
	l, err := Open(cfg)
	if err != nil {
		return nil, err
	}
	if l.count.events != 0 || l.count.bodies != 0 {
		return nil, errors.Join(fmt.Errorf("load %s: there is a ledger already", cfg.Dir), l.Close())
	}
	if err := errors.Join(l.fill(pairs), l.Close()); err != nil {
		return nil, fmt.Errorf("load the ledger: %w", err)
	}
	if l, err = Open(cfg); err != nil {
		return nil, err
	}
	got, err := l.Totals()
	if err == nil && got != totals {
		err = fmt.Errorf("what was loaded is not what was dumped: %w", ErrCorrupt)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// fill writes pairs as they come, in transactions of bounded size.
func (l *Ledger) fill(pairs iter.Seq2[Pair, error]) error {
	l.write.Lock()
	defer l.write.Unlock()
	txn, size := l.db.NewTransaction(true), 0
	defer func() { txn.Discard() }()
	for pair, err := range pairs {
		if err != nil {
			return err
		}
		if len(pair.Key) == 0 {
			return fmt.Errorf("a pair without a key: %w", ErrCorrupt)
		}
		if size > loadBytes {
			if err := txn.Commit(); err != nil {
				return fmt.Errorf("write to the store: %w", err)
			}
			if err := l.writable(); err != nil {
				return err
			}
			txn, size = l.db.NewTransaction(true), 0
		}
		// Badger keeps the slices until the commit.
		key, value := append([]byte(nil), pair.Key...), append([]byte(nil), pair.Value...)
		if err := txn.Set(key, value); err != nil {
			return fmt.Errorf("write to the store: %w", err)
		}
		size += len(key) + len(value) + pairCost
	}
	if err := txn.Commit(); err != nil {
		return fmt.Errorf("write to the store: %w", err)
	}
	return nil
}
