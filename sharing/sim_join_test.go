package sharing

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// everywhere waits until all nodes say so of a body's log, a minute at most.
func (w *world) everywhere(what string, holds func(*simNode) bool) {
	w.t.Helper()
	start := time.Now()
	for _, n := range w.nodes {
		for !holds(n) {
			if time.Since(start) > time.Minute {
				w.describe()
				w.fatalf("%s after a minute: not %s", n.name, what)
			}
			w.pass(time.Second)
		}
	}
	w.t.Logf("%s everywhere after %v", what, time.Since(start))
	w.look()
}

func (w *world) freeze(n *simNode, body protocol.BodyID) protocol.FreezeKind {
	w.t.Helper()
	head, err := n.ledger.Head(body)
	if err != nil {
		w.fatalf("%v", err)
	}
	return head.Freeze.Kind
}

// frozen reports whether a node shows a freeze with a proof that holds.
func (w *world) frozen(body protocol.BodyID, kind protocol.FreezeKind) func(*simNode) bool {
	return func(n *simNode) bool {
		if w.freeze(n, body) != kind {
			return false
		}
		proof, err := n.ledger.FreezeProof(body)
		if err != nil {
			w.fatalf("%s has no proof: %v", n.name, err)
		}
		got, err := proof.Verify()
		return err == nil && got.Kind == kind
	}
}

// moved is how many bytes reconcile moved in all.
func (w *world) moved() (bytes float64) {
	for _, n := range w.nodes {
		bytes += metricOf(w.t, n.reg, "folkmoot_sharing_reconcile_bytes_total")
	}
	return bytes / 2 // both sides count
}

// TestEveryContradictionTravels lets one body contradict itself in every way in a
// network of five: each time every node shows it, with its proof, within a
// minute, the bytes for it are bounded, and then nobody speaks of it any more.
func TestEveryContradictionTravels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, 5)
		defer w.close()
		council := w.nodes[0]
		for range 30 {
			w.publish(council)
		}
		w.settle(healing)
		start := w.moved()

		w.fork(w.nodes[4], council.body, 20, 3)
		w.everywhere("forked", w.frozen(council.body, protocol.Forked))
		w.recover(council, 20, 1, false)
		w.everywhere("recovered", func(n *simNode) bool { return w.agrees(n) })

		for range 5 {
			w.publish(council)
		}
		w.settle(healing)
		w.recover(council, 22, 1, false)
		w.everywhere("rolled back", func(n *simNode) bool { return w.agrees(n) })
		for _, n := range w.nodes {
			given, err := n.ledger.GivenUp(council.body)
			if err != nil {
				w.fatalf("%v", err)
			}
			undisclosed := 0
			for _, g := range given {
				if g.By != nil && g.Parting == 22 && !g.Disclosed {
					undisclosed++
				}
			}
			if undisclosed != 4 {
				w.fatalf("%s shows %d of 4 entries that nobody owned up to", n.name, undisclosed)
			}
		}

		w.air.divide(w.nodes, 0, 1, 1, 1, 0)
		w.contest(w.nodes[1], w.nodes[4], council)
		w.air.divide(w.nodes)
		w.everywhere("contested", w.frozen(council.body, protocol.Contested))
		if bytes := w.moved() - start; bytes > 400_000 {
			w.fatalf("all that took %.0f bytes", bytes)
		} else {
			t.Logf("all that took %.0f bytes", bytes)
		}
		w.quiet()
	})
}

// contest brings two nodes two changes of control of one strength.
func (w *world) contest(a, b, author *simNode) {
	w.t.Helper()
	head, err := author.ledger.Head(author.body)
	if err != nil {
		w.fatalf("%v", err)
	}
	for _, to := range []*simNode{a, b} {
		w.note("%s is given one of two changes of control", to.name)
		w.give(to, append(w.union[author.body].whole(w.last(author)), w.change(author, head.Length, 0, false)))
	}
}

// TestAThiefIsPacedEverywhere lets a thief lower a fork by a position a second in
// a network of four. No ledger changes more often than the pace allows, what the
// thief causes to be sent is bounded, and when he is done all nodes hold what
// follows from all of it, until a recovery key ends it.
func TestAThiefIsPacedEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, 4)
		defer w.close()
		council, thief := w.nodes[0], w.nodes[3]
		for range 90 {
			w.publish(council)
		}
		w.settle(healing)
		events := make([]uint64, len(w.nodes))
		for i, n := range w.nodes {
			events[i] = n.ledger.Last()
		}
		start := w.moved()
		chains := w.branches(council, 90)
		for parting := uint64(90); parting > 0; parting-- {
			w.forkFrom(thief, chains[parting], 1)
			w.pass(time.Second)
			if parting == 31 {
				for _, n := range w.nodes {
					if !w.frozen(council.body, protocol.Forked)(n) {
						w.fatalf("%s does not show the fork after a minute", n.name)
					}
				}
			}
		}
		// A peer tells what its log is, and not how it came about: of all his forks
		// that had to wait the last is the one to come again.
		w.waiting = w.waiting[len(w.waiting)-1:]
		took := w.settle(2 * time.Minute)
		w.look()
		for i, n := range w.nodes {
			if changes := n.ledger.Last() - events[i]; changes > 2*(8+90/30+4) {
				w.fatalf("%s changed %d times", n.name, changes)
			}
		}
		t.Logf("agreed %v after the last of his forks reached a ledger; %.0f bytes", took, w.moved()-start)
		if bytes := w.moved() - start; bytes > 600_000 {
			w.fatalf("the thief made the nodes move %.0f bytes", bytes)
		}
		w.recover(council, 1, 0, false)
		w.settle(healing)
		w.quiet()
	})
}

// TestLargePartitionsHeal divides networks of 5, 20 and 50 nodes for a while, in
// which both sides publish and one body forks, and wants the same logs everywhere
// within a minute of the healing.
func TestLargePartitionsHeal(t *testing.T) {
	for name, size := range map[string]int{"5": 5, "20": 20, "50": 50} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && size > 5 {
				t.Skip("takes too long under the race detector")
			}
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, uint64(size), size)
				defer w.close()
				w.settle(2 * healing)
				divided := *simDivided
				if size == 5 {
					divided = max(divided, 30*time.Minute) // long enough for all that gives up by and by
				}
				sides := make([]int, size)
				for i := range sides {
					sides[i] = i % 2
				}
				w.air.divide(w.nodes, sides...)
				for range 10 {
					w.pass(divided / 10)
					w.publish(w.nodes[w.dice.IntN(size)])
					w.publish(w.nodes[w.dice.IntN(size)])
				}
				w.fork(w.nodes[1], w.nodes[0].body, 1, 2)
				w.publish(w.nodes[0])
				w.air.divide(w.nodes)
				took := w.settle(healing)
				w.look()
				t.Logf("%d nodes agree %v after healing", size, took)
			})
		})
	}
}
