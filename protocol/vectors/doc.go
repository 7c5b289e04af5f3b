// Package vectors holds cases with which any implementation of the protocol can
// be checked, and the invented bodies that they are made from.
package vectors
