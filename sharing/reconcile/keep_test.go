package reconcile_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// keeper is a ledger with a choice of what it keeps, and its index.
type keeper struct {
	*ledger.Ledger
	index   *reconcile.Index
	keeps   map[protocol.BodyID]bool
	choices uint64
	heard   map[protocol.BodyID]uint64
	waiting map[protocol.BodyID]ledger.Run
	nonce   []byte
	room    int
}

func newKeeper(t tester, keeps ...protocol.BodyID) *keeper {
	k := &keeper{
		Ledger: open(t), index: crowdIndex(0), keeps: map[protocol.BodyID]bool{},
		heard: map[protocol.BodyID]uint64{}, waiting: map[protocol.BodyID]ledger.Run{}, room: 3,
	}
	k.choose(t, keeps...)
	return k
}

// choose makes these bodies the ones that are kept.
func (k *keeper) choose(t tester, keeps ...protocol.BodyID) {
	t.Helper()
	clear(k.keeps)
	for _, b := range keeps {
		k.keeps[b] = true
	}
	k.choices++
	k.follow(t)
}

// follow brings the index in line with the ledger and the choice.
func (k *keeper) follow(t tester) {
	t.Helper()
	for h, err := range k.Heads() {
		if err != nil {
			t.Fatal(err)
		}
		if k.keeps[h.Body] {
			k.index.Set(reconcile.StateOf(h))
		} else {
			k.index.Remove(h.Body)
		}
	}
}

func (k *keeper) config() reconcile.Config {
	cfg := config
	cfg.Peer, cfg.Choices, cfg.Nonce = "the other", k.choices, k.nonce
	cfg.Choose = func(b protocol.BodyID) reconcile.Choice {
		if k.keeps[b] {
			return reconcile.Keep
		}
		return reconcile.Wait
	}
	cfg.Heard = func(s reconcile.State) { k.heard[s.Body] = s.Length }
	cfg.Room = func(reconcile.State) int { return k.room }
	cfg.Wait = func(s reconcile.State, run ledger.Run) { k.waiting[s.Body] = run }
	return cfg
}

func (k *keeper) pull(t tester, from *keeper) cost {
	t.Helper()
	opener, responder := stream()
	served := make(chan reconcile.ServeReport, 1)
	failed := make(chan error, 1)
	go func() {
		defer responder.close()
		r, err := reconcile.Serve(t.Context(), responder, from.Ledger, from.index, from.config())
		served <- r
		failed <- err
	}()
	report, err := reconcile.Pull(t.Context(), opener, k.Ledger, k.index, k.config())
	if err != nil {
		t.Fatalf("pull: %v", err)
	}
	opener.close()
	if err := <-failed; err != nil {
		t.Fatalf("serve: %v", err)
	}
	k.follow(t)
	return cost{bytes: opener.in.total + opener.out.total, turns: opener.turns, report: report, served: <-served}
}

// agree pulls in both directions until both sides agree.
func agree(t tester, a, b *keeper) {
	t.Helper()
	for range 8 {
		first, second := a.pull(t, b), b.pull(t, a)
		for _, c := range []cost{first, second} {
			if len(c.report.Offences)+c.report.Unkept > 0 {
				t.Fatalf("honest peers are charged: %+v", c.report)
			}
		}
		if first.report.Agreed && second.report.Agreed {
			return
		}
	}
	t.Fatalf("they do not come to agree: %v and %v", leaves(t, a.Ledger), leaves(t, b.Ledger))
}

// silent fails unless another round costs next to nothing.
func silent(t tester, a, b *keeper) {
	t.Helper()
	for _, c := range []cost{a.pull(t, b), b.pull(t, a)} {
		if !c.report.Agreed || c.served.Differs || c.bytes > 200 || c.turns != 1 {
			t.Fatalf("nothing changed, and it cost %+v", c)
		}
	}
}

// TestAnyTwoChoicesReconcile draws two ledgers and what each of them keeps, and
// later keeps instead: both come to hold the same of what both keep, take
// nothing else, and then stop talking.
func TestAnyTwoChoicesReconcile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var authors []*vectors.Author
		var bodies []protocol.BodyID
		for i := range rapid.IntRange(1, 8).Draw(t, "bodies") {
			author := vectors.NewAuthor(fmt.Sprint("body ", i), 0, nil)
			author.PublishN(rapid.IntRange(0, 6).Draw(t, "entries"), 60)
			authors, bodies = append(authors, author), append(bodies, author.Body())
		}
		pick := func(what string) []protocol.BodyID {
			var out []protocol.BodyID
			for _, b := range bodies {
				if rapid.Bool().Draw(t, what) {
					out = append(out, b)
				}
			}
			return out
		}
		a, b := newKeeper(t), newKeeper(t)
		// Both were open at first, so that a ledger may hold what it keeps no more.
		for _, k := range []*keeper{a, b} {
			for _, author := range authors {
				if rapid.Bool().Draw(t, "held") {
					join(t, k.Ledger, author.Log[:rapid.IntRange(1, len(author.Log)).Draw(t, "cut")])
				}
			}
		}
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			for _, k := range []*keeper{a, b} {
				if rapid.Bool().Draw(t, "changes") {
					k.choose(t, pick("keeps")...)
				}
			}
			had := map[*keeper]map[protocol.BodyID]protocol.Digest{a: leaves(t, a.Ledger), b: leaves(t, b.Ledger)}
			agree(t, a, b)
			silent(t, a, b)
			for k, other := range map[*keeper]*keeper{a: b, b: a} {
				for body, leaf := range leaves(t, k.Ledger) {
					if !k.keeps[body] && leaf != had[k][body] {
						t.Fatalf("%s was taken, and is not kept", body)
					}
				}
				for _, body := range bodies {
					if s, ok := other.index.State(body); ok && k.keeps[body] {
						if mine, ok := k.index.State(body); !ok || mine != s {
							t.Fatalf("of %s, which both keep, they hold %v and %v", body, mine, s)
						}
					}
				}
			}
		}
	})
}

// TestStrangersAreHeardOf lets a stranger wait: the beginning of its log is
// offered, its state is told, and once it is kept all of it comes.
func TestStrangersAreHeardOf(t *testing.T) {
	known, stranger := vectors.NewAuthor("known", 0, nil), vectors.NewAuthor("stranger", 0, nil)
	known.PublishN(5, 100)
	stranger.PublishN(9, 100)
	a, b := newKeeper(t, known.Body()), newKeeper(t, known.Body(), stranger.Body())
	join(t, b.Ledger, known.Log, stranger.Log)
	b.follow(t)
	agree(t, a, b)
	silent(t, a, b)
	if got := a.waiting[stranger.Body()]; len(got) != 3 || got[2].ID != stranger.Log[2].ID {
		t.Errorf("%d entries wait", len(got))
	}
	if a.heard[stranger.Body()] != 10 {
		t.Errorf("heard of %d entries", a.heard[stranger.Body()])
	}
	if _, err := a.Head(stranger.Body()); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("the stranger's log came: %v", err)
	}
	a.choose(t, known.Body(), stranger.Body())
	agree(t, a, b)
	if h, err := a.Head(stranger.Body()); err != nil || h.Length != 10 {
		t.Errorf("%+v, %v", h, err)
	}
	// What is kept no more is not given to anybody, whether it is held or not.
	b.choose(t, known.Body())
	late := newKeeper(t, stranger.Body())
	if c := late.pull(t, b); c.report.Entries != 0 {
		t.Errorf("what is not kept was served: %+v", c.report)
	}
}

// TestUnequalChoicesCostNothing is [TestCostFollowsTheDifference] where each side
// keeps tens of thousands of bodies that the other does not.
func TestUnequalChoicesCostNothing(t *testing.T) {
	nothing, one := unequal(t, 100_000)
	if nothing.bytes > 200 || nothing.turns != 1 || !nothing.report.Agreed {
		t.Errorf("nothing changed: %+v", nothing)
	}
	if one.bytes > 8<<10 || one.turns > 4 || one.report.Entries != 1 {
		t.Errorf("one log changed: %+v", one)
	}
}

// unequal lets two nodes agree that keep a third of n bodies each for themselves,
// and measures a session when nothing changed, and when one log did.
func unequal(t testing.TB, n int) (nothing, one cost) {
	author := vectors.NewAuthor("changed", 0, nil)
	author.PublishN(10, 300)
	a, b := newKeeper(t, author.Body()), newKeeper(t, author.Body())
	a.room, b.room = 0, 0 // the crowd has no logs to give
	join(t, a.Ledger, author.Log[:10])
	join(t, b.Ledger, author.Log[:10])
	a.follow(t)
	b.follow(t)
	for i := range n {
		d := protocol.HashOf(fmt.Append(nil, "body ", i))
		s := reconcile.State{Body: protocol.BodyID(d), Length: uint64(i%50 + 1), Root: protocol.Root(protocol.HashOf(d[:]))}
		if i%3 != 1 {
			a.index.Set(s)
		}
		if i%3 != 2 {
			b.index.Set(s)
		}
	}
	agree(t, a, b)
	nothing = a.pull(t, b)
	join(t, b.Ledger, author.Log)
	b.follow(t)
	return nothing, a.pull(t, b)
}

// TestAuditCostsLittle lets two nodes that agree audit each other.
func TestAuditCostsLittle(t *testing.T) {
	author := vectors.NewAuthor("a", 0, nil)
	author.PublishN(5, 100)
	a, b := newKeeper(t, author.Body()), newKeeper(t, author.Body())
	join(t, a.Ledger, author.Log)
	join(t, b.Ledger, author.Log)
	a.follow(t)
	b.follow(t)
	agree(t, a, b)
	a.nonce = bytes.Repeat([]byte{1}, 16)
	if c := a.pull(t, b); c.report.Audited {
		t.Error("an audit with a peer that takes no part")
	}
	b.nonce = bytes.Repeat([]byte{2}, 16)
	if c := a.pull(t, b); !c.report.Audited || !c.report.Agreed || c.bytes > 8<<10 || c.turns > 2 {
		t.Errorf("%+v", c)
	}
}

// TestUnkeptIsNotServed asks outright for a log that is held and not kept.
func TestUnkeptIsNotServed(t *testing.T) {
	author := vectors.NewAuthor("a", 0, nil)
	author.PublishN(5, 100)
	k := newKeeper(t)
	join(t, k.Ledger, author.Log)
	id := author.Body()
	ask := concat(helloFrame(3, false), frame('W', []any{[]any{[]any{id[:], 0, protocol.EmptyRoot[:], 0}}}))
	for keeps, want := range map[bool]int{false: 0, true: 6} {
		if keeps {
			k.choose(t, id)
		} else {
			k.choose(t)
		}
		report, err := reconcile.Serve(t.Context(), &liar{first: bytes.Clone(ask)}, k.Ledger, k.index, k.config())
		if err != nil || report.Entries != want {
			t.Errorf("kept %v: %d entries were served, %v", keeps, report.Entries, err)
		}
	}
}

// TestStaleBeliefHidesNothing: a node that came by a body elsewhere gets the rest
// of it in one session from a peer that believes it does not keep it.
func TestStaleBeliefHidesNothing(t *testing.T) {
	x, y := vectors.NewAuthor("x", 0, nil), vectors.NewAuthor("y", 0, nil)
	x.PublishN(3, 100)
	y.PublishN(8, 100)
	a, b := newKeeper(t, x.Body(), y.Body()), newKeeper(t, x.Body(), y.Body())
	join(t, a.Ledger, x.Log)
	join(t, b.Ledger, x.Log, y.Log)
	a.follow(t)
	b.follow(t)
	b.pull(t, a) // learns that the other holds one of them only
	join(t, a.Ledger, y.Log[:2])
	a.follow(t)
	a.pull(t, b)
	if h, err := a.Head(y.Body()); err != nil || h.Length != 9 {
		t.Errorf("%+v, %v", h, err)
	}
	agree(t, a, b)
	silent(t, a, b)
}
