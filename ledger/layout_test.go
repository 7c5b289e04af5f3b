package ledger_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestAnotherLayoutIsRefused writes other versions of the layout into a store. It
// is refused, and not touched.
func TestAnotherLayoutIsRefused(t *testing.T) {
	for schema, want := range map[uint64]error{
		0: ledger.ErrOlderSchema, ledger.Schema - 1: ledger.ErrOlderSchema, ledger.Schema + 1: ledger.ErrNewerSchema, 1 << 40: ledger.ErrNewerSchema,
	} {
		dir := t.TempDir()
		a := vectors.NewAuthor("a", 3, nil)
		l := open(t, dir)
		join(t, l, a.Log)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		before := setSchema(t, dir, schema)
		if _, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Floor: 1}); !errors.Is(err, want) {
			t.Errorf("schema %d: %v", schema, err)
		}
		if after := setSchema(t, dir, ledger.Schema); !slices.Equal(before[8:], after[8:]) || binary.BigEndian.Uint64(after) != schema {
			t.Errorf("schema %d: the store was written to", schema)
		}
		if l = open(t, dir); l.Last() == 0 {
			t.Error("the entries are gone")
		}
	}
}

// setSchema changes the version in the totals of a store, and returns what they
// were.
func setSchema(t *testing.T, dir string, schema uint64) (before []byte) {
	t.Helper()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte{'m'})
		if err != nil {
			return err
		}
		if before, err = item.ValueCopy(nil); err != nil {
			return err
		}
		after := slices.Clone(before)
		binary.BigEndian.PutUint64(after, schema)
		return txn.Set([]byte{'m'}, after)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return before
}

// TestLeavingALogEarly leaves the entries of a log that lies in several segments
// at each position.
func TestLeavingALogEarly(t *testing.T) {
	a, b := vectors.NewAuthor("a", 0, nil), vectors.NewAuthor("b", 0, nil)
	l := open(t, "")
	for range 4 {
		a.PublishN(3, 20)
		b.PublishN(1, 20)
		join(t, l, a.Log, b.Log)
	}
	length := uint64(len(a.Log))
	for from := range length {
		for stop := from; stop < length; stop++ {
			next := from
			for ev, err := range l.Log(a.Body(), from, length) {
				if err != nil || ev.Entry.ID != a.Log[next].ID {
					t.Fatalf("position %d: %v, %v", next, ev.Entry, err)
				}
				if next == stop {
					break
				}
				next++
			}
			if next != stop {
				t.Fatalf("left at %d, want %d", next, stop)
			}
			for _, err := range l.Encoded(a.Body(), from, length) {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
		}
	}
}
