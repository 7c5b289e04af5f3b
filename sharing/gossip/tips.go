package gossip

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// tip is the end of a log as it will be when what is queued is written.
type tip struct {
	// held is what the ledger holds, chain what extends it by the entries that
	// are on their way, whose heads are ahead.
	held  ledger.Head
	chain *protocol.Chain
	ahead []protocol.Head
}

func (t *tip) frozen() bool { return t.held.Freeze.Kind != protocol.NotFrozen }

// tips keeps the tips of bodies that were heard of lately, since a burst of
// entries is judged faster than it is written. At most maxTips are kept; when
// there are more, any one goes, and is read from the ledger again.
type tips struct {
	ledger *ledger.Ledger

	mu sync.Mutex
	of map[protocol.BodyID]*tip
}

func newTips(l *ledger.Ledger) *tips {
	return &tips{ledger: l, of: make(map[protocol.BodyID]*tip)}
}

// get returns a body's tip, or [ledger.ErrNotFound].
func (s *tips) get(body protocol.BodyID) (*tip, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.of[body]
	head, err := s.ledger.Head(body)
	if errors.Is(err, ledger.ErrNotFound) && t != nil && t.held.Length == 0 {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	if t != nil && t.follows(head) {
		return t, nil
	}
	chain, err := s.ledger.Chain(body)
	if err != nil {
		return nil, err
	}
	if chain.Length() != head.Length || chain.Root() != head.Root {
		head.Changed = 0 // the log grew between the two reads: look again next time
	}
	t = &tip{held: head, chain: chain}
	s.put(body, t)
	return t, nil
}

// follows reports whether the tip is still right now that the ledger holds head.
func (t *tip) follows(head ledger.Head) bool {
	if head.Changed == t.held.Changed {
		return true
	}
	i := slices.Index(t.ahead, protocol.Head{Length: head.Length, Root: head.Root})
	if i < 0 || head.Freeze.Kind != protocol.NotFrozen {
		return false
	}
	t.held, t.ahead = head, slices.Clone(t.ahead[i+1:])
	return true
}

func (s *tips) put(body protocol.BodyID, t *tip) {
	if len(s.of) >= maxTips {
		for other := range s.of {
			delete(s.of, other)
			break
		}
	}
	s.of[body] = t
}

// advance says that an entry is on its way to the ledger, with chain after it.
func (s *tips) advance(body protocol.BodyID, t *tip, chain *protocol.Chain) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.chain = chain
	t.ahead = append(t.ahead, chain.Head())
	if s.of[body] != t {
		s.put(body, t)
	}
}

// forget drops what was assumed of a body, after an entry did not get through.
func (s *tips) forget(body protocol.BodyID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, body)
}

// kinds reads the kinds of a body's earlier entries.
func (s *tips) kinds(body protocol.BodyID) protocol.KindReader {
	return func(seq uint64) (protocol.Kind, error) {
		event, err := s.ledger.At(body, seq)
		if err != nil {
			return "", fmt.Errorf("entry %d of %s: %w", seq, body, err)
		}
		return event.Entry.Envelope.Kind, nil
	}
}
