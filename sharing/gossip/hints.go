package gossip

import (
	"context"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/folkmoot/folkmoot/protocol"
)

// hint says that a peer brought an entry whose predecessors are missing here.
type hint struct {
	from  peer.ID
	seq   uint64
	since time.Time
	// entry is kept, when there is room, because what is missing may be only a
	// little late; size counts its bytes.
	entry *protocol.Entry
	size  int
}

type asked struct {
	body protocol.BodyID
	peer peer.ID
}

// hints keeps one hint per body, that of the lowest position. When the table is
// full a new body is not remembered: the timer of reconcile finds it.
type hints struct {
	mu    sync.Mutex
	of    map[protocol.BodyID]hint
	held  int
	asked map[asked]time.Time
}

func newHints() *hints {
	return &hints{of: make(map[protocol.BodyID]hint), asked: make(map[asked]time.Time)}
}

// add remembers that from seems to hold position seq of body. entry may be nil.
func (h *hints) add(body protocol.BodyID, from peer.ID, seq uint64, entry *protocol.Entry, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old, known := h.of[body]
	if known && old.seq <= seq || !known && len(h.of) >= maxHints {
		return
	}
	n := hint{from: from, seq: seq, since: now}
	if known {
		n.since = old.since
		h.held -= old.size
	}
	if entry != nil {
		if size := len(entry.Raw) + len(entry.Content); h.held+size <= maxHeld {
			n.entry, n.size = entry, size
		}
	}
	h.held += n.size
	h.of[body] = n
}

// take returns the entry that is kept for a position, and forgets it.
func (h *hints) take(body protocol.BodyID, seq uint64) (arrival, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n, ok := h.of[body]
	if !ok || n.entry == nil || n.seq != seq {
		return arrival{}, false
	}
	h.drop(body)
	return arrival{entry: n.entry, from: n.from}, true
}

func (h *hints) drop(body protocol.BodyID) {
	h.held -= h.of[body].size
	delete(h.of, body)
}

// due returns whom to ask about what, once gaps have had time to close.
// A hint is dropped when length says that the position is held.
func (h *hints) due(now time.Time, length func(protocol.BodyID) uint64) []asked {
	h.mu.Lock()
	defer h.mu.Unlock()
	for a, at := range h.asked {
		if now.Sub(at) >= askEvery {
			delete(h.asked, a)
		}
	}
	var out []asked
	for body, n := range h.of {
		if now.Sub(n.since) < grace {
			continue
		}
		if length(body) > n.seq {
			h.drop(body)
			continue
		}
		a := asked{body: body, peer: n.from}
		if _, lately := h.asked[a]; lately {
			if now.Sub(n.since) > askEvery {
				h.drop(body) // nobody could back it: another message may bring it up again
			}
			continue
		}
		if len(h.asked) < maxHints {
			h.asked[a] = now
			out = append(out, a)
		}
	}
	return out
}

// askForGaps asks peers for what they seem to hold, and counts the peers in the
// topic, until ctx ends.
func (g *Gossip) askForGaps(ctx context.Context, topic *pubsub.Topic) error {
	tick := time.NewTicker(grace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		g.metrics.peers.Set(float64(len(topic.ListPeers())))
		for _, a := range g.hints.due(g.cfg.Now(), g.length) {
			g.metrics.asked.Inc()
			g.cfg.Ask(a.peer, a.body)
		}
	}
}

// length is how much of a body's log is held, 0 for nothing.
func (g *Gossip) length(body protocol.BodyID) uint64 {
	head, err := g.cfg.Ledger.Head(body)
	if err != nil {
		return 0 // unknown, or unreadable: asking again does no harm
	}
	return head.Length
}

// mayAsk reports whether a peer may be asked about a body now, and notes it.
func (h *hints) mayAsk(body protocol.BodyID, from peer.ID, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := asked{body: body, peer: from}
	if at, lately := h.asked[a]; lately && now.Sub(at) < askEvery || len(h.asked) >= maxHints {
		return false
	}
	h.asked[a] = now
	return true
}
