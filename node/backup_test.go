package node

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/node/archive"
	"github.com/folkmoot/folkmoot/protocol"
)

// tree lists the files below a folder with what is in them.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		out[strings.TrimPrefix(name, dir)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBackupWhileRunning backs up while others publish and save drafts. Each
// backup is whole, and what its casebook says was published is in its log.
func TestBackupWhileRunning(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	n := start(t, dir, nil)
	ctx := t.Context()
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			d, err := n.api.CreateDraft(ctx, casebook.Revision{Text: challenge})
			if err == nil {
				_, err = n.api.PublishDraft(ctx, d.ID, d.Revision, api.Confirm{})
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	var backups [][]byte
	for range 5 {
		backups = append(backups, n.backup(true))
	}
	close(stop)
	writing.Wait()
	if left, err := filepath.Glob(filepath.Join(dir, snapshotPattern)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for _, b := range backups {
		dir, res := restore(t, b)
		if !res.Report.OK() || res.Report.Entries != res.Ledger.Entries {
			t.Errorf("%+v", res)
		}
		off := offline(t, dir, n.cfg.Network)
		c := api.InProcess(off.Local())
		drafts, err := c.Drafts(ctx, casebook.StatePublished)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range drafts {
			if _, err := off.ledger.Entry(d.Entry); err != nil {
				t.Errorf("draft %s: %v", d.ID, err)
			}
		}
	}
}

// TestRestoreRefuses what cannot be restored, and leaves everything as it was.
func TestRestoreRefuses(t *testing.T) {
	source := t.TempDir()
	if _, err := Init(t.Context(), source, forum()); err != nil {
		t.Fatal(err)
	}
	n := start(t, source, nil)
	whole := n.backup(true)
	n.stop()

	parent := t.TempDir()
	dir := filepath.Join(parent, "data")
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	before := tree(t, parent)
	header := func(change func(*archive.Header)) []byte {
		var b bytes.Buffer
		h := archive.Header{Network: n.cfg.Network, Ledger: ledger.Totals{Schema: ledger.Schema, Heads: protocol.HashOf(nil)}}
		change(&h)
		w, err := archive.NewWriter(&b, h)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	changed := bytes.Clone(whole)
	changed[bytes.Index(changed, []byte("Marsh Lane"))] ^= 1
	for name, c := range map[string]struct {
		backup []byte
		want   error
	}{
		"a newer schema":       {header(func(h *archive.Header) { h.Ledger.Schema++ }), ledger.ErrNewerSchema},
		"an older schema":      {header(func(h *archive.Header) { h.Ledger.Schema-- }), ledger.ErrOlderSchema},
		"a key that is absent": {header(func(h *archive.Header) { h.SigningKey = true; h.Body = &n.own().body }), archive.ErrDamaged},
		"other totals":         {header(func(h *archive.Header) { h.Ledger.Entries = 7 }), ledger.ErrCorrupt},
		"cut short":            {whole[:len(whole)-5000], archive.ErrDamaged},
		"a changed entry":      {changed, archive.ErrDamaged},
		"nothing":              {nil, archive.ErrDamaged},
	} {
		_, err := Restore(t.Context(), loopback(dir), bytes.NewReader(c.backup))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if after := tree(t, parent); !equalTrees(before, after) {
			t.Errorf("%s: something was changed", name)
		}
		if _, err := VerifyBackup(t.Context(), loopback(dir), t.TempDir(), bytes.NewReader(c.backup), nil); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
	// A reader that fails at the very end.
	broke := errors.New("the disk broke")
	if _, err := Restore(t.Context(), loopback(dir), io.MultiReader(bytes.NewReader(whole), failing{broke})); !errors.Is(err, broke) {
		t.Error(err)
	}
	if !equalTrees(before, tree(t, parent)) {
		t.Error("something was changed")
	}
	// The directory that is in the way is kept, not lost.
	res, err := Restore(t.Context(), loopback(dir), bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	if kept := tree(t, res.Kept); kept["/keys/signing"] != before["/data/keys/signing"] {
		t.Error("the old data directory is not what it was")
	}
	if id, err := readIdentity(dir); err != nil || id.body != n.own().body {
		t.Errorf("%v, %v", id, err)
	}
}

// equalTrees compares files, but for the lock, whose holder's number changes.
func equalTrees(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for name, text := range a {
		if other, ok := b[name]; !ok || text != other && filepath.Base(name) != lockFile {
			return false
		}
	}
	return true
}

// failing is a reader that fails.
type failing struct{ err error }

// Read implements [io.Reader].
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestRestoreReverts cannot put the restored directory in its place.
func TestRestoreReverts(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "precious"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := tree(t, parent)
	if kept, err := replaceDir(filepath.Join(parent, "missing"), dir, "now"); err == nil || kept != "" {
		t.Errorf("kept %q, %v", kept, err)
	}
	if !equalTrees(before, tree(t, parent)) {
		t.Errorf("%v became %v", before, tree(t, parent))
	}
}

// TestCrashedBackupLeavesNoDrafts removes a copy of the casebook that a crash left.
func TestCrashedBackupLeavesNoDrafts(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, ".backup-123")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(left, casebookFile), []byte("a draft"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := start(t, dir, nil)
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the copy is still there")
	}
	n.stop()
}
