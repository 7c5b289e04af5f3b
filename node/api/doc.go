// Package api is the node's HTTP interface in JSON, and a client of it.
//
// [Public] answers anybody: it reads, needs no key and sets no cookie. [Local]
// answers the owner of the node, over a Unix socket: all that is public, and
// publishing, peers, invitations and verification besides. [Client] speaks to
// either, over the socket of a running node ([Dial]) or, when none runs, by
// calling the handler in the same process ([InProcess]).
//
// What follows from the ledger, such as which method a decision used and what is
// owed, is computed by package register for each request. The public paths are
// described by openapi.yaml (OpenAPI 3.1), and every answer in the tests is held
// against it. Drafts and confirmations are local calls alone.
//
// Whatever is shown can be checked by its reader: entries come with their bytes
// and a proof, and [VerifyExport] checks an exported file from itself alone.
//
// Handlers are safe for concurrent use and start no goroutine. They judge no
// record: findings come from package record.
package api
