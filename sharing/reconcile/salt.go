package reconcile

import (
	"crypto/sha256"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// saltOf makes the salt of an audit from the two sides' nonces, so that neither
// can know it beforehand.
func saltOf(opener, responder []byte) []byte {
	h := sha256.New()
	h.Write(opener)
	h.Write(responder)
	return h.Sum(nil)
}

// salted are bodies in order with their leaves under a salt.
type salted []saltedLeaf

type saltedLeaf struct {
	body protocol.BodyID
	leaf protocol.Digest
}

func saltLeaf(salt []byte, leaf protocol.Digest) protocol.Digest {
	h := sha256.New()
	h.Write(salt)
	h.Write(leaf[:])
	return protocol.Digest(h.Sum(nil))
}

func saltBodies(salt []byte, bodies []protocol.BodyID) salted {
	out := make(salted, len(bodies))
	for i, b := range bodies {
		out[i] = saltedLeaf{b, saltLeaf(salt, protocol.Digest(b))}
	}
	return out.sort()
}

func saltStates(salt []byte, states []State) salted {
	out := make(salted, len(states))
	for i, s := range states {
		out[i] = saltedLeaf{s.Body, saltLeaf(salt, s.Leaf())}
	}
	return out.sort()
}

func (s salted) sort() salted {
	slices.SortFunc(s, func(a, b saltedLeaf) int { return compareBodies(a.body, b.body) })
	return s
}

// parts are the totals of the parts of a range.
func (s salted) parts(r Range) *parts {
	var out [fanOut]totals
	if len(r) < maxDigits {
		from, _ := slices.BinarySearchFunc(s, r, func(l saltedLeaf, r Range) int { return r.place(l.body) })
		for _, l := range s[from:] {
			if r.place(l.body) > 0 {
				break
			}
			out[digit(l.body, len(r))].put(l.leaf)
		}
	}
	return summaries(&out)
}
