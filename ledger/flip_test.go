package ledger_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// town is a ledger with some of everything that has an index of its own.
func town(t *testing.T, dir string) []*vectors.Author {
	t.Helper()
	l := open(t, dir)
	var all []*vectors.Author
	for i, name := range []string{"a", "b"} {
		a := vectors.NewAuthor(name, 1, nil)
		a.Publish(record.KindBody, map[string]any{"name": name + " (example)"})
		a.PublishN(260-200*i, 600)
		for range 20 {
			a.Publish("outcome", map[string]any{"title": "Done (example)", "lang": "en", "revises": a.Log[2].ID.String()})
		}
		a.Erase(protocol.ReasonMistake, 1, 5)
		join(t, l, a.Log[:50], a.Log[50:])
		all = append(all, a)
		refs := 0
		for _, err := range l.References(a.Log[2].ID) {
			if err != nil {
				t.Fatal(err)
			}
			refs++
		}
		if refs != 20 {
			t.Fatalf("%d references, want 20", refs)
		}
	}
	if faults, err := l.Inspect(t.Context(), noProgress); err != nil || len(faults) > 0 {
		t.Fatalf("a whole store: %v, %v", faults, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// It would be copied each time.
	if err := os.Remove(filepath.Join(dir, ledger.BallastName)); err != nil {
		t.Fatal(err)
	}
	return all
}

func noProgress(_, _ uint64) error { return nil }

// TestFlippedBits flips bits in every kind of file that the store has. Each is
// noticed when the store is opened or inspected, nothing that is read is anything
// but what was stored, and what is left is joined anew into a store that is whole.
func TestFlippedBits(t *testing.T) {
	dir := t.TempDir()
	authors := town(t, dir)
	for _, pattern := range []string{"*.sst", "*.vlog", "MANIFEST"} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel() // with each other only: a process that is started elsewhere has their locks for a moment
			r := rand.New(rand.NewPCG(6, 6))
			noticed, rebuilt := 0, 0
			times := faults.Times(200, 2000)
			if testing.Short() {
				times = 20
			}
			for i := range times {
				copied := filepath.Join(t.TempDir(), "ledger")
				if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				what := faults.Flip(t, r, copied, pattern)
				if readFlipped(t, copied, authors) {
					noticed++
				} else {
					t.Errorf("nobody notices that %s", what)
				}
				if i%10 == 0 && rebuildFlipped(t, copied, authors) {
					rebuilt++
				}
				if err := os.RemoveAll(copied); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%d of %d flipped bits were noticed; of every tenth damaged store, %d of %d were built again", noticed, times, rebuilt, times/10)
		})
	}
}

// readFlipped reads a damaged store, and reports whether the damage was noticed.
func readFlipped(t *testing.T, dir string, authors []*vectors.Author) bool {
	t.Helper()
	// Nothing is written, so that no ballast is made either.
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Now: func() time.Time { return noon }, Floor: 1 << 60})
	if errors.Is(err, ledger.ErrCorrupt) || errors.Is(err, ledger.ErrDamaged) {
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	noticed := false
	for _, a := range authors {
		for _, want := range a.Log {
			ev, err := l.Entry(want.ID)
			if err != nil {
				noticed = true
			} else if !same(a, ev.Entry, want) {
				t.Fatalf("%s is not what was stored", want.ID)
			}
		}
		for ref, err := range l.References(a.Log[2].ID) {
			if err != nil {
				noticed = true
			} else if from := a.Log[ref.Seq]; from.ID != ref.From || from.Envelope.At != ref.At || from.Envelope.Kind != ref.Kind {
				t.Fatalf("a reference by %s is not what was stored", ref.From)
			}
		}
	}
	found, err := l.Inspect(t.Context(), noProgress)
	if err != nil {
		t.Fatal(err)
	}
	return noticed || len(found) > 0
}

// same reports whether got is what an author wrote, without its content if that is
// erased.
func same(a *vectors.Author, got, want *protocol.Entry) bool {
	return got.Same(want) || got.Same(want.WithoutContent()) && slices.ContainsFunc(a.Log, func(e *protocol.Entry) bool {
		return e.Erase() != nil && slices.Contains(e.Erase().Positions, want.Envelope.Seq)
	})
}

// rebuildFlipped builds a damaged store again and reports whether it could: all
// that is in it is what was stored, and what is lacking can be joined again.
func rebuildFlipped(t *testing.T, dir string, authors []*vectors.Author) bool {
	t.Helper()
	into := filepath.Join(t.TempDir(), "rebuilt")
	_, err := ledger.Rebuild(t.Context(), ledger.Config{Dir: dir, Network: vectors.NetworkName, Floor: 1}, into)
	if errors.Is(err, ledger.ErrCorrupt) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, into)
	for _, a := range authors {
		join(t, l, a.Log)
		checkLog(t, l, a)
	}
	if found, err := l.Inspect(t.Context(), noProgress); err != nil || len(found) > 0 {
		t.Fatalf("a store that was built again: %v, %v", found, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return true
}
