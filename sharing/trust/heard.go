package trust

import (
	"slices"
	"sync"

	"github.com/folkmoot/folkmoot/protocol"
)

// Rumour is what a peer said of a body that is not kept: it may be false.
type Rumour struct {
	Body   protocol.BodyID
	Length uint64
	Root   protocol.Root
	// Peer is who said so last.
	Peer string
}

const (
	// maxHeard is how many bodies are remembered, heardPerPeer how many of those
	// one peer may have told of.
	maxHeard, heardPerPeer = 4096, 1024
)

// Heard remembers the bodies that were heard of and are not kept. It is bounded:
// who tells of many drives out, at random, what he told himself. It is safe for
// concurrent use.
type Heard struct {
	pick func(n int) int

	mu   sync.Mutex
	of   map[protocol.BodyID]Rumour
	told map[string][]protocol.BodyID
}

// NewHeard remembers nothing yet. pick is as in [NewRoom].
func NewHeard(pick func(n int) int) *Heard {
	return &Heard{pick: pick, of: make(map[protocol.BodyID]Rumour), told: make(map[string][]protocol.BodyID)}
}

// Note remembers what a peer said. What another peer said of the same body before
// stays that peer's.
func (h *Heard) Note(r Rumour) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old, known := h.of[r.Body]; known {
		r.Peer = old.Peer
		h.of[r.Body] = r
		return
	}
	switch {
	case len(h.told[r.Peer]) >= heardPerPeer:
		h.evict(r.Peer)
	case len(h.of) >= maxHeard:
		h.evict(h.loudest())
	}
	h.of[r.Body] = r
	h.told[r.Peer] = append(h.told[r.Peer], r.Body)
}

// loudest is the peer that told of most.
func (h *Heard) loudest() string {
	var name string
	most := 0
	for peer, list := range h.told {
		if len(list) > most || len(list) == most && peer < name {
			name, most = peer, len(list)
		}
	}
	return name
}

func (h *Heard) evict(peer string) {
	list := h.told[peer]
	h.remove(peer, list[h.pick(len(list))])
}

func (h *Heard) remove(peer string, body protocol.BodyID) {
	delete(h.of, body)
	list := h.told[peer]
	if i := slices.Index(list, body); i >= 0 {
		list[i] = list[len(list)-1]
		h.told[peer] = list[:len(list)-1]
	}
	if len(h.told[peer]) == 0 {
		delete(h.told, peer)
	}
}

// Forget takes out the bodies that keep returns true for.
func (h *Heard) Forget(keep func(protocol.BodyID) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for body, r := range h.of {
		if keep(body) {
			h.remove(r.Peer, body)
		}
	}
}

// List returns what is remembered, by identifier.
func (h *Heard) List() []Rumour {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Rumour, 0, len(h.of))
	for _, r := range h.of {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Rumour) int { return slices.Compare(a.Body[:], b.Body[:]) })
	return out
}
