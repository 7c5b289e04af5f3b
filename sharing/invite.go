package sharing

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/folkmoot/folkmoot/protocol"
)

// Bounds of an invite link.
const (
	maxInvite      = 4 << 10
	maxInviteAddrs = 16
)

// Invite is a link by which a newcomer finds the network:
//
//	folkmoot://join/<network>?peer=<multiaddr ending in /p2p/...>&body=<id>
//
// peer may stand more than once; body is optional.
type Invite struct {
	// Network is the network's name.
	Network string
	// Peers are whom to connect to; at least one, each with an address.
	Peers []peer.AddrInfo
	// Body is the body that invites; zero if there is none.
	Body protocol.BodyID
}

// String is the link.
func (i Invite) String() string {
	query := make(url.Values)
	for _, info := range i.Peers {
		for _, addr := range withID(info) {
			query.Add("peer", addr.String())
		}
	}
	if !i.Body.IsZero() {
		query.Set("body", i.Body.String())
	}
	// A slash or a colon means nothing in a query, and reads better as it is.
	raw := strings.NewReplacer("%2F", "/", "%3A", ":").Replace(query.Encode())
	return (&url.URL{Scheme: "folkmoot", Host: "join", Path: "/" + i.Network, RawQuery: raw}).String()
}

// ParseInvite reads a link as [Invite.String] writes it. The error says in plain
// words what is wrong with it.
func ParseInvite(link string) (Invite, error) {
	link = strings.TrimSpace(link)
	if len(link) > maxInvite {
		return Invite{}, fmt.Errorf("the invite link is longer than %d characters", maxInvite)
	}
	u, err := url.Parse(link)
	if err != nil {
		return Invite{}, fmt.Errorf("this is not an invite link: %w", err)
	}
	if u.Scheme != "folkmoot" || u.Host != "join" {
		return Invite{}, errors.New("an invite link begins with folkmoot://join/")
	}
	network, err := protocol.ParseNetwork(strings.TrimPrefix(u.Path, "/"))
	if err != nil {
		return Invite{}, fmt.Errorf("the invite link names no network: %w", err)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Invite{}, fmt.Errorf("the invite link is damaged: %w", err)
	}
	invite := Invite{Network: network}
	for key, values := range query {
		switch key {
		case "peer":
			if invite.Peers, err = parsePeers(values); err != nil {
				return Invite{}, fmt.Errorf("the invite link: %w", err)
			}
		case "body":
			if invite.Body, err = protocol.ParseBodyID(values[0]); err != nil {
				return Invite{}, fmt.Errorf("the body in the invite link: %w", err)
			}
		default:
			return Invite{}, fmt.Errorf("the invite link says %q, which this version does not know", key)
		}
	}
	if len(invite.Peers) == 0 {
		return Invite{}, errors.New("the invite link names no peer; it may have been cut off where it was pasted")
	}
	return invite, nil
}

// ParsePeer reads one address that ends in /p2p/ and the peer's identifier.
func ParsePeer(s string) (peer.AddrInfo, error) {
	infos, err := parsePeers([]string{s})
	if err != nil {
		return peer.AddrInfo{}, err
	}
	return infos[0], nil
}

// parsePeers groups addresses by peer, in the order in which they stand.
func parsePeers(texts []string) ([]peer.AddrInfo, error) {
	if len(texts) > maxInviteAddrs {
		return nil, fmt.Errorf("%d addresses, the limit is %d", len(texts), maxInviteAddrs)
	}
	var out []peer.AddrInfo
	place := make(map[peer.ID]int)
	for _, text := range texts {
		addr, err := ma.NewMultiaddr(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not an address of a peer: %w", text, err)
		}
		info, err := peer.AddrInfoFromP2pAddr(addr)
		if err != nil || len(info.Addrs) == 0 {
			return nil, fmt.Errorf("%q must be an address that ends in /p2p/ and the peer's identifier", text)
		}
		if !dialable(info.Addrs[0]) {
			return nil, fmt.Errorf("%q is neither a TCP nor a QUIC address", text)
		}
		i, ok := place[info.ID]
		if !ok {
			i = len(out)
			place[info.ID] = i
			out = append(out, peer.AddrInfo{ID: info.ID})
		}
		out[i].Addrs = append(out[i].Addrs, info.Addrs[0])
	}
	return out, nil
}

// dialable reports whether an address is plain TCP or QUIC.
func dialable(addr ma.Multiaddr) bool {
	names := make([]string, 0, 3)
	for _, c := range addr {
		names = append(names, c.Protocol().Name)
	}
	if len(names) < 2 {
		return false
	}
	switch names[0] {
	case "ip4", "ip6", "dns", "dns4", "dns6":
	default:
		return false
	}
	transport := strings.Join(names[1:], "/")
	return transport == "tcp" || transport == "udp/quic-v1"
}

// withID returns a peer's addresses with its identifier at the end of each.
func withID(info peer.AddrInfo) []ma.Multiaddr {
	addrs, err := peer.AddrInfoToP2pAddrs(&info)
	if err != nil {
		return nil // only for an identifier that is none, which no AddrInfo here holds
	}
	return addrs
}
