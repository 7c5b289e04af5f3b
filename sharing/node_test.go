package sharing

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// testNode is a node with a body, on loopback.
type testNode struct {
	*Network
	t      testing.TB
	ledger *ledger.Ledger
	body   protocol.BodyID
	key    protocol.PrivateKey
	reg    *prometheus.Registry
	stop   func()
}

// quick are times for tests: pulls only when peers meet or a hint asks.
func quick() Timing {
	return Timing{
		Pull: time.Hour, RedialMin: 20 * time.Millisecond, RedialMax: 200 * time.Millisecond,
		Stall: 5 * time.Second, Greeting: 5 * time.Second, Block: time.Hour,
	}
}

func newIdentity(t testing.TB) crypto.PrivKey {
	t.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// startNode starts a node whose body is named name; an observer if it is empty.
func startNode(t testing.TB, name string, change func(*Config)) *testNode {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName})
	if err != nil {
		t.Fatal(err)
	}
	n := &testNode{t: t, ledger: l, key: vectors.Secret(name), reg: prometheus.NewRegistry()}
	cfg := Config{
		Network: vectors.NetworkName, Identity: newIdentity(t), Ledger: l, Software: "folkmoot/test",
		Timing: quick(), Registerer: n.reg,
	}
	if name != "" {
		n.found(name)
		cfg.Body = n.body
		cfg.SignBinding = func(b *protocol.Binding) ([]byte, protocol.Signature, error) {
			raw, sig := protocol.SignBinding(n.key, b)
			return raw, sig, nil
		}
	}
	if change != nil {
		change(&cfg)
	}
	if n.Network, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	stopped := false
	n.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := l.Close(); err != nil {
			t.Errorf("close the ledger: %v", err)
		}
	}
	t.Cleanup(n.stop)
	return n
}

// found makes the body's charter.
func (n *testNode) found(name string) {
	n.t.Helper()
	act, err := protocol.EncodeControl(protocol.KindCharter, &protocol.Control{
		Key: n.key.Public(), Network: vectors.NetworkName,
		Recovery: []protocol.Digest{protocol.RecoveryDigest(vectors.Secret(name + "/recovery").Public())},
	})
	if err != nil {
		n.t.Fatal(err)
	}
	event, err := n.ledger.Append(context.Background(), protocol.BodyID{}, func(c *protocol.Chain) (*protocol.Entry, error) {
		env := c.Next(protocol.KindCharter, uint64(time.Now().Unix()))
		env.Act = act
		return protocol.SignEntry(n.key, env, nil)
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.body = event.Body
}

// publish appends an own entry of about size bytes.
func (n *testNode) publish(size int) protocol.EntryID {
	n.t.Helper()
	event, err := n.ledger.Append(context.Background(), n.body, func(c *protocol.Chain) (*protocol.Entry, error) {
		content, err := protocol.EncodeContent(map[string]any{
			"salt": protocol.NewSalt(), "title": fmt.Sprintf("Decision %d (example)", c.Length()), "decision": string(make([]byte, size)),
		})
		if err != nil {
			return nil, err
		}
		env := c.Next("decision", uint64(time.Now().Unix()))
		env.Content = protocol.ContentRef{Hash: protocol.HashOf(content), Size: uint64(len(content))}
		return protocol.SignEntry(n.key, env, content)
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return event.Entry.ID
}

func (n *testNode) info() peer.AddrInfo { return infoOf(n.t, n.Network) }

func infoOf(t testing.TB, n *Network) peer.AddrInfo {
	t.Helper()
	infos, err := peer.AddrInfosFromP2pAddrs(n.Addrs()...)
	if err != nil || len(infos) != 1 {
		t.Fatalf("addresses %v: %v", n.Addrs(), err)
	}
	return infos[0]
}

// join connects to another node as by an invite.
func (n *testNode) join(other *testNode) {
	n.t.Helper()
	invite, err := other.Invite()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := n.Connect(context.Background(), invite); err != nil {
		n.t.Fatal(err)
	}
}

// state is what a ledger holds, for comparison.
func (n *testNode) state() map[protocol.BodyID]protocol.Digest {
	out := make(map[protocol.BodyID]protocol.Digest)
	for h, err := range n.ledger.Heads() {
		if err != nil {
			n.t.Fatal(err)
		}
		out[h.Body] = h.Leaf()
	}
	return out
}

// metric is the sum of a counter over its labels.
func (n *testNode) metric(name string) float64 {
	n.t.Helper()
	return metricOf(n.t, n.reg, name)
}

func metricOf(t testing.TB, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			total := 0.0
			for _, m := range f.GetMetric() {
				total += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
			return total
		}
	}
	return 0
}

// eventually waits for a condition, and fails the test if it does not come.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func converged(nodes ...*testNode) bool {
	first := nodes[0].state()
	for _, n := range nodes[1:] {
		if !maps.Equal(first, n.state()) {
			return false
		}
	}
	return true
}

// only keeps a node to one transport.
func only(addr string) func(*Config) {
	return func(c *Config) { c.ListenAddrs = []ma.Multiaddr{ma.StringCast(addr)} }
}
