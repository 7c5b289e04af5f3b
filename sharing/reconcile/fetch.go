package reconcile

import (
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// answer is a want on its way.
type answer struct {
	// state is what the peer claims, from where the log was asked for.
	state State
	from  uint64
	// whole is set when the run may contradict what is held, so that it must
	// reach the ledger in one piece.
	whole bool
	// most is how many entries were asked for, 0 for all.
	most uint64
}

func (a *answer) want(root protocol.Root) want {
	return want{Body: a.state.Body, From: a.from, Root: root, Most: a.most}
}

// fetch asks for what is missing of the differing bodies, many at a time, and
// then for the branches of those whose histories part.
func (p *puller) fetch(differing []State, emit func(ledger.Run) error) error {
	var waiting []*answer
	for len(differing) > 0 || len(waiting) > 0 {
		var frame wants
		for len(differing) > 0 && len(waiting) < wantWindow && len(frame.Wants) < wantWindow/4 {
			s := differing[0]
			differing = differing[1:]
			a, root, err := p.plan(s)
			if err != nil {
				return err
			}
			if a != nil {
				waiting, frame.Wants = append(waiting, a), append(frame.Wants, a.want(root))
			}
		}
		if len(frame.Wants) > 0 {
			if err := p.sendMessage(kindWant, frame); err != nil {
				return err
			}
			if err := p.flush(); err != nil {
				return err
			}
			if len(waiting) < wantWindow && len(differing) > 0 {
				continue
			}
		}
		// Read a quarter of the window before asking for more, so that requests
		// travel while entries come.
		for range min(len(waiting), wantWindow/4) {
			st, err := p.takeLog(waiting[0], emit)
			if err != nil {
				return err
			}
			if st == statusParted {
				p.parted = append(p.parted, waiting[0].state)
			}
			waiting = waiting[1:]
		}
	}
	return p.fetchBranches(emit)
}

// plan says what to ask for to get from what is held to what the peer claims;
// nil if the peer has nothing that is missing here.
func (p *puller) plan(s State) (*answer, protocol.Root, error) {
	h, err := p.store.Head(s.Body)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return &answer{state: s}, protocol.EmptyRoot, nil
	case err != nil:
		return nil, protocol.Root{}, err
	case s.Length > h.Length:
		return &answer{state: s, from: h.Length, whole: h.Freeze.Kind != protocol.NotFrozen}, h.Root, nil
	}
	root, err := p.store.RootAt(s.Body, s.Length)
	switch {
	case err != nil:
		return nil, protocol.Root{}, err
	case root != s.Root:
		p.parted = append(p.parted, s)
		return nil, protocol.Root{}, nil
	case s.Freeze.Kind == protocol.NotFrozen || s.Length == h.Length && s.Freeze == h.Freeze:
		return nil, protocol.Root{}, nil
	default:
		return &answer{state: s, from: s.Length, whole: true}, root, nil
	}
}

// fetchWaiting asks for the beginnings of logs that may wait.
func (p *puller) fetchWaiting() error {
	var answers []*answer
	var frame wants
	for _, s := range p.waiting {
		if most := p.cfg.Room(s); most > 0 {
			a := &answer{state: s, most: uint64(most)}
			answers, frame.Wants = append(answers, a), append(frame.Wants, a.want(protocol.EmptyRoot))
		}
	}
	if len(answers) == 0 {
		return nil
	}
	if err := p.sendMessage(kindWant, frame); err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	for _, a := range answers {
		var run ledger.Run
		_, err := p.takeLog(a, func(more ledger.Run) error {
			if run = append(run, more...); uint64(len(run)) > a.most {
				return fmt.Errorf("%w: more entries than were asked for", ErrProtocol)
			}
			return nil
		})
		if err != nil {
			return err
		}
		p.cfg.Wait(a.state, run)
	}
	return nil
}

// parting is the search for where a peer's history of a body parts from the one
// that is held: the roots at low agree, those beyond high do not.
type parting struct {
	state     State
	low, high uint64
	// at are the lengths that were asked about last.
	at []uint64
}

// fetchBranches finds where histories part, for many bodies at a time, and
// fetches the branches from there.
func (p *puller) fetchBranches(emit func(ledger.Run) error) error {
	for len(p.parted) > 0 {
		n := min(len(p.parted), partingsAtOnce)
		group := p.parted[:n]
		p.parted = p.parted[n:]
		partings := make([]*parting, 0, n)
		for _, s := range group {
			h, err := p.store.Head(s.Body)
			if err != nil {
				return err
			}
			partings = append(partings, &parting{state: s, high: min(h.Length, s.Length)})
		}
		if err := p.findPartings(partings); err != nil {
			return err
		}
		if err := p.takeBranches(partings, emit); err != nil {
			return err
		}
	}
	return nil
}

// findPartings narrows every search until it is at its end.
func (p *puller) findPartings(partings []*parting) error {
	for range maxRounds {
		var open []*parting
		var q queries
		for _, d := range partings {
			if d.low >= d.high {
				continue
			}
			d.at = d.at[:0]
			steps := min(maxRoots, d.high-d.low)
			for i := uint64(1); i <= steps; i++ {
				d.at = append(d.at, d.low+(d.high-d.low)*i/steps)
			}
			open = append(open, d)
			q.Queries = append(q.Queries, query{Body: d.state.Body, At: d.at})
		}
		if len(open) == 0 {
			return nil
		}
		if err := p.sendMessage(kindRoots, q); err != nil {
			return err
		}
		if err := p.flush(); err != nil {
			return err
		}
		var r rooted
		if err := p.expect(kindRooted, &r); err != nil {
			return err
		}
		if len(r.Roots) != len(open) {
			return fmt.Errorf("%w: %d logs were asked about and %d answered", ErrProtocol, len(open), len(r.Roots))
		}
		for i, d := range open {
			if err := p.narrow(d, r.Roots[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrow compares the roots of a peer with those that are held.
func (p *puller) narrow(d *parting, theirs []protocol.Root) error {
	for i, at := range d.at {
		own, err := p.store.RootAt(d.state.Body, at)
		if err != nil {
			return err
		}
		if i >= len(theirs) || theirs[i] != own {
			d.high = at - 1
			return nil
		}
		d.low = at
	}
	return nil
}

// takeBranches asks for the branches and reads them.
func (p *puller) takeBranches(partings []*parting, emit func(ledger.Run) error) error {
	var frame wants
	answers := make([]*answer, 0, len(partings))
	for _, d := range partings {
		root, err := p.store.RootAt(d.state.Body, d.low)
		if err != nil {
			return err
		}
		a := &answer{state: d.state, from: d.low, whole: true}
		answers, frame.Wants = append(answers, a), append(frame.Wants, a.want(root))
	}
	if err := p.sendMessage(kindWant, frame); err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	for _, a := range answers {
		if _, err := p.takeLog(a, emit); err != nil {
			return err
		}
	}
	return nil
}

// incoming is the answer to one want as it is read.
type incoming struct {
	*answer
	// runs are the parts: the log, if it must be whole, and two branches.
	runs    [partRight + 1]ledger.Run
	entries int
	bytes   int
	// next is the position that must come next in each part.
	next [partRight + 1]uint64
	// broken is set when an entry was rejected: what follows cannot stand.
	broken bool
}

// takeLog reads the answer to a want and hands the entries on.
func (p *puller) takeLog(a *answer, emit func(ledger.Run) error) (status, error) {
	in := &incoming{answer: a}
	in.next[partLog] = a.from
	for {
		k, b, err := p.within()
		if err != nil {
			return 0, err
		}
		switch k {
		case kindEntries:
			if err := p.takeEntries(in, b, emit); err != nil {
				return 0, err
			}
		case kindEnd:
			if len(b) != 1 || status(b[0]) > statusUnknown {
				return 0, fmt.Errorf("%w: an answer ends oddly", ErrProtocol)
			}
			return status(b[0]), p.finish(in, status(b[0]), emit)
		default:
			return 0, fmt.Errorf("%w: %q within a log", ErrProtocol, k)
		}
	}
}

// takeEntries reads one frame of entries.
func (p *puller) takeEntries(in *incoming, b []byte, emit func(ledger.Run) error) error {
	part, run, err := decodeEntries(b)
	if errors.Is(err, ErrProtocol) {
		return err
	}
	p.arrived += len(run)
	if in.broken {
		return nil
	}
	if err != nil {
		in.broken = true
		if code := protocol.CodeOf(err); !code.Waits() {
			p.mu.Lock()
			p.report.Offences[code]++
			p.mu.Unlock()
		}
	}
	if len(run) == 0 {
		return nil
	}
	if part != partLog && in.next[part] == 0 {
		in.next[part] = in.next[partLog]
	}
	for _, e := range run {
		if e.Body() != in.state.Body || e.Envelope.Seq != in.next[part] {
			return fmt.Errorf("%w: an entry that was not asked for", ErrProtocol)
		}
		in.next[part]++
		if in.most > 0 && e.Envelope.Seq >= in.from+in.most {
			return fmt.Errorf("%w: an entry that was not asked for", ErrProtocol)
		}
		if _, known := p.bare[e.Body()]; !known && in.most == 0 && e.Content == nil && !e.Envelope.Content.IsZero() {
			p.bare[e.Body()] = e.Envelope.Seq
		}
	}
	if part == partLog && !in.whole {
		return emit(run)
	}
	in.entries, in.bytes = in.entries+len(run), in.bytes+len(b)
	if in.entries > maxBranchEntries || in.bytes > maxBranchBytes {
		in.broken = true
		p.mu.Lock()
		p.report.Deferred = true
		p.mu.Unlock()
		return nil
	}
	in.runs[part] = append(in.runs[part], run...)
	return nil
}

// finish hands on what had to be collected, and notes whether the peer sent all
// that it said it has.
func (p *puller) finish(in *incoming, st status, emit func(ledger.Run) error) error {
	for part := partLog; part <= partRight; part++ {
		run := in.runs[part]
		if len(run) == 0 {
			continue
		}
		if part != partLog {
			run = append(in.runs[partLog][:len(in.runs[partLog]):len(in.runs[partLog])], run...)
		}
		if err := emit(run); err != nil {
			return err
		}
	}
	if st != statusParted && in.most == 0 {
		p.fetched[in.state.Body] = true
	}
	promised := in.state.Length
	if in.most > 0 {
		promised = min(promised, in.most)
	}
	if st != statusParted && !in.broken && in.next[partLog] < promised {
		p.mu.Lock()
		p.report.Unkept++
		p.mu.Unlock()
	}
	return nil
}
