package sharing

import (
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// step does one thing that the dice say.
func (w *world) step() {
	w.t.Helper()
	n := w.nodes[w.dice.IntN(len(w.nodes))]
	other := w.nodes[w.dice.IntN(len(w.nodes))]
	switch what := w.dice.IntN(20); {
	case what < 11:
		w.publish(n)
	case what < 13:
		if head, err := n.ledger.Head(other.body); err == nil && head.Length > 1 {
			w.fork(n, other.body, 1+w.dice.Uint64N(head.Length-1), 1+w.dice.IntN(3))
		}
	case what < 14:
		if head, err := n.ledger.Head(n.body); err == nil {
			w.recover(n, head.Length, w.dice.IntN(2), false)
		}
	case what < 15:
		if head, err := n.ledger.Head(n.body); err == nil && head.Length > 1 {
			w.recover(n, 1+w.dice.Uint64N(head.Length-1), w.dice.IntN(2), w.dice.IntN(2) == 0)
		}
	case what < 17:
		sides := make([]int, len(w.nodes))
		for i := range sides {
			sides[i] = w.dice.IntN(2)
		}
		w.note("the network divides into %v", sides)
		w.air.divide(w.nodes, sides...)
	case what < 18:
		w.note("the network is whole")
		w.air.divide(w.nodes)
	case what < 19:
		loss := w.dice.Float64() * 0.2
		w.note("%.0f%% of all packets get lost", 100*loss)
		w.air.lose(loss)
	default:
		w.note("%s restarts", n.name)
		n.stop()
		w.start(n)
	}
}

// look holds every ledger against the model over all that was ever seen in it.
func (w *world) look() {
	w.t.Helper()
	synctest.Wait() // nothing may come between the events and the heads
	for _, n := range w.nodes {
		for event, err := range n.ledger.Events(n.after) {
			if err != nil {
				w.fatalf("%v", err)
			}
			n.after = event.Seq
			if event.Kind == ledger.EventEntry {
				n.see(w, event.Entry)
			}
		}
		for head, err := range n.ledger.Heads() {
			if err != nil {
				w.fatalf("%v", err)
			}
			if head.Freeze.Kind != protocol.NotFrozen {
				branches, err := n.ledger.Branches(head.Body)
				if err != nil {
					w.fatalf("%v", err)
				}
				n.see(w, branches[0]...)
				n.see(w, branches[1]...)
				if _, err := n.ledger.FreezeProof(head.Body); err != nil {
					w.fatalf("%s has no proof of a freeze: %v", n.name, err)
				}
			}
			w.compare(n, head, n.seen[head.Body])
		}
		for _, id := range n.acknowledged {
			if _, err := n.ledger.Entry(id); err != nil {
				w.fatalf("%s lost what it acknowledged: %v", n.name, err)
			}
		}
	}
}

func (n *simNode) see(w *world, run ...*protocol.Entry) {
	w.t.Helper()
	body := run[0].Body()
	if n.seen[body] == nil {
		n.seen[body] = forest{}
	}
	if err := n.seen[body].add(run...); err != nil {
		w.fatalf("%s holds what it cannot: %v", n.name, err)
	}
}

// compare holds a log against a model, entry by entry.
func (w *world) compare(n *simNode, head ledger.Head, model forest) {
	w.t.Helper()
	want, freeze, err := model.join()
	if err != nil {
		w.fatalf("%v", err)
	}
	if head.Length != want.Length() || head.Freeze != freeze {
		w.fatalf("%s holds %d entries of %s, frozen %v; by the model %d, %v", n.name, head.Length, head.Body, head.Freeze, want.Length(), freeze)
	}
	for seq, id := range want.ids {
		if got, err := n.ledger.IDAt(head.Body, uint64(seq)); err != nil || got != id {
			w.fatalf("%s has another entry at %d of %s than the model (%v)", n.name, seq, head.Body, err)
		}
	}
}

// agrees reports whether a node holds what follows from all that anybody was
// given.
func (w *world) agrees(n *simNode) bool {
	for body, model := range w.union {
		want, freeze, err := model.join()
		if err != nil {
			w.fatalf("%v", err)
		}
		head, err := n.ledger.Head(body)
		if err != nil || head.Length != want.Length() || head.Freeze != freeze {
			return false
		}
		if last, err := n.ledger.IDAt(body, want.Length()-1); err != nil || last != want.ids[want.Length()-1] {
			return false
		}
	}
	return true
}

// settle waits until all nodes agree, and fails after a bounded time.
func (w *world) settle(bound time.Duration) time.Duration {
	w.t.Helper()
	for range 100 {
		if len(w.waiting) > 0 {
			w.pass(10 * time.Second)
		}
	}
	start := time.Now()
	for _, n := range w.nodes {
		for !w.agrees(n) {
			if time.Since(start) > bound {
				w.describe()
				w.fatalf("%s does not agree %v after the network is whole", n.name, bound)
			}
			w.pass(time.Second)
		}
	}
	return time.Since(start)
}

// describe notes what the nodes hold that do not agree, and with how many peers
// they talk.
func (w *world) describe() {
	for _, n := range w.nodes {
		if w.agrees(n) {
			continue
		}
		line := fmt.Sprintf("%s has %d peers", n.name, len(n.Peers()))
		for _, other := range w.nodes[:min(len(w.nodes), 8)] {
			if head, err := n.ledger.Head(other.body); err == nil {
				line += fmt.Sprintf(", %d of %s (%v)", head.Length, other.name, head.Freeze.Kind)
			}
		}
		w.note("%s", line)
	}
}

// healing is how long a network may take to agree once it is whole.
const healing = time.Minute

var (
	simSeeds = flag.Uint64("sim.seeds", 100, "how many seeds TestSimulation runs")
	simFirst = flag.Uint64("sim.first", 0, "the first of them, to replay one with -sim.seeds=1")
	// The longer it is, the longer peers wait between attempts to find each other.
	simDivided = flag.Duration("sim.divided", 2*time.Minute, "for how long TestLargePartitionsHeal divides the network")
)

// TestSimulation lets nodes publish, fork, recover, roll back, restart, part and
// lose packets as a seed says. Safety holds after every step: each ledger says
// what the model says of all that was seen in it, and nothing acknowledged is
// lost. Liveness holds afterwards: once the network is whole, every node holds
// what follows from all that anybody was given, and then they say no more of it.
func TestSimulation(t *testing.T) {
	seeds := *simSeeds
	if testing.Short() {
		seeds = min(seeds, 10)
	}
	for seed := *simFirst; seed < *simFirst+seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { simulate(t, seed) })
		})
	}
}

func simulate(t *testing.T, seed uint64) {
	w := newWorld(t, seed, 3+int(seed%3))
	defer w.close()
	for range 30 {
		w.pass(time.Duration(w.dice.IntN(8000)) * time.Millisecond)
		w.step()
		w.look()
	}
	w.air.divide(w.nodes)
	w.air.lose(0)
	took := w.settle(healing)
	w.look()
	w.quiet()
	t.Logf("agreed %v after the network was whole", took.Round(time.Second))
}

// quiet fails unless nodes that agree find so, and move hardly a byte more.
func (w *world) quiet() {
	w.t.Helper()
	const round = 80 * time.Second // more than the time between two pulls
	w.pass(round)                  // what is under way, and one more session with each peer
	count := func() (events uint64, sessions, bytes float64) {
		for _, n := range w.nodes {
			events += n.ledger.Last()
			sessions += metricOf(w.t, n.reg, "folkmoot_sharing_pulls_total")
			bytes += metricOf(w.t, n.reg, "folkmoot_sharing_reconcile_bytes_total")
		}
		return events, sessions, bytes
	}
	before, sessions, bytes := count()
	w.pass(round)
	after, more, moved := count()
	if after != before {
		w.fatalf("the ledgers go on changing")
	}
	for _, n := range w.nodes {
		for _, p := range n.Peers() {
			if !p.Agrees {
				w.fatalf("%s does not know that it agrees with a peer", n.name)
			}
		}
	}
	// Both sides count the bytes of a session: a greeting that lists five logs.
	if each := (moved - bytes) / 2 / (more - sessions); more == sessions || each > 700 {
		w.fatalf("a session moves %.0f bytes though all agree", each)
	}
}

// TestSecondPull: what comes by gossip just after a first pull goes to those that
// were known to take part in it then, so that a second one soon follows.
func TestSecondPull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, 2)
		defer w.close()
		w.pass(time.Minute)
		n := w.nodes[1]
		for _, p := range n.Peers() {
			for _, most := range []time.Duration{secondPull, 5 * time.Minute / 4} {
				if most == secondPull {
					n.mu.Lock()
					n.sessions[p.ID].lastPull = time.Time{}
					n.mu.Unlock()
				}
				n.settle(p.ID, reconcile.Report{Agreed: true}, nil)
				n.mu.Lock()
				wait := time.Until(n.sessions[p.ID].due)
				n.mu.Unlock()
				if wait > most || most > secondPull && wait <= secondPull {
					t.Errorf("the next pull is due in %v, want at most %v", wait, most)
				}
			}
		}
	})
}
