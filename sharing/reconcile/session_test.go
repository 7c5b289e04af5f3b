package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// tester is what testing and rapid share.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Cleanup(f func())
	Context() context.Context
}

func open(t tester) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func join(t tester, l *ledger.Ledger, runs ...ledger.Run) {
	t.Helper()
	if _, err := l.Join(t.Context(), runs); err != nil {
		t.Fatal(err)
	}
}

func indexOf(t tester, l interface {
	Heads() iter.Seq2[ledger.Head, error]
},
) *reconcile.Index {
	t.Helper()
	x, err := reconcile.NewIndex(l.Heads())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

var config = reconcile.Config{Network: vectors.NetworkName}

type cost struct {
	bytes, turns int
	report       reconcile.Report
	served       reconcile.ServeReport
}

// pull lets one store pull from another, over a stream in memory.
func pull(t tester, to, from reconcile.Store, toIndex, fromIndex *reconcile.Index) cost {
	t.Helper()
	opener, responder := stream()
	served := make(chan reconcile.ServeReport, 1)
	failed := make(chan error, 1)
	go func() {
		defer responder.close()
		r, err := reconcile.Serve(t.Context(), responder, from, fromIndex, config)
		served <- r
		failed <- err
	}()
	report, err := reconcile.Pull(t.Context(), opener, to, toIndex, config)
	if err != nil {
		t.Fatalf("pull: %v", err)
	}
	opener.close()
	c := cost{bytes: opener.in.total + opener.out.total, turns: opener.turns, report: report, served: <-served}
	if err := <-failed; err != nil {
		t.Fatalf("serve: %v", err)
	}
	if report.Read+report.Written != uint64(c.bytes) {
		t.Fatalf("the report says %d bytes read and %d written, %d passed", report.Read, report.Written, c.bytes)
	}
	return c
}

// leaves are the states of all bodies.
func leaves(t tester, l *ledger.Ledger) map[protocol.BodyID]protocol.Digest {
	t.Helper()
	out := map[protocol.BodyID]protocol.Digest{}
	for h, err := range l.Heads() {
		if err != nil {
			t.Fatal(err)
		}
		out[h.Body] = h.Leaf()
	}
	return out
}

// settle pulls in both directions until nothing changes any more, and fails when
// that takes too long or the two do not agree.
func settle(t tester, a, b *ledger.Ledger) {
	t.Helper()
	for range 6 {
		first := pull(t, a, b, indexOf(t, a), indexOf(t, b))
		second := pull(t, b, a, indexOf(t, b), indexOf(t, a))
		if len(first.report.Offences)+len(second.report.Offences)+first.report.Unkept+second.report.Unkept > 0 {
			t.Fatalf("honest peers are charged: %+v %+v", first.report, second.report)
		}
		if first.report.Agreed && second.report.Agreed {
			if x, y := leaves(t, a), leaves(t, b); fmt.Sprint(x) != fmt.Sprint(y) {
				t.Fatalf("they agree, and hold\n%v\n%v", x, y)
			}
			return
		}
	}
	t.Fatalf("they do not come to agree:\n%v\n%v", leaves(t, a), leaves(t, b))
}

func TestEmptyPullsEverything(t *testing.T) {
	a, b := open(t), open(t)
	for i := range 70 {
		author := vectors.NewAuthor(fmt.Sprint("body ", i), 0, nil)
		author.PublishN(i*5, 100)
		join(t, b, author.Log)
	}
	c := pull(t, a, b, indexOf(t, a), indexOf(t, b))
	if c.turns != 1 || !c.served.Differs || len(c.report.Fruitless) != 0 {
		t.Errorf("%+v", c)
	}
	if fmt.Sprint(leaves(t, a)) != fmt.Sprint(leaves(t, b)) {
		t.Error("not everything came")
	}
	if again := pull(t, a, b, indexOf(t, a), indexOf(t, b)); !again.report.Agreed || again.bytes > 200 || again.turns != 1 || again.served.Differs {
		t.Errorf("nothing changed, and it cost %+v", again)
	}
}

func TestForkTravels(t *testing.T) {
	author := vectors.NewAuthor("a", 0, nil)
	author.PublishN(20, 100)
	other := author.Clone()
	author.PublishN(5, 100)
	other.Clock += 9
	other.PublishN(3, 100)
	a, b, c := open(t), open(t), open(t)
	join(t, a, author.Log)
	join(t, b, other.Log)
	settle(t, a, b)
	join(t, c, author.Log)
	settle(t, c, a) // learns of the fork from the proof alone
	h, err := c.Head(author.Body())
	if err != nil || h.Freeze.Kind != protocol.Forked || h.Length != 21 {
		t.Fatal(h, err)
	}
	author.Recover(0, 0, "fork")
	author.PublishN(400, 50)
	join(t, b, author.Log[21:])
	settle(t, c, b)
	settle(t, a, c)
	for _, l := range []*ledger.Ledger{a, b, c} {
		if h, err := l.Head(author.Body()); err != nil || h.Root != author.Chain.Root() {
			t.Error(h, err)
		}
	}
}

// TestAnyTwoLedgersReconcile draws two ledgers that share bodies, entries and
// contradictions in any way, and lets each pull from the other.
func TestAnyTwoLedgersReconcile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := open(t), open(t)
		for i := range rapid.IntRange(0, 5).Draw(t, "bodies") {
			author := vectors.NewAuthor(fmt.Sprint("body ", i), 0, nil)
			author.PublishN(rapid.IntRange(0, 30).Draw(t, "shared"), 60)
			other := author.Clone()
			other.Clock += 7
			author.PublishN(rapid.IntRange(0, 8).Draw(t, "left"), 60)
			other.PublishN(rapid.IntRange(0, 8).Draw(t, "right"), 60)
			for _, w := range []*vectors.Author{author, other} {
				if rapid.Bool().Draw(t, "recovered") {
					w.Recover(rapid.IntRange(0, 1).Draw(t, "rank"), 0, "rotation")
					w.PublishN(rapid.IntRange(0, 3).Draw(t, "after"), 60)
				}
			}
			for _, l := range []*ledger.Ledger{a, b} {
				switch rapid.IntRange(0, 4).Draw(t, "holds") {
				case 0:
				case 1:
					join(t, l, author.Log)
				case 2:
					join(t, l, other.Log)
				case 3:
					join(t, l, author.Log, other.Log)
				case 4:
					join(t, l, author.Log[:rapid.IntRange(1, len(author.Log)).Draw(t, "cut")])
				}
			}
		}
		settle(t, a, b)
	})
}

func crowdIndex(n int) *reconcile.Index {
	x, err := reconcile.NewIndex(func(func(ledger.Head, error) bool) {})
	if err != nil {
		panic(err)
	}
	for i := range n {
		d := protocol.HashOf(fmt.Append(nil, "body ", i))
		x.Set(reconcile.State{Body: protocol.BodyID(d), Length: uint64(i%50 + 1), Root: protocol.Root(protocol.HashOf(d[:]))})
	}
	return x
}

// findOne lets a store that lacks one entry of one log among n find and repair
// it.
func findOne(t testing.TB, n int) cost {
	t.Helper()
	author := vectors.NewAuthor("changed", 0, nil)
	author.PublishN(10, 300)
	a, b := open(t), open(t)
	join(t, a, author.Log[:10])
	join(t, b, author.Log)
	ax, bx := crowdIndex(n), crowdIndex(n)
	for x, l := range map[*reconcile.Index]*ledger.Ledger{ax: a, bx: b} {
		h, err := l.Head(author.Body())
		if err != nil {
			t.Fatal(err)
		}
		x.Set(reconcile.StateOf(h))
	}
	c := pull(t, a, b, ax, bx)
	if c.report.Entries != 1 || c.report.Bodies != 1 {
		t.Fatalf("%+v", c.report)
	}
	return c
}

func TestCostFollowsTheDifference(t *testing.T) {
	for _, n := range []int{100, 10_000, 100_000} {
		c := findOne(t, n)
		if c.bytes > 8<<10 || c.turns > 4 {
			t.Errorf("among %d: %d bytes and %d round trips", n, c.bytes, c.turns)
		}
	}
}

func TestOtherNetworkIsRefused(t *testing.T) {
	opener, responder := stream()
	l := open(t)
	x := indexOf(t, l)
	failed := make(chan error, 1)
	go func() {
		_, err := reconcile.Serve(t.Context(), responder, l, x, reconcile.Config{Network: "elsewhere"})
		responder.close()
		failed <- err
	}()
	if _, err := reconcile.Pull(t.Context(), opener, l, x, config); err == nil {
		t.Error("a session with another network went well")
	}
	if err := <-failed; err == nil {
		t.Error("a session with another network was served")
	}
}

func TestBoundsDefer(t *testing.T) {
	a, b := open(t), open(t)
	for i := range 40 {
		author := vectors.NewAuthor(fmt.Sprint("body ", i), 0, nil)
		author.PublishN(3, 200)
		join(t, b, author.Log)
		if i == 0 {
			join(t, a, author.Log)
		}
	}
	small := config
	small.MaxBodies = 10
	sessions := 0
	for ; sessions < 20; sessions++ {
		opener, responder := stream()
		done := make(chan error, 1)
		go func() {
			_, err := reconcile.Serve(t.Context(), responder, b, indexOf(t, b), config)
			done <- err
		}()
		report, err := reconcile.Pull(t.Context(), opener, a, indexOf(t, a), small)
		if err != nil {
			t.Fatal(err)
		}
		opener.close()
		responder.close()
		<-done // the responder may find its stream closed
		if report.Agreed {
			break
		}
		if report.Bodies > 10 {
			t.Fatalf("%d bodies in a session that is bounded to 10", report.Bodies)
		}
	}
	if sessions < 4 || sessions > 6 {
		t.Errorf("%d sessions for 39 bodies, 10 at a time", sessions)
	}
}

// failing is a store whose writes fail.
type failing struct{ *ledger.Ledger }

var errDisk = errors.New("the disk is gone")

func (failing) JoinStream(context.Context, iter.Seq2[ledger.Run, error], func(ledger.Run, ledger.Outcome) error) error {
	return errDisk
}

func TestStoreFailureIsTold(t *testing.T) {
	a, b := open(t), open(t)
	join(t, b, vectors.NewAuthor("a", 0, nil).Log)
	opener, responder := stream()
	go func() { _, _ = reconcile.Serve(t.Context(), responder, b, indexOf(t, b), config) }()
	defer opener.close()
	if _, err := reconcile.Pull(t.Context(), opener, failing{a}, indexOf(t, a), config); !errors.Is(err, errDisk) {
		t.Errorf("the store failed: %v", err)
	}
}
