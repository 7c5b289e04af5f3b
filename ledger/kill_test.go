package ledger_test

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestKilled ends a process at random moments while it appends, joins, writes its
// journal out in closing, and builds and clears out the catalogue, each time on
// what was left: nothing that was acknowledged is lost, nothing is there twice,
// and the ledger opens at once.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	a := longAuthor()
	r := rand.New(rand.NewPCG(9, 3))
	ways := []struct {
		how string
		// lines is how many acknowledgements there may be before the end.
		lines int
	}{{"append", 40}, {"stream", 40}, {"closing", 2}, {"catalogue", 4}}
	var slowest time.Duration
	dir := filepath.Join(t.TempDir(), "ledger")
	held := 0
	for i := range faults.Times(108, 700) {
		if held > len(a.Log)-500 {
			dir, held = filepath.Join(t.TempDir(), "ledger"), 0
		}
		way := ways[i%len(ways)]
		acked := writeUntil(t, way.how, dir, r.IntN(way.lines), func() {})
		opened, took := reopen(t, dir, a)
		if opened < max(acked, held) {
			t.Fatalf("kill %d, %s: %d entries were acknowledged, %d are held", i, way.how, max(acked, held), opened)
		}
		held, slowest = opened, max(slowest, took)
	}
	t.Logf("the slowest opening took %s", slowest)
	if slowest > 5*time.Second {
		t.Errorf("an opening took %s", slowest)
	}
}

// reopen opens a ledger that a process left behind, with its catalogue, checks all
// that is in it, and returns how long the author's log is and how long it took to
// open.
func reopen(t *testing.T, dir string, a *vectors.Author) (int, time.Duration) {
	t.Helper()
	start := time.Now()
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Now: func() time.Time { return noon }, Floor: 1})
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	n := 0
	for ev, err := range l.Events(0) {
		if err != nil {
			t.Fatal(err)
		}
		if !ev.Entry.Same(a.Log[n]) || ev.Seq != uint64(n+1) {
			t.Fatalf("event %d is %s, want %s", ev.Seq, ev.Entry.ID, a.Log[n].ID)
		}
		n++
	}
	if length := lengthOf(t, l, a.Body()); length != uint64(n) {
		t.Fatalf("%d events and a log of %d", n, length)
	}
	c, err := catalogue.Open(catalogue.Config{Path: filepath.Join(dir, "..", "catalogue.db"), Entry: l.Entry})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CatchUp(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	found, err := c.Search(t.Context(), catalogue.Query{Limit: 1})
	if err != nil || found.Total != n {
		t.Fatalf("the catalogue has %d of %d entries: %v", found.Total, n, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return n, took
}

func lengthOf(t *testing.T, l *ledger.Ledger, body protocol.BodyID) uint64 {
	t.Helper()
	n := uint64(0)
	for _, err := range l.Log(body, 0, 1<<20) {
		if errors.Is(err, ledger.ErrNotFound) {
			return 0
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}
