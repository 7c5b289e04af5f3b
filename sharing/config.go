package sharing

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/trust"
)

// Config says how a node takes part in its network.
type Config struct {
	// Network is the name of the network; nodes of other networks are not
	// understood.
	Network string
	// ListenAddrs are where peers can connect, over TCP and QUIC. The default
	// is loopback with free ports. Every one of them must be free.
	ListenAddrs []ma.Multiaddr
	// Announce are the public addresses that other nodes may be told and may
	// pass on. When there are none, no address is told to anybody.
	Announce []ma.Multiaddr
	// Identity is the key of the peer; it is not the body's.
	Identity crypto.PrivKey
	// Bootstrap are peers to stay connected to.
	Bootstrap []peer.AddrInfo
	// Blocked are peers that are never connected to.
	Blocked []peer.ID
	// MDNS looks for peers in the local network.
	MDNS bool
	// Body is the body that this node serves; zero for an observer.
	Body protocol.BodyID
	// SignBinding signs a binding with the body's key. It must be set with Body.
	SignBinding func(*protocol.Binding) (raw []byte, sig protocol.Signature, err error)
	// Ledger holds the logs that are shared.
	Ledger *ledger.Ledger
	// Trust decides whose logs are kept until [Network.SetTrust] says otherwise; nil
	// keeps every body.
	Trust *trust.View
	// Software names this program and its version to peers, such as
	// "folkmoot/1.0"; at most 64 printable ASCII characters.
	Software string
	// Limits bound what peers can make the node do; zero fields mean the
	// defaults.
	Limits Limits
	// Timing says how often things happen; zero fields mean the defaults.
	Timing Timing
	// GossipOff leaves out the live topic: all entries come by reconcile.
	GossipOff bool
	// Now tells the time; nil is [time.Now].
	Now func() time.Time
	// Registerer takes the metrics, libp2p's among them; nil keeps none of
	// libp2p's.
	Registerer prometheus.Registerer
	// Logger takes warnings and news about peers; nil discards them.
	Logger *slog.Logger
}

// Limits bound connections, memory and work.
type Limits struct {
	// Peers is the number of connections above which some are closed. The
	// resource manager refuses those that are half as many more. Default 64.
	Peers int
	// Outbound is how many learned peers are dialled, beyond all configured
	// ones. Default 8.
	Outbound int
	// Memory is what libp2p may buffer, in bytes. Default 64 MiB.
	Memory int64
	// Descriptors is how many file descriptors libp2p may use. Default 512.
	Descriptors int
	// PerAddress is how many connections one IPv4 address or IPv6 /56 may hold:
	// a council's whole office, or a host that many share. Default 16.
	PerAddress int
	// Pulls is how many peers are pulled from at once, all but one of which may be
	// strangers; Serves is how many are served at once. Defaults 4 and 4.
	Pulls, Serves int
	// Book is the number of learned peers that are remembered. Default 256.
	Book int
}

// Timing says how often things happen.
type Timing struct {
	// Pull is the time between two pulls from one peer, give or take a quarter.
	// Default 30 seconds.
	Pull time.Duration
	// RedialMin and RedialMax bound the wait before a lost peer is dialled
	// again, which doubles with each failure. Defaults 1 second and 5 minutes.
	RedialMin, RedialMax time.Duration
	// RedialNamed bounds that wait for peers that the operator named. Default 20
	// seconds.
	RedialNamed time.Duration
	// Spread is how long, at most, after something new that gossip does not carry
	// or may lose the peers are told, by a pull from each. Default 2 seconds.
	Spread time.Duration
	// Stall is how long a stream may keep this node waiting beyond what the
	// bytes that it moved have earned; a sixth of it until the first come. Default
	// 30 seconds.
	Stall time.Duration
	// Greeting is how long a peer has to introduce itself. Default 10 seconds.
	Greeting time.Duration
	// Audit is the time between two audits of one peer; a peer is let audit this
	// node a quarter as often at most. Default 24 hours.
	Audit time.Duration
	// Block is how long a peer that misbehaved is refused. Default 10 minutes.
	Block time.Duration
	// Choice is how long after the start only named peers count in the question
	// for the own log, if two are named. Default 5 minutes.
	Choice time.Duration
}

const maxSoftware = 64

func orDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func (c *Config) validate() error {
	if _, err := protocol.ParseNetwork(c.Network); err != nil {
		return err
	}
	if c.Identity == nil || c.Ledger == nil {
		return errors.New("sharing needs an identity and a ledger")
	}
	if c.Body.IsZero() != (c.SignBinding == nil) {
		return errors.New("a body and the signer of its binding belong together")
	}
	if !printable(c.Software) {
		return fmt.Errorf("the name of the software is %d printable characters at most", maxSoftware)
	}
	if len(c.ListenAddrs) == 0 {
		c.ListenAddrs = []ma.Multiaddr{
			ma.StringCast("/ip4/127.0.0.1/tcp/0"), ma.StringCast("/ip4/127.0.0.1/udp/0/quic-v1"),
		}
	}
	if c.Trust == nil {
		c.Trust = trust.NewView(trust.Rules{Policy: trust.Open})
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Limits.fill()
	c.Timing.fill()
	return nil
}

// connections is how many peers can be connected at once. As many may introduce
// themselves, one stream each, so that silent ones do not keep others out.
func (l *Limits) connections() int { return l.Peers + l.Peers/2 + 16 }

func (l *Limits) fill() {
	orDefault(&l.Peers, 64)
	orDefault(&l.Outbound, 8)
	orDefault(&l.Memory, 64<<20)
	orDefault(&l.Descriptors, 512)
	orDefault(&l.PerAddress, 16)
	orDefault(&l.Pulls, 4)
	orDefault(&l.Serves, 4)
	orDefault(&l.Book, 256)
}

func (t *Timing) fill() {
	orDefault(&t.Pull, 30*time.Second)
	orDefault(&t.RedialMin, time.Second)
	orDefault(&t.RedialMax, 5*time.Minute)
	orDefault(&t.RedialNamed, 20*time.Second)
	orDefault(&t.Spread, 2*time.Second)
	orDefault(&t.Stall, 30*time.Second)
	orDefault(&t.Greeting, 10*time.Second)
	orDefault(&t.Audit, 24*time.Hour)
	orDefault(&t.Block, 10*time.Minute)
	orDefault(&t.Choice, 5*time.Minute)
}

func printable(s string) bool {
	if len(s) > maxSoftware {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}
