package sharing

import (
	"fmt"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/record"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// Bounds of what is believed about one peer.
const (
	maxRecord      = 2 << 10
	maxRecordAddrs = 8
)

// sealRecord signs the addresses under which a peer wants to be known.
func sealRecord(key crypto.PrivKey, info peer.AddrInfo) ([]byte, error) {
	envelope, err := record.Seal(peer.PeerRecordFromAddrInfo(info), key)
	if err != nil {
		return nil, fmt.Errorf("sign the peer record: %w", err)
	}
	b, err := envelope.Marshal()
	if err != nil {
		return nil, fmt.Errorf("encode the peer record: %w", err)
	}
	return b, nil
}

// openRecord verifies a signed peer record and returns whose it is, with those
// of its addresses that may be dialled. near says that whoever handed it on is
// itself on a private network: nobody else may make this node dial into one.
func openRecord(b []byte, near bool) (peer.AddrInfo, uint64, error) {
	if len(b) > maxRecord {
		return peer.AddrInfo{}, 0, fmt.Errorf("a peer record of %d bytes, the limit is %d", len(b), maxRecord)
	}
	rec := new(peer.PeerRecord)
	envelope, err := record.ConsumeTypedEnvelope(b, rec)
	if err != nil {
		return peer.AddrInfo{}, 0, fmt.Errorf("peer record: %w", err)
	}
	if !rec.PeerID.MatchesPublicKey(envelope.PublicKey) {
		return peer.AddrInfo{}, 0, fmt.Errorf("the peer record of %s is signed by another", rec.PeerID)
	}
	info := peer.AddrInfo{ID: rec.PeerID, Addrs: admissible(rec.Addrs, near)}
	if len(info.Addrs) == 0 {
		return peer.AddrInfo{}, 0, fmt.Errorf("the peer record of %s has no address that could be used", rec.PeerID)
	}
	return info, rec.Seq, nil
}

// admissible picks the addresses that a stranger's word may make this node dial.
func admissible(addrs []ma.Multiaddr, near bool) []ma.Multiaddr {
	var out []ma.Multiaddr
	for _, a := range addrs {
		if len(out) < maxRecordAddrs && dialable(a) && (near || manet.IsPublicAddr(a)) {
			out = append(out, a)
		}
	}
	return out
}
