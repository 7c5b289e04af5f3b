package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
)

// TestFlippedBackup flips bits of a backup as it is on disk. Each is noticed, and
// nothing of it is restored in the place of the data directory that there was.
func TestFlippedBackup(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	a := &app{stdout: io.Discard, stderr: io.Discard}
	sealed := backUp(t, a, filepath.Join(dir, "data"), key)
	identity := filepath.Join(dir, "key")
	if err := os.WriteFile(identity, []byte(key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	verify := func() error {
		cfg := node.DefaultConfig()
		cfg.Data = filepath.Join(dir, "data")
		f := &openFlags{Identity: identity}
		return f.read(t.Context(), a, filepath.Join(dir, "today.age"), a.progress(), func(r io.Reader) error {
			_, err := node.VerifyBackup(t.Context(), cfg, t.TempDir(), r, nil)
			return err
		})
	}
	write := func(b []byte) {
		if err := os.WriteFile(filepath.Join(dir, "today.age"), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if write(sealed); verify() != nil {
		t.Fatal("a whole backup", verify())
	}
	r := rand.New(rand.NewPCG(2, 7))
	times := faults.Times(200, 2000)
	for range times {
		write(sealed)
		what := faults.Flip(t, r, dir, "today.age")
		if err := verify(); err == nil {
			t.Errorf("nobody notices that %s", what)
		}
	}
	t.Logf("%d flipped bits were noticed", times)
}

// backUp makes a data directory with some entries, and returns a backup of it.
func backUp(t *testing.T, a *app, data string, key *age.X25519Identity) []byte {
	t.Helper()
	cfg := node.DefaultConfig()
	cfg.Data = data
	if _, err := node.Init(t.Context(), data, node.InitParams{Name: "Forum (example)", Role: "community_body"}); err != nil {
		t.Fatal(err)
	}
	n, err := node.NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}()
	client := api.InProcess(n.Local())
	for i := range 10 {
		record := strings.Replace(flippedRecord, "NUMBER", strings.Repeat("very ", i), 1)
		if _, err := client.Publish(t.Context(), []byte(record), false); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, key.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Backup(t.Context(), w, false); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const flippedRecord = `{"kind": "challenge", "title": "A NUMBERlong path (example)", "lang": "en", "licence": "CC-BY-4.0", "signed_as": "chair",
	"question": "Who mends it?", "raised_by": "community"}`
