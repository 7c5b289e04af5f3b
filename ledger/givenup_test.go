package ledger_test

import (
	"slices"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// given lists what a body's log gave up, by position.
func given(t *testing.T, l *ledger.Ledger, body protocol.BodyID) []ledger.GivenUp {
	t.Helper()
	list, err := l.GivenUp(body)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestGivenUpIsOwnedUpTo: a body that takes its log back says so, or is seen not to
// have.
func TestGivenUpIsOwnedUpTo(t *testing.T) {
	for _, disclosed := range []bool{true, false} {
		honest := vectors.NewAuthor("council", 0, nil)
		honest.PublishN(300, 40)
		thief := honest.Clone()
		thief.PublishN(5, 40)
		var heads []protocol.Head
		if disclosed {
			heads = append(heads, thief.Chain.Head())
		}
		l := open(t, "")
		join(t, l, thief.Log)
		if list := given(t, l, honest.Body()); len(list) != 0 {
			t.Fatalf("nothing was given up yet: %v", list)
		}
		keys := honest.Recover(0, 0, protocol.ReasonKeyStolen, heads...)
		honest.PublishN(9, 40)
		// An ordinary change of control on top is not what displaced them.
		honest.Recover(1, honest.Chain.InForce().Seq, protocol.ReasonRotation)
		join(t, l, honest.Log)
		// The thief goes on, and is not listened to.
		thief.PublishN(1, 40)
		if _, err := l.Join(t.Context(), []ledger.Run{thief.Log}); err != nil {
			t.Fatal(err)
		}
		list := given(t, l, honest.Body())
		if len(list) != 5 {
			t.Fatalf("%d entries were given up, want 5", len(list))
		}
		for i, g := range list {
			if g.Event.Entry.ID != thief.Log[301+i].ID || g.Parting != 301 || g.By == nil || g.By.ID != keys.ID || g.Disclosed != disclosed {
				t.Errorf("disclosed %v: %d: %+v", disclosed, i, g)
			}
		}
	}
}

// TestGivenUpInAFork: while a log is frozen, nobody decided; a recovery does, and
// what had been in the log and is again was not given up.
func TestGivenUpInAFork(t *testing.T) {
	a := vectors.NewAuthor("forked", 0, nil)
	a.PublishN(3, 40)
	b := a.Clone()
	a.PublishN(4, 40)
	b.Clock += 9
	b.PublishN(1, 40)
	l := open(t, t.TempDir())
	join(t, l, a.Log, b.Log)
	list := given(t, l, a.Body())
	if len(list) != 4 || slices.ContainsFunc(list, func(g ledger.GivenUp) bool { return g.By != nil || g.Disclosed || g.Parting != 4 }) {
		t.Fatalf("a frozen log: %+v", list)
	}
	a.Recover(0, 0, protocol.ReasonFork, b.Chain.Head())
	join(t, l, a.Log)
	if list := given(t, l, a.Body()); len(list) != 0 {
		t.Fatalf("what was restored: %+v", list)
	}
}

// TestChainAt compares chains with those that the author had.
func TestChainAt(t *testing.T) {
	a := vectors.NewAuthor("prefixes", 1, nil)
	chains := []*protocol.Chain{a.Chain}
	for i := range 600 {
		switch {
		case i == 400:
			a.Recover(0, 0, protocol.ReasonRotation)
		case i%100 == 50:
			a.Erase("privacy", 1, a.Chain.Length()-1)
		default:
			a.PublishN(1, 20)
		}
		chains = append(chains, a.Chain)
	}
	l := open(t, "")
	join(t, l, a.Log)
	for _, want := range chains {
		got, err := l.ChainAt(a.Body(), want.Length())
		if err != nil || !got.Equal(want) || !slices.Equal(got.State().Erased, want.State().Erased) || got.InForce().ID != want.InForce().ID || got.At() != want.At() {
			t.Fatalf("length %d: %v", want.Length(), err)
		}
	}
	if _, err := l.ChainAt(a.Body(), a.Chain.Length()+1); err == nil {
		t.Error("a chain beyond the end of the log")
	}
}
