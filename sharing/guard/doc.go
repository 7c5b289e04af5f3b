// Package guard fetches what strangers point at. Whoever publishes a record can
// name any address in it, and a server that follows such names can be made to
// reach what only it can reach: its own services, its neighbours' in a private
// network, the metadata of a cloud. A [Client] reaches the public internet and
// nothing else.
//
// An address is judged when the connection is made, after its name was resolved
// and for every attempt, so that a name that means another address a moment later
// gains nothing. Redirects are judged like the first request. Bytes, time and
// redirects are bounded; there is no proxy, no cookie, no connection that is kept,
// and nothing is decompressed.
//
// The package starts no goroutine of its own. A Client is safe for concurrent
// use.
package guard
