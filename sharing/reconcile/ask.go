package reconcile

import (
	"context"
	"io"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Answer is what came of an [Ask].
type Answer struct {
	Report
	// Claimed is what the peer says that it holds of the body; its length is 0
	// when it holds nothing, or the same as is held here.
	Claimed State
	// Kept is true when the store now has all that the peer claims of the body:
	// it claimed nothing more, or delivered it. A branch that the store judged
	// and found weaker was delivered too.
	Kept bool
}

// Ask opens a session on a stream, as [Pull] does, about one body alone: it
// finds out what the other side has of it and the store lacks, and adds that.
// The cost does not depend on what else the two sides hold.
func Ask(ctx context.Context, rw io.ReadWriter, store Store, index *Index, body protocol.BodyID, cfg Config) (Answer, error) {
	p := newPuller(rw, store, index, cfg)
	// Nothing rests: this is asked seldom, and must be answered.
	p.cfg.Skip = nil
	var a Answer
	err := p.ask(ctx, body, &a)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Read, p.report.Written = p.read, p.written
	a.Report = p.report
	a.Kept = err == nil && !a.Deferred && a.Unkept == 0 && len(a.Offences) == 0 &&
		(a.Claimed.Length == 0 || p.fetched[body]) &&
		// A freeze is proved by entries, which no length counts.
		(a.Claimed.Freeze.Kind == protocol.NotFrozen || p.arrived > 0)
	return a, err
}

func (p *puller) ask(ctx context.Context, body protocol.BodyID, a *Answer) error {
	g := p.index.greeting(p.cfg.Peer)
	h := hello{Version: Version, Network: p.cfg.Network, Keep: g.keep, Known: g.known.Print, Shared: g.shared}
	reply, err := p.open(h)
	if err != nil {
		return err
	}
	if reply.Keep == g.known && reply.Shared == g.shared {
		p.report.Agreed = true
		return nil
	}
	r := around(body)
	return p.join(ctx, func(emit func(ledger.Run) error) error {
		if err := p.sendMessage(kindAsk, ask{List: []Range{r}}); err != nil {
			return err
		}
		if err := p.flush(); err != nil {
			return err
		}
		listed, err := p.readList(lens{}, r, nil)
		if err != nil {
			return err
		}
		for _, s := range listed {
			if s.Body == body {
				return p.askFor(s, a, emit)
			}
		}
		return nil
	})
}

// askFor fetches what the peer claims of the body, unless all of it is held.
func (p *puller) askFor(s State, a *Answer, emit func(ledger.Run) error) error {
	wanted, _, err := p.plan(s)
	if err != nil {
		return err
	}
	if wanted == nil && len(p.parted) == 0 {
		return nil
	}
	a.Claimed = s
	p.parted = nil
	return p.fetch([]State{s}, emit)
}
