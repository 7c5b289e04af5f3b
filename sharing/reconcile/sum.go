package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"github.com/folkmoot/folkmoot/protocol"
)

// Fingerprint stands for all bodies in a range: the first 16 bytes of the
// SHA-256 of their number and of the sum of their leaves. A difference that
// nobody made on purpose is missed once in 2^128. Somebody who founds very many
// bodies could make sums collide, and so hide from two nodes that they differ in
// his own logs; an audit, whose leaves are salted, finds that (see [Config]).
type Fingerprint [16]byte

// sum adds leaves as numbers of 256 bits.
type sum [4]uint64

func (s *sum) add(d protocol.Digest) {
	var carry uint64
	for i := 3; i >= 0; i-- {
		s[i], carry = bits.Add64(s[i], binary.BigEndian.Uint64(d[8*i:]), carry)
	}
}

func (s *sum) subtract(d protocol.Digest) {
	var borrow uint64
	for i := 3; i >= 0; i-- {
		s[i], borrow = bits.Sub64(s[i], binary.BigEndian.Uint64(d[8*i:]), borrow)
	}
}

// less takes the whole of another sum away.
func (s *sum) less(other sum) {
	var borrow uint64
	for i := 3; i >= 0; i-- {
		s[i], borrow = bits.Sub64(s[i], other[i], borrow)
	}
}

func (s *sum) fingerprint(count uint64) Fingerprint {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 40), count)
	for _, w := range s {
		b = binary.BigEndian.AppendUint64(b, w)
	}
	h := sha256.Sum256(b)
	return Fingerprint(h[:len(Fingerprint{})])
}

// totals are the number of bodies in a range and the sum of their leaves.
type totals struct {
	count uint64
	sum   sum
}

func (t *totals) put(leaf protocol.Digest) {
	t.count++
	t.sum.add(leaf)
}

func (t *totals) take(leaf protocol.Digest) {
	t.count--
	t.sum.subtract(leaf)
}

func (t *totals) summary() Summary {
	return Summary{Count: t.count, Print: t.sum.fingerprint(t.count)}
}

// Summary is the number of bodies in a range and the fingerprint of their
// leaves.
type Summary struct {
	_     struct{} `cbor:",toarray"`
	Count uint64
	Print Fingerprint
}

// parts are the summaries of the 64 parts of a range.
type parts [fanOut]Summary

func summaries(t *[fanOut]totals) *parts {
	var out parts
	for i := range t {
		out[i] = t[i].summary()
	}
	return &out
}
