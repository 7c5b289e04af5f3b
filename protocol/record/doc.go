// Package record is what bodies say: the records that entries carry as content,
// how they are read from JSON and YAML and written to them, and what is wrong with
// them.
//
// A [Record] is a kind and its fields. Fields that this version does not know
// are kept and passed on. [Check] lists findings: what a node refuses to author,
// and what is only a gap to be shown. Findings never decide whether an entry is
// in a log, since these rules grow and two versions would then hold two ledgers.
//
// One table of [Field]s for each kind and one of [Codes] for each list say all that
// people and programs need; the checks, [Template], [Schema] and [Reference] are
// made from them. [Privacy] points at what looks like personal data, and [Suppress]
// leaves out counts that could point at somebody.
//
// The package does no I/O and reads no clock. Its functions are safe for
// concurrent use; a Record may be read by many goroutines at a time.
package record
