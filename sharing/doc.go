// Package sharing connects a node with the others of its network: it owns the
// libp2p host, finds and redials peers, greets them, spreads live entries with
// package gossip and repairs whatever that loses with package reconcile.
//
// Whose logs are kept is decided by package trust: what is not kept is neither
// taken into the ledger nor given to others, however it comes.
//
// It keeps its own list of peers, since nothing in libp2p redials, and judges
// them: what they send is checked by the ledger, and those that send what no
// honest node would are scored down, then disconnected and refused for a while.
// It uses no DHT and no relay, and tells nobody an address that was not
// configured.
//
// For the body that the node serves it asks peers of the node's choice for the
// body's own log at every start, notes durably that the log is shared before any of
// it leaves, and learns from greetings who else serves the body and what the time
// is elsewhere. It decides nothing about that: [Network.OwnLog], [Network.Rival]
// and [Network.Clock] tell whoever signs.
//
// A Network is safe for concurrent use. [New] opens the host; every goroutine
// of this package runs under [Network.Run], libp2p's own until [Network.Close].
package sharing
