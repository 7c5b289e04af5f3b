package sharing

import (
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	"golang.org/x/sync/errgroup"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// session is a connected peer that has introduced itself. Its fields are guarded
// by Network.mu.
type session struct {
	id        peer.ID
	software  string
	since     time.Time
	binding   []byte
	signature protocol.Signature
	// presences are the processes that introduced themselves as this peer, by
	// their run; greeted is when one last did.
	presences map[string]presence
	greeted   time.Time
	// ahead is how far the peer's clock was ahead of this node's, if timed.
	ahead time.Duration
	timed bool

	// due is when to pull next; asked brings it forward; pulling is set while a
	// pull runs; earliest keeps hints from making pulls follow on each other.
	due, earliest  time.Time
	asked, pulling bool
	// failures counts the pulls in a row that failed.
	failures int
	// nothingIn is what the peer said of itself when a pull last brought nothing.
	nothingIn reconcile.Remote
	// rested is when the first of the logs that were contradicted too often may be
	// asked for again.
	rested time.Time
	// served is set while the peer pulls from here.
	served   bool
	lastPull time.Time
	agrees   bool
	entries  uint64
}

// watch greets peers as they connect and lets go of those that left.
func (n *Network) watch(ctx context.Context) error {
	events, err := n.host.EventBus().Subscribe(new(event.EvtPeerConnectednessChanged), eventbus.BufSize(256))
	if err != nil {
		return fmt.Errorf("subscribe to connections: %w", err)
	}
	defer func() { _ = events.Close() }() // a subscription in memory
	// Bounded by the connections that the resource manager allows.
	var greeters errgroup.Group
	defer func() { _ = greeters.Wait() }() // greeters return no error
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-events.Out():
			change, ok := e.(event.EvtPeerConnectednessChanged)
			if !ok {
				continue
			}
			if n.host.Network().Connectedness(change.Peer) != network.Connected {
				n.lost(change.Peer)
				continue
			}
			greeters.Go(func() error {
				n.greet(ctx, change.Peer)
				return nil
			})
		}
	}
}

// greet introduces the node to a peer that it dialled, and gives others the time
// to do the same. Whoever does not speak the network's protocol is disconnected.
func (n *Network) greet(ctx context.Context, id peer.ID) {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timing.Greeting)
	defer cancel()
	if n.dialled(id) {
		if err := n.sayHello(ctx, id); err != nil && ctx.Err() == nil {
			n.cfg.Logger.Debug("a peer did not return the greeting", "peer", id, "error", err)
		}
	} else {
		n.awaitHello(ctx, id)
	}
	if n.session(id) == nil {
		n.disconnect(id)
	}
}

// awaitHello waits until a peer has introduced itself, left, or had its time.
func (n *Network) awaitHello(ctx context.Context, id peer.ID) {
	tick := time.NewTicker(n.cfg.Timing.Greeting / 20)
	defer tick.Stop()
	for n.session(id) == nil && n.connected(id) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lost forgets a peer that is gone and sees to it that it is dialled again.
func (n *Network) lost(id peer.ID) {
	n.mu.Lock()
	_, greeted := n.sessions[id]
	delete(n.sessions, id)
	n.mu.Unlock()
	n.reportRival(id, nil)
	if greeted {
		n.cfg.Logger.Info("a peer left", "peer", id)
	}
	n.book.failed(id, n.cfg.Now(), n.cfg.Timing)
	wake(n.redial)
}

func (n *Network) session(id peer.ID) *session {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sessions[id]
}

func (n *Network) connected(id peer.ID) bool {
	return n.host.Network().Connectedness(id) == network.Connected
}

// dialled reports whether this node opened one of its connections to the peer.
func (n *Network) dialled(id peer.ID) bool {
	for _, c := range n.host.Network().ConnsToPeer(id) {
		if c.Stat().Direction == network.DirOutbound {
			return true
		}
	}
	return false
}

func (n *Network) disconnect(id peer.ID) {
	if err := n.host.Network().ClosePeer(id); err != nil {
		n.cfg.Logger.Debug("closing a connection failed", "peer", id, "error", err)
	}
}

// charge lowers a peer's score, and sends it away when it has lost too much.
func (n *Network) charge(id peer.ID, cost float64, reason string) {
	n.metrics.faults.WithLabelValues(reason).Inc()
	if !n.scores.charge(id, cost) {
		return
	}
	n.cfg.Logger.Warn("a peer misbehaved and is refused for a while", "peer", id, "last", reason, "for", n.cfg.Timing.Block)
	n.metrics.sentAway.Inc()
	n.gate.block(id, n.cfg.Timing.Block)
	// Off this goroutine, which may be gossipsub's or the peer's own stream.
	if n.begin() {
		go func() {
			defer n.answers.Done()
			n.disconnect(id)
		}()
	}
}

// received counts entries that a peer brought.
func (n *Network) received(id peer.ID, entries int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s := n.sessions[id]; s != nil {
		s.entries += uint64(entries)
	}
}

// Block disconnects a peer and refuses it for a while.
func (n *Network) Block(id peer.ID, d time.Duration) {
	n.gate.block(id, d)
	n.disconnect(id)
}

// Unblock ends a block, and dials the peer if it is one to be connected to.
func (n *Network) Unblock(id peer.ID) {
	n.gate.unblock(id)
	wake(n.redial)
}
