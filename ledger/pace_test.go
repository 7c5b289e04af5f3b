package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// clock is a time that a test sets.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{now: time.Unix(vectors.Epoch, 0).AddDate(1, 0, 0)} }

// Now tells the time.
func (c *clock) Now() time.Time { return c.now }

// openWith opens a ledger in memory with a clock of its own.
func openWith(t interface {
	Fatal(args ...any)
	Cleanup(f func())
}, c *clock,
) *ledger.Ledger {
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1, EraseAfter: 1, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// joinPatiently joins runs and brings those that were deferred again when their
// time has come. It returns how many had to wait.
func joinPatiently(t interface {
	Fatal(args ...any)
	Context() context.Context
}, l *ledger.Ledger, c *clock, runs ...ledger.Run,
) (waited int) {
	for len(runs) > 0 {
		outcomes, err := l.Join(t.Context(), runs)
		if err != nil {
			t.Fatal(err)
		}
		var again []ledger.Run
		var late time.Time
		for i, o := range outcomes {
			if later, ok := errors.AsType[*ledger.DeferredError](o.Err); ok {
				again, late = append(again, runs[i]), later.Until
			}
		}
		if waited += len(again); len(again) == len(runs) && !late.After(c.now) {
			t.Fatal("a run is deferred to the past")
		}
		runs = again
		if len(again) > 0 {
			c.now = late
		}
	}
	return waited
}

// TestAThiefWhoLowersAForkIsPaced lets a thief contradict a log at one position
// after the other, from its end down, which each time freezes it a little
// earlier. The ledger changes a bounded number of times, and in the end it holds
// what it would have held without the bound.
func TestAThiefWhoLowersAForkIsPaced(t *testing.T) {
	author := vectors.NewAuthor("a", 0, nil)
	author.PublishN(200, 40)
	steal := func(parting int) ledger.Run {
		thief := author.Clone()
		thief.Log, thief.Chain = author.Log[:parting:parting], new(protocol.Chain)
		for _, e := range thief.Log {
			next, _, err := thief.Chain.Extend(e, nil)
			if err != nil {
				t.Fatal(err)
			}
			thief.Chain = next
		}
		thief.Clock += 9
		return thief.PublishN(1, 90)
	}
	c := newClock()
	l := openWith(t, c)
	join(t, l, author.Log)
	before, changes := l.Last(), 0
	for parting := 200; parting > 0; parting-- {
		outcomes, err := l.Join(t.Context(), []ledger.Run{steal(parting)})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := errors.AsType[*ledger.DeferredError](outcomes[0].Err); !ok {
			changes++
		}
		c.now = c.now.Add(time.Second)
	}
	if changes < 8 || changes > 8+200/30+1 {
		t.Errorf("the log changed %d times in 200 seconds", changes)
	}
	if events := l.Last() - before; events > uint64(2*changes) {
		t.Errorf("%d events", events)
	}
	// The last of his forks counts for all of them, once its time has come.
	if joinPatiently(t, l, c, steal(1)) == 0 {
		t.Error("nothing had to wait")
	}
	h, err := l.Head(author.Body())
	if err != nil || h.Length != 1 || h.Freeze.Kind != protocol.Forked {
		t.Fatalf("%+v, %v", h, err)
	}
	// A recovery key does not wait for him.
	for parting := 12; parting > 1; parting-- {
		if _, err := l.Join(t.Context(), []ledger.Run{steal(parting)}); err != nil {
			t.Fatal(err)
		}
	}
	author.Recover(0, 0, "fork")
	join(t, l, author.Log[1:])
	checkLog(t, l, author)
}
