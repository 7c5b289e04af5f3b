// Package record is what bodies say: the records that entries carry as content,
// how they are read from JSON and written to it, and what is wrong with them.
//
// A [Record] is a kind and its fields. Fields that this version does not know
// are kept and passed on. [Check] lists findings: what a node refuses to author,
// and what is only a gap to be shown. Findings never decide whether an entry is
// in a log, since these rules grow and two versions would then hold two ledgers.
//
// The package does no I/O and reads no clock. Its functions are safe for
// concurrent use; a Record may be read by many goroutines at a time.
package record
