package sharing

import (
	"context"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// openWith is a ledger that holds the given entries.
func openWith(t testing.TB, cfg ledger.Config, runs ...ledger.Run) *ledger.Ledger {
	t.Helper()
	cfg.Network = vectors.NetworkName
	l, err := ledger.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	outcomes, err := l.Join(t.Context(), runs)
	for _, o := range outcomes {
		if err == nil {
			err = o.Err
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serveBody makes a node serve an author's body from a ledger.
func serveBody(a *vectors.Author, l *ledger.Ledger) func(*Config) {
	return func(c *Config) {
		c.Ledger, c.Body = l, a.Body()
		c.Timing.Pull = 200 * time.Millisecond
		c.SignBinding = func(b *protocol.Binding) ([]byte, protocol.Signature, error) {
			raw, sig := protocol.SignBinding(a.Key, b)
			return raw, sig, nil
		}
	}
}

// newLiar is a peer that says it holds more of a body than it delivers.
func newLiar(t *testing.T, held *ledger.Ledger, claim reconcile.State) host.Host {
	t.Helper()
	index, err := reconcile.NewIndex(held.Heads())
	if err != nil {
		t.Fatal(err)
	}
	index.Set(claim)
	h := newRawHost(t)
	h.SetStreamHandler(helloProtocol(vectors.NetworkName), func(s network.Stream) {
		defer s.Close()
		if _, err := readHello(s, vectors.NetworkName); err == nil {
			_ = writeHello(s, &hello{Software: "liar", Network: vectors.NetworkName})
		}
	})
	h.SetStreamHandler(reconcileProtocol(vectors.NetworkName), func(s network.Stream) {
		defer s.Close()
		_, _ = reconcile.Serve(context.Background(), s, held, index, reconcile.Config{Network: vectors.NetworkName})
	})
	return h
}

// TestLyingPeersAtTheStart starts a body's node with an old log between a peer
// that says that it has nothing, and one that says that it has more and never
// delivers. Neither keeps it for ever, nor lets it publish on the old log.
func TestLyingPeersAtTheStart(t *testing.T) {
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(9, 50)
	old := openWith(t, ledger.Config{}, a.Log[:5])
	if err := MarkHanded(old); err != nil {
		t.Fatal(err)
	}
	claim := reconcile.State{Body: a.Body(), Length: 50, Root: protocol.Root{1}}
	liar := newLiar(t, openWith(t, ledger.Config{}, a.Log[:5]), claim)
	n := startNode(t, "", serveBody(a, old))
	ignorant := startNode(t, "", nil)
	n.join(ignorant)
	if err := n.Connect(t.Context(), Invite{Network: vectors.NetworkName, Peers: []peer.AddrInfo{{ID: liar.ID(), Addrs: liar.Addrs()}}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both have been asked", func() bool {
		o := n.OwnLog()
		return len(o.Answered) == 1 && len(o.Unkept) == 1
	})
	if o := n.OwnLog(); o.Settled || o.Answered[0] != ignorant.ID() || o.Unkept[0] != liar.ID() || o.Named != 2 {
		t.Errorf("%+v", o)
	}
	// An honest peer ends it, and what it holds is taken in before it counts.
	honest := startNode(t, "", func(c *Config) { c.Ledger = openWith(t, ledger.Config{}, a.Log) })
	n.join(honest)
	eventually(t, "the question is settled", func() bool { return n.OwnLog().Settled })
	h, err := old.Head(a.Body())
	if err != nil || h.Length != uint64(len(a.Log)) || h.Freeze.Kind != protocol.NotFrozen {
		t.Errorf("%d entries, %v, %v", h.Length, h.Freeze, err)
	}
}

// TestForkAtTheStart finds a branch at a peer that contradicts the own log.
func TestForkAtTheStart(t *testing.T) {
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(3, 50)
	other := a.Clone()
	a.PublishN(2, 60)
	other.PublishN(1, 70)
	own := openWith(t, ledger.Config{}, a.Log)
	if err := MarkHanded(own); err != nil {
		t.Fatal(err)
	}
	n := startNode(t, "", serveBody(a, own))
	n.join(startNode(t, "", func(c *Config) { c.Ledger = openWith(t, ledger.Config{}, other.Log) }))
	n.join(startNode(t, "", nil))
	eventually(t, "the question is settled", func() bool { return n.OwnLog().Settled })
	if h, err := own.Head(a.Body()); err != nil || h.Freeze.Kind != protocol.Forked {
		t.Errorf("%v, %v", h.Freeze, err)
	}
}

// TestOnlyChosenPeersAnswer lets strangers connect, who count for nothing, and
// believes learned peers only after the named ones had their time.
func TestOnlyChosenPeersAnswer(t *testing.T) {
	a := vectors.NewAuthor("forum", 0, nil)
	l := openWith(t, ledger.Config{}, a.Log)
	if err := MarkHanded(l); err != nil {
		t.Fatal(err)
	}
	absent := []peer.AddrInfo{{ID: newRawHost(t).ID()}, {ID: newRawHost(t).ID()}}
	n := startNode(t, "", func(c *Config) {
		serveBody(a, l)(c)
		c.Bootstrap = absent
	})
	for range 2 {
		stranger := startNode(t, "", nil)
		stranger.join(n)
		eventually(t, "the stranger is met and pulled from", func() bool {
			s := n.session(stranger.ID())
			if s == nil {
				return false
			}
			n.mu.Lock()
			defer n.mu.Unlock()
			return !s.lastPull.IsZero()
		})
	}
	if o := n.OwnLog(); o.Settled || len(o.Answered)+len(o.Unkept) > 0 {
		t.Errorf("strangers answered: %+v", o)
	}
	for range 2 {
		learned := startNode(t, "", nil)
		n.book.learn(learned.info(), []byte{1}, 1)
		wake(n.redial)
	}
	dialled := func() int {
		n.own.mu.Lock()
		defer n.own.mu.Unlock()
		return len(n.own.kept)
	}
	eventually(t, "the learned peers have answered", func() bool { return dialled() == 2 })
	if o := n.OwnLog(); o.Settled || len(o.Answered) > 0 {
		t.Errorf("learned peers answered in the place of named ones: %+v", o)
	}
	n.own.mu.Lock()
	n.own.begun = n.own.begun.Add(-n.cfg.Timing.Choice - time.Second)
	n.own.mu.Unlock()
	if o := n.OwnLog(); !o.Settled || len(o.Answered) != 2 {
		t.Errorf("named peers that do not answer keep the node for ever: %+v", o)
	}
}

// TestNotedBeforeItLeaves lets nothing of the own log out while it cannot be noted
// that it was handed to a peer.
func TestNotedBeforeItLeaves(t *testing.T) {
	a := vectors.NewAuthor("forum", 0, nil)
	l := openWith(t, ledger.Config{}, a.Log)
	n := startNode(t, "", serveBody(a, l))
	gone, err := ledger.Open(ledger.Config{Network: vectors.NetworkName})
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	n.handing.mu.Lock()
	n.handing.ledger = gone
	n.handing.mu.Unlock()
	reader := startNode(t, "", func(c *Config) { c.Timing.Pull = 50 * time.Millisecond })
	reader.join(n)
	eventually(t, "the reader has pulled and failed", func() bool { return reader.metric("folkmoot_sharing_pulls_total") >= 3 })
	if _, err := reader.ledger.Head(a.Body()); err == nil {
		t.Error("the own log left the machine unnoted")
	}
	n.handing.mu.Lock()
	n.handing.ledger = l
	n.handing.mu.Unlock()
	eventually(t, "the reader has the log", func() bool {
		_, err := reader.ledger.Head(a.Body())
		return err == nil
	})
	if handed, err := Handed(l); err != nil || !handed {
		t.Errorf("%v, %v", handed, err)
	}
}

// TestRivalIsTold tells of a rival that only a common peer knows, and forgets it
// when control changes.
func TestRivalIsTold(t *testing.T) {
	a := vectors.NewAuthor("forum", 0, nil)
	middle := startNode(t, "", func(c *Config) { c.Ledger = openWith(t, ledger.Config{}, a.Log) })
	la, lb := openWith(t, ledger.Config{}, a.Log), openWith(t, ledger.Config{}, a.Log)
	one := startNode(t, "", serveBody(a, la))
	one.join(middle)
	eventually(t, "they met", func() bool { return len(one.Peers()) == 1 })
	two := startNode(t, "", serveBody(a, lb))
	two.join(middle)
	for _, n := range []*testNode{one, two} {
		eventually(t, "the rival is proved", func() bool {
			r, ok, err := n.Rival()
			return err == nil && ok && r.Proved && r.By == middle.ID()
		})
	}
	a.Recover(0, 0, protocol.ReasonKeyStolen)
	if _, err := la.Join(t.Context(), []ledger.Run{a.Log[len(a.Log)-1:]}); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := one.Rival(); ok || err != nil {
		t.Errorf("a rival without standing still counts: %v", err)
	}
}

// TestRivalMeets connects two nodes of one body that know nobody else.
func TestRivalMeets(t *testing.T) {
	a := vectors.NewAuthor("forum", 0, nil)
	one := startNode(t, "", serveBody(a, openWith(t, ledger.Config{}, a.Log)))
	two := startNode(t, "", serveBody(a, openWith(t, ledger.Config{}, a.Log)))
	two.join(one)
	for n, other := range map[*testNode]*testNode{one: two, two: one} {
		eventually(t, "the rival is seen", func() bool {
			r, ok, err := n.Rival()
			return err == nil && ok && r.Proved && r.By == other.ID() && r.Peer == other.ID()
		})
	}
}

// TestReplayedBindings shows a node its own bindings, and old ones of others.
func TestReplayedBindings(t *testing.T) {
	a := vectors.NewAuthor("forum", 0, nil)
	n := startNode(t, "", serveBody(a, openWith(t, ledger.Config{}, a.Log)))
	now := time.Now()
	bind := func(at time.Time) shown {
		raw, sig := protocol.SignBinding(a.Key, &protocol.Binding{
			Body: a.Body(), Peer: []byte(n.ID()), Control: a.Chain.InForce().ID, At: uint64(at.Unix()),
		})
		return shown{Binding: raw, Signature: sig[:]}
	}
	stranger := newRawHost(t).ID()
	n.rivals.sign(uint64(now.Add(time.Minute).Unix()))
	forged := bind(now.Add(2 * time.Minute))
	forged.Signature = make([]byte, len(forged.Signature))
	for name, s := range map[string]shown{
		"its own":           bind(now.Add(time.Minute)),
		"before its start":  bind(now.Add(-5 * time.Minute)),
		"long ago":          bind(now.Add(-time.Hour)),
		"signed by nobody":  forged,
		"without a binding": {},
	} {
		if err := n.hearOthers(stranger, []shown{s}); err != nil {
			t.Fatal(err)
		}
		if r, ok, err := n.Rival(); ok || err != nil {
			t.Errorf("%s proves a rival: %+v, %v", name, r, err)
		}
	}
	if err := n.hearOthers(stranger, []shown{bind(now.Add(3 * time.Minute))}); err != nil {
		t.Fatal(err)
	}
	if r, ok, err := n.Rival(); !ok || !r.Proved || err != nil {
		t.Errorf("a living rival is not seen: %+v, %v", r, err)
	}
}

// TestLyingReport has a peer of the node's choice replay a binding from before the
// start, which keeps the node for a while and not for ever.
func TestLyingReport(t *testing.T) {
	a := vectors.NewAuthor("forum", 0, nil)
	n := startNode(t, "", serveBody(a, openWith(t, ledger.Config{}, a.Log)))
	liar := startNode(t, "", nil)
	n.join(liar)
	raw, sig := protocol.SignBinding(a.Key, &protocol.Binding{
		Body: a.Body(), Peer: []byte(n.ID()), Control: a.Chain.InForce().ID, At: uint64(time.Now().Add(-time.Hour).Unix()),
	})
	eventually(t, "the report keeps the node", func() bool {
		if err := n.hearOthers(liar.ID(), []shown{{Binding: raw, Signature: sig[:]}}); err != nil {
			t.Fatal(err)
		}
		r, ok, err := n.Rival()
		return err == nil && ok && !r.Proved && r.By == liar.ID()
	})
	n.rivals.mu.Lock()
	n.rivals.begun = n.rivals.begun.Add(-time.Hour)
	n.rivals.mu.Unlock()
	if err := n.hearOthers(liar.ID(), []shown{{Binding: raw, Signature: sig[:]}}); err != nil {
		t.Fatal(err)
	}
	if r, ok, err := n.Rival(); ok || err != nil {
		t.Errorf("a lie keeps the node for ever: %+v, %v", r, err)
	}
}

// TestClock compares clocks with those of named peers.
func TestClock(t *testing.T) {
	skewed := func(d time.Duration) func(*Config) {
		return func(c *Config) { c.Now = func() time.Time { return time.Now().Add(d) } }
	}
	n := startNode(t, "forum", nil)
	for i, want := range []struct {
		skew  time.Duration
		wrong bool
	}{
		{30 * time.Minute, true}, // the only one that there is
		{0, false},               // of two, the one that agrees
		{40 * time.Minute, true}, // the median of three
		{-time.Minute, false},
		{5 * time.Minute, false},
	} {
		n.join(startNode(t, "", skewed(want.skew)))
		eventually(t, "the peer is met", func() bool { return n.Clock().Peers == i+1 })
		if c := n.Clock(); c.Wrong() != want.wrong {
			t.Errorf("with %d peers, the last %v ahead: %+v", i+1, want.skew, c)
		}
	}
}
