// Package trust decides whose log a node keeps, how much of a stranger's, and
// what gives way when there is too much.
//
// A [View] is what follows from the operator's policy and lists and from the web
// of mandates and attestations; it never changes. A [Room] has the beginnings of
// strangers' logs, outside the ledger and in memory alone, so that no stranger can
// fill a disk. [Heard] remembers what else there is, so that a claim of
// completeness can name what was not held.
//
// It judges nobody's words: what is kept is decided by who vouches for whom, and
// a body that is not kept loses nothing but its place here. The package starts no
// goroutine, does no I/O and reads no clock; randomness and time are arguments. A
// Room and a Heard may be used by many goroutines.
package trust
