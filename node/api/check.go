package api

import (
	"fmt"
	"maps"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// checker verifies logs one after another from their bytes alone. It is used
// by one goroutine.
type checker struct {
	verifier *protocol.Verifier
	// These belong to the log that is being checked.
	chain   *protocol.Chain
	pending []*protocol.Entry
	kinds   []protocol.Kind
	bare    gaps
	// erased counts, over all logs, the contents that are gone.
	erased uint64
}

const (
	// checkBatch is how many signatures are verified together.
	checkBatch = 256
	// checkKeys is how many keys are remembered.
	checkKeys = 1024
)

func newChecker() *checker {
	c := &checker{verifier: protocol.NewVerifier(checkKeys)}
	c.reset()
	return c
}

func (c *checker) reset() {
	c.chain, c.pending, c.kinds, c.bare = new(protocol.Chain), c.pending[:0], c.kinds[:0], make(gaps)
}

// length is how many entries of the present log were added.
func (c *checker) length() uint64 { return uint64(len(c.kinds)) }

// add takes the next entry of the log. It is checked with its batch, at the
// latest by end.
func (c *checker) add(e *protocol.Entry) error {
	if c.bare.add(e) {
		c.erased++
	}
	c.kinds = append(c.kinds, e.Envelope.Kind)
	c.pending = append(c.pending, e)
	if len(c.pending) < checkBatch {
		return nil
	}
	return c.flush()
}

func (c *checker) flush() error {
	kinds := func(seq uint64) (protocol.Kind, error) { return c.kinds[seq], nil }
	chain, good, err := c.chain.ExtendAll(c.pending, kinds, c.verifier)
	if err != nil {
		return fmt.Errorf("position %d of %s: %w", c.chain.Length()+uint64(good), c.pending[0].Body(), err)
	}
	c.chain, c.pending = chain, c.pending[:0]
	return nil
}

// end checks what is left and returns the chain of the whole log, and where content
// is missing that nothing erased. The next entry begins another log.
func (c *checker) end() (chain *protocol.Chain, missing []uint64, err error) {
	defer c.reset()
	if err := c.flush(); err != nil {
		return nil, nil, err
	}
	c.erased -= uint64(len(c.bare))
	return c.chain, c.bare.positions(), nil
}

// gaps are the positions of a log without content that no `erase` has named yet.
type gaps map[uint64]struct{}

// add takes the next entry, and reports whether it has no content.
func (g gaps) add(e *protocol.Entry) (bare bool) {
	if bare = contentOf(e) == ContentGone; bare {
		g[e.Envelope.Seq] = struct{}{}
	}
	if act := e.Erase(); act != nil {
		for _, p := range act.Positions {
			delete(g, p)
		}
	}
	return bare
}

// positions lists them in order.
func (g gaps) positions() []uint64 { return slices.Sorted(maps.Keys(g)) }

// checkFreeze verifies the proof that a body contradicted itself where its log
// ends.
func checkFreeze(p *protocol.FreezeProof, body protocol.BodyID, head protocol.Head) (protocol.Freeze, error) {
	f, err := p.Verify()
	if err != nil {
		return f, err
	}
	if p.Entries[0].Body() != body {
		return f, fmt.Errorf("the freeze proof is of another body")
	}
	if f.Kind == protocol.Forked && p.Entries[0].Envelope.Seq != head.Length {
		return f, fmt.Errorf("the freeze proof is for position %d, the log ends at %d", p.Entries[0].Envelope.Seq, head.Length)
	}
	return f, nil
}
