package casebook

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// clock goes on by a second at every look.
type clock struct{ at time.Time }

func (c *clock) now() time.Time {
	c.at = c.at.Add(time.Second)
	return c.at
}

var epoch = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// book is an empty casebook, and where it lies.
func book(t *testing.T) (*Casebook, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "casebook.db")
	return reopen(t, path), path
}

func reopen(t *testing.T, path string) *Casebook {
	t.Helper()
	c, err := Open(t.Context(), Config{Path: path, Now: (&clock{epoch}).now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func create(t *testing.T, c *Casebook, text string) Draft {
	t.Helper()
	d, err := c.Create(t.Context(), Revision{Text: text, By: "clerk"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func save(t *testing.T, c *Casebook, d Draft, text string) Draft {
	t.Helper()
	d, err := c.Save(t.Context(), d.ID, d.Revision, Revision{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// texts are those of all revisions of a draft, the first first; one that was not
// taken has a question mark before it.
func texts(t *testing.T, c *Casebook, id string) string {
	t.Helper()
	list, err := c.History(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, r := range list {
		_, whole, err := c.Revision(t.Context(), id, r.Revision)
		if err != nil {
			t.Fatal(err)
		}
		if r.Revision != i+1 || r.Text != "" || r.Size != len(whole.Text) || whole.NotTaken != r.NotTaken {
			t.Errorf("history has %+v, the revision is %+v", r, whole)
		}
		if r.NotTaken {
			whole.Text = "?" + whole.Text
		}
		out = append(out, whole.Text)
	}
	return strings.Join(out, " ")
}

func entry(name string) protocol.EntryID { return protocol.EntryID(protocol.HashOf([]byte(name))) }
