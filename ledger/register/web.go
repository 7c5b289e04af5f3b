package register

import (
	"bytes"
	"math"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// DefaultHops is how many mandates and attestations a body may be away from a
// root of trust and still be reached.
const DefaultHops = 4

// Edge is one body's vouching for another: a mandate granted to it, or an
// attestation that it is who it says.
type Edge struct {
	From, To protocol.BodyID
	// Identity: it is an attestation of `is_who_it_says`.
	Identity bool
}

// KeyUse says that a body uses or used a key: for signing, for an officer, or
// for recovery, the last by its hash.
type KeyUse struct {
	Key  protocol.Digest
	Body protocol.BodyID
}

// Web is who vouches for whom, as seen from one node's roots of trust. It never
// changes and is safe for concurrent use. It does not know which servers bodies
// share: bindings of peers are no part of the ledger.
type Web struct {
	hops int
	// nodes numbers the bodies that anything is known of; the rest is by number.
	nodes map[protocol.BodyID]int32
	names []protocol.BodyID
	root  []bool
	// dist is the number of edges from the nearest root, far if none; parent is
	// the body before it on one such way, and itself for a root.
	dist   []int
	parent []int32
	// in lists who vouches for a body in any way, identity who attests that it
	// is who it says. Only those that are reached stand there.
	in, identity [][]int32
	// listed are the domains of public bodies that name a body.
	listed map[int32][]Listing
	same   sameness
}

// far is the distance of what is not reached.
const far = math.MaxInt

// NewWeb makes a web. hops is [DefaultHops] if 0. A root is verified: the
// node's operator named it. A body that is listed is verified, whether the roots
// reach it or not, and is not reached for that. The cost is that of sorting edges
// and keys.
func NewWeb(roots []protocol.BodyID, hops int, edges []Edge, keys []KeyUse, listings []Listing) *Web {
	if hops <= 0 {
		hops = DefaultHops
	}
	w := &Web{hops: hops, nodes: make(map[protocol.BodyID]int32)}
	for _, b := range roots {
		w.number(b)
	}
	first := len(w.nodes)
	arcs := make([]arc, 0, len(edges))
	for _, e := range edges {
		if e.From != e.To && !e.From.IsZero() && !e.To.IsZero() {
			arcs = append(arcs, arc{w.number(e.From), w.number(e.To), e.Identity})
		}
	}
	uses := make([]use, 0, len(keys))
	for _, k := range keys {
		if !k.Body.IsZero() {
			uses = append(uses, use{k.Key, w.number(k.Body)})
		}
	}
	w.list(listings)
	w.root = make([]bool, len(w.nodes))
	for i := range first {
		w.root[i] = true
	}
	// Whose keys join bodies together depends on who is reached at all; who is
	// reached in the end, on edges between different bodies alone.
	w.spread(arcs)
	w.same = newSameness(uses, w.dist)
	arcs = slices.DeleteFunc(arcs, func(a arc) bool { return w.same.same(a.from, a.to) })
	w.spread(arcs)
	w.in, w.identity = make([][]int32, len(w.nodes)), make([][]int32, len(w.nodes))
	for _, a := range arcs {
		if w.dist[a.from] == far {
			continue
		}
		w.in[a.to] = append(w.in[a.to], a.from)
		if a.identity {
			w.identity[a.to] = append(w.identity[a.to], a.from)
		}
	}
	return w
}

// arc is an edge between numbered bodies.
type arc struct {
	from, to int32
	identity bool
}

func (w *Web) number(b protocol.BodyID) int32 {
	n, ok := w.nodes[b]
	if !ok {
		n = int32(len(w.nodes)) //nolint:gosec // a node holds far fewer bodies
		w.nodes[b] = n
		w.names = append(w.names, b)
	}
	return n
}

// spread finds the nearest root of every body, breadth first.
func (w *Web) spread(arcs []arc) {
	out := make([][]int32, len(w.nodes))
	for _, a := range arcs {
		out[a.from] = append(out[a.from], a.to)
	}
	w.dist, w.parent = make([]int, len(w.nodes)), make([]int32, len(w.nodes))
	var queue []int32
	for n := range w.dist {
		w.dist[n] = far
		if w.root[n] {
			w.dist[n], w.parent[n] = 0, int32(n) //nolint:gosec // as in number
			queue = append(queue, int32(n))      //nolint:gosec // as in number
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		if w.dist[n] == w.hops {
			continue
		}
		for _, to := range out[n] {
			if w.dist[to] == far {
				w.dist[to], w.parent[to] = w.dist[n]+1, n
				queue = append(queue, to)
			}
		}
	}
}

// Reached reports whether a body is reached from the roots when the bodies of
// without, and all that count as one with them, are taken away. A body that is
// among those itself is not reached. It costs no more than the edges between
// bodies that are reached, and hardly anything if the shortest way does not pass
// through what is taken away.
func (w *Web) Reached(body protocol.BodyID, without ...protocol.BodyID) bool {
	n, ok := w.nodes[body]
	if !ok || w.dist[n] == far {
		return false
	}
	if len(without) == 0 {
		return true
	}
	banned := w.banned(without)
	for at := n; !banned[at]; at = w.parent[at] {
		if w.root[at] {
			return true
		}
	}
	return !banned[n] && w.around(n, banned)
}

// Path returns one of the shortest ways on which a body is reached: a root, the
// bodies between, and the body itself. It is empty for one that is not reached.
func (w *Web) Path(body protocol.BodyID) []protocol.BodyID {
	n, ok := w.nodes[body]
	if !ok || w.dist[n] == far {
		return nil
	}
	out := make([]protocol.BodyID, w.dist[n]+1)
	for at := n; ; at = w.parent[at] {
		out[w.dist[at]] = w.names[at]
		if w.root[at] {
			return out
		}
	}
}

// Distance returns how many mandates and attestations away from a root a body is
// reached, and false for one that is not.
func (w *Web) Distance(body protocol.BodyID) (int, bool) {
	n, ok := w.nodes[body]
	if !ok || w.dist[n] == far {
		return 0, false
	}
	return w.dist[n], true
}

// around looks for another way from a body back to a root.
func (w *Web) around(n int32, banned map[int32]bool) bool {
	seen := map[int32]bool{n: true}
	level := []int32{n}
	for steps := 0; len(level) > 0; steps++ {
		var next []int32
		for _, at := range level {
			if w.root[at] {
				return true
			}
			for _, from := range w.in[at] {
				if !seen[from] && !banned[from] && steps+1+w.dist[from] <= w.hops {
					seen[from] = true
					next = append(next, from)
				}
			}
		}
		level = next
	}
	return false
}

// Verified reports whether a body's role is verified (G7): it is a root, the
// domain of a public body names it, or a body that is reached without it attests
// that it is who it says.
func (w *Web) Verified(body protocol.BodyID) bool { return w.verifiedWithout(body) }

// verifiedWithout is Verified when others are taken away as well, such as the
// party that would gain by it.
func (w *Web) verifiedWithout(body protocol.BodyID, without ...protocol.BodyID) bool {
	n, ok := w.nodes[body]
	if !ok {
		return false
	}
	if w.root[n] {
		return true
	}
	if _, ok := w.listing(body, without); ok {
		return true
	}
	banned := w.banned(append(without, body))
	return slices.ContainsFunc(w.identity[n], func(by int32) bool { return !banned[by] && w.around(by, banned) })
}

// banned are the bodies of a list that are known, and all that count as one with
// them.
func (w *Web) banned(list []protocol.BodyID) map[int32]bool {
	out := make(map[int32]bool, len(list))
	for _, b := range list {
		if n, ok := w.nodes[b]; ok {
			out[n] = true
			w.same.mates(n, func(m int32) { out[m] = true })
		}
	}
	return out
}

// Same reports whether two bodies count as one (G1), since they share a key.
// Bodies that are reached count as one also where a third that is reached stands
// between them. One that is not reached joins no two others together: anybody
// can found a body that names the keys of two others as its officers'.
func (w *Web) Same(a, b protocol.BodyID) bool {
	if a == b {
		return !a.IsZero()
	}
	na, ok := w.nodes[a]
	if !ok {
		return false
	}
	nb, ok := w.nodes[b]
	return ok && w.same.same(na, nb)
}

// multicodecEd25519 is how an officer's Ed25519 key begins.
var multicodecEd25519 = []byte{0xed, 0x01}

// KeysOf lists the keys that a control uses, for [KeyUse]: the hash of each, by
// which the same key is found whatever it is used for.
func KeysOf(c *protocol.Control) []protocol.Digest {
	out := []protocol.Digest{protocol.RecoveryDigest(c.Key)}
	for _, o := range c.Officers {
		for _, k := range o.Keys {
			raw, _ := bytes.CutPrefix(k, multicodecEd25519)
			out = append(out, protocol.HashOf(raw))
		}
	}
	return append(out, c.Recovery...)
}

// EdgeOf returns the edge that a record makes, and false for one that makes
// none: only a standing mandate and a standing attestation of who a body is do.
func EdgeOf(i *Item) (Edge, bool) {
	if !i.Counts() || i.Record == nil {
		return Edge{}, false
	}
	e := Edge{From: i.Body}
	switch i.Kind {
	case record.KindMandate:
		e.To = record.Read[record.Mandate](i.Record).To
	case record.KindAttestation:
		a := record.Read[record.Attestation](i.Record)
		if a.Claim != record.ClaimIdentity {
			return Edge{}, false
		}
		e.To, e.Identity = protocol.BodyID(a.Subject), true
	}
	if e.To.IsZero() || e.To == e.From {
		return Edge{}, false
	}
	return e, true
}
