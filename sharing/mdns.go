package sharing

import (
	"context"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
)

// found receives peers of the local network from mDNS.
type found struct{ n *Network }

// HandlePeerFound notes the addresses of a neighbour as those of a learned peer.
func (f found) HandlePeerFound(info peer.AddrInfo) {
	info.Addrs = admissible(info.Addrs, true)
	if info.ID == f.n.host.ID() || len(info.Addrs) == 0 {
		return
	}
	f.n.book.learn(info, nil, 0)
	wake(f.n.redial)
}

// discover tells the local network the addresses on which this node listens, and
// listens for others of the same network, until ctx ends. What is found this way
// is not passed on to anybody.
func (n *Network) discover(ctx context.Context) error {
	service := mdns.NewMdnsService(n.host, "_folkmoot-"+n.cfg.Network+"._udp", found{n})
	if err := service.Start(); err != nil {
		// A machine without multicast still has its configured peers.
		n.cfg.Logger.Warn("peers in the local network cannot be looked for", "error", err)
	}
	<-ctx.Done()
	if err := service.Close(); err != nil {
		return fmt.Errorf("stop mDNS: %w", err)
	}
	return ctx.Err()
}
