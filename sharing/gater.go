package sharing

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// maxBlocks is the number of peers that are blocked for a while. When there are
// more, the one whose time ends first is let go.
const maxBlocks = 1024

// gater decides which connections may exist.
type gater struct {
	now func() time.Time
	// open is set while the network runs: a connection before could not be
	// answered.
	open   atomic.Bool
	banned map[peer.ID]bool

	mu    sync.Mutex
	until map[peer.ID]time.Time
}

func newGater(banned []peer.ID, now func() time.Time) *gater {
	g := &gater{now: now, banned: make(map[peer.ID]bool), until: make(map[peer.ID]time.Time)}
	for _, id := range banned {
		g.banned[id] = true
	}
	return g
}

// block refuses a peer for a while.
func (g *gater) block(id peer.ID, d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	var first peer.ID
	for other, t := range g.until {
		if !t.After(now) {
			delete(g.until, other)
		} else if first == "" || t.Before(g.until[first]) {
			first = other
		}
	}
	if len(g.until) >= maxBlocks {
		delete(g.until, first)
	}
	g.until[id] = now.Add(d)
}

func (g *gater) unblock(id peer.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.until, id)
}

func (g *gater) allows(id peer.ID) bool {
	if g.banned[id] {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t, blocked := g.until[id]
	return !blocked || !t.After(g.now())
}

// InterceptPeerDial implements libp2p's ConnectionGater, as do the others.
func (g *gater) InterceptPeerDial(id peer.ID) bool { return g.open.Load() && g.allows(id) }

// InterceptAddrDial allows every address of a peer that may be dialled.
func (g *gater) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }

// InterceptAccept refuses connections while nobody would answer them.
func (g *gater) InterceptAccept(network.ConnMultiaddrs) bool { return g.open.Load() }

// InterceptSecured refuses blocked peers as soon as it is known who they are.
func (g *gater) InterceptSecured(_ network.Direction, id peer.ID, _ network.ConnMultiaddrs) bool {
	return g.allows(id)
}

// InterceptUpgraded has nothing to add.
func (g *gater) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }
