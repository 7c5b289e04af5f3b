package ledger_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

const smallFloor = 8 << 20

func openSmall(t *testing.T, dir string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Now: func() time.Time { return noon }, Floor: smallFloor})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestDiskFull lets another process fill the disk, to the last block, after the
// ledger looked at the free space and before it writes: the write is whole, the
// next is refused, reading goes on, the ledger closes and opens, and writes again
// when there is space. A store that had not set its blocks aside dies of SIGBUS
// here, and the test with it.
func TestDiskFull(t *testing.T) {
	for name, make := range map[string]func(testing.TB, int) *faults.Disk{"ext4": faults.Ext4, "tmpfs": faults.Tmpfs} {
		t.Run(name, func(t *testing.T) {
			disk := make(t, 256)
			dir := filepath.Join(disk.Dir, "ledger")
			a := vectors.NewAuthor("full", 0, nil)
			r := rand.New(rand.NewPCG(5, 1))
			l := openSmall(t, dir)
			join(t, l, a.Log)
			for range faults.Times(4, 40) {
				held := len(a.Log)
				more := a.PublishN(300+r.IntN(300), 400+r.IntN(8000))
				fillWhileAppending(t, l, disk, a, more, r.IntN(300))
				if _, err := l.Join(t.Context(), []ledger.Run{a.Log[held:]}); !errors.Is(err, ledger.ErrDiskFloor) {
					t.Fatalf("a write on a full disk: %v", err)
				}
				if n := lengthOf(t, l, a.Body()); n <= uint64(held) || n == a.Chain.Length() {
					t.Fatalf("%d entries are held; of %d, more than %d were acknowledged", n, len(a.Log), held)
				}
				if err := l.Close(); err != nil {
					t.Fatalf("close on a full disk: %v", err)
				}
				disk.Fill(t, 0)
				if _, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName}); !errors.Is(err, ledger.ErrDiskFloor) {
					t.Fatalf("open on a full disk without a ballast: %v", err)
				}
				disk.Drain(t)
				l = openSmall(t, dir)
				join(t, l, a.Log)
				checkLog(t, l, a)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// fillWhileAppending appends entries, and fills the disk while the one at a
// position is being signed. That one is taken.
func fillWhileAppending(t *testing.T, l *ledger.Ledger, disk *faults.Disk, a *vectors.Author, entries []*protocol.Entry, at int) {
	t.Helper()
	for i, e := range entries {
		_, err := l.Append(t.Context(), a.Body(), func(*protocol.Chain) (*protocol.Entry, error) {
			if i == at {
				disk.Fill(t, 0)
			}
			return e, nil
		})
		if i > at && errors.Is(err, ledger.ErrDiskFloor) {
			return
		}
		if err != nil || i > at {
			t.Fatalf("entry %d, the disk is full since %d: %v", i, at, err)
		}
	}
}

// TestDiskFullWithoutBallast has the other process take what the ballast gave up
// too: what is appended to the files in use has its blocks all the same.
func TestDiskFullWithoutBallast(t *testing.T) {
	for name, make := range map[string]func(testing.TB, int) *faults.Disk{"ext4": faults.Ext4, "tmpfs": faults.Tmpfs} {
		t.Run(name, func(t *testing.T) {
			disk := make(t, 256)
			dir := filepath.Join(disk.Dir, "ledger")
			l := openSmall(t, dir)
			a := vectors.NewAuthor("full", 0, nil)
			a.PublishN(30, 60_000)
			join(t, l, a.Log[:1])
			for _, e := range a.Log[1:] {
				appendOnFull(t, l, e, func() {
					if err := os.Remove(filepath.Join(dir, ledger.BallastName)); err != nil {
						t.Fatal(err)
					}
					disk.Fill(t, 0)
				})
				disk.Drain(t)
			}
			checkLog(t, l, a)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// appendOnFull appends an entry, and calls fill when the ledger has looked at the
// free space.
func appendOnFull(t *testing.T, l *ledger.Ledger, e *protocol.Entry, fill func()) {
	t.Helper()
	_, err := l.Append(t.Context(), e.Body(), func(*protocol.Chain) (*protocol.Entry, error) {
		fill()
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDiskFullWhenJournalChanges has the disk full at every commit around the one
// for which a new journal is made, which takes blocks that were not set aside: the
// ballast gives them.
func TestDiskFullWhenJournalChanges(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a whole journal of entries, twice")
	}
	a := vectors.NewAuthor("rotate", 0, nil)
	a.PublishN(20_500, 1)
	// Once to see where it happens, and once with the disk full there.
	const ahead, window = 10_300, 15
	dir := t.TempDir()
	change := ahead
	for l := openSmall(t, dir); ; change++ {
		if change == ahead {
			join(t, l, a.Log[:ahead])
		}
		if change == len(a.Log) {
			t.Fatal("the journal was never full")
		}
		if join(t, l, a.Log[change:change+1]); count(t, dir, "*.mem") > 1 || exists(t, dir, "00002.mem") {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	disk := faults.Tmpfs(t, 256)
	dir = filepath.Join(disk.Dir, "ledger")
	l := openSmall(t, dir)
	join(t, l, a.Log[:ahead])
	for i, e := range a.Log[ahead : change+window] {
		if i+ahead < change-window {
			join(t, l, ledger.Run{e})
			continue
		}
		appendOnFull(t, l, e, func() { disk.Fill(t, 0) })
		disk.Drain(t)
	}
	if !exists(t, dir, "00002.mem") {
		t.Error("the journal was not full")
	}
	join(t, l, a.Log[change+window:])
	if info, err := os.Stat(filepath.Join(dir, ledger.BallastName)); err != nil || info.Size() != ledger.BallastSize {
		t.Errorf("the ballast after the disk had room again: %v", err)
	}
	checkLog(t, l, a)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func exists(t *testing.T, dir, name string) bool {
	t.Helper()
	return count(t, dir, name) > 0
}

func count(t *testing.T, dir, pattern string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}
