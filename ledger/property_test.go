package ledger_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// scribe writes one branch of an invented body and remembers the secrets after
// each entry. It is a path for the naive model.
type scribe struct {
	*vectors.Author
	secrets []secrets
}

type secrets struct {
	key      protocol.PrivateKey
	recovery []protocol.PrivateKey
}

// Length implements [protocol.Path].
func (s *scribe) Length() uint64 { return s.Chain.Length() }

// IDAt implements [protocol.Path].
func (s *scribe) IDAt(seq uint64) (protocol.EntryID, error) { return s.Log[seq].ID, nil }

// Controls implements [protocol.Path].
func (s *scribe) Controls() []protocol.InForce { return s.Chain.Controls() }

func (s *scribe) remember() {
	for len(s.secrets) < len(s.Log) {
		s.secrets = append(s.secrets, secrets{s.Key, s.Recovery})
	}
}

// branch returns a scribe who wrote the beginning of s's log and forgot the rest.
func (s *scribe) branch(length int, delay uint64) *scribe {
	b := &scribe{Author: s.Clone(), secrets: s.secrets[:length:length]}
	b.Log, b.Chain = s.Log[:length:length], new(protocol.Chain)
	for _, e := range b.Log {
		next, _, err := b.Chain.Extend(e, func(seq uint64) (protocol.Kind, error) { return b.Log[seq].Envelope.Kind, nil })
		if err != nil {
			panic(err)
		}
		b.Chain = next
	}
	b.Key, b.Recovery = b.secrets[length-1].key, b.secrets[length-1].recovery
	b.Clock = b.Chain.At() + 60 + delay
	return b
}

// grow adds entries, and changes of control where the rules allow one.
func (s *scribe) grow(t *rapid.T) {
	for range rapid.IntRange(1, 6).Draw(t, "entries") {
		switch rapid.IntRange(0, 4).Draw(t, "what") {
		case 0:
			s.change(t)
		case 1:
			s.erase(t)
		default:
			s.PublishN(1, 40)
		}
		s.remember()
	}
}

func (s *scribe) change(t *rapid.T) {
	controls := s.Chain.Controls()
	n := rapid.IntRange(0, len(controls)-1).Draw(t, "under")
	rank := rapid.IntRange(0, 1).Draw(t, "rank")
	under := controls[n].Seq
	for _, c := range controls[n+1:] {
		if (protocol.Strength{Under: under, Rank: uint8(rank)}).Compare(c.Strength) <= 0 {
			s.PublishN(1, 40)
			return
		}
	}
	s.Recovery = s.secrets[under].recovery
	s.Recover(rank, under, "rotation")
}

// erase erases an earlier entry, where one has content.
func (s *scribe) erase(t *rapid.T) {
	seq := rapid.IntRange(0, len(s.Log)-1).Draw(t, "erased")
	if s.Log[seq].Content == nil {
		s.PublishN(1, 40)
		return
	}
	s.Erase(protocol.ReasonMistake, 0, uint64(seq))
}

// drawBranches draws a body's branches: each starts somewhere on an earlier one.
func drawBranches(t *rapid.T, name string) []*scribe {
	first := &scribe{Author: vectors.NewAuthor(name, 0, nil)}
	first.remember()
	first.grow(t)
	branches := []*scribe{first}
	for n := range rapid.IntRange(0, 4).Draw(t, "branches") {
		from := branches[rapid.IntRange(0, len(branches)-1).Draw(t, "from")]
		b := from.branch(rapid.IntRange(1, len(from.Log)).Draw(t, "parting"), uint64(n+1))
		b.grow(t)
		branches = append(branches, b)
	}
	return branches
}

// TestAnyOrderOfArrival holds the ledger against [protocol.Join] over all that
// was ever signed: whatever the order, repetition and batching in which it
// arrives, each piece with its prefix, and whichever of it is deferred, the logs
// are the same, and so is what of their content is held: once deletions are done
// and what is lacking came again, all that no standing erasure names, and nothing
// else.
func TestAnyOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var bodies [][]*scribe
		var runs []ledger.Run
		for i := range rapid.IntRange(1, 3).Draw(t, "bodies") {
			branches := drawBranches(t, fmt.Sprint("body ", i))
			bodies = append(bodies, branches)
			for _, b := range branches {
				runs = append(runs, b.Log)
				cut := rapid.IntRange(1, len(b.Log)).Draw(t, "cut")
				runs = append(runs, b.Log[:cut])
			}
		}
		var leaves []protocol.Digest
		for range 2 {
			c := newClock()
			l := openWith(t, c)
			order := rapid.Permutation(runs).Draw(t, "order")
			for len(order) > 0 {
				n := rapid.IntRange(1, len(order)).Draw(t, "batch")
				joinPatiently(t, l, c, order[:n]...)
				order = order[n:]
			}
			leaves = append(leaves, checkModel(t, l, bodies)...)
			for range 2 {
				if _, err := l.DeleteErased(t.Context()); err != nil {
					t.Fatal(err)
				}
				joinPatiently(t, l, c, runs...)
				checkHeld(t, l)
			}
			checkModel(t, l, bodies)
			if faults, err := l.Inspect(t.Context(), noProgress); err != nil || len(faults) > 0 {
				t.Fatalf("an inspection finds %v (%v)", faults, err)
			}
		}
		half := len(leaves) / 2
		if fmt.Sprint(leaves[:half]) != fmt.Sprint(leaves[half:]) {
			t.Fatal("two orders of arrival gave two ledgers")
		}
	})
}

// checkHeld fails the test unless exactly the content that is not erased is held.
func checkHeld(t *rapid.T, l *ledger.Ledger) {
	for h, err := range l.Heads() {
		if err != nil {
			t.Fatal(err)
		}
		var log []*protocol.Entry
		erased := map[uint64]bool{}
		for ev, err := range l.Log(h.Body, 0, h.Length) {
			if err != nil {
				t.Fatal(err)
			}
			log = append(log, ev.Entry)
			if act := ev.Entry.Erase(); act != nil {
				for _, seq := range act.Positions {
					erased[seq] = true
				}
			}
		}
		for seq, e := range log {
			bare := e.Content == nil && !e.Envelope.Content.IsZero()
			if bare != erased[uint64(seq)] {
				t.Fatalf("position %d: erased %t, without content %t", seq, erased[uint64(seq)], bare)
			}
		}
		if n, err := l.Erased(h.Body); err != nil || n != uint64(len(erased)) {
			t.Fatalf("%d erasures, want %d (%v)", n, len(erased), err)
		}
	}
	if lacking, err := l.Lacking(100); err != nil || len(lacking) > 0 {
		t.Fatalf("lacking %v (%v)", lacking, err)
	}
}

// checkModel compares each body's log with the join of all its branches.
func checkModel(t *rapid.T, l *ledger.Ledger, bodies [][]*scribe) []protocol.Digest {
	var leaves []protocol.Digest
	var entries uint64
	for _, branches := range bodies {
		paths := make([]protocol.Path, len(branches))
		for i, b := range branches {
			paths[i] = b
		}
		want, err := protocol.Join(paths)
		if err != nil {
			t.Fatal(err)
		}
		log := branches[want.Path].Log[:want.Length]
		h, err := l.Head(branches[0].Body())
		if err != nil {
			t.Fatal(err)
		}
		if h.Length != want.Length || h.Freeze != want.Freeze {
			t.Fatalf("length %d, freeze %v; want %d, %v", h.Length, h.Freeze, want.Length, want.Freeze)
		}
		n := 0
		for e, err := range l.Log(h.Body, 0, h.Length) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Entry.ID != log[n].ID {
				t.Fatalf("position %d differs", n)
			}
			n++
		}
		if n != len(log) {
			t.Fatalf("%d entries, want %d", n, len(log))
		}
		if want.Freeze.Kind != protocol.NotFrozen {
			if _, err := l.FreezeProof(h.Body); err != nil {
				t.Fatal(err)
			}
		}
		leaves = append(leaves, h.Leaf())
		entries += want.Length
	}
	checkFollower(t, l, bodies, entries)
	return leaves
}

// checkFollower rebuilds the logs from the arrival order alone, as every
// follower does.
func checkFollower(t *rapid.T, l *ledger.Ledger, bodies [][]*scribe, entries uint64) {
	held := map[protocol.EntryID]bool{}
	next := uint64(1)
	for e, err := range l.Events(0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Seq != next {
			t.Fatalf("event %d, want %d", e.Seq, next)
		}
		next++
		switch e.Kind {
		case ledger.EventEntry:
			held[e.Entry.ID] = true
		case ledger.EventRestored:
			for _, id := range e.Entries {
				held[id] = true
			}
		case ledger.EventDisowned, ledger.EventFrozen:
			for _, id := range e.Entries {
				if !held[id] {
					t.Fatalf("event %d takes away %s, which was not there", e.Seq, id)
				}
				delete(held, id)
			}
		}
	}
	if uint64(len(held)) != entries {
		t.Fatalf("a follower holds %d entries, the logs %d", len(held), entries)
	}
	s, err := l.Stats()
	if err != nil || s.Entries != entries || s.Bodies != uint64(len(bodies)) {
		t.Fatalf("totals %+v, want %d entries", s, entries)
	}
}
