package reconcile

import (
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// view is what is known of the bodies that one peer keeps, as the difference to
// those that are kept here. It stays right when what is kept here changes; what
// changes there is learned from sessions. Comparing leaves out what only one of
// the two keeps, so that an unequal choice costs nothing while it stands.
//
// It is guarded by the lock of the index in which it lies.
type view struct {
	// ours are kept here and not there, theirs there and not here.
	ours, theirs idSet
	// minus is the sum over the states of ours.
	minus totals
	// met is set once the peer's choice was looked at.
	met bool
	// choices is the version of the node's choices by which theirs was looked
	// through last, and open is set while some of them were to be fetched.
	choices uint64
	open    bool
}

const (
	// maxApart is how many identifiers all views hold together, at 32 bytes. When
	// there are more, the largest view is emptied, and learned again.
	maxApart = 1 << 19
	// maxViews is how many peers are remembered.
	maxViews = 256
)

// view returns what is known of a peer. The caller holds the lock for writing.
func (x *Index) view(peer string) *view {
	v := x.views[peer]
	if v == nil {
		if len(x.views) >= maxViews {
			for other := range x.views {
				delete(x.views, other)
				break
			}
		}
		v = new(view)
		x.views[peer] = v
	}
	return v
}

func (v *view) size() int { return v.ours.count + v.theirs.count }

// changed takes note of a body whose state here changes, or that is kept from now
// on.
func (v *view) changed(body protocol.BodyID, known bool, before, leaf protocol.Digest) {
	switch {
	case known && v.ours.has(body):
		v.minus.take(before)
		v.minus.put(leaf)
	case known || v.theirs.remove(body):
	default:
		v.ours.add(body)
		v.minus.put(leaf)
	}
}

// removed takes note of a body that is kept here no more.
func (v *view) removed(body protocol.BodyID, leaf protocol.Digest) {
	if v.ours.remove(body) {
		v.minus.take(leaf)
		return
	}
	v.theirs.add(body)
}

// learn takes note of whether a peer keeps a body.
func (x *Index) learn(peer string, body protocol.BodyID, kept bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.view(peer)
	s, here := find(&x.root, body)
	switch {
	case !here && kept:
		v.theirs.add(body)
	case !here:
		v.theirs.remove(body)
	case kept:
		if v.ours.remove(body) {
			v.minus.take(s.Leaf())
		}
	case v.ours.add(body):
		v.minus.put(s.Leaf())
	}
	for x.apart() > maxApart {
		delete(x.views, x.largest())
	}
}

// apart is how many identifiers all views hold.
func (x *Index) apart() int {
	total := 0
	for _, v := range x.views {
		total += v.size()
	}
	return total
}

func (x *Index) largest() string {
	var name string
	most := -1
	for peer, v := range x.views {
		if v.size() > most {
			name, most = peer, v.size()
		}
	}
	return name
}

// greeting is what a session begins with.
type greeting struct {
	// keep is over what is kept here, known over what the peer is believed to
	// keep, shared over the states of what both keep.
	keep, known, shared Summary
	// held is over the states of all that is kept here.
	held Summary
	// met is false before the first comparison with the peer.
	met bool
}

func (x *Index) greeting(peer string) greeting {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.view(peer)
	known, shared := x.root.keep, x.root.held
	shared.count -= v.minus.count
	shared.sum.less(v.minus.sum)
	for b := range v.ours.within(nil) {
		known.take(protocol.Digest(b))
	}
	for b := range v.theirs.within(nil) {
		known.put(protocol.Digest(b))
	}
	return greeting{
		keep: x.root.keep.summary(), known: known.summary(), shared: shared.summary(), held: x.root.held.summary(), met: v.met,
	}
}

// meet notes that the peer's choice was looked at as a whole.
func (x *Index) meet(peer string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.view(peer).met = true
}

// keepParts are over the bodies that are kept here.
func (x *Index) keepParts(r Range) *parts {
	x.mu.RLock()
	defer x.mu.RUnlock()
	keep, _ := x.partsOf(r)
	return summaries(&keep)
}

// heldParts are over the states of all that is kept here.
func (x *Index) heldParts(r Range) *parts {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, held := x.partsOf(r)
	return summaries(&held)
}

// knownParts are over the bodies that a peer is believed to keep.
func (x *Index) knownParts(peer string, r Range) *parts {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.view(peer)
	keep, _ := x.partsOf(r)
	if len(r) < maxDigits {
		for b := range v.ours.within(r) {
			keep[digit(b, len(r))].take(protocol.Digest(b))
		}
		for b := range v.theirs.within(r) {
			keep[digit(b, len(r))].put(protocol.Digest(b))
		}
	}
	return summaries(&keep)
}

// sharedParts are over the states of what both keep.
func (x *Index) sharedParts(peer string, r Range) *parts {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.view(peer)
	_, held := x.partsOf(r)
	if len(r) < maxDigits {
		for b := range v.ours.within(r) {
			s, _ := find(&x.root, b)
			held[digit(b, len(r))].take(s.Leaf())
		}
	}
	return summaries(&held)
}

// shared are the states in a range of what both keep.
func (x *Index) shared(peer string, r Range) []State {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.view(peer)
	return slices.DeleteFunc(x.statesIn(r), func(s State) bool { return v.ours.has(s.Body) })
}

// known are the bodies in a range that a peer is believed to keep.
func (x *Index) known(peer string, r Range) []protocol.BodyID {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.view(peer)
	var out []protocol.BodyID
	for _, s := range x.statesIn(r) {
		if !v.ours.has(s.Body) {
			out = append(out, s.Body)
		}
	}
	return slices.AppendSeq(out, v.theirs.within(r))
}

// wanted are up to limit bodies that the peer keeps and that by the node's choice
// should be held here. They are looked for when the choices changed, and after
// sessions that found some.
func (x *Index) wanted(peer string, cfg *Config, limit int) []protocol.BodyID {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.view(peer)
	if v.choices == cfg.Choices && !v.open {
		return nil
	}
	v.choices, v.open = cfg.Choices, false
	var out []protocol.BodyID
	for b := range v.theirs.within(nil) {
		if cfg.Choose != nil && cfg.Choose(b) != Keep {
			continue
		}
		v.open = true
		if out = append(out, b); len(out) == limit {
			break
		}
	}
	return out
}

// reopen has the next session look again for what is wanted.
func (x *Index) reopen(peer string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.view(peer).open = true
}
