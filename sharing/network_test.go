package sharing

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func TestFiveNodesConvergeByGossip(t *testing.T) {
	for name, addr := range map[string]string{"tcp": "/ip4/127.0.0.1/tcp/0", "quic": "/ip4/127.0.0.1/udp/0/quic-v1"} {
		t.Run(name, func(t *testing.T) {
			var nodes []*testNode
			for _, body := range []string{"council", "forum", "trust", "allotments", "library"} {
				nodes = append(nodes, startNode(t, body, only(addr)))
			}
			for _, n := range nodes[1:] {
				n.join(nodes[0])
			}
			eventually(t, "everybody meets and holds all charters", func() bool {
				return len(nodes[0].Peers()) == 4 && len(nodes[0].state()) == 5 && topicSize(nodes[0]) == 4
			})
			for range 10 {
				for _, n := range nodes {
					n.publish(200)
				}
			}
			eventually(t, "all hold the same 55 entries", func() bool {
				s, err := nodes[4].ledger.Stats()
				return err == nil && s.Entries == 55 && converged(nodes...)
			})
			if joined := nodes[0].metric("folkmoot_gossip_joined_total"); joined == 0 {
				t.Error("nothing came by gossip")
			}
		})
	}
}

// topicSize is how many peers a node knows to be in the topic.
func topicSize(n *testNode) int { return int(n.metric("folkmoot_gossip_topic_peers")) }

func TestReconcileRepairsWhatGossipLoses(t *testing.T) {
	often := func(c *Config) { c.Timing.Pull = 100 * time.Millisecond }
	council := startNode(t, "council", often)
	deaf := startNode(t, "", func(c *Config) { often(c); c.GossipOff = true })
	deaf.join(council)
	eventually(t, "they meet", func() bool { return len(deaf.Peers()) == 1 })
	for range 30 {
		council.publish(300)
	}
	eventually(t, "the deaf node has all", func() bool { return converged(council, deaf) })
	if council.metric("folkmoot_gossip_asked_total")+deaf.metric("folkmoot_gossip_asked_total") != 0 {
		t.Error("somebody had to ask")
	}
	eventually(t, "both know that they agree", func() bool {
		p := deaf.Peers()
		return len(p) == 1 && p[0].Agrees && !p[0].LastPull.IsZero() && p[0].Entries >= 30
	})
}

func TestPartitionHeals(t *testing.T) {
	a, b := startNode(t, "council", nil), startNode(t, "forum", nil)
	b.join(a)
	eventually(t, "they agree at first", func() bool { return len(a.state()) == 2 && converged(a, b) })
	a.Block(b.ID(), time.Hour)
	b.Block(a.ID(), time.Hour)
	eventually(t, "they part", func() bool { return len(a.Peers()) == 0 && len(b.Peers()) == 0 })
	for range 5 {
		a.publish(100)
		b.publish(100)
	}
	if converged(a, b) {
		t.Fatal("entries crossed the partition")
	}
	a.Unblock(b.ID())
	b.Unblock(a.ID())
	eventually(t, "they agree again", func() bool { return len(a.Peers()) == 1 && converged(a, b) })
}

func TestARestartedPeerIsFoundAgain(t *testing.T) {
	identity := newIdentity(t)
	first := startNode(t, "council", func(c *Config) { c.Identity = identity })
	addrs := make([]ma.Multiaddr, 0, 2)
	addrs = append(addrs, infoOf(t, first.Network).Addrs...)
	other := startNode(t, "forum", func(c *Config) { c.Bootstrap = []peer.AddrInfo{first.info()} })
	eventually(t, "they meet", func() bool { return len(other.Peers()) == 1 })
	first.stop()
	eventually(t, "the peer is missed", func() bool { return len(other.Peers()) == 0 })
	again := startNode(t, "council", func(c *Config) { c.Identity, c.ListenAddrs = identity, addrs })
	eventually(t, "they meet again", func() bool { return len(other.Peers()) == 1 && len(again.Peers()) == 1 })
}

func TestPeersShowTheBodyTheyServe(t *testing.T) {
	a, b := startNode(t, "council", nil), startNode(t, "forum", nil)
	b.join(a)
	eventually(t, "each knows the other's body", func() bool {
		p, q := a.Peers(), b.Peers()
		return len(p) == 1 && len(q) == 1 && p[0].Body == b.body && q[0].Body == a.body
	})
	p, q := a.Peers()[0], b.Peers()[0]
	if p.Software != "folkmoot/test" || p.Direction != "inbound" || p.Named || p.Score != 0 || len(p.Addrs) == 0 {
		t.Errorf("the guest is shown as %+v", p)
	}
	if q.Direction != "outbound" || !q.Named || q.Score != trusted {
		t.Errorf("the inviter is shown as %+v", q)
	}
}

func TestAStrangersBindingIsNotBelieved(t *testing.T) {
	a := startNode(t, "council", nil)
	thief := startNode(t, "", func(c *Config) {
		c.Body = a.body
		c.SignBinding = func(b *protocol.Binding) ([]byte, protocol.Signature, error) {
			raw, sig := protocol.SignBinding(vectors.Secret("thief"), b)
			return raw, sig, nil
		}
	})
	thief.join(a)
	eventually(t, "the thief has the log", func() bool { return converged(a, thief) && len(a.Peers()) == 1 })
	thief.Block(a.ID(), time.Hour)
	eventually(t, "it leaves", func() bool { return len(a.Peers()) == 0 })
	thief.Unblock(a.ID())
	eventually(t, "it comes back with a binding", func() bool {
		s := a.session(thief.ID())
		return s != nil && len(s.binding) > 0
	})
	if body := a.Peers()[0].Body; !body.IsZero() {
		t.Errorf("the thief is shown to serve %s", body)
	}
}

func TestInvitedPeersAreRemembered(t *testing.T) {
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := Config{Network: vectors.NetworkName, Identity: newIdentity(t), Ledger: l}
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	other := startNode(t, "council", nil)
	invite, err := other.Invite()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Connect(t.Context(), invite); err != nil {
		t.Fatal(err)
	}
	if err := n.Connect(t.Context(), Invite{Network: "elsewhere", Peers: invite.Peers}); err == nil || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("an invite to another network: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if !again.book.isNamed(other.ID()) || again.scores.of(other.ID()) != trusted {
		t.Error("the inviter was forgotten")
	}
}

func TestNodesOfOtherNetworksAreSentAway(t *testing.T) {
	a := startNode(t, "council", func(c *Config) { c.Timing.Greeting = 300 * time.Millisecond })
	l, err := ledger.Open(ledger.Config{Network: "elsewhere"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	stranger := startNode(t, "", func(c *Config) { c.Network, c.Ledger = "elsewhere", l })
	if err := stranger.book.add(a.info(), configured); err != nil {
		t.Fatal(err)
	}
	wake(stranger.redial)
	eventually(t, "an attempt was made", func() bool { return stranger.metric("folkmoot_sharing_dials_total") > 1 })
	if len(a.Peers()) != 0 || len(stranger.Peers()) != 0 {
		t.Error("nodes of two networks met")
	}
}

func TestEveryListenAddressMustBeFree(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = New(Config{
		Network: vectors.NetworkName, Identity: newIdentity(t), Ledger: l,
		ListenAddrs: []ma.Multiaddr{ma.StringCast("/ip4/127.0.0.1/tcp/" + port), ma.StringCast("/ip4/127.0.0.1/udp/0/quic-v1")},
	})
	if err == nil || !strings.Contains(err.Error(), "cannot listen on") {
		t.Errorf("a taken port: %v", err)
	}
}

func TestNoAddressIsToldUnlessConfigured(t *testing.T) {
	a := startNode(t, "council", nil)
	if got := a.host.Addrs(); len(got) != 0 {
		t.Errorf("the host tells its addresses: %v", got)
	}
	h, err := a.hello(a.ID(), nil)
	if err != nil || len(h.Records) != 0 {
		t.Errorf("the greeting tells them: %v, %v", h.Records, err)
	}
	public := ma.StringCast("/ip4/127.0.0.1/tcp/4101")
	b := startNode(t, "forum", func(c *Config) { c.Announce = []ma.Multiaddr{public} })
	if got := b.host.Addrs(); len(got) != 1 || !got[0].Equal(public) {
		t.Errorf("the host tells %v", got)
	}
}

func TestLearnedPeersArePassedOn(t *testing.T) {
	// c knows only a; b announces itself to a; so c finds b through a.
	a := startNode(t, "council", nil)
	port := freePort(t)
	addr := ma.StringCast("/ip4/127.0.0.1/tcp/" + port)
	b := startNode(t, "forum", func(c *Config) { c.ListenAddrs, c.Announce = []ma.Multiaddr{addr}, []ma.Multiaddr{addr} })
	b.join(a)
	eventually(t, "a met b", func() bool { return len(a.Peers()) == 1 })
	c := startNode(t, "library", nil)
	c.join(a)
	eventually(t, "c met both", func() bool { return len(c.Peers()) == 2 })
	for _, p := range c.Peers() {
		if p.Named != (p.ID == a.ID()) {
			t.Errorf("%s is named: %v", p.ID, p.Named)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
