package api

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Erasure says by what an entry's content was erased.
type Erasure struct {
	// ID is the `erase` entry, Seq its position in the same log.
	ID  protocol.EntryID `json:"id"`
	Seq uint64           `json:"seq"`
	// At is when, by the author's clock.
	At Timestamp `json:"at"`
	// Reason is one of [protocol.EraseReasons].
	Reason string `json:"reason"`
	// Offices are those that approved it; none where the body has no officers.
	Offices []string `json:"offices,omitempty"`
}

// Erasure returns what erased the content at a position of a body's log, or
// [ledger.ErrNotFound].
func (r *Reader) Erasure(body protocol.BodyID, seq uint64) (*Erasure, error) {
	ev, err := r.ledger.Erasure(body, seq)
	if err != nil {
		return nil, err
	}
	env := &ev.Entry.Envelope
	out := &Erasure{ID: ev.Entry.ID, Seq: env.Seq, At: Timestamp(env.At), Reason: ev.Entry.Erase().Reason}
	if len(env.Approvals) == 0 {
		return out, nil
	}
	control, err := r.ledger.At(body, env.Under)
	if err != nil {
		return nil, fmt.Errorf("who approved the erasure of position %d of %s: %w", seq, body, err)
	}
	c := &protocol.InForce{ID: control.Entry.ID, Seq: env.Under, Control: control.Entry.Control()}
	for i, verdict := range protocol.JudgeApprovals(env, body, c, false) {
		if verdict != protocol.ApprovalCounts {
			continue
		}
		for _, o := range c.Control.Officers {
			if slices.ContainsFunc(o.Keys, func(k protocol.OfficerKey) bool { return slices.Equal(k, env.Approvals[i].Key) }) {
				out.Offices = append(out.Offices, o.Office)
			}
		}
	}
	return out, nil
}

// erasures remembers how much each body has erased, as long as its log does not
// change. It is safe for concurrent use.
type erasures struct {
	ledger *ledger.Ledger

	mu    sync.Mutex
	known map[protocol.BodyID]erasedCount
}

type erasedCount struct{ changed, n uint64 }

// maxErasures is how many bodies are remembered.
const maxErasures = 4096

func (e *erasures) of(head ledger.Head) (uint64, error) {
	e.mu.Lock()
	known, ok := e.known[head.Body]
	e.mu.Unlock()
	if ok && known.changed == head.Changed {
		return known.n, nil
	}
	n, err := e.ledger.Erased(head.Body)
	if err != nil {
		return 0, err
	}
	if n == 0 && !ok {
		return 0, nil // quick to find out again
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known == nil || len(e.known) >= maxErasures {
		e.known = make(map[protocol.BodyID]erasedCount)
	}
	e.known[head.Body] = erasedCount{changed: head.Changed, n: n}
	return n, nil
}

// Tombstone adds to an entry whose content is not here what became of it: it was
// erased, or it never came.
func (r *Reader) Tombstone(e *Entry) error {
	if e.Content != ContentGone {
		return nil
	}
	erasure, err := r.Erasure(e.Body, e.Seq)
	if errors.Is(err, ledger.ErrNotFound) {
		e.Content = ContentMissing
		return nil
	}
	e.Erasure = erasure
	return err
}
