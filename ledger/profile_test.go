package ledger_test

import (
	"errors"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func checkProfile(t *testing.T, l *ledger.Ledger, body protocol.BodyID, want *protocol.Entry) {
	t.Helper()
	got, err := l.Profile(body)
	if want == nil {
		if !errors.Is(err, ledger.ErrNotFound) {
			t.Fatalf("the profile is %v, %v; there should be none", got.Entry, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got.Entry.ID != want.ID {
		t.Fatalf("the profile is at %d, it should be at %d", got.Entry.Envelope.Seq, want.Envelope.Seq)
	}
}

// The last record of a body about itself counts, and after an erasure the one
// before it. Other kinds, and other bodies, change nothing.
func TestProfile(t *testing.T) {
	a, b := vectors.NewAuthor("profile a", 0, nil), vectors.NewAuthor("profile b", 0, nil)
	l := open(t, t.TempDir())
	checkProfile(t, l, a.Body(), nil)
	a.PublishN(2, 10)
	join(t, l, a.Log)
	checkProfile(t, l, a.Body(), nil)
	first := a.Publish(record.KindBody, map[string]any{"name": "one"})
	join(t, l, a.Log)
	checkProfile(t, l, a.Body(), first)
	second := a.Publish(record.KindBody, map[string]any{"name": "two"})
	a.PublishN(300, 10)
	b.Publish(record.KindBody, map[string]any{"name": "other"})
	join(t, l, a.Log)
	join(t, l, b.Log)
	checkProfile(t, l, a.Body(), second)
	a.Erase("mistake", 0, second.Envelope.Seq)
	join(t, l, a.Log)
	checkProfile(t, l, a.Body(), first)
	a.Erase("mistake", 0, first.Envelope.Seq)
	join(t, l, a.Log)
	checkProfile(t, l, a.Body(), nil)
}

// A record that a stronger branch pushed out of the log says nothing, whichever
// came first; one at the same position in the log does.
func TestProfileOfGivenUpBranch(t *testing.T) {
	a := vectors.NewAuthor("profile parted", 0, nil)
	first := a.Publish(record.KindBody, map[string]any{"name": "one"})
	thief := a.Clone()
	thief.Publish(record.KindBody, map[string]any{"name": "stolen"})
	thief.Publish(record.KindBody, map[string]any{"name": "stolen again"})
	a.Recover(0, 0, protocol.ReasonKeyStolen)
	for _, order := range [][]*vectors.Author{{thief, a}, {a, thief}} {
		l := open(t, t.TempDir())
		for _, by := range order {
			join(t, l, by.Log)
		}
		checkProfile(t, l, a.Body(), first)
	}
	mine := a.Publish(record.KindBody, map[string]any{"name": "mine"})
	for _, order := range [][]*vectors.Author{{thief, a}, {a, thief}} {
		l := open(t, t.TempDir())
		for _, by := range order {
			join(t, l, by.Log)
		}
		checkProfile(t, l, a.Body(), mine)
	}
}
