package reconcile

import (
	"iter"
	"sync"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// bucket is how many bodies a leaf of the tree holds before it is divided.
const bucket = 48

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

// node is a range of the tree: its totals over the identifiers and over the
// states of its bodies, and either the bodies or its parts.
type node struct {
	keep, held totals
	states     []State
	parts      *[fanOut]*node
}

// Index is what this node keeps: the states of the bodies, in a tree by
// identifier in which every range knows its fingerprints. It lives in memory:
// 100,000 bodies take about 16 MB, and making it again from a ledger's heads
// takes less than a second. With it lies what is known of the bodies that each
// peer keeps, see [Config].
//
// It is safe for concurrent use.
type Index struct {
	mu    sync.RWMutex
	root  node
	views map[string]*view // what is known of each peer
}

// NewIndex makes an index of the heads that are kept. The error is that of the
// heads.
func NewIndex(heads iter.Seq2[ledger.Head, error]) (*Index, error) {
	x := &Index{views: make(map[string]*view)}
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
	return x.root.held.count
}

// Set records the state of a body that is kept.
func (x *Index) Set(s State) {
	x.mu.Lock()
	defer x.mu.Unlock()
	old, known := find(&x.root, s.Body)
	if known && old == s {
		return
	}
	leaf := s.Leaf()
	var before protocol.Digest
	if known {
		before = old.Leaf()
	}
	for _, v := range x.views {
		v.changed(s.Body, known, before, leaf)
	}
	n := &x.root
	for depth := 0; ; depth++ {
		if known {
			n.held.take(before)
		} else {
			n.keep.put(protocol.Digest(s.Body))
		}
		n.held.put(leaf)
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

// Remove takes out a body that is kept no more.
func (x *Index) Remove(body protocol.BodyID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	old, known := find(&x.root, body)
	if !known {
		return
	}
	leaf := old.Leaf()
	for _, v := range x.views {
		v.removed(body, leaf)
	}
	n := &x.root
	for depth := 0; ; depth++ {
		n.keep.take(protocol.Digest(body))
		n.held.take(leaf)
		if n.parts == nil {
			for i := range n.states {
				if n.states[i].Body == body {
					n.states[i] = n.states[len(n.states)-1]
					n.states = n.states[:len(n.states)-1]
					return
				}
			}
			return
		}
		n = n.parts[digit(body, depth)]
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
		part.keep.put(protocol.Digest(t.Body))
		part.held.put(t.Leaf())
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

// State returns the state of a body, and false for one that is not kept.
func (x *Index) State(body protocol.BodyID) (State, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return find(&x.root, body)
}

// States returns the states of the bodies in a range.
func (x *Index) States(r Range) []State {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.statesIn(r)
}

func (x *Index) statesIn(r Range) []State {
	n, _ := x.descend(r)
	return collect(nil, n, r)
}

// partsOf returns the totals of the parts of a range, over identifiers and over
// states. The caller holds the lock.
func (x *Index) partsOf(r Range) (keep, held [fanOut]totals) {
	n, whole := x.descend(r)
	switch {
	case whole && n.parts != nil:
		for d, part := range n.parts {
			if part != nil {
				keep[d], held[d] = part.keep, part.held
			}
		}
	case len(r) < maxDigits:
		for i := range n.states {
			if s := &n.states[i]; r.holds(s.Body) {
				d := digit(s.Body, len(r))
				keep[d].put(protocol.Digest(s.Body))
				held[d].put(s.Leaf())
			}
		}
	}
	return keep, held
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
