package sharing

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/gossip"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// newRawHost is a peer that speaks only as far as a test makes it.
func newRawHost(t testing.TB) host.Host {
	t.Helper()
	h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableMetrics(), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// introduce connects h to n and greets it.
func introduce(t testing.TB, h host.Host, n *testNode) {
	t.Helper()
	if err := h.Connect(t.Context(), n.info()); err != nil {
		t.Fatal(err)
	}
	s, err := h.NewStream(t.Context(), n.ID(), helloProtocol(vectors.NetworkName))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := writeHello(s, &hello{Software: "attacker", Network: vectors.NetworkName}); err != nil {
		t.Fatal(err)
	}
	if _, err := readHello(s, vectors.NetworkName); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the node has met the attacker", func() bool { return n.session(h.ID()) != nil })
}

// badMessages are the invalid vectors for which any bearer is at fault, as far
// as a node without their logs can tell.
func badMessages(t testing.TB) [][]byte {
	t.Helper()
	cases, err := vectors.Entries()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, c := range cases {
		if _, err := protocol.ParseEntry(c.Entry); err != nil && !protocol.CodeOf(err).Waits() {
			out = append(out, c.Entry)
		}
	}
	if len(out) < 10 {
		t.Fatalf("only %d vectors are malformed", len(out))
	}
	return out
}

func TestAPeerThatGossipsRubbishIsSentAway(t *testing.T) {
	victim := startNode(t, "council", nil)
	before, last := victim.state(), victim.ledger.Last()
	attacker := newRawHost(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ps, err := pubsub.NewGossipSub(ctx, attacker, pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(func(m *pb.Message) string { return string(m.Data) }), pubsub.WithFloodPublish(true))
	if err != nil {
		t.Fatal(err)
	}
	topic, err := ps.Join(gossip.Topic(vectors.NetworkName))
	if err != nil {
		t.Fatal(err)
	}
	introduce(t, attacker, victim)
	eventually(t, "the attacker sees the victim in the topic", func() bool { return len(topic.ListPeers()) == 1 })
	for _, message := range badMessages(t) {
		if err := topic.Publish(ctx, message); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the attacker is sent away", func() bool { return !victim.connected(attacker.ID()) })
	if score := victim.scores.of(attacker.ID()); score > -sendAway/2 {
		t.Errorf("its score is %v", score)
	}
	if err := attacker.Connect(t.Context(), victim.info()); err == nil {
		eventually(t, "it is refused", func() bool { return attacker.Network().Connectedness(victim.ID()) != network.Connected })
	}
	if !maps.Equal(before, victim.state()) || victim.ledger.Last() != last {
		t.Error("the ledger changed")
	}
}

func TestWhatReconcileFindsLowersTheScore(t *testing.T) {
	a := startNode(t, "council", nil)
	for name, c := range map[string]struct {
		report reconcile.Report
		err    error
		times  int
		stays  bool
	}{
		"a broken promise": {report: reconcile.Report{Unkept: 1}, times: 1, stays: true},
		"many of them":     {report: reconcile.Report{Unkept: 10}, times: 1, stays: true},
		"many each time":   {report: reconcile.Report{Unkept: 10}, times: 4},
		"bad entries":      {report: reconcile.Report{Offences: map[protocol.Code]int{protocol.BadSignature: 1, protocol.WrongRoot: 1}}, times: 1},
		"noise":            {err: fmt.Errorf("a frame: %w", reconcile.ErrProtocol), times: 6},
	} {
		peer := newRawHost(t)
		introduce(t, peer, a)
		for range c.times {
			a.judgePull(peer.ID(), c.report, c.err)
		}
		if a.scores.of(peer.ID()) >= 0 {
			t.Errorf("%s: the score is %v", name, a.scores.of(peer.ID()))
		}
		if c.stays != a.gate.allows(peer.ID()) {
			t.Errorf("%s: may stay: %v", name, a.gate.allows(peer.ID()))
		}
		if !c.stays {
			eventually(t, name+": it is disconnected", func() bool { return !a.connected(peer.ID()) })
		}
	}
}

func TestASilentStreamIsClosed(t *testing.T) {
	victim := startNode(t, "council", func(c *Config) { c.Timing.Stall = 200 * time.Millisecond })
	for name, trickle := range map[string]bool{"silent": false, "a byte now and then": true} {
		t.Run(name, func(t *testing.T) {
			attacker := newRawHost(t)
			attacker.SetStreamHandler(reconcileProtocol(vectors.NetworkName), func(s network.Stream) { _ = s.Reset() })
			introduce(t, attacker, victim)
			s, err := attacker.NewStream(t.Context(), victim.ID(), reconcileProtocol(vectors.NetworkName))
			if err != nil {
				t.Fatal(err)
			}
			// A frame that is said to be long, and then hardly goes on.
			if _, err := s.Write([]byte{0x80, 0x10, 'H'}); err != nil {
				t.Fatal(err)
			}
			closed := make(chan struct{})
			go func() {
				defer close(closed)
				_, _ = io.Copy(io.Discard, s) // ends when the victim closes
			}()
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for late := time.After(patience); ; {
				select {
				case <-closed:
					return
				case <-late:
					t.Fatal("the stream is still open")
				case <-tick.C:
					if trickle {
						_, _ = s.Write([]byte{0}) // fails once the victim has closed
					}
				}
			}
		})
	}
}

func TestStrangersAreNotServed(t *testing.T) {
	victim := startNode(t, "council", nil)
	h := newRawHost(t)
	if err := h.Connect(t.Context(), victim.info()); err != nil {
		t.Fatal(err)
	}
	s, err := h.NewStream(t.Context(), victim.ID(), reconcileProtocol(vectors.NetworkName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(s); err == nil {
		t.Error("the stream was answered")
	}
}

func TestAMalformedGreetingIsCharged(t *testing.T) {
	victim := startNode(t, "council", nil)
	h := newRawHost(t)
	if err := h.Connect(t.Context(), victim.info()); err != nil {
		t.Fatal(err)
	}
	for _, greeting := range [][]byte{{0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 1, 0xff}, append([]byte{0, 0, 0, 2}, "\xa1\x00"...)} {
		s, err := h.NewStream(t.Context(), victim.ID(), helloProtocol(vectors.NetworkName))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Write(greeting); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(s); err == nil {
			t.Errorf("%x was answered", greeting)
		}
	}
	if score := victim.scores.of(h.ID()); score > -2*costProtocol {
		t.Errorf("the score is %v", score)
	}
}

// The greeting's decoder takes bytes from anybody.
func FuzzHello(f *testing.F) {
	var b bytes.Buffer
	h := &hello{Software: "folkmoot/1", Network: "test", Binding: []byte{1}, Signature: make([]byte, 64), Records: [][]byte{{1}}}
	if err := writeHello(&b, h); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		h, err := readHello(bytes.NewReader(in), "test")
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := writeHello(&out, h); err != nil {
			t.Fatal(err)
		}
		if _, err := readHello(&out, "test"); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		for _, r := range h.Records {
			if _, _, err := openRecord(r, true); err == nil && len(r) > maxRecord {
				t.Fatal("a record beyond the limit was taken")
			}
		}
	})
}
