package sharing

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"golang.org/x/sync/errgroup"
)

const (
	// maxDials is how many peers are dialled at once.
	maxDials = 8
	// dialTimeout is how long one attempt may take.
	dialTimeout = 15 * time.Second
	// lookAround is how often the dialler looks without being woken.
	lookAround = 30 * time.Second
	// saveEvery is how often the book is stored.
	saveEvery = 5 * time.Minute
	// protection is the tag by which the connection manager spares named peers.
	protection = "folkmoot/named"
)

// keepDialling stays connected to the named peers, and to as many learned ones
// as configured, since nothing in libp2p dials a peer twice.
func (n *Network) keepDialling(ctx context.Context) error {
	var dials errgroup.Group
	dials.SetLimit(maxDials)
	defer func() { _ = dials.Wait() }() // dials return no error
	var mu sync.Mutex
	dialling := make(map[peer.ID]bool)
	busy := func(id peer.ID) bool {
		mu.Lock()
		defer mu.Unlock()
		return id == n.host.ID() || dialling[id] || n.connected(id) || !n.gate.allows(id)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-n.redial:
		case <-timer.C:
		}
		due, next := n.book.due(n.cfg.Now(), n.learnedWanted(), busy)
		for _, info := range due {
			mu.Lock()
			dialling[info.ID] = true
			mu.Unlock()
			started := dials.TryGo(func() error {
				n.dial(ctx, info)
				mu.Lock()
				delete(dialling, info.ID)
				mu.Unlock()
				wake(n.redial)
				return nil
			})
			if !started { // a dial that ends wakes this loop
				mu.Lock()
				delete(dialling, info.ID)
				mu.Unlock()
			}
		}
		wait := lookAround
		if !next.IsZero() {
			wait = min(wait, max(next.Sub(n.cfg.Now()), time.Millisecond))
		}
		timer.Reset(wait)
	}
}

// learnedWanted is how many learned peers there is room to dial.
func (n *Network) learnedWanted() int {
	have := 0
	for _, id := range n.host.Network().Peers() {
		if n.dialled(id) && !n.book.isNamed(id) {
			have++
		}
	}
	return n.cfg.Limits.Outbound - have
}

// dial connects to a peer once.
func (n *Network) dial(ctx context.Context, info peer.AddrInfo) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if s, ok := n.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(info.ID) // the book has its own, which the operator can set
	}
	n.host.Peerstore().AddAddrs(info.ID, info.Addrs, peerstore.TempAddrTTL)
	if err := n.host.Connect(ctx, info); err != nil {
		n.metrics.dials.WithLabelValues("failed").Inc()
		n.book.failed(info.ID, n.cfg.Now(), n.cfg.Timing)
		n.cfg.Logger.Debug("could not reach a peer", "peer", info.ID, "error", err)
		return
	}
	n.metrics.dials.WithLabelValues("connected").Inc()
	// Until it has introduced itself the next attempt waits as after a failure.
	if n.session(info.ID) == nil {
		n.book.failed(info.ID, n.cfg.Now(), n.cfg.Timing)
	}
}

// trust marks a peer that the operator named: its connection is kept when others
// are closed, and gossipsub takes its word about further peers.
func (n *Network) trust(id peer.ID) {
	n.scores.choose(id)
	n.host.ConnManager().Protect(id, protection)
}

// Connect adds the peers of an invite to those to stay connected to, durably,
// and dials them. It does not wait for the connection.
func (n *Network) Connect(_ context.Context, invite Invite) error {
	if invite.Network != n.cfg.Network {
		return fmt.Errorf("the invite is to the network %q, this node is in %q", invite.Network, n.cfg.Network)
	}
	for _, info := range invite.Peers {
		if info.ID == n.host.ID() {
			return fmt.Errorf("the invite is this node's own")
		}
		if err := n.book.add(info, invited); err != nil {
			return fmt.Errorf("accept the invite: %w", err)
		}
		n.trust(info.ID)
	}
	wake(n.redial)
	return n.saveBook()
}

// openBook reads the stored book and adds the configured peers.
func (n *Network) openBook() error {
	stored, err := n.cfg.Ledger.Note(bookNote)
	if err != nil {
		return fmt.Errorf("read the list of peers: %w", err)
	}
	if err := n.book.load(stored); err != nil {
		n.cfg.Logger.Warn("the stored list of peers is unreadable; starting a new one", "error", err)
	}
	for _, info := range n.cfg.Bootstrap {
		if err := n.book.add(info, configured); err != nil {
			return err
		}
	}
	return nil
}

func (n *Network) saveBook() error {
	b, err := n.book.encode()
	if err != nil {
		return err
	}
	if err := n.cfg.Ledger.PutNote(bookNote, b); err != nil {
		return fmt.Errorf("store the list of peers: %w", err)
	}
	return nil
}

// keepBook stores the book now and then.
func (n *Network) keepBook(ctx context.Context) error {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if err := n.saveBook(); err != nil {
				n.cfg.Logger.Warn("the list of peers was not stored", "error", err)
			}
		}
	}
}

// direction says who opened the oldest connection to a peer.
func (n *Network) direction(id peer.ID) network.Direction {
	oldest := network.DirUnknown
	var opened time.Time
	for _, c := range n.host.Network().ConnsToPeer(id) {
		if st := c.Stat(); opened.IsZero() || st.Opened.Before(opened) {
			oldest, opened = st.Direction, st.Opened
		}
	}
	return oldest
}
