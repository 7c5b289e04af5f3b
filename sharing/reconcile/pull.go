package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

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
	p := newPuller(rw, store, index, cfg)
	err := p.run(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Read, p.report.Written = p.read, p.written
	if err == nil {
		err = p.audit()
	}
	return p.report, err
}

func newPuller(rw io.ReadWriter, store Store, index *Index, cfg Config) *puller {
	return &puller{
		wire: newWire(rw), store: store, index: index, cfg: cfg.withDefaults(),
		report: Report{
			Offences: make(map[protocol.Code]int), Fruitless: make(map[protocol.BodyID]protocol.Digest),
			Postponed: make(map[protocol.BodyID]time.Time),
		},
		promised: make(map[protocol.BodyID]State), fetched: make(map[protocol.BodyID]bool),
		bare: make(map[protocol.BodyID]uint64),
	}
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
	// waiting are those of which the beginning may be taken.
	waiting []State
	// learned counts what was not known of the peer's choice.
	learned int
	// salt is set in an audit; the sums of it are over what lies here at its start.
	salt []byte
	// arrived is how many entries came, whatever became of them.
	arrived int
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
	g := p.index.greeting(p.cfg.Peer)
	wanted := p.index.wanted(p.cfg.Peer, &p.cfg, wantedAtOnce)
	h := hello{
		Version: Version, Network: p.cfg.Network, Keep: g.keep, Known: g.known.Print, Shared: g.shared,
		All: p.cfg.Choose == nil && !g.met && g.keep.Count <= maxHave, Nonce: p.cfg.Nonce,
	}
	if h.All {
		for _, s := range p.index.States(nil) {
			h.Have = append(h.Have, itemOf(s))
		}
	}
	r, err := p.open(h)
	if err != nil {
		return err
	}
	if p.report.Audited = len(r.Nonce) > 0; p.report.Audited {
		if len(r.Nonce) != nonceSize || len(h.Nonce) == 0 {
			return fmt.Errorf("%w: a nonce that was not asked for", ErrProtocol)
		}
		p.salt = saltOf(h.Nonce, r.Nonce)
	}
	// Logs agree whether content is held or not.
	lacking, err := p.lacking()
	if err != nil {
		return err
	}
	same := r.Keep == g.known && r.Shared == g.shared
	agreed := same && !p.report.Audited && len(wanted) == 0
	if agreed {
		p.report.Agreed = true
		p.index.meet(p.cfg.Peer)
		if len(lacking) == 0 {
			return nil
		}
	}
	read := func(emit func(ledger.Run) error) (err error) {
		switch {
		case agreed:
		case h.All && !p.report.Audited:
			err = p.takeAll(emit)
		default:
			err = p.compare(&r, g, wanted, emit)
		}
		if err != nil {
			return err
		}
		return p.fetchLacking(lacking, emit)
	}
	err = p.join(ctx, read)
	p.mu.Lock()
	defer p.mu.Unlock()
	if same && err == nil && len(p.promised) == 0 && p.learned == 0 && !p.report.Deferred {
		p.report.Agreed = true // an audit that found nothing
	}
	return err
}

// open sends the hello that begins a session and reads the reply.
func (p *puller) open(h hello) (r reply, err error) {
	if err := p.sendMessage(kindHello, h); err != nil {
		return r, err
	}
	if err := p.flush(); err != nil {
		return r, err
	}
	if err := p.expect(kindReply, &r); err != nil {
		return r, err
	}
	if r.Version != Version || r.Network != p.cfg.Network {
		return r, fmt.Errorf("version %d of the network %q: %w", r.Version, clip(r.Network), ErrStranger)
	}
	p.report.Remote = Remote{Keep: r.Keep, Shared: r.Shared}
	return r, nil
}

// join adds to the store what read hands on.
func (p *puller) join(ctx context.Context, read func(emit func(ledger.Run) error) error) error {
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
	if later, ok := errors.AsType[*ledger.DeferredError](o.Err); ok {
		p.report.Postponed[later.Body] = later.Until
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
		if _, later := p.report.Postponed[body]; later {
			continue
		}
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
			p.index.meet(p.cfg.Peer)
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
		p.learn(s.Body, true)
		if _, here := p.index.State(s.Body); !here {
			p.index.reopen(p.cfg.Peer) // if it does not come in now
		}
		if g.Listed {
			if !p.rests(s) {
				listed = append(listed, s)
			}
			continue
		}
		if _, err := p.takeLog(&answer{state: s, from: g.From}, emit); err != nil {
			return err
		}
	}
}

// rests reports whether asking for what a peer claims is known to be of no use
// now.
func (p *puller) rests(s State) bool { return p.cfg.Skip != nil && p.cfg.Skip(s.Body, s.Leaf()) }
