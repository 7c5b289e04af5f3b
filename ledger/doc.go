// Package ledger keeps the logs of many bodies in one Badger store: entries in
// arrival order, with the indexes that lead to them written in the same
// transaction. It verifies on the way in, and again on the way out, since a
// store is not trusted to return the bytes that it was given.
//
// There are two ways in, [Ledger.Append] for own entries and [Ledger.Join] for
// received ones, and one way to learn of both: the arrival order of [Event]s,
// dense and gapless, that every follower reads with [Ledger.Follow]. What an
// entry means is not judged here. [Ledger.Drop] takes a whole log out again; whose
// is the caller's to decide.
//
// A Ledger is safe for concurrent use. Writes are serialised, and are on disk
// (fsync) before the call returns; readers see them then and not before.
package ledger
