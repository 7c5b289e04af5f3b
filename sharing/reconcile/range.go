package reconcile

import (
	"encoding/binary"

	"github.com/folkmoot/folkmoot/protocol"
)

const (
	// digitBits is how many bits of a body's identifier a step down the tree
	// looks at, and fanOut how many ways it goes.
	digitBits = 6
	fanOut    = 1 << digitBits
	// maxDigits is how deep a range may lie: 2^48 ranges are enough.
	maxDigits = 8
)

// Range is the beginning of the identifiers of the bodies in it, in digits of 6
// bits from the most significant.
type Range []byte

func (r Range) valid() bool {
	if len(r) > maxDigits {
		return false
	}
	for _, d := range r {
		if d >= fanOut {
			return false
		}
	}
	return true
}

func (r Range) child(digit byte) Range {
	c := make(Range, len(r)+1)
	copy(c, r)
	c[len(r)] = digit
	return c
}

// digit returns the n-th digit of a body's identifier.
func digit(body protocol.BodyID, n int) byte {
	bit := n * digitBits
	word := binary.BigEndian.Uint16(body[bit/8:])
	return byte(word>>(16-digitBits-bit%8)) & (fanOut - 1)
}

func (r Range) holds(body protocol.BodyID) bool {
	for n, d := range r {
		if digit(body, n) != d {
			return false
		}
	}
	return true
}

// place says where a body stands to a range: -1 before it, 0 in it, 1 after it.
func (r Range) place(body protocol.BodyID) int {
	for n, d := range r {
		switch have := digit(body, n); {
		case have < d:
			return -1
		case have > d:
			return 1
		}
	}
	return 0
}

// around is the smallest range that holds a body: hardly ever any other.
func around(body protocol.BodyID) Range {
	r := make(Range, maxDigits)
	for n := range r {
		r[n] = digit(body, n)
	}
	return r
}
