// Package web is the node's public pages: rendered here, embedded in the
// program, and complete without a script or a request to anybody else.
//
// It shows what it is given and reads no ledger. Handlers are safe for
// concurrent use.
package web
