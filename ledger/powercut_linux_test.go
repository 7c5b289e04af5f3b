package ledger_test

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestPowerCut cuts the power of the disk under a ledger that is written to, at a
// random moment: what was acknowledged is on it. With synchronous writes left out
// the same test finds entries lost, or it would test nothing.
func TestPowerCut(t *testing.T) {
	a := longAuthor()
	r := rand.New(rand.NewPCG(2, 7))
	acknowledged := 0
	for range faults.Times(3, 60) {
		acked, held := cutAndReopen(t, "synced", a, 20+r.IntN(300))
		if held < acked {
			t.Errorf("of %d acknowledged entries %d are left", acked, held)
		}
		acknowledged += acked
	}
	t.Logf("%d acknowledged entries, none lost", acknowledged)
	acked, held := cutAndReopen(t, "unsynced", a, 300)
	if held >= acked {
		t.Errorf("without synchronous writes all of %d acknowledged entries are there: the power was not cut", acked)
	}
	t.Logf("without synchronous writes %d of %d are left", held, acked)
}

// cutAndReopen cuts the power after so many entries were acknowledged, and
// returns how many were, and how many a copy of the disk has.
func cutAndReopen(t *testing.T, how string, a *vectors.Author, after int) (acked, held int) {
	t.Helper()
	disk := faults.Ext4(t, 192)
	acked = writeUntil(t, how, filepath.Join(disk.Dir, "ledger"), after, func() { disk.Cut(t) })
	copied := disk.Copy(t)
	return acked, heldOf(t, how, filepath.Join(copied.Dir, "ledger"), a)
}

// heldOf opens a ledger, adds to it, and returns how long the author's log was.
func heldOf(t *testing.T, how, dir string, a *vectors.Author) int {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Now: func() time.Time { return noon }, Floor: 1})
	if errors.Is(err, ledger.ErrCorrupt) && how == "unsynced" {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	n := 0
	for e, err := range l.Log(a.Body(), 0, uint64(len(a.Log))) {
		if errors.Is(err, ledger.ErrNotFound) && how == "unsynced" {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !e.Entry.Same(a.Log[n]) {
			t.Fatalf("position %d is not what was written", n)
		}
		n++
	}
	join(t, l, a.Log[n:])
	checkLog(t, l, a)
	return n
}
