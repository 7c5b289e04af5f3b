// Package register answers questions by reading the ledger: which method of
// handing over power a decision used and how that is evidenced, what is owed and
// by when, what hangs together with a record, who adopted a lesson, and which
// way a service in a place went through the four methods.
//
// Every answer is computed when it is asked for, from signed records alone; none
// is stored here. An answer follows from the set of entries that are held, from
// the roots of trust in a [Web] and from the time given, never from the order in
// which entries arrived. The package starts no goroutine and reads no clock. Its
// functions are safe for concurrent use.
package register
