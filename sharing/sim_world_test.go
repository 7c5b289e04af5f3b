package sharing

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	libp2pquic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// never is the delay of a packet that is lost: longer than any simulation.
const never = 1000 * time.Hour

// air is what lies between the nodes of a simulation.
type air struct {
	mu   sync.Mutex
	dice *rand.Rand
	// side says on which side of a partition an address is.
	side map[string]int
	// loss is the share of packets that get lost.
	loss float64
}

func (a *air) delay(p *simnet.Packet) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	from, to := p.From.(*net.UDPAddr).IP, p.To.(*net.UDPAddr).IP
	if a.side[from.String()] != a.side[to.String()] || a.dice.Float64() < a.loss {
		return never
	}
	return 10*time.Millisecond + time.Duration(from[len(from)-1]^to[len(to)-1])*3*time.Millisecond
}

// divide puts each node on a side; without arguments all are on one again.
func (a *air) divide(nodes []*simNode, sides ...int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, n := range nodes {
		a.side[n.ip.String()] = 0
		if len(sides) > 0 {
			a.side[n.ip.String()] = sides[i]
		}
	}
}

func (a *air) lose(share float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.loss = share
}

// world is some nodes under simulated time, each with a ledger in memory and a
// body, and all that was ever signed. One goroutine acts on it, within a bubble
// of [testing/synctest]. What happens and when follows from the seed, down to the
// keys; the order in which the goroutines of one instant run does not.
type world struct {
	t     *testing.T
	dice  *rand.Rand
	air   *air
	net   *simnet.Simnet
	nodes []*simNode
	// union holds, by body, all entries that any node was given.
	union map[protocol.BodyID]forest
	// keys and words are the secrets behind signing keys and recovery digests.
	keys  map[protocol.SigningKey]protocol.PrivateKey
	words map[protocol.Digest]protocol.PrivateKey
	// waiting are runs that a ledger deferred; they are given again.
	waiting []delivery
	secrets int
	story   []string
}

type delivery struct {
	to  *simNode
	run ledger.Run
}

// simNode is a node of a world. Its ledger outlives a restart.
type simNode struct {
	*Network
	name   string
	ip     net.IP
	key    crypto.PrivKey
	ledger *ledger.Ledger
	body   protocol.BodyID
	reg    *prometheus.Registry
	stop   func()
	// named are the peers that it is told of at the start.
	named []peer.AddrInfo
	// acknowledged are the own entries that an author believes to be safe.
	acknowledged []protocol.EntryID
	// seen holds, by body, all that was ever found in its ledger, up to an event.
	seen  map[protocol.BodyID]forest
	after uint64
}

// newWorld makes nodes that each know one or two of those before it.
func newWorld(t *testing.T, seed uint64, count int) *world {
	t.Helper()
	w := &world{
		t: t, dice: rand.New(rand.NewPCG(seed, 1)), union: make(map[protocol.BodyID]forest),
		air:  &air{dice: rand.New(rand.NewPCG(seed, 2)), side: make(map[string]int)},
		keys: make(map[protocol.SigningKey]protocol.PrivateKey), words: make(map[protocol.Digest]protocol.PrivateKey),
	}
	w.net = &simnet.Simnet{LatencyFunc: w.air.delay, Logger: slog.New(slog.DiscardHandler)}
	w.net.Start()
	for i := range count {
		w.add(fmt.Sprintf("%d/%d", seed, i))
	}
	return w
}

// add founds a body on a new node and starts it.
func (w *world) add(name string) {
	w.t.Helper()
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName})
	if err != nil {
		w.t.Fatal(err)
	}
	seed := protocol.HashOf([]byte("peer " + name))
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		w.t.Fatal(err)
	}
	i := len(w.nodes)
	n := &simNode{
		name: name, ip: net.IPv4(1, 2, byte(i>>8), byte(i)+1).To4(), key: key, ledger: l,
		seen: make(map[protocol.BodyID]forest),
	}
	for range min(i, 2) {
		other := w.nodes[w.dice.IntN(i)]
		id, err := peer.IDFromPrivateKey(other.key)
		if err != nil {
			w.t.Fatal(err)
		}
		n.named = append(n.named, peer.AddrInfo{ID: id, Addrs: []ma.Multiaddr{other.addr()}})
	}
	w.nodes = append(w.nodes, n)
	n.body = w.found(n)
	w.start(n)
}

func (n *simNode) addr() ma.Multiaddr {
	return ma.StringCast(fmt.Sprintf("/ip4/%s/udp/4101/quic-v1", n.ip))
}

// start lets a node take part, with its ledger as it is.
func (w *world) start(n *simNode) {
	w.t.Helper()
	link := simnet.LinkSettings{BitsPerSecond: 20 * simlibp2p.OneMbps}
	n.reg = prometheus.NewRegistry()
	cfg := Config{
		Network: vectors.NetworkName, Identity: n.key, Ledger: n.ledger, Software: "folkmoot/sim",
		ListenAddrs: []ma.Multiaddr{n.addr()}, Bootstrap: n.named, Registerer: n.reg, Body: n.body,
		Timing: Timing{Pull: time.Minute}, // the node's default
		SignBinding: func(b *protocol.Binding) ([]byte, protocol.Signature, error) {
			chain, err := n.ledger.Chain(n.body)
			if err != nil {
				return nil, protocol.Signature{}, err
			}
			raw, sig := protocol.SignBinding(w.keys[chain.InForce().Control.Key], b)
			return raw, sig, nil
		},
	}
	var err error
	n.Network, err = open(cfg, libp2p.Transport(libp2pquic.NewTransport),
		simlibp2p.QUICSimnet(w.net, simnet.NodeBiDiLinkSettings{Downlink: link, Uplink: link}))
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	n.stop = func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("run %s: %v", n.name, err)
		}
		if err := n.Close(); err != nil {
			w.t.Errorf("close %s: %v", n.name, err)
		}
	}
}

// close ends everything, so that the bubble is empty.
func (w *world) close() {
	for _, n := range w.nodes {
		n.stop()
		if err := n.ledger.Close(); err != nil {
			w.t.Error(err)
		}
	}
	w.net.Close()
}

// pass lets simulated time go by; deferred runs are given again meanwhile.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for end := time.Now().Add(d); ; {
		waiting := w.waiting
		w.waiting = nil
		for _, d := range waiting {
			w.give(d.to, d.run)
		}
		left := time.Until(end)
		if left <= 0 {
			return
		}
		time.Sleep(min(left, 5*time.Second)) // of the bubble: it takes no time
	}
}

func (w *world) note(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf("%s ", time.Now().Format("04:05.000"))+fmt.Sprintf(format, args...))
}

// fatalf ends the test with the story of the world.
func (w *world) fatalf(format string, args ...any) {
	w.t.Helper()
	for _, line := range w.story {
		w.t.Log(line)
	}
	w.t.Fatalf(format, args...)
}
