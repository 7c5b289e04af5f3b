package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// rows reads a store's rows; change may write to it first.
func rows(t *testing.T, dir string, change func(*badger.Txn) error) map[string]string {
	t.Helper()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		if err := db.Update(change); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string]string{}
	err = db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			value, err := it.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			out[string(it.Item().Key())] = string(value)
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}

// filled makes a store with two logs that name each other, the second of which
// once parted.
func filled(t *testing.T) (dir string, a, b *vectors.Author) {
	t.Helper()
	dir = t.TempDir()
	a, b = vectors.NewAuthor("a", 3, nil), vectors.NewAuthor("b", 3, nil)
	a.PublishN(700, 80)
	b.Publish("response", map[string]any{"decision": a.Log[3].ID.String()})
	thief := b.Clone()
	thief.PublishN(5, 80)
	b.Recover(0, 0, "fork")
	b.Publish("body", map[string]any{"name": "B"})
	a.Publish("progress", map[string]any{"response": b.Log[1].ID.String()})
	l := open(t, dir)
	join(t, l, a.Log[:300], thief.Log, b.Log, a.Log[300:])
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, a, b
}

// TestDrop drops a log: nothing of it is left but the marks where it arrived, the
// other log is whole, and it can come again.
func TestDrop(t *testing.T) {
	for i, name := range []string{"plain", "parted"} {
		t.Run(name, func(t *testing.T) {
			dir, a, b := filled(t)
			gone, stays := a, b
			if i == 1 {
				gone, stays = b, a
			}
			l := open(t, dir)
			before := l.Last()
			total, err := l.Stats()
			if err != nil {
				t.Fatal(err)
			}
			head, err := l.Head(gone.Body())
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Drop(t.Context(), gone.Body()); err != nil {
				t.Fatal(err)
			}
			if err := l.Drop(t.Context(), gone.Body()); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("dropped twice: %v", err)
			}
			after, err := l.Stats()
			if err != nil || after.Bodies != 1 || after.Entries != total.Entries-head.Length || after.Bytes != total.Bytes-head.Bytes || after.Bytes == 0 {
				t.Errorf("%+v after %+v, %v", after, total, err)
			}
			last := ledger.Event{}
			for ev, err := range l.Events(0) {
				if err != nil {
					t.Fatal(err)
				}
				if ev.Entry != nil && ev.Entry.Body() == gone.Body() {
					t.Fatalf("event %d still has an entry", ev.Seq)
				}
				last = ev
			}
			if last.Seq != before+1 || last.Kind != ledger.EventDropped || last.Body != gone.Body() || len(last.Positions) != 0 {
				t.Errorf("the last event is %+v", last)
			}
			if _, err := l.Entry(gone.Log[1].ID); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("an entry of it: %v", err)
			}
			for _, e := range stays.Log {
				for ref, err := range l.References(e.ID) {
					if err != nil || slices.ContainsFunc(gone.Log, func(g *protocol.Entry) bool { return g.ID == ref.From }) {
						t.Fatalf("%+v still refers to what stays, %v", ref, err)
					}
				}
			}
			for ev, err := range l.ByKind("decision", 0, 1<<62) {
				if err != nil || ev.Body != stays.Body() {
					t.Fatalf("%+v, %v", ev, err)
				}
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			for key, value := range rows(t, dir, nil) {
				id := gone.Body()
				if key[0] != 'e' && key[0] != 'r' && (bytes.Contains([]byte(key), id[:]) || bytes.Contains([]byte(value), id[:])) {
					t.Errorf("row %q is left", key[:1])
				}
				if bytes.Contains([]byte(value), gone.Log[1].Content) {
					t.Errorf("content is left in row %q", key[:1])
				}
			}
			l = open(t, dir)
			if faults, err := l.Inspect(t.Context(), noProgress); err != nil || len(faults) > 0 {
				t.Errorf("an inspection finds %v, %v", faults, err)
			}
			join(t, l, gone.Log)
			if h, err := l.Head(gone.Body()); err != nil || h.Root != gone.Chain.Root() || h.Length != uint64(len(gone.Log)) {
				t.Errorf("it came again as %+v, %v", h, err)
			}
		})
	}
}

// TestDropSurvivesACrash makes a store what it is when the machine stops after the
// first step of a drop: opening it finishes the rest.
func TestDropSurvivesACrash(t *testing.T) {
	whole, _, b := filled(t)
	dropped, _, _ := filled(t)
	l := open(t, dropped)
	if err := l.Drop(t.Context(), b.Body()); err != nil {
		t.Fatal(err)
	}
	last := l.Last()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	want := rows(t, dropped, nil)
	id := b.Body()
	event := string(fmt.Appendf(nil, "e%s", []byte{0, 0, 0, 0, 0, 0, byte(last >> 8), byte(last)}))
	rows(t, whole, func(txn *badger.Txn) error {
		return errors.Join(
			txn.Delete(append([]byte{'h'}, id[:]...)), txn.Set(append([]byte{'g'}, id[:]...), []byte{1}),
			txn.Set([]byte{'m'}, []byte(want["m"])), txn.Set([]byte(event), []byte(want[event])))
	})
	if err := open(t, whole).Close(); err != nil {
		t.Fatal(err)
	}
	got := rows(t, whole, nil)
	for key, value := range want {
		if got[key] != value {
			t.Errorf("row %q differs", key)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
}

// TestReclaim drops the larger part of a store: the disk gets it back.
func TestReclaim(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	small := vectors.NewAuthor("small", 0, nil)
	small.PublishN(50, 500)
	join(t, l, small.Log)
	large := vectors.NewAuthor("large", 0, nil)
	text := strings.Repeat("x", 62_000)
	for range 1300 {
		large.Publish("decision", map[string]any{"decision": text})
	}
	join(t, l, large.Log)
	before, err := l.Stats()
	if err != nil || before.DiskBytes < 70<<20 {
		t.Fatalf("%+v, %v", before, err)
	}
	if err := l.Drop(t.Context(), large.Body()); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	if err := l.Reclaim(); err != nil {
		t.Fatal(err)
	}
	after, err := l.Stats()
	if err != nil || after.DiskBytes > ledger.BallastSize+(before.DiskBytes-ledger.BallastSize)/2 {
		t.Errorf("%d MB of %d are still taken, %v", after.DiskBytes>>20, before.DiskBytes>>20, err)
	}
	for range l.Log(small.Body(), 0, 99) {
	}
}
