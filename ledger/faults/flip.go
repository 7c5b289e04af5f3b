package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// Flip flips one random bit of a random file in dir whose name matches, in the
// part of it that was written, and says which. Files grow by zeroes.
func Flip(t testing.TB, r *rand.Rand, dir, pattern string) string {
	t.Helper()
	var names []string
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if info, err := os.Stat(name); err == nil && info.Size() > 16 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		t.Fatalf("%s has no file %s to damage", dir, pattern)
	}
	name := names[r.IntN(len(names))]
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	end := len(b)
	for end > 0 && b[end-1] == 0 {
		end--
	}
	at, bit := r.IntN(end), r.IntN(8)
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{b[at] ^ 1<<bit}, int64(at)); errors.Join(err, f.Close()) != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("bit %d of byte %d of %d in %s is flipped", bit, at, end, filepath.Base(name))
}
