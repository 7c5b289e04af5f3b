package node

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/protocol"
)

// TestFlippedKey flips bits in every file of keys: no such file is read as if it
// were whole.
func TestFlippedKey(t *testing.T) {
	dir := t.TempDir()
	if err := makeDataDir(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := peerKey(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := MakeOfficerKey(keyPath(dir, "officer")); err != nil {
		t.Fatal(err)
	}
	id := identity{key: protocol.KeyFromSeed([32]byte{7})}
	if err := os.WriteFile(keyPath(dir, signingFile), encodeSigning(id), 0o600); err != nil {
		t.Fatal(err)
	}
	read := map[string]func(path string) error{
		peerFile:    func(string) error { _, err := peerKey(dir); return err },
		signingFile: func(string) error { _, err := readIdentity(dir); return err },
		"officer":   func(path string) error { _, err := ReadOfficerKey(path); return err },
	}
	r := rand.New(rand.NewPCG(3, 1))
	for name, f := range read {
		path := keyPath(dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := f(path); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range faults.Times(200, 5000) {
			what := faults.Flip(t, r, filepath.Dir(path), name)
			if err := f(path); !errors.Is(err, ErrKeyDamaged) {
				t.Errorf("%s: %v", what, err)
			}
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
