package reconcile

import (
	"sync"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// Backoff remembers which claims of which peers brought nothing, so that they
// are not asked for again at once. Claims are told apart by the leaf, so that a
// new state is always asked for. It is bounded: when full, it forgets what may
// be asked for soonest. It is safe for concurrent use.
type Backoff struct {
	mu     sync.Mutex
	claims map[claim]patience
}

type claim struct {
	peer string
	body protocol.BodyID
	leaf protocol.Digest
}

type patience struct {
	until time.Time
	wait  time.Duration
}

// How long a fruitless claim rests: twice as long each time, up to a day.
const (
	firstWait = time.Minute
	longWait  = 24 * time.Hour
	maxClaims = 8192
)

// NewBackoff returns an empty memory.
func NewBackoff() *Backoff { return &Backoff{claims: make(map[claim]patience)} }

// Rests reports whether a claim should not be asked for now.
func (b *Backoff) Rests(peer string, body protocol.BodyID, leaf protocol.Digest, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return now.Before(b.claims[claim{peer, body, leaf}].until) || now.Before(b.claims[claim{peer: peer, body: body}].until)
}

// Rest leaves a body alone at one peer until a time, whatever that claims of it.
func (b *Backoff) Rest(peer string, body protocol.BodyID, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.put(claim{peer: peer, body: body}, patience{until: until})
}

// Note remembers that a claim brought nothing.
func (b *Backoff) Note(peer string, body protocol.BodyID, leaf protocol.Digest, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := claim{peer, body, leaf}
	p := b.claims[c]
	p.wait = min(max(2*p.wait, firstWait), longWait)
	p.until = now.Add(p.wait)
	b.put(c, p)
}

func (b *Backoff) put(c claim, p patience) {
	if _, known := b.claims[c]; !known && len(b.claims) >= maxClaims {
		b.forget()
	}
	b.claims[c] = p
}

// forget drops the claim that may be asked for soonest.
func (b *Backoff) forget() {
	var soonest claim
	var at time.Time
	for c, p := range b.claims {
		if at.IsZero() || p.until.Before(at) {
			soonest, at = c, p.until
		}
	}
	delete(b.claims, soonest)
}
