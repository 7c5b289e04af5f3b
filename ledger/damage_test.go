package ledger_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestFlippedBitIsNoticed flips bits in the value log, where Badger itself
// returns damaged values without an error: every entry read is either the one
// that was stored, or an error that says so.
func TestFlippedBitIsNoticed(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(50, 900)
	join(t, l, a.Log)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil || len(logs) == 0 {
		t.Fatal("no value log", err)
	}
	original, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	used := 50 * 1000 // the log is longer; what follows is empty
	r := rand.New(rand.NewPCG(1, 2))
	noticed := 0
	for range 40 {
		damaged := append([]byte(nil), original...)
		damaged[1000+r.IntN(used-1000)] ^= 1 << r.IntN(8)
		if err := os.WriteFile(logs[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		noticed += readDamaged(t, dir, a)
	}
	if noticed < 20 {
		t.Errorf("of 40 flipped bits %d were noticed", noticed)
	}
}

// readDamaged reads all of a damaged ledger, in order and one by one, and
// returns 1 if the damage was noticed.
func readDamaged(t *testing.T, dir string, a *vectors.Author) int {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Floor: 1})
	if errors.Is(err, ledger.ErrCorrupt) {
		return 1
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	noticed := 0
	for e, err := range l.Events(0) {
		if err != nil {
			if !errors.Is(err, ledger.ErrDamaged) {
				t.Errorf("reading in order: %v", err)
			}
			noticed = 1
			break
		}
		if !e.Entry.Same(a.Log[e.Seq-1]) {
			t.Fatalf("event %d is not what was stored", e.Seq)
		}
	}
	for _, want := range a.Log {
		e, err := l.Entry(want.ID)
		if err != nil {
			if !errors.Is(err, ledger.ErrDamaged) {
				t.Errorf("reading %s: %v", want.ID, err)
			}
			noticed = 1
			continue
		}
		if !e.Entry.Same(want) {
			t.Fatalf("%s is not what was stored", want.ID)
		}
	}
	n := 0
	for raw, err := range l.Encoded(a.Body(), 0, uint64(len(a.Log))) {
		if err != nil {
			if !errors.Is(err, ledger.ErrDamaged) {
				t.Errorf("reading as stored: %v", err)
			}
			noticed = 1
			break
		}
		if !bytes.Equal(raw, a.Log[n].Encode()) {
			t.Fatalf("position %d is not what was stored", n)
		}
		n++
	}
	if noticed == 0 && n != len(a.Log) {
		t.Errorf("%d of %d entries were read as stored", n, len(a.Log))
	}
	return noticed
}

// TestForgottenCommitsAreNoticed cuts the store's journal short: Badger opens
// without complaint and has forgotten what it acknowledged. The marker has not.
func TestForgottenCommitsAreNoticed(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(20, 300)
	for _, e := range a.Log {
		join(t, l, ledger.Run{e})
	}
	journals, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil || len(journals) == 0 {
		t.Fatal("no journal", err)
	}
	// The process dies: its files stay as they are.
	crashed := t.TempDir()
	if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	journal := filepath.Join(crashed, filepath.Base(journals[len(journals)-1]))
	b, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	b[4000] ^= 0x10
	if err := os.WriteFile(journal, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = ledger.Open(ledger.Config{Dir: crashed, Network: vectors.NetworkName, Floor: 1})
	if !errors.Is(err, ledger.ErrCorrupt) {
		t.Fatalf("a journal that lost its end: %v", err)
	}
}

// TestDamageHoldsUpNoOtherDeletion erases an entry that rotted with others: those
// are deleted, the erasure waits for that one, and the call ends.
func TestDamageHoldsUpNoOtherDeletion(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	a := vectors.NewAuthor("rot", 0, nil)
	a.PublishN(3, 900)
	a.Erase(protocol.ReasonPrivacy, 0, 1, 2, 3)
	join(t, l, a.Log)
	closed(t, l)
	closed(t, open(t, dir)) // the file is not the last one any more: Badger lets it be
	path := filepath.Join(dir, "000001.vlog")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[bytes.Index(b, saltOf(t, a.Log[2]))] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	l = later(t, dir, ledger.DefaultEraseAfter)
	for range 2 {
		if _, err := l.DeleteErased(t.Context()); err != nil {
			t.Fatal(err)
		}
		if files := filesWith(t, dir, a.Log[1], a.Log[3]); len(files) > 0 {
			t.Errorf("there are salts in %v", files)
		}
	}
	if _, err := l.Entry(a.Log[2].ID); !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("the damaged entry: %v", err)
	}
}
