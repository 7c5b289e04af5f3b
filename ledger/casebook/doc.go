// Package casebook keeps what a body has not published: its drafts with their
// history, and what its people confirmed before publishing. It is the body's
// own, is never shared, and knows nothing of the network.
//
// Nothing in it is ever overwritten: each saving adds a revision, and a draft
// that is discarded can be taken up again. Only what was published and then
// erased is deleted, from the files too. What a call added is on disk when the
// call returns.
//
// It is one SQLite file, and the only copy of somebody's work: a file that is
// damaged, made by newer software, or no casebook is refused and left as it is.
//
// A Casebook is safe for concurrent use, also by several processes that have the
// same file open. Calls wait up to ten seconds for each other.
package casebook
