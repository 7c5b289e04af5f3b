// Package reconcile finds out in which bodies' logs two nodes differ, and
// fetches the entries that one of them lacks, at a cost that follows the
// difference and not the ledger.
//
// It is pull only. The node that opens a stream calls [Pull]: it compares
// fingerprints of ranges of bodies, lists the ranges that differ, and asks for
// what is missing; the other calls [Serve] and learns, from the first message,
// whether it should pull as well. Nothing that a peer says of itself is
// believed: entries are judged by the ledger, and what was promised and not
// delivered is reported.
//
// Two nodes need not keep the same bodies. A node remembers of each peer which
// bodies only one of the two keeps; it learns that by the same comparison, over
// identifiers, and later only what changed of it. Both leave out of their sums
// what the other does not keep, so that unequal choices cost nothing while they
// stand. What a node believes of a peer decides only what is talked about: a
// wrong belief costs bytes, and the next session mends it.
//
// The package knows no network and no clock. It reads and writes the stream that
// it is given; deadlines, and closing the stream when a context ends, are the
// caller's. Every frame is bounded before it is read, and so is every session: a
// bound defers what is left to the next one, and never decides what is valid.
//
// An [Index] may be used by many goroutines; a session belongs to one.
package reconcile
