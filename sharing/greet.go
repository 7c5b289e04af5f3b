package sharing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// recordAge is how long ago a peer may have been reached for its record to be
// passed on.
const recordAge = 24 * time.Hour

// sayHello opens the stream on which two peers introduce themselves.
func (n *Network) sayHello(ctx context.Context, id peer.ID) error {
	s, err := n.host.NewStream(ctx, id, helloProtocol(n.cfg.Network))
	if err != nil {
		return fmt.Errorf("open a stream to greet: %w", err)
	}
	defer func() { _ = s.Close() }() // what matters was read by then
	if err := s.SetDeadline(time.Now().Add(n.cfg.Timing.Greeting)); err != nil {
		return fmt.Errorf("set the deadline of a greeting: %w", err)
	}
	own, err := n.hello(id, nil)
	if err != nil {
		return err
	}
	before := n.cfg.Now()
	if err := writeHello(s, own); err != nil {
		return errors.Join(err, s.Reset())
	}
	theirs, err := readHello(s, n.cfg.Network)
	if err != nil {
		n.chargeGreeting(id, err)
		return errors.Join(err, s.Reset())
	}
	n.meet(s.Conn(), theirs, before)
	return n.hearOthers(id, theirs.Others)
}

// answerHello handles the streams on which others introduce themselves.
func (n *Network) answerHello(ctx context.Context) network.StreamHandler {
	return n.answer(ctx, n.greeting, func(s network.Stream) error {
		if !n.startGreeting(s.Conn().RemotePeer()) {
			return errors.New("the peer is introducing itself already")
		}
		defer n.stopGreeting(s.Conn().RemotePeer())
		if err := s.SetDeadline(time.Now().Add(n.cfg.Timing.Greeting)); err != nil {
			return fmt.Errorf("set the deadline of a greeting: %w", err)
		}
		theirs, err := readHello(s, n.cfg.Network)
		if err != nil {
			n.chargeGreeting(s.Conn().RemotePeer(), err)
			return err
		}
		own, err := n.hello(s.Conn().RemotePeer(), theirs)
		if err != nil {
			return err
		}
		if err := writeHello(s, own); err != nil {
			return err
		}
		n.meet(s.Conn(), theirs, time.Time{})
		return nil
	})
}

// answer makes a stream handler that is bounded by tokens and by ctx: when there
// is no token the stream is refused, and when ctx ends it is reset.
func (n *Network) answer(ctx context.Context, tokens chan struct{}, do func(network.Stream) error) network.StreamHandler {
	return func(s network.Stream) {
		if !n.begin() {
			_ = s.Reset() // the node is stopping
			return
		}
		defer n.answers.Done()
		select {
		case tokens <- struct{}{}:
		default:
			n.metrics.refused.Inc()
			_ = s.ResetWithError(network.StreamResourceLimitExceeded) // the stream is given up either way
			return
		}
		defer func() { <-tokens }()
		stop := context.AfterFunc(ctx, func() { _ = s.Reset() })
		defer stop()
		if err := do(s); err != nil {
			n.cfg.Logger.Debug("a stream failed", "peer", s.Conn().RemotePeer(), "protocol", s.Protocol(), "error", err)
			_ = s.Reset() // it failed already
			return
		}
		if err := s.Close(); err != nil {
			n.cfg.Logger.Debug("closing a stream failed", "peer", s.Conn().RemotePeer(), "error", err)
		}
	}
}

// startGreeting allows a peer one greeting at a time.
func (n *Network) startGreeting(id peer.ID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.greetings[id] {
		return false
	}
	n.greetings[id] = true
	return true
}

func (n *Network) stopGreeting(id peer.ID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.greetings, id)
}

func (n *Network) chargeGreeting(id peer.ID, err error) {
	if errors.Is(err, errMalformed) {
		n.charge(id, costProtocol, "greeting")
	}
}

// hello is this node's introduction to a peer; theirs is the peer's when this one
// answers it, else nil.
func (n *Network) hello(to peer.ID, theirs *hello) (*hello, error) {
	h := &hello{Software: n.cfg.Software, Network: n.cfg.Network, Run: n.run, At: uint64(max(n.cfg.Now().Unix(), 0))}
	if theirs != nil {
		h.Others = n.others(to, theirs)
	}
	if err := n.bind(h); err != nil {
		return nil, err
	}
	if len(n.cfg.Announce) > 0 {
		own, err := sealRecord(n.cfg.Identity, peer.AddrInfo{ID: n.host.ID(), Addrs: n.cfg.Announce})
		if err != nil {
			return nil, err
		}
		h.Records = append(h.Records, own)
	}
	h.Records = append(h.Records, n.book.records(maxRecords-len(h.Records), n.cfg.Now().Add(-recordAge), to)...)
	return h, nil
}

// bind adds the binding of the node's body, if its log is held.
func (n *Network) bind(h *hello) error {
	chain, err := n.ownChain()
	if err != nil || chain == nil {
		return err
	}
	at := uint64(max(n.cfg.Now().Unix(), 0))
	n.rivals.sign(at)
	raw, sig, err := n.cfg.SignBinding(&protocol.Binding{
		Body: n.cfg.Body, Peer: []byte(n.host.ID()), Control: chain.InForce().ID, At: at,
	})
	if err != nil {
		return fmt.Errorf("sign the binding of this peer: %w", err)
	}
	h.Binding, h.Signature = raw, sig[:]
	return nil
}

// ownChain is the chain of the node's body; nil for an observer, and while the log
// is not held.
func (n *Network) ownChain() (*protocol.Chain, error) {
	if n.cfg.Body.IsZero() {
		return nil, nil
	}
	chain, err := n.cfg.Ledger.Chain(n.cfg.Body)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the control of this node's body: %w", err)
	}
	return chain, nil
}

// meet takes note of a peer that introduced itself. asked is when this node greeted
// it, zero when the peer greeted first: then nothing is learned of its clock.
func (n *Network) meet(conn network.Conn, h *hello, asked time.Time) {
	id := conn.RemotePeer()
	near := !manet.IsPublicAddr(conn.RemoteMultiaddr())
	for _, raw := range h.Records {
		info, seq, err := openRecord(raw, near)
		if err != nil {
			n.cfg.Logger.Debug("a peer record was not taken", "from", id, "error", err)
			continue
		}
		if info.ID != n.host.ID() {
			n.book.learn(info, raw, seq)
		}
	}
	now, sig := n.cfg.Now(), signatureOf(h)
	n.mu.Lock()
	s := n.sessions[id]
	if s == nil && n.connected(id) {
		s = &session{id: id, since: conn.Stat().Opened, presences: make(map[string]presence)}
		n.sessions[id] = s
		n.cfg.Logger.Info("met a peer", "peer", id, "software", h.Software)
	}
	if s != nil {
		s.software, s.binding, s.signature, s.greeted = h.Software, h.Binding, sig, time.Now()
		s.presences[string(h.Run)] = presence{conn: conn, binding: h.Binding, signature: sig}
		if !asked.IsZero() {
			n.compareClock(s, h, asked, now)
		}
	}
	n.mu.Unlock()
	n.watchClock()
	if b, err := protocol.DecodeBinding(h.Binding); err == nil && n.ownBody(n.served(id, h.Binding, sig)) {
		n.proveRival(Rival{Peer: id, By: id, At: now, Control: b.Control})
	}
	n.book.reached(id, n.cfg.Now())
	wake(n.schedule)
	wake(n.redial)
}

// served returns the body whose binding a peer showed, if it holds under the
// control in force here; zero if it does not, or the body is not known yet.
func (n *Network) served(id peer.ID, raw []byte, sig protocol.Signature) protocol.BodyID {
	if len(raw) == 0 {
		return protocol.BodyID{}
	}
	b, err := protocol.DecodeBinding(raw)
	if err != nil {
		return protocol.BodyID{}
	}
	chain, err := n.cfg.Ledger.Chain(b.Body)
	if err != nil {
		return protocol.BodyID{}
	}
	if _, err := protocol.VerifyBinding(raw, sig, []byte(id), chain.InForce()); err != nil {
		return protocol.BodyID{}
	}
	return b.Body
}
