package catalogue_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestDiskFull has the catalogue on a full disk: it says so, what it took in before
// can be searched, and it goes on when there is space.
func TestDiskFull(t *testing.T) {
	disk := faults.Tmpfs(t, 64)
	l, a := newLedger(t), vectors.NewAuthor("full", 0, nil)
	a.PublishN(20, 100)
	join(t, l, a.Log)
	c := open(t, filepath.Join(disk.Dir, "catalogue.db"))
	catchUp(t, c, l)
	disk.Fill(t, 0)
	join(t, l, a.PublishN(1000, 6000))
	if err := c.CatchUp(t.Context(), l); !errors.Is(err, ledger.ErrDiskFloor) {
		t.Fatalf("on a full disk: %v", err)
	}
	if found, err := c.Search(t.Context(), catalogue.Query{Text: "decision", Limit: 1}); err != nil || found.Total != 20 {
		t.Fatalf("search on a full disk: %d found: %v", found.Total, err)
	}
	disk.Drain(t)
	catchUp(t, c, l)
	if found, err := c.Search(t.Context(), catalogue.Query{Text: "decision", Limit: 1}); err != nil || found.Total != 1020 {
		t.Fatalf("search when there is space: %d found: %v", found.Total, err)
	}
}
