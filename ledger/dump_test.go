package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// dump is what [ledger.Ledger.Dump] gave out.
type dump struct {
	totals ledger.Totals
	pairs  []ledger.Pair
}

func dumpOf(t *testing.T, l *ledger.Ledger, during func()) dump {
	t.Helper()
	var d dump
	begin := func(totals ledger.Totals) error { d.totals = totals; return nil }
	err := l.Dump(t.Context(), begin, func(p ledger.Pair) error {
		if during != nil {
			during()
			during = nil
		}
		d.pairs = append(d.pairs, ledger.Pair{Key: bytes.Clone(p.Key), Value: bytes.Clone(p.Value)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *dump) all() iter.Seq2[ledger.Pair, error] {
	return func(yield func(ledger.Pair, error) bool) {
		for _, p := range d.pairs {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func openAt(t *testing.T, dir string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestDumpAndLoad loads a store again that was written to while it was dumped,
// with a fork, notes, and more pairs than one transaction takes.
func TestDumpAndLoad(t *testing.T) {
	l := openAt(t, t.TempDir())
	defer l.Close()
	a, rogue := vectors.NewAuthor("forum", 0, nil), vectors.NewAuthor("rogue", 0, nil)
	a.PublishN(6000, 300)
	rogue.PublishN(2, 80)
	branch := rogue.Clone()
	branch.Publish("decision", map[string]any{"title": "One thing"})
	rogue.Publish("decision", map[string]any{"title": "Another"})
	join := func(runs ...ledger.Run) {
		t.Helper()
		if _, err := l.Join(t.Context(), runs); err != nil {
			t.Fatal(err)
		}
	}
	join(a.Log, rogue.Log, branch.Log)
	if err := l.PutNote("peers", []byte("some")); err != nil {
		t.Fatal(err)
	}
	before, err := l.Totals()
	if err != nil {
		t.Fatal(err)
	}
	d := dumpOf(t, l, func() { join(vectors.NewAuthor("late", 0, nil).Log) })
	if d.totals != before || before.Frozen != 1 || before.Bodies != 2 {
		t.Errorf("dumped %+v, there were %+v", d.totals, before)
	}
	if after, err := l.Totals(); err != nil || after == before {
		t.Errorf("nothing was written meanwhile: %v", err)
	}

	cfg := ledger.Config{Dir: filepath.Join(t.TempDir(), "again"), Network: vectors.NetworkName, Floor: 1}
	loaded, err := ledger.Load(cfg, d.totals, d.all())
	if err != nil {
		t.Fatal(err)
	}
	if note, err := loaded.Note("peers"); err != nil || string(note) != "some" {
		t.Errorf("note %q, %v", note, err)
	}
	if proof, err := loaded.FreezeProof(rogue.Body()); err != nil {
		t.Error(err)
	} else if f, err := proof.Verify(); err != nil || f.Kind != protocol.Forked {
		t.Errorf("%v, %v", f, err)
	}
	again := dumpOf(t, loaded, nil)
	if again.totals != d.totals || len(again.pairs) != len(d.pairs) {
		t.Fatalf("loaded %+v with %d pairs, dumped %+v with %d", again.totals, len(again.pairs), d.totals, len(d.pairs))
	}
	for i, p := range again.pairs {
		if !bytes.Equal(p.Key, d.pairs[i].Key) || !bytes.Equal(p.Value, d.pairs[i].Value) {
			t.Fatalf("pair %d differs", i)
		}
	}
	if err := loaded.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Load(cfg, d.totals, d.all()); err == nil {
		t.Error("a store was loaded over another")
	}
}

// TestLoadRefuses what is not a whole dump of this schema.
func TestLoadRefuses(t *testing.T) {
	l := openAt(t, t.TempDir())
	defer l.Close()
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(20, 300)
	if _, err := l.Join(t.Context(), []ledger.Run{a.Log}); err != nil {
		t.Fatal(err)
	}
	d := dumpOf(t, l, nil)
	newer, older, other := d.totals, d.totals, d.totals
	newer.Schema++
	older.Schema--
	other.Heads[0] ^= 1
	broken := errors.New("the reader broke off")
	for name, c := range map[string]struct {
		totals ledger.Totals
		pairs  iter.Seq2[ledger.Pair, error]
		want   error
	}{
		"newer":       {newer, d.all(), ledger.ErrNewerSchema},
		"older":       {older, d.all(), ledger.ErrOlderSchema},
		"other heads": {other, d.all(), ledger.ErrCorrupt},
		"cut short":   {d.totals, (&dump{pairs: d.pairs[:len(d.pairs)-1]}).all(), ledger.ErrCorrupt},
		"broken off":  {d.totals, func(yield func(ledger.Pair, error) bool) { yield(ledger.Pair{}, broken) }, broken},
		"no key":      {d.totals, func(yield func(ledger.Pair, error) bool) { yield(ledger.Pair{}, nil) }, ledger.ErrCorrupt},
	} {
		cfg := ledger.Config{Dir: filepath.Join(t.TempDir(), "again"), Network: vectors.NetworkName, Floor: 1}
		if l, err := ledger.Load(cfg, c.totals, c.pairs); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				l.Close()
			}
		}
	}
}

// TestDumpEnds with the first error, and with its context.
func TestDumpEnds(t *testing.T) {
	l := openAt(t, t.TempDir())
	defer l.Close()
	a := vectors.NewAuthor("forum", 0, nil)
	if _, err := l.Join(t.Context(), []ledger.Run{a.Log}); err != nil {
		t.Fatal(err)
	}
	full := fmt.Errorf("the disk is full")
	nothing := func(ledger.Totals) error { return nil }
	if err := l.Dump(t.Context(), func(ledger.Totals) error { return full }, nil); !errors.Is(err, full) {
		t.Error(err)
	}
	if err := l.Dump(t.Context(), nothing, func(ledger.Pair) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Dump(ctx, nothing, func(ledger.Pair) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
