// Package archive is the format of a backup before it is encrypted: a tar stream
// that begins with a header, goes on with files of the data directory and the
// pairs of the ledger's store, and ends with a manifest of all its parts with
// their SHA-256. It is written and read in one go; no more than one part of the
// store is in memory at a time.
//
// It knows nothing of encryption, and nothing of what the parts mean. Its types
// are for one goroutine.
package archive
