package casebook

import (
	"path/filepath"
	"testing"
)

// TestSnapshot copies a casebook that is in use.
func TestSnapshot(t *testing.T) {
	c, _ := book(t)
	first, err := c.Create(t.Context(), Revision{Text: "one"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := c.Snapshot(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Create(t.Context(), Revision{Text: "two"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Snapshot(t.Context(), path); err == nil {
		t.Error("a file was written over")
	}
	again := reopen(t, path)
	list, err := again.Drafts(t.Context(), "")
	if err != nil || len(list) != 1 || list[0].ID != first.ID {
		t.Errorf("%v, %v", list, err)
	}
}
