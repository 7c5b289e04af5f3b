package ledger_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func TestForkFreezesEverywhere(t *testing.T) {
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(300, 40) // past one stored Merkle node
	b := a.Clone()
	a.PublishN(3, 50)
	b.Clock += 7
	b.PublishN(2, 60)

	left, right := open(t, ""), open(t, "")
	join(t, left, a.Log, b.Log[301:])
	join(t, right, b.Log, a.Log[301:])
	l, err := left.Head(a.Body())
	if err != nil {
		t.Fatal(err)
	}
	r, err := right.Head(a.Body())
	if err != nil {
		t.Fatal(err)
	}
	if l.Leaf() != r.Leaf() || l.Freeze.Kind != protocol.Forked || l.Length != 301 {
		t.Fatalf("left %+v, right %+v", l, r)
	}
	for _, s := range []*ledger.Ledger{left, right} {
		proof, err := s.FreezeProof(a.Body())
		if err != nil {
			t.Fatal(err)
		}
		if f, err := proof.Verify(); err != nil || f.Kind != protocol.Forked {
			t.Fatal(f, err)
		}
		events := checkEvents(t, s)
		if last := events[len(events)-1]; last.Kind != ledger.EventFrozen || last.Positions[0] != 301 {
			t.Fatalf("the last event is %+v", last)
		}
		_, err = s.Append(t.Context(), a.Body(), func(*protocol.Chain) (*protocol.Entry, error) {
			t.Error("a frozen log asked for an entry")
			return nil, errors.New("no")
		})
		if !errors.Is(err, ledger.ErrFrozen) {
			t.Errorf("append to a frozen log: %v", err)
		}
		// What was in the log stays readable, and says that it is not in it.
		for _, e := range events {
			if e.Kind == ledger.EventEntry && e.Entry.Envelope.Seq > 300 {
				if in, err := s.InLog(e.Entry); err != nil || in {
					t.Errorf("%s: in the log %v, %v", e.Entry.ID, in, err)
				}
			}
		}
		if n := countEntries(t, s, a.Body()); n != 301 {
			t.Errorf("the frozen log has %d entries", n)
		}
		// The same again changes nothing.
		before := s.Last()
		join(t, s, a.Log, b.Log)
		if s.Last() != before {
			t.Errorf("repeating the fork added %d events", s.Last()-before)
		}
	}
}

func countEntries(t testing.TB, l *ledger.Ledger, body protocol.BodyID) int {
	t.Helper()
	n := 0
	for _, err := range l.Log(body, 0, 1<<40) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestRecoveryResolvesFork(t *testing.T) {
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(5, 40)
	thief := a.Clone()
	a.PublishN(2, 50)
	thief.Clock += 7
	thief.PublishN(4, 60)
	l := open(t, t.TempDir())
	join(t, l, a.Log, thief.Log[6:])
	a.Recover(0, 0, "fork")
	a.PublishN(1, 50)
	join(t, l, a.Log[6:])
	checkLog(t, l, a)
	var kinds []ledger.EventKind
	for _, e := range checkEvents(t, l)[8:] {
		kinds = append(kinds, e.Kind)
	}
	want := []ledger.EventKind{
		ledger.EventFrozen, ledger.EventResolved, ledger.EventRestored, ledger.EventRestored,
		ledger.EventEntry, ledger.EventEntry,
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v", kinds, want)
	}
	// The thief's branch comes again and changes nothing.
	join(t, l, thief.Log[6:])
	checkLog(t, l, a)
}

func TestRecoveryRollsBack(t *testing.T) {
	a := vectors.NewAuthor("a", 2, map[protocol.Kind]uint64{"erase": 1})
	a.PublishN(5, 40)
	owner := a.Clone()
	a.PublishN(300, 40)
	l := open(t, "")
	join(t, l, a.Log)
	owner.Recover(1, 0, "key_stolen", a.Chain.Head())
	owner.PublishN(2, 40)
	join(t, l, owner.Log[6:])
	checkLog(t, l, owner)
	join(t, l, a.Log) // the thief's branch again
	checkLog(t, l, owner)
	if s, err := l.Stats(); err != nil || s.Entries != uint64(len(owner.Log)) || s.Bodies != 1 {
		t.Errorf("totals %+v, %v", s, err)
	}
	owner.PublishN(600, 40)
	join(t, l, owner.Log[9:])
	checkLog(t, l, owner)
	late := open(t, "")
	join(t, late, a.Log, owner.Log) // a branch longer than one transaction
	checkLog(t, late, owner)
	checkEvents(t, late)
	for _, length := range []uint64{1, 255, 256, 257, 512, 600, owner.Chain.Length()} {
		p, err := l.Inclusion(owner.Body(), length-1, owner.Chain.Length())
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(owner.Log[length-1]); err != nil || p.Head != owner.Chain.Head() {
			t.Errorf("inclusion of %d: %v", length-1, err)
		}
		root, err := l.RootAt(owner.Body(), length)
		if err != nil {
			t.Fatal(err)
		}
		path, err := l.Consistency(owner.Body(), length, owner.Chain.Length())
		if err != nil {
			t.Fatal(err)
		}
		if err := protocol.VerifyConsistency(length, owner.Chain.Length(), root, owner.Chain.Root(), path); err != nil {
			t.Error(err)
		}
	}
}

func TestContestedControl(t *testing.T) {
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(3, 40)
	b := a.Clone()
	a.PublishN(2, 40)
	a.Recover(1, 0, "key_stolen")
	b.Recover(1, 0, "rotation")
	b.PublishN(3, 40)
	l := open(t, t.TempDir())
	join(t, l, a.Log, b.Log[4:])
	h, err := l.Head(a.Body())
	if err != nil || h.Freeze.Kind != protocol.Contested || h.Length != 4 {
		t.Fatalf("%+v, %v", h, err)
	}
	proof, err := l.FreezeProof(a.Body())
	if err != nil {
		t.Fatal(err)
	}
	if f, err := proof.Verify(); err != nil || f != h.Freeze {
		t.Fatal(f, err)
	}
	// The stronger recovery key decides, on the branch that it stands on.
	b.Recover(0, 0, "fork")
	join(t, l, b.Log[4:])
	checkLog(t, l, b)
}
