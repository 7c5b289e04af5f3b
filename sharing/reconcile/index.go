package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"math/bits"
	"sync"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

const (
	// digitBits is how many bits of a body's identifier a step down the tree
	// looks at, and fanOut how many ways it goes.
	digitBits = 6
	fanOut    = 1 << digitBits
	// maxDigits is how deep a range may lie: 2^48 ranges are enough.
	maxDigits = 8
	// bucket is how many bodies a leaf of the tree holds before it is divided.
	bucket = 48
)

// Fingerprint stands for the states of all bodies in a range: the first 16
// bytes of the SHA-256 of their number and of the sum of their leaves. A
// difference that nobody made on purpose is missed once in 2^128. Somebody who
// founds very many bodies could make sums collide, and so hide from two nodes
// that they differ in his own logs.
type Fingerprint [16]byte

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

// State is what nodes compare of one body.
type State struct {
	Body   protocol.BodyID
	Length uint64
	Root   protocol.Root
	Freeze protocol.Freeze
}

// StateOf takes from a head what nodes compare.
func StateOf(h ledger.Head) State {
	return State{Body: h.Body, Length: h.Length, Root: h.Root, Freeze: h.Freeze}
}

// Leaf is the state's hash (SPEC.md section 11).
func (s State) Leaf() protocol.Digest {
	return protocol.StateLeaf(s.Body, protocol.Head{Length: s.Length, Root: s.Root}, s.Freeze)
}

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

func (s *sum) fingerprint(count uint64) Fingerprint {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 40), count)
	for _, w := range s {
		b = binary.BigEndian.AppendUint64(b, w)
	}
	h := sha256.Sum256(b)
	return Fingerprint(h[:len(Fingerprint{})])
}

// Summary is the number of bodies in a range and the fingerprint of their
// states.
type Summary struct {
	Count uint64
	Print Fingerprint
}

// node is a range of the tree: its totals, and either its bodies or its parts.
type node struct {
	count  uint64
	total  sum
	states []State
	parts  *[fanOut]*node
}

func (n *node) summary() Summary { return Summary{Count: n.count, Print: n.total.fingerprint(n.count)} }

// Index is the states of all bodies, in a tree by identifier in which every
// range knows its fingerprint. It lives in memory: 100,000 bodies take about 12
// MB, and making it again from a ledger's heads takes less than a second.
//
// It is safe for concurrent use.
type Index struct {
	mu   sync.RWMutex
	root node
}

// NewIndex makes an index of the heads that the ledger holds. The error is the
// ledger's.
func NewIndex(heads iter.Seq2[ledger.Head, error]) (*Index, error) {
	x := new(Index)
	for h, err := range heads {
		if err != nil {
			return nil, err
		}
		x.Set(StateOf(h))
	}
	return x, nil
}

// Count is the number of bodies.
func (x *Index) Count() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.root.count
}

// Fingerprint is that of all bodies.
func (x *Index) Fingerprint() Fingerprint { return x.Summary(nil).Print }

// Set records the state of a body.
func (x *Index) Set(s State) {
	x.mu.Lock()
	defer x.mu.Unlock()
	old, known := find(&x.root, s.Body)
	if known && old == s {
		return
	}
	var before protocol.Digest
	if known {
		before = old.Leaf()
	}
	leaf := s.Leaf()
	n := &x.root
	for depth := 0; ; depth++ {
		n.total.add(leaf)
		if known {
			n.total.subtract(before)
		} else {
			n.count++
		}
		if n.parts == nil {
			n.put(s, depth)
			return
		}
		d := digit(s.Body, depth)
		if n.parts[d] == nil {
			n.parts[d] = new(node)
		}
		n = n.parts[d]
	}
}

// put stores a state in a node without parts, and divides the node when it has
// grown too large.
func (n *node) put(s State, depth int) {
	for i := range n.states {
		if n.states[i].Body == s.Body {
			n.states[i] = s
			return
		}
	}
	n.states = append(n.states, s)
	if len(n.states) <= bucket || depth >= maxDigits {
		return
	}
	n.parts = new([fanOut]*node)
	for _, t := range n.states {
		d := digit(t.Body, depth)
		if n.parts[d] == nil {
			n.parts[d] = new(node)
		}
		part := n.parts[d]
		part.count++
		part.total.add(t.Leaf())
		part.states = append(part.states, t)
	}
	n.states = nil
}

func find(n *node, body protocol.BodyID) (State, bool) {
	for depth := 0; n != nil; depth++ {
		if n.parts != nil {
			n = n.parts[digit(body, depth)]
			continue
		}
		for i := range n.states {
			if n.states[i].Body == body {
				return n.states[i], true
			}
		}
		break
	}
	return State{}, false
}

// State returns the state of a body.
func (x *Index) State(body protocol.BodyID) (State, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return find(&x.root, body)
}

// Summary returns the totals of a range.
func (x *Index) Summary(r Range) Summary {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n, whole := x.descend(r)
	if whole {
		return n.summary()
	}
	return summarise(n, r)
}

// Parts returns the totals of the 64 parts of a range.
func (x *Index) Parts(r Range) [fanOut]Summary {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var parts [fanOut]Summary
	n, whole := x.descend(r)
	for d := range fanOut {
		switch {
		case whole && n.parts != nil && n.parts[d] != nil:
			parts[d] = n.parts[d].summary()
		case whole && n.parts != nil:
			parts[d] = new(node).summary()
		default:
			parts[d] = summarise(n, r.child(byte(d)))
		}
	}
	return parts
}

// States returns the states of the bodies in a range.
func (x *Index) States(r Range) []State {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n, _ := x.descend(r)
	return collect(nil, n, r)
}

// descend goes down along a range; whole is true when it found the very node,
// else the bodies of the range are among those of the one returned.
func (x *Index) descend(r Range) (n *node, whole bool) {
	n = &x.root
	for _, d := range r {
		if n.parts == nil {
			return n, false
		}
		if n = n.parts[d]; n == nil {
			return new(node), true
		}
	}
	return n, true
}

func summarise(n *node, r Range) Summary {
	var total sum
	var count uint64
	for i := range n.states {
		if r.holds(n.states[i].Body) {
			total.add(n.states[i].Leaf())
			count++
		}
	}
	return Summary{Count: count, Print: total.fingerprint(count)}
}

func collect(into []State, n *node, r Range) []State {
	if n.parts == nil {
		for _, s := range n.states {
			if r.holds(s.Body) {
				into = append(into, s)
			}
		}
		return into
	}
	for _, part := range n.parts {
		if part != nil {
			into = collect(into, part, r)
		}
	}
	return into
}
