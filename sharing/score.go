package sharing

import (
	"math"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// What a peer loses for misbehaving, and when it is sent away.
const (
	// costInvalid is for an entry that no honest node passes on: gossipsub stops
	// listening after two, so two must be enough here. costPromise is for
	// a claim in reconcile that the peer did not back, costProtocol for bytes
	// that are not the protocol, costStall for a stream that it opened and let
	// wait: a bad line does that too, now and then.
	costInvalid, costPromise, costProtocol, costStall = 60, 10, 20, 15
	// sendAway is the loss at which a peer is disconnected and refused for a
	// while.
	sendAway = 100
	// halfLife is how fast a loss is forgotten.
	halfLife = 10 * time.Minute
	// trusted is the score that a peer has because the operator named it.
	trusted = 100
	// maxScores is the number of peers whose loss is remembered; when there are
	// more, the smallest goes.
	maxScores = 1024
)

type loss struct {
	amount float64
	at     time.Time
}

func (l loss) now(t time.Time) float64 {
	return l.amount * math.Exp2(-float64(t.Sub(l.at))/float64(halfLife))
}

// scores remember what peers lost. A peer that reconnects finds its score as it
// left it.
type scores struct {
	clock func() time.Time

	mu     sync.Mutex
	losses map[peer.ID]loss
	chosen map[peer.ID]bool
}

func newScores(clock func() time.Time) *scores {
	return &scores{clock: clock, losses: make(map[peer.ID]loss), chosen: make(map[peer.ID]bool)}
}

// choose marks a peer that the operator named.
func (s *scores) choose(id peer.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chosen[id] = true
}

// of is the peer's score: 0 for a stranger, less for misbehaviour, 100 more for
// a peer that was named.
func (s *scores) of(id peer.ID) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	score := -s.losses[id].now(s.clock())
	if s.chosen[id] {
		score += trusted
	}
	return score
}

// charge lowers a peer's score and reports whether it must be sent away now.
// Being named does not help: a trusted peer's machine can be stolen.
func (s *scores) charge(id peer.ID, cost float64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	if _, known := s.losses[id]; !known && len(s.losses) >= maxScores {
		s.evict(now)
	}
	before := s.losses[id].now(now)
	s.losses[id] = loss{amount: before + cost, at: now}
	return before+cost >= sendAway
}

func (s *scores) evict(now time.Time) {
	var least peer.ID
	for id, l := range s.losses {
		if least == "" || l.now(now) < s.losses[least].now(now) {
			least = id
		}
	}
	delete(s.losses, least)
}
