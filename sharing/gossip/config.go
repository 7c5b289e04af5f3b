package gossip

import (
	"errors"
	"log/slog"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Bounds of this package. They defer to reconcile and decide about no entry.
const (
	// maxMessage is the largest gossipsub message in bytes: an entry with room
	// for the frame around it.
	maxMessage = 128 << 10
	// queueSize is how many entries wait for the ledger, batchSize how many it
	// gets at a time at most.
	queueSize, batchSize = 1024, 256
	// fresh is the age past which an own entry is not published.
	fresh = time.Minute
	// publishRate is how many own entries are published in a second, and
	// publishBurst how many at once.
	publishRate, publishBurst = 100, 10
	// grace is how long a gap may close by itself before a peer is asked, and
	// askEvery how often one peer is asked about one body.
	grace, askEvery = 300 * time.Millisecond, time.Minute
	// maxHints is the number of bodies with a gap that are remembered, maxHeld
	// the bytes of the entries kept with them.
	maxHints, maxHeld = 4096, 4 << 20
	// maxTips is the number of bodies whose chain is kept at hand.
	maxTips = 1024
)

// Config says what is spread and who is told.
type Config struct {
	// Network is the network's name, which the topic carries.
	Network string
	// Host connects to the peers.
	Host host.Host
	// Ledger judges and keeps what arrives.
	Ledger *ledger.Ledger
	// Keeps says whose entries are kept; nil keeps all. Messages about others are
	// ignored: their bearer may keep more than this node. It must be quick.
	Keeps func(protocol.BodyID) bool
	// Own is the body whose entries are published; zero for an observer.
	Own protocol.BodyID
	// Now tells the time; nil is [time.Now].
	Now func() time.Time
	// Handing is called before an own entry leaves the machine, which it does not
	// when that fails; nil is nothing to do.
	Handing func() error
	// Score is what the node thinks of a peer: 100 for one it chose itself,
	// below 0 for one that misbehaved. It must be quick.
	Score func(peer.ID) float64
	// Ask is told that a peer seems to hold entries of a body that are missing
	// here: at most once per body and peer a minute. It must not block.
	Ask func(peer.ID, protocol.BodyID)
	// Invalid is told of a message for which its bearer is at fault. It must
	// not block.
	Invalid func(peer.ID, protocol.Code)
	// Joined is told how many entries that a peer brought were added.
	Joined func(from peer.ID, entries int)
	// Registerer takes the metrics; nil keeps them private.
	Registerer prometheus.Registerer
	// Logger takes warnings; nil discards them.
	Logger *slog.Logger
}

func (c *Config) validate() error {
	if _, err := protocol.ParseNetwork(c.Network); err != nil {
		return err
	}
	if c.Host == nil || c.Ledger == nil {
		return errors.New("gossip needs a host and a ledger")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Keeps == nil {
		c.Keeps = func(protocol.BodyID) bool { return true }
	}
	if c.Handing == nil {
		c.Handing = func() error { return nil }
	}
	if c.Score == nil {
		c.Score = func(peer.ID) float64 { return 0 }
	}
	if c.Ask == nil {
		c.Ask = func(peer.ID, protocol.BodyID) {}
	}
	if c.Invalid == nil {
		c.Invalid = func(peer.ID, protocol.Code) {}
	}
	if c.Joined == nil {
		c.Joined = func(peer.ID, int) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Topic is the name of a network's topic.
func Topic(network string) string { return "/folkmoot/" + network + "/entries/1" }
