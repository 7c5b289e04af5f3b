package casebook

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
)

// TestErase looks for the text of an erased entry in the files, while the
// casebook is open: in no revision, title, confirmation, freed page or journal.
func TestErase(t *testing.T) {
	c, path := book(t)
	secret := "Mrs Featherstonehaugh of 7 Marsh Lane"
	kept := create(t, c, "title: What stays as it is")
	d := create(t, c, "kind: lesson\ntitle: "+secret+"\n")
	long := save(t, c, d, "kind: lesson\ntitle: "+secret+"\ntext: "+string(bytes.Repeat([]byte(secret+" "), 2000)))
	d = save(t, c, long, "kind: lesson\ntitle: "+secret+"\n")
	other := create(t, c, "title: "+secret+" of a draft that is still private")
	if _, err := c.Propose(t.Context(), Proposal{Kind: "lesson", Payload: []byte("title " + secret), Draft: d.ID, Revision: d.Revision}); err != nil {
		t.Fatal(err)
	}
	content := protocol.HashOf([]byte("content"))
	hits := []Confirmation{{Hit: "h1", Draft: d.ID, Excerpt: secret, Field: "title", Rule: "title", Reason: "she is " + secret}}
	if err := c.Begin(t.Context(), Attempt{Content: content, Draft: d.ID, Revision: d.Revision}, hits); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Finish(t.Context(), content, entry("published")); err != nil {
		t.Fatal(err)
	}
	// One that was published without a draft.
	if err := c.Confirm(t.Context(), []Confirmation{{Hit: "h2", Excerpt: secret, Entry: entry("direct")}}); err != nil {
		t.Fatal(err)
	}
	if n := occurrences(t, path, secret); n < 4 {
		t.Fatalf("the text is there %d times: the test tests nothing", n)
	}
	for range 2 {
		if err := c.Erase(t.Context(), []protocol.EntryID{entry("published"), entry("direct"), entry("unknown")}); err != nil {
			t.Fatal(err)
		}
	}
	// What was not published is nobody's to erase.
	if n := occurrences(t, path, secret); n == 0 || n > 2 {
		t.Errorf("the text is there %d times, besides the open draft's text and title", n)
	}
	if _, r, err := c.Draft(t.Context(), other.ID); err != nil || r.Text == "" {
		t.Errorf("the open draft: %+v, %v", r, err)
	}
	if _, err := c.Discard(t.Context(), other.ID); err != nil {
		t.Fatal(err)
	}
	got, r, err := c.Draft(t.Context(), d.ID)
	if err != nil || got.State != StatePublished || got.Entry != entry("published") || got.Title != "" || r.Text != "" {
		t.Errorf("%+v %+v, %v", got, r, err)
	}
	if list, err := c.History(t.Context(), d.ID); err != nil || len(list) != 3 || list[1].Size != 0 {
		t.Errorf("history %+v, %v", list, err)
	}
	if list, err := c.Confirmations(t.Context(), protocol.EntryID{}); err != nil || len(list) != 0 {
		t.Errorf("confirmations %+v, %v", list, err)
	}
	if texts(t, c, kept.ID) != "title: What stays as it is" {
		t.Error("another draft was changed")
	}
}

// occurrences counts a text in the casebook's file and what lies beside it.
func occurrences(t *testing.T, path, text string) int {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(b, []byte(text))
	}
	return n
}

// TestEraseWhileSomebodyReads says so when another process keeps the journal
// from being emptied, and does it afterwards.
func TestEraseWhileSomebodyReads(t *testing.T) {
	c, path := book(t)
	secret := "Mr Cholmondeley"
	d := create(t, c, "title: "+secret)
	if _, err := c.MarkPublished(t.Context(), d.ID, d.Revision, entry("published")); err != nil {
		t.Fatal(err)
	}
	reader, err := connect(path, "ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	tx, err := reader.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM drafts").Scan(&n); err != nil {
		t.Fatal(err)
	}
	if _, err := c.db.Exec("PRAGMA busy_timeout(50)"); err != nil {
		t.Fatal(err)
	}
	if err := c.Erase(t.Context(), []protocol.EntryID{entry("published")}); err == nil {
		t.Error("nothing is said of the journal")
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := c.Erase(t.Context(), []protocol.EntryID{entry("published")}); err != nil {
		t.Fatal(err)
	}
	if n := occurrences(t, path, secret); n != 0 {
		t.Errorf("the text is there %d times", n)
	}
}
