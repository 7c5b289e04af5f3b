package casebook

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestFileIsItsOwnersAlone(t *testing.T) {
	c, path := book(t)
	create(t, c, "one")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", suffix, info, err)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	reopen(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestSettings(t *testing.T) {
	c, _ := book(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "secure_delete": "1", "user_version": "2",
	} {
		var got string
		if err := c.db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", pragma, got, err, want)
		}
	}
}

// refused opens a file that must be refused and left as it is.
func refused(t *testing.T, path, why string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wal, _ := os.ReadFile(path + "-wal")
	c, err := Open(t.Context(), Config{Path: path})
	if err == nil {
		t.Error(c.Close())
		t.Fatal("it was opened")
	}
	if !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	after, err := os.ReadFile(path)
	walAfter, _ := os.ReadFile(path + "-wal")
	if err != nil || !bytes.Equal(before, after) || !bytes.Equal(wal, walAfter) {
		t.Errorf("the file was changed: %v", err)
	}
}

func TestForeignFilesAreRefused(t *testing.T) {
	for name, content := range map[string]string{
		"a letter": "Dear Sir or Madam,", "garbage": strings.Repeat("casebook ", 5000), "zeros": strings.Repeat("\x00", 8192),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "casebook.db")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, path, "no casebook")
		})
	}
	for name, sql := range map[string]string{
		"another database": "CREATE TABLE entries (n)", "another application": "PRAGMA application_id = 7; CREATE TABLE t (n)",
		"a version alone": "PRAGMA user_version = 1; CREATE TABLE t (n)",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "casebook.db")
			db, err := connect(path, "rwc")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			refused(t, path, "something else")
		})
	}
}

func TestNewerVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "casebook.db")
	newer, err := open(t.Context(), Config{Path: path}, append(slices.Clone(migrations), "CREATE TABLE later (n)"))
	if err != nil {
		t.Fatal(err)
	}
	create(t, newer, "one")
	// While the newer software has it open, its changes lie beside the file.
	refused(t, path, "update folkmoot")
	if err := newer.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, path, "update folkmoot")
}

// TestNewerVersionAfterCrash has what newer software wrote lie in the write-ahead
// log alone.
func TestNewerVersionAfterCrash(t *testing.T) {
	c, path := book(t)
	create(t, c, "one")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	newer, err := open(t.Context(), Config{Path: path}, append(slices.Clone(migrations), "CREATE TABLE later (n)"))
	if err != nil {
		t.Fatal(err)
	}
	crashed := filepath.Join(t.TempDir(), "casebook.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(crashed+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := newer.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, crashed, "update folkmoot")
}

func TestMigration(t *testing.T) {
	c, path := book(t)
	d := create(t, c, "one")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	steps := append(slices.Clone(migrations), "ALTER TABLE drafts ADD COLUMN later TEXT NOT NULL DEFAULT 'x'", "UPDATE drafts SET later = 'y'")
	if _, err := open(t.Context(), Config{Path: path}, append(slices.Clone(steps), "UPDATE nothing SET x = 1")); err == nil {
		t.Fatal("a migration that fails was passed over")
	}
	later, err := open(t.Context(), Config{Path: path}, steps)
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	var value string
	if err := later.db.QueryRowContext(t.Context(), "SELECT later FROM drafts").Scan(&value); err != nil || value != "y" {
		t.Errorf("%q, %v", value, err)
	}
	if got, r, err := later.Draft(t.Context(), d.ID); err != nil || got != d || r.Text != "one" {
		t.Errorf("%+v, %+v, %v", got, r, err)
	}
}

func TestDamageIsRefused(t *testing.T) {
	c, path := book(t)
	d := create(t, c, strings.Repeat("long ", 20000))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damage := func(name string, b []byte) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "casebook.db")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, path, "restore a backup")
		})
	}
	damage("half of it", whole[:len(whole)/2])
	blank := bytes.Clone(whole)
	clear(blank[4096 : 2*4096])
	damage("a page of zeros", blank)
	blank = bytes.Clone(whole)
	copy(blank[100:], "xxxxxxxxxxxxxxxxxxxxxxxx")
	damage("the first page", blank)
	if _, r, err := reopen(t, path).Draft(t.Context(), d.ID); err != nil || len(r.Text) != 100000 {
		t.Errorf("the copy that is whole: %v", err)
	}
}

// TestOpenAtOnce has several processes make the casebook.
func TestOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "casebook.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c, err := Open(t.Context(), Config{Path: path})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := c.Create(t.Context(), Revision{Text: "one"}); err != nil {
				t.Error(err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if list, err := reopen(t, path).Drafts(t.Context(), ""); err != nil || len(list) != 8 {
		t.Errorf("%d drafts, %v", len(list), err)
	}
}

func TestEmptyFileIsANewCasebook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "casebook.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	create(t, reopen(t, path), "one")
}

func TestNoFolder(t *testing.T) {
	if _, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "no", "casebook.db")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if _, err := Open(t.Context(), Config{Path: t.TempDir()}); err == nil {
		t.Error("a folder was opened")
	}
}

func TestCannotWrite(t *testing.T) {
	for name, test := range map[string]struct{ pragma, says string }{
		"read-only": {"PRAGMA query_only = 1", "read-only"},
		"full":      {"PRAGMA max_page_count = 1", "disk is full"},
	} {
		t.Run(name, func(t *testing.T) {
			c, path := book(t)
			d := create(t, c, "one")
			if _, err := c.db.ExecContext(t.Context(), test.pragma); err != nil {
				t.Fatal(err)
			}
			_, err := c.Save(t.Context(), d.ID, 1, Revision{Text: strings.Repeat("long ", 20000)})
			if !errors.Is(err, ErrNotWritten) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v", err)
			}
			if _, r, err := c.Draft(t.Context(), d.ID); err != nil || r.Text != "one" {
				t.Errorf("%+v, %v", r, err)
			}
			if got := texts(t, reopen(t, path), d.ID); got != "one" {
				t.Errorf("history: %.100s", got)
			}
		})
	}
}

func TestGivenUp(t *testing.T) {
	c, path := book(t)
	d := create(t, c, "one")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Save(ctx, d.ID, 1, Revision{Text: "two"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if got := texts(t, reopen(t, path), d.ID); got != "one" {
		t.Errorf("history: %s", got)
	}
}
