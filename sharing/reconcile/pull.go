package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Pull opens a session on a stream: it finds out what the other side has and
// the store lacks, and adds it. It returns an error when the stream or the store
// fails, or the peer breaks the protocol; what was added before stays, and the
// report is valid all the same.
//
// The caller closes the stream when ctx ends: a read that waits does not look at
// the context.
func Pull(ctx context.Context, rw io.ReadWriter, store Store, index *Index, cfg Config) (Report, error) {
	p := &puller{
		wire: newWire(rw), store: store, index: index, cfg: cfg.withDefaults(),
		report:   Report{Offences: make(map[protocol.Code]int), Fruitless: make(map[protocol.BodyID]protocol.Digest)},
		promised: make(map[protocol.BodyID]State), fetched: make(map[protocol.BodyID]bool),
		bare: make(map[protocol.BodyID]uint64),
	}
	err := p.run(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Read, p.report.Written = p.read, p.written
	if err == nil {
		err = p.audit()
	}
	return p.report, err
}

// Errors that end the iteration of a session and are not the caller's business.
var (
	// errDeferred: a bound was reached.
	errDeferred = errors.New("a bound of the session was reached")
	// errStopped: the store asks for no more.
	errStopped = errors.New("the store stopped reading")
)

type puller struct {
	*wire
	store Store
	index *Index
	cfg   Config
	// promised are the states that the peer claims, of the bodies that differ.
	promised map[protocol.BodyID]State
	// fetched are those of them whose entries were asked for and answered.
	fetched map[protocol.BodyID]bool
	// bare is, of the bodies of which entries came without their content, the
	// first such position.
	bare map[protocol.BodyID]uint64
	// full is set when the session may deal with no more bodies.
	full bool
	// parted are those whose histories turned out to part from what is held.
	parted []State

	// mu guards the report, which the writer of the store adds to while the
	// stream is still being read.
	mu     sync.Mutex
	report Report
}

func (p *puller) run(ctx context.Context) error {
	own := p.index.Summary(nil)
	h := hello{Version: Version, Network: p.cfg.Network, Count: own.Count, Print: own.Print, All: own.Count <= maxHave}
	if h.All {
		for _, s := range p.index.States(nil) {
			h.Have = append(h.Have, itemOf(s))
		}
	}
	if err := p.sendMessage(kindHello, h); err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	var reply hello
	if err := p.expect(kindReply, &reply); err != nil {
		return err
	}
	if reply.Version != Version || reply.Network != p.cfg.Network {
		return fmt.Errorf("version %d of the network %q: %w", reply.Version, clip(reply.Network), ErrStranger)
	}
	p.report.Remote = Summary{Count: reply.Count, Print: reply.Print}
	p.report.Agreed = own == p.report.Remote
	// Logs agree whether content is held or not.
	lacking, err := p.lacking()
	if err != nil || p.report.Agreed && len(lacking) == 0 {
		return err
	}
	read := func(emit func(ledger.Run) error) (err error) {
		switch {
		case p.report.Agreed:
		case h.All:
			err = p.takeAll(emit)
		default:
			err = p.compare(reply, emit)
		}
		if err != nil {
			return err
		}
		return p.fetchLacking(lacking, emit)
	}
	return p.store.JoinStream(ctx, func(yield func(ledger.Run, error) bool) {
		emit := func(run ledger.Run) error {
			if !yield(run, nil) {
				return errStopped
			}
			return ctx.Err()
		}
		switch err := read(emit); {
		case errors.Is(err, errDeferred):
			p.mu.Lock()
			p.report.Deferred = true
			p.mu.Unlock()
		case err != nil && !errors.Is(err, errStopped):
			yield(nil, err)
		}
	}, p.done)
}

// expect reads a frame of one kind.
func (p *puller) expect(want kind, m any) error {
	b, err := p.frame(want)
	if err != nil {
		return err
	}
	return decode(b, m)
}

func (p *puller) frame(want kind) ([]byte, error) {
	k, b, err := p.within()
	if err != nil {
		return nil, err
	}
	if k != want {
		return nil, fmt.Errorf("%w: %q where %q belongs", ErrProtocol, k, want)
	}
	return b, nil
}

// bounded reads a frame if the session may still read. The end of the stream is
// an error here: every answer has an end of its own.
func (p *puller) bounded() (kind, []byte, error) {
	if p.read > p.cfg.MaxBytes {
		return 0, nil, errDeferred
	}
	k, b, err := p.next(maxFrame)
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("read from the peer: %w", io.ErrUnexpectedEOF)
	}
	return k, b, err
}

// within reads a frame of an answer, which the responder breaks off when it has
// sent as much as it may.
func (p *puller) within() (kind, []byte, error) {
	k, b, err := p.bounded()
	if err == nil && k == kindDone {
		err = errDeferred
	}
	return k, b, err
}

// clip shortens what a peer sent for a message to people.
func clip(s string) string { return s[:min(len(s), 40)] }

// done takes note of what became of a run.
func (p *puller) done(_ ledger.Run, o ledger.Outcome) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Entries += o.Added
	if code := protocol.CodeOf(o.Err); code != 0 && !code.Waits() {
		p.report.Offences[code]++
	}
	return nil
}

// promise notes a state that the peer claims, and reports whether the session
// may deal with it.
func (p *puller) promise(s State) error {
	if len(p.promised) >= p.cfg.MaxBodies {
		return errDeferred
	}
	p.promised[s.Body] = s
	return nil
}

// audit lists the claims that were asked for and that the store does not hold
// now, and counts the logs of which content was kept back that nothing erased.
func (p *puller) audit() error {
	p.report.Bodies = len(p.promised)
	for body := range p.fetched {
		s := p.promised[body]
		h, err := p.store.Head(body)
		if err != nil && !errors.Is(err, ledger.ErrNotFound) {
			return err
		}
		if leaf := s.Leaf(); err != nil || h.Leaf() != leaf {
			p.report.Fruitless[body] = leaf
			continue
		}
		seq, bare := p.bare[body]
		if !bare {
			continue
		}
		switch _, err := p.store.Erasure(body, seq); {
		case errors.Is(err, ledger.ErrNotFound):
			p.report.Unkept++
		case err != nil:
			return err
		}
	}
	return nil
}

// takeAll reads every log of the peer, one after the other, and asks about those
// that it only listed.
func (p *puller) takeAll(emit func(ledger.Run) error) error {
	var listed []State
	for {
		k, b, err := p.bounded()
		if err != nil {
			return err
		}
		switch k {
		case kindDone:
			return p.fetch(listed, emit)
		case kindBody:
		default:
			return fmt.Errorf("%w: %q between two logs", ErrProtocol, k)
		}
		var g given
		if err := decode(b, &g); err != nil {
			return err
		}
		s, err := g.Item.state()
		if err != nil {
			return err
		}
		if _, twice := p.promised[s.Body]; twice {
			return fmt.Errorf("%w: a body is given twice", ErrProtocol)
		}
		if err := p.promise(s); err != nil {
			return err
		}
		if g.Listed {
			listed = append(listed, s)
			continue
		}
		if _, err := p.takeLog(&answer{state: s, from: g.From}, emit); err != nil {
			return err
		}
	}
}

// compare goes down the tree where the two sides differ, and then fetches what
// is missing.
func (p *puller) compare(reply hello, emit func(ledger.Run) error) error {
	parts, err := decodeParts(reply.Parts)
	if err != nil {
		return err
	}
	var divide, enumerate []Range
	divide, enumerate = p.sort(nil, parts, divide, enumerate)
	var differing []State
	for asked := 0; len(divide)+len(enumerate) > 0; {
		a := ask{Divide: cut(&divide, atOnce), List: cut(&enumerate, atOnce)}
		if asked += len(a.Divide) + len(a.List); p.full || asked > 2*p.cfg.MaxBodies+maxRounds*fanOut {
			p.full = true
			break
		}
		if err := p.sendMessage(kindAsk, a); err != nil {
			return err
		}
		if err := p.flush(); err != nil {
			return err
		}
		for _, r := range a.Divide {
			b, err := p.frame(kindParts)
			if err != nil {
				return err
			}
			parts, err := decodeParts(b)
			if err != nil {
				return err
			}
			divide, enumerate = p.sort(r, parts, divide, enumerate)
		}
		for _, r := range a.List {
			if differing, err = p.readList(r, differing); err != nil {
				return err
			}
		}
	}
	if err := p.fetch(differing, emit); err != nil {
		return err
	}
	if p.full {
		return errDeferred
	}
	return nil
}

// cut takes up to n ranges from the end of a list: going into depth first keeps
// short what waits.
func cut(list *[]Range, n int) []Range {
	rest := len(*list) - min(n, len(*list))
	end := slices.Clone((*list)[rest:])
	*list = (*list)[:rest]
	return end
}

// sort puts the parts of a range that differ among those to divide or to list.
func (p *puller) sort(r Range, theirs [fanOut]Summary, divide, enumerate []Range) (toDivide, toList []Range) {
	ours := p.index.Parts(r)
	for d := range fanOut {
		part := r.child(byte(d))
		switch {
		case theirs[d].Count == 0 || theirs[d] == ours[d]:
		case theirs[d].Count > listBelow && len(part) < maxDigits:
			divide = append(divide, part)
		default:
			enumerate = append(enumerate, part)
		}
	}
	return divide, enumerate
}

// readList reads the states in a range and keeps those that differ, as long as
// the session may deal with more. An answer is always read to its end.
func (p *puller) readList(r Range, differing []State) ([]State, error) {
	for {
		var l list
		if err := p.expect(kindList, &l); err != nil {
			return nil, err
		}
		for _, i := range l.Items {
			if p.full {
				break
			}
			s, err := i.state()
			if err != nil {
				return nil, err
			}
			if !r.holds(s.Body) {
				return nil, fmt.Errorf("%w: a body outside the range that was asked for", ErrProtocol)
			}
			if ours, ok := p.index.State(s.Body); ok && ours == s {
				continue
			}
			if p.cfg.Skip != nil && p.cfg.Skip(s.Body, s.Leaf()) {
				continue
			}
			if _, twice := p.promised[s.Body]; twice {
				return nil, fmt.Errorf("%w: a body is listed twice", ErrProtocol)
			}
			if p.full = p.promise(s) != nil; p.full {
				break
			}
			differing = append(differing, s)
		}
		if !l.More {
			return differing, nil
		}
	}
}
