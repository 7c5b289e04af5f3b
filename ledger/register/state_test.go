package register_test

import (
	"context"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func TestStateOf(t *testing.T) {
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	a := vectors.NewAuthor("a", 0, nil)
	first := a.Publish("lesson", map[string]any{"title": "First", "lang": "en"})
	second := a.Publish("lesson", map[string]any{"title": "Second", "lang": "en", "revises": first.ID.String()})
	gone := a.Publish("lesson", map[string]any{"title": "Gone", "lang": "en"})
	a.Publish("correction", map[string]any{"of": gone.ID.String(), "action": "withdraw", "reason": "error", "explanation": "Wrong"})
	a.Erase("mistake", 0, a.Publish("lesson", map[string]any{"title": "Erased", "lang": "en"}).Envelope.Seq)
	if _, err := l.Join(context.Background(), []ledger.Run{a.Log}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[protocol.EntryID]register.State{
		first.ID: register.Amended, second.ID: register.Standing, gone.ID: register.Withdrawn,
		a.Log[5].ID: register.Erased, {1}: register.Missing,
	} {
		got, err := register.StateOf(l, id)
		if err != nil || got.State != want || got.ID != id || got.Counts() != (got.Record != nil && want == register.Standing) {
			t.Errorf("%+v %v, want %s", got, err, want)
		}
	}
}
