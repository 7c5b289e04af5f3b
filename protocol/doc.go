// Package protocol is what every node must agree on: the signed entry, the
// keys that control a body, the join that decides which entries are in its log,
// and the proofs that let anyone check it. SPEC.md in this folder says the same
// in prose; the section numbers in these comments are its sections.
//
// A body's log is a chain of entries. Each [Entry] signs the Merkle root of all
// the entries before it, so every signature is a checkpoint of the whole
// history. A [Chain] is a verified prefix of a log: extending it applies the
// envelope rules, which are frozen and look at the envelope, the signature and
// the prefix alone. [Join] then says which of several chains of one body is its
// log. What an entry's content is worth is the business of package record.
//
// The package does no I/O, reads no clock and starts no goroutine. Values are
// safe for concurrent reading; a Chain is extended by one goroutine at a time.
// A [Verifier] may be shared by all goroutines.
package protocol
