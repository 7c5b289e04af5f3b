package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestNamed asks what an entry refers to: before its erasure, after it, and once
// its content is deleted. When the log is dropped nothing of it is left.
func TestNamed(t *testing.T) {
	dir := t.TempDir()
	a := vectors.NewAuthor("a", 0, nil)
	decision := a.Publish("decision", map[string]any{"title": "One (example)"})
	response := a.Publish("response", map[string]any{"decision": decision.ID.String()})
	erase := a.Erase(protocol.ReasonMistake, 0, response.Envelope.Seq)
	l := later(t, dir, 0)
	join(t, l, a.Log[:erase.Envelope.Seq])
	named := func(when string) {
		t.Helper()
		refs, err := l.Named(response.ID)
		if err != nil || len(refs) != 1 || refs[0].Field != "decision" || refs[0].ID != decision.ID {
			t.Errorf("%s it refers to %v, %v", when, refs, err)
		}
	}
	named("whole")
	join(t, l, a.Log)
	named("erased")
	closed(t, l)
	l = later(t, dir, 8*24*time.Hour)
	if _, err := l.DeleteErased(t.Context()); err != nil {
		t.Fatal(err)
	}
	named("deleted")
	if err := l.Drop(t.Context(), a.Body()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Named(response.ID); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a dropped entry: %v", err)
	}
	closed(t, l)
	for key := range rows(t, dir, nil) {
		if key[0] == 'r' || key[0] == 'y' {
			t.Errorf("row %q is left", key)
		}
	}
}
