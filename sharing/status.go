package sharing

import (
	"slices"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/folkmoot/folkmoot/protocol"
)

// Peer is what is known of a connected peer.
type Peer struct {
	// ID is the peer's libp2p identifier.
	ID peer.ID
	// Addrs are the far ends of the connections to it.
	Addrs []ma.Multiaddr
	// Body is the body that it serves, if its binding holds under the control
	// in force here; zero for an observer, and while the body is not known.
	Body protocol.BodyID
	// Direction is "outbound" if this node dialled, else "inbound".
	Direction string
	// Since is when the peer connected.
	Since time.Time
	// Software is what the peer says that it runs.
	Software string
	// LastPull is when the last reconcile with it ended well; zero if none did.
	LastPull time.Time
	// Entries is how many entries it brought that were added here.
	Entries uint64
	// Score is 0 for a stranger, 100 for a peer that the operator named, and
	// less by what it lost for misbehaviour.
	Score float64
	// Agrees says that both held the same at the last pull.
	Agrees bool
	// Named says that the operator named the peer, in the configuration or by
	// an invite.
	Named bool
}

// ID is this node's own peer identifier.
func (n *Network) ID() peer.ID { return n.host.ID() }

// Addrs are the addresses to give to others, each with the peer's identifier at
// its end: those to announce, or if there are none those on which the node
// listens.
func (n *Network) Addrs() []ma.Multiaddr {
	addrs := n.cfg.Announce
	if len(addrs) == 0 {
		listening, err := n.host.Network().InterfaceListenAddresses()
		if err != nil {
			n.cfg.Logger.Warn("the addresses of this machine cannot be read", "error", err)
		}
		addrs = listening
	}
	return withID(peer.AddrInfo{ID: n.host.ID(), Addrs: addrs})
}

// Invite is the link by which others can join through this node.
func (n *Network) Invite() (Invite, error) {
	invite := Invite{Network: n.cfg.Network, Body: n.cfg.Body}
	for _, a := range n.Addrs() {
		info, err := peer.AddrInfoFromP2pAddr(a)
		if err != nil {
			return Invite{}, err
		}
		if len(invite.Peers) == 0 {
			invite.Peers = []peer.AddrInfo{*info}
			continue
		}
		invite.Peers[0].Addrs = append(invite.Peers[0].Addrs, info.Addrs...)
	}
	return invite, nil
}

// Peers are the connected peers that have introduced themselves, ordered by
// identifier.
func (n *Network) Peers() []Peer {
	n.mu.Lock()
	sessions := make([]session, 0, len(n.sessions))
	for _, s := range n.sessions {
		sessions = append(sessions, *s)
	}
	n.mu.Unlock()
	out := make([]Peer, 0, len(sessions))
	for _, s := range sessions {
		p := Peer{
			ID: s.id, Body: n.served(s.id, s.binding, s.signature),
			Direction: strings.ToLower(n.direction(s.id).String()), Since: s.since, Software: s.software,
			LastPull: s.lastPull, Entries: s.entries, Score: n.scores.of(s.id), Agrees: s.agrees, Named: n.book.isNamed(s.id),
		}
		for _, c := range n.host.Network().ConnsToPeer(s.id) {
			p.Addrs = append(p.Addrs, c.RemoteMultiaddr())
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Peer) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}
