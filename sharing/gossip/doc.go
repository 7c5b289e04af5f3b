// Package gossip spreads live entries: one gossipsub topic per network, in which
// a message is the encoding of one entry and nothing else.
//
// Gossip is a hint. Messages get lost without a word, so nothing here is
// repeated, acknowledged or ordered: whatever does not arrive is found by
// package reconcile, which the Ask callback of [Config] brings about early when
// a gap is seen. Only own entries that are less than a minute old are published,
// at a measured pace; a backlog is never.
//
// An entry that extends a log held here goes to the ledger through a bounded
// queue. One of a body that is not kept here is ignored, whatever it says: others
// may keep it, so that its bearer is not at fault. Nothing else that arrives changes anything but a small table of hints.
//
// A Gossip is safe for concurrent use; all its goroutines run under [Gossip.Run].
package gossip
