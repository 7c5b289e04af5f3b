package sharing

import (
	"errors"
	"fmt"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
	"github.com/folkmoot/folkmoot/sharing/trust"
)

// rooted trusts these bodies and whom they vouch for.
func rooted(edges []register.Edge, roots ...protocol.BodyID) *trust.View {
	return trust.NewView(trust.Rules{Policy: trust.Vouched, Roots: roots, Web: register.NewWeb(roots, 0, edges, nil, nil)})
}

// holdsOnly reports whether a node's ledger has the logs of these bodies, of the
// given lengths, and no others.
func (n *testNode) holdsOnly(want map[protocol.BodyID]uint64) bool {
	count := 0
	for h, err := range n.ledger.Heads() {
		if err != nil || want[h.Body] != h.Length {
			return false
		}
		count++
	}
	return count == len(want)
}

// TestSybils lets 20 nodes, each with 40 bodies of its own and eager to publish,
// surround a node that trusts one council: nothing of theirs is written, what
// waits is bounded, none of them is at fault, and the council's entries arrive.
func TestSybils(t *testing.T) {
	council := startNode(t, "council", nil)
	reader := startNode(t, "", func(c *Config) {
		c.Trust = rooted(nil, council.body)
		c.Limits.Pulls, c.Limits.PerAddress = 8, 64
	})
	var sybils []*testNode
	for i := range 20 {
		s := startNode(t, fmt.Sprint("sybil ", i), func(c *Config) { c.Limits.PerAddress = 64 })
		var runs []ledger.Run
		for j := range 39 {
			a := vectors.NewAuthor(fmt.Sprint("puppet ", i, j), 0, nil)
			a.PublishN(2, 2000)
			runs = append(runs, a.Log)
		}
		if _, err := s.ledger.Join(t.Context(), runs); err != nil {
			t.Fatal(err)
		}
		s.join(reader)
		sybils = append(sybils, s)
	}
	eventually(t, "the sybils are met", func() bool { return len(reader.Peers()) == len(sybils) })
	reader.join(council)
	for i := range 30 {
		for _, s := range sybils {
			s.publish(300)
		}
		if i%3 == 0 {
			council.publish(300)
		}
	}
	eventually(t, "the council's log arrives", func() bool { return reader.holdsOnly(map[protocol.BodyID]uint64{council.body: 11}) })
	// All of them are on one loopback address, so that the quota of its prefix holds.
	q := trust.DefaultQuotas
	eventually(t, "strangers wait", func() bool { return len(reader.Waiting()) == q.PerPrefix })
	eventually(t, "strangers were heard of", func() bool { return len(reader.Heard()) == 20*40 })
	for _, w := range reader.Waiting() {
		if w.Entries < 1 || w.Bytes > q.Bytes {
			t.Errorf("%+v", w)
		}
	}
	for _, s := range sybils {
		if score := reader.scores.of(s.ID()); score < 0 {
			t.Errorf("an honest stranger was charged, its score is %v", score)
		}
		if _, err := reader.ledger.Head(s.body); !errors.Is(err, ledger.ErrNotFound) {
			t.Fatalf("a stranger's log was written: %v", err)
		}
	}
	// One of them is vouched for: it is let in, whole.
	known := sybils[7]
	edges := []register.Edge{{From: council.body, To: known.body, Identity: true}}
	if err := reader.SetTrust(t.Context(), rooted(edges, council.body)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the one that is vouched for is kept", func() bool {
		return reader.holdsOnly(map[protocol.BodyID]uint64{council.body: 11, known.body: 31})
	})
}

// TestHundredThousandStrangers lets a peer say that it keeps 100,000 bodies of
// which it has no entry. What is remembered is bounded, and it is charged for what
// it promised and did not have.
func TestHundredThousandStrangers(t *testing.T) {
	council := startNode(t, "council", nil)
	reader := startNode(t, "", func(c *Config) { c.Trust = rooted(nil, council.body) })
	liar := startNode(t, "", nil)
	for i := range 100_000 {
		d := protocol.HashOf(fmt.Append(nil, "body ", i))
		liar.keeping.index.Set(reconcile.State{Body: protocol.BodyID(d), Length: 5, Root: protocol.Root(d)})
	}
	liar.join(reader)
	eventually(t, "it was heard", func() bool { return len(reader.Heard()) > 0 })
	reader.join(council)
	eventually(t, "it is charged", func() bool { return reader.scores.of(liar.ID()) < -20 })
	if n := len(reader.Heard()); n > 1024 {
		t.Errorf("%d bodies are remembered by the word of one peer", n)
	}
	if len(reader.Waiting()) != 0 {
		t.Error("a body without entries waits")
	}
	eventually(t, "the council's log arrives", func() bool { return reader.holdsOnly(map[protocol.BodyID]uint64{council.body: 1}) })
}

// TestChangeOfTrust takes a body's trust away and gives it back: it is not
// followed meanwhile, kept on disk, and brought up to date after.
func TestChangeOfTrust(t *testing.T) {
	council, forum := startNode(t, "council", nil), startNode(t, "forum", nil)
	both, one := rooted(nil, council.body, forum.body), rooted(nil, council.body)
	reader := startNode(t, "", func(c *Config) { c.Trust = both })
	reader.join(council)
	reader.join(forum)
	forum.publish(100)
	eventually(t, "both logs arrive", func() bool {
		return reader.holdsOnly(map[protocol.BodyID]uint64{council.body: 1, forum.body: 2})
	})
	if err := reader.SetTrust(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	forum.publish(100)
	council.publish(100)
	eventually(t, "the council is followed", func() bool {
		return reader.holdsOnly(map[protocol.BodyID]uint64{council.body: 2, forum.body: 2})
	})
	// A third node that trusts both gets nothing of the forum's from the reader.
	late := startNode(t, "", func(c *Config) { c.Trust = both })
	late.join(reader)
	eventually(t, "the third has the council's log", func() bool { return late.holdsOnly(map[protocol.BodyID]uint64{council.body: 2}) })
	if err := reader.SetTrust(t.Context(), both); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was missed comes, to the third as well", func() bool {
		want := map[protocol.BodyID]uint64{council.body: 2, forum.body: 3}
		late.ask(reader.ID())
		return reader.holdsOnly(want) && late.holdsOnly(want)
	})
	// Dropped, it is fetched again.
	if err := reader.ledger.Drop(t.Context(), forum.body); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was dropped comes again", func() bool {
		reader.ask(forum.ID())
		return reader.holdsOnly(map[protocol.BodyID]uint64{council.body: 2, forum.body: 3})
	})
}

// TestWhoWaitsIsLetIn vouches for a stranger after its node has gone: what waited
// is enough.
func TestWhoWaitsIsLetIn(t *testing.T) {
	council, stranger := startNode(t, "council", nil), startNode(t, "stranger", nil)
	stranger.publish(100)
	reader := startNode(t, "", func(c *Config) { c.Trust = rooted(nil, council.body) })
	reader.join(stranger)
	eventually(t, "the stranger waits", func() bool { return len(reader.Waiting()) == 1 })
	stranger.stop()
	edges := []register.Edge{{From: council.body, To: stranger.body}}
	if err := reader.SetTrust(t.Context(), rooted(edges, council.body)); err != nil {
		t.Fatal(err)
	}
	if !reader.holdsOnly(map[protocol.BodyID]uint64{stranger.body: 2}) || len(reader.Waiting()) != 0 {
		t.Error("what waited was not let in")
	}
}
