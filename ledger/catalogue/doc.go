// Package catalogue is the public ledger as SQLite tables with full text: what
// lists, searches, facets and counts are read from. It follows the ledger's
// arrival order and remembers how far it has come in the same transaction as
// what it learned, so that a crash costs nothing and an event counts once.
//
// It is never the truth. A file that is damaged, of another schema, or of
// another ledger is deleted and built again from the first event; nothing else
// in a node may depend on the catalogue being complete. It verifies nothing,
// since the ledger did, and it does not judge what records say.
//
// One goroutine at a time writes: the one in [Catalogue.Run] or in
// [Catalogue.CatchUp], which exclude each other. Reads go through connections of
// their own, see the last committed batch, and do not wait for the writer.
package catalogue
