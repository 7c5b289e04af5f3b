package ledger

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestCrashWhileDeleting takes the files as they are after each step of a
// deletion, as a SIGKILL leaves them, and one of a write that was cut short.
// Each opens with all its entries, and the deletion comes to its end there.
func TestCrashWhileDeleting(t *testing.T) {
	dir := t.TempDir()
	now := time.Unix(vectors.Epoch, 0).Add(24 * time.Hour)
	cfg := Config{Dir: dir, Network: vectors.NetworkName, Floor: 1, EraseAfter: time.Second, Now: func() time.Time { return now }}
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	a := vectors.NewAuthor("crash", 0, nil)
	a.PublishN(6, 3000)
	secrets := a.Log[2:4]
	if _, err := l.Join(t.Context(), []Run{a.Log}); err != nil {
		t.Fatal(err)
	}
	a.Erase(protocol.ReasonPrivacy, 0, 2, 3)
	a.PublishN(3, 3000) // behind it in the file that is being written
	if _, err := l.Join(t.Context(), []Run{a.Log}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Second)

	images := map[string]string{}
	image := func(step string) string {
		to := t.TempDir()
		copyStore(t, dir, to)
		images[step] = to
		return to
	}
	due, _, err := l.dueDeletions(nil)
	if err != nil || len(due) != 1 {
		t.Fatalf("due %v, %v", due, err)
	}
	image("before")
	if err := l.strip(due[0]); err != nil {
		t.Fatal(err)
	}
	image("stripped")
	s := &search{dir: dir, ends: map[string]int64{}, targets: newDoomed()}
	for i, e := range secrets {
		s.targets.add(due[0].events[i], e)
	}
	if err := s.run(true); err != nil || len(s.found) != 2 {
		t.Fatalf("found %d, %v", len(s.found), err)
	}
	journal := encodeOverwriting(s.found)
	write := func(dir string, journal []byte) {
		if err := writeDurably(filepath.Join(dir, overwriteName), journal); err != nil {
			t.Fatal(err)
		}
	}
	write(image("journal cut short"), journal[:len(journal)/2])
	write(image("journal"), journal)
	torn := image("torn")
	write(torn, journal)
	tear(t, torn, s.found[0])
	half := image("half")
	write(half, journal)
	if err := applyOverwriting(half, s.found[:1]); err != nil {
		t.Fatal(err)
	}
	if err := overwrite(dir, s.found); err != nil {
		t.Fatal(err)
	}
	image("overwritten")
	if err := l.reportDeleted(due); err != nil {
		t.Fatal(err)
	}
	image("reported")

	for step, dir := range images {
		t.Run(step, func(t *testing.T) {
			cfg.Dir = dir
			l, err := Open(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			if next, err := l.DeleteErased(t.Context()); err != nil || !next.IsZero() {
				t.Fatalf("%s, %v", next, err)
			}
			n, reported := 0, 0
			for ev, err := range l.Events(0) {
				if err != nil {
					t.Fatal(err)
				}
				if ev.Kind == EventErased {
					reported++
					continue
				}
				want := a.Log[n]
				if n == 2 || n == 3 {
					want = want.WithoutContent()
				}
				if !ev.Entry.Same(want) {
					t.Errorf("entry %d is another", n)
				}
				n++
			}
			if n != len(a.Log) || reported != 1 {
				t.Errorf("%d entries of %d, %d events that say that content was deleted", n, len(a.Log), reported)
			}
			for _, name := range filesIn(t, dir) {
				b, err := os.ReadFile(filepath.Join(dir, name))
				if errors.Is(err, fs.ErrNotExist) {
					continue // the store drops old journals meanwhile
				}
				if err != nil {
					t.Fatal(err)
				}
				b = bytes.TrimRight(b, "\x00")
				for _, e := range secrets {
					if bytes.Contains(b, e.Content[:40]) {
						t.Errorf("%s has the salt of erased content", name)
					}
				}
			}
		})
	}
}

// tear writes the beginning of what is to be written, then noise.
func tear(t *testing.T, dir string, o overwriting) {
	t.Helper()
	b := o.bytes()
	if _, err := rand.Read(b[len(b)/3:]); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, o.file), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(b, o.offset)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// copyStore copies the files of an open store as they are; what is only zeros,
// of which Badger keeps much ahead, stays a hole.
func copyStore(t *testing.T, from, to string) {
	t.Helper()
	for _, name := range filesIn(t, from) {
		in, err := os.Open(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(filepath.Join(to, name))
		if err != nil {
			t.Fatal(err)
		}
		block, zeros, size := make([]byte, 1<<20), make([]byte, 1<<20), int64(0)
		for {
			n, err := io.ReadFull(in, block)
			if n > 0 && !bytes.Equal(block[:n], zeros[:n]) {
				if _, err := out.WriteAt(block[:n], size); err != nil {
					t.Fatal(err)
				}
			}
			size += int64(n)
			if err != nil {
				break
			}
		}
		if err := errors.Join(out.Truncate(size), out.Close(), in.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
