package catalogue_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func TestRebuild(t *testing.T) {
	l, other := newLedger(t), newLedger(t)
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(300, 300)
	join(t, l, a.Log)
	b := vectors.NewAuthor("b", 0, nil)
	b.Publish("decision", fields("Elsewhere", "x"))
	join(t, other, b.Log)
	longer := newLedger(t)
	d := vectors.NewAuthor("d", 0, nil)
	d.PublishN(310, 60)
	join(t, longer, d.Log)
	for name, c := range map[string]struct {
		harm func([]byte) []byte
		src  catalogue.Source
	}{
		"garbage":   {func([]byte) []byte { return []byte(strings.Repeat("not sqlite ", 1000)) }, other},
		"empty":     {func([]byte) []byte { return nil }, other},
		"cut":       {func(b []byte) []byte { return b[:len(b)/2] }, l},
		"holes":     {func(b []byte) []byte { clear(b[8192:]); return b }, l},
		"version":   {func(b []byte) []byte { b[63] = 99; return b }, l},
		"elsewhere": {func(b []byte) []byte { return b }, other},
		"longer":    {func(b []byte) []byte { return b }, longer},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.db")
			first := open(t, path)
			catchUp(t, first, l)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			bytes, err := os.ReadFile(path)
			if err != nil || len(bytes) < 50_000 {
				t.Fatalf("%d bytes, %v", len(bytes), err)
			}
			if err := os.WriteFile(path, c.harm(bytes), 0o600); err != nil {
				t.Fatal(err)
			}
			again := open(t, path)
			catchUp(t, again, c.src)
			// Damage that no write touched shows when it is read.
			if _, err := again.Search(t.Context(), catalogue.Query{Text: "path", Limit: 200}); err != nil {
				catchUp(t, again, c.src)
			}
			n := 0
			for range c.src.Events(0) {
				n++
			}
			if got := len(titles(t, again, catalogue.Query{})); got != n || again.Cursor() != uint64(n) {
				t.Errorf("%d entries, cursor %d, want %d", got, again.Cursor(), n)
			}
		})
	}
}
