package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/sync/errgroup"

	"github.com/folkmoot/folkmoot/protocol"
)

// unit is the work of one transaction on its way through the pipeline.
type unit struct {
	runs    []*prepared
	entries int
	bytes   int
	keys    int
	// verified is closed when all signatures were judged.
	verified chan struct{}
}

func (u *unit) full() bool {
	return u.entries >= unitEntries || u.bytes >= unitBytes || u.keys >= unitKeys
}

// speculation is what the logs will be once the units on their way are written,
// so that runs can be checked before the ones that they stand on are on disk.
type speculation struct {
	l  *Ledger
	mu sync.Mutex
	// ahead holds the chain after the last run on its way of each body, and how
	// many of its runs are on their way.
	ahead map[protocol.BodyID]*expected
}

type expected struct {
	chain *protocol.Chain
	runs  int
}

// base returns the chain that the next run of a body should extend; nil when it
// must be judged under the write lock.
func (s *speculation) base(body protocol.BodyID) (*protocol.Chain, error) {
	s.mu.Lock()
	e := s.ahead[body]
	s.mu.Unlock()
	if e != nil {
		return e.chain, nil
	}
	var t *tip
	err := s.l.db.View(func(txn *badger.Txn) (err error) {
		t, err = s.l.tipOf(txn, body)
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return new(protocol.Chain), nil
	case err != nil:
		return nil, fmt.Errorf("body %s: %w", body, err)
	case t.freeze.Kind != protocol.NotFrozen:
		return nil, nil
	default:
		return t.chain, nil
	}
}

func (s *speculation) start(p *prepared) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := p.run[0].Body()
	e := s.ahead[body]
	if e == nil {
		e = new(expected)
		s.ahead[body] = e
	}
	e.runs++
	e.chain = nil
	if p.base != nil && p.err == nil {
		e.chain = p.chains[len(p.chains)-1]
	}
}

func (s *speculation) finish(p *prepared) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := p.run[0].Body()
	if e := s.ahead[body]; e != nil {
		if e.runs--; e.runs == 0 {
			delete(s.ahead, body)
		}
	}
}

// JoinStream adds a stream of runs as [Ledger.Join] does, while it is still
// being read: one goroutine reads, one checks, all cores verify signatures, and
// one writes. done is called with each run in order, after what was taken of it
// is on disk; a run of more than 512 entries that extends a log is split, and
// done called for each part. A branch that contradicts a log must come as one
// run up to the change of control that decides for it, or it is not recognised.
// The stream ends at the first error of runs, of done, of ctx, or of the ledger
// itself, which is returned; what was written before stays. runs must end soon
// after ctx does, since it is waited for.
//
// Besides the runs that the caller holds, at most a few thousand entries are in
// memory at a time.
func (l *Ledger) JoinStream(ctx context.Context, runs iter.Seq2[Run, error], done func(Run, Outcome) error) error {
	group, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	var (
		read    = make(chan Run, 64)            // reader -> checker; closed by the reader
		check   = make(chan *unit, workers)     // checker -> verifiers; closed by the checker
		ordered = make(chan *unit, 2*workers+2) // checker -> writer, in order; closed by the checker
	)
	group.Go(func() error {
		defer close(read)
		return readRuns(ctx, runs, read)
	})
	spec := &speculation{l: l, ahead: make(map[protocol.BodyID]*expected)}
	group.Go(func() error {
		defer close(check)
		defer close(ordered)
		return l.checkRuns(ctx, spec, read, check, ordered)
	})
	for range workers {
		group.Go(func() error {
			for u := range check {
				l.verifyUnit(u)
			}
			return nil
		})
	}
	group.Go(func() error {
		for u := range ordered {
			select {
			case <-u.verified:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := l.writeUnit(spec, u, done); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

func readRuns(ctx context.Context, runs iter.Seq2[Run, error], out chan<- Run) error {
	for run, err := range runs {
		if err != nil {
			return err
		}
		if len(run) == 0 {
			continue
		}
		select {
		case out <- run:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// checkRuns gathers runs into units: as many as are there, up to the size of a
// transaction, so that a trickle is written at once and a flood in bulk.
func (l *Ledger) checkRuns(ctx context.Context, spec *speculation, in <-chan Run, check, ordered chan<- *unit) error {
	send := func(u *unit) error {
		for _, out := range []chan<- *unit{ordered, check} {
			select {
			case out <- u:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	u := newUnit()
	for run := range in {
		for len(run) > 0 {
			p, err := l.prepare(run, spec.base)
			if err != nil {
				return err
			}
			spec.start(p)
			u.add(p)
			run = run[len(p.run):]
			if u.full() || len(run) == 0 && len(in) == 0 {
				if err := send(u); err != nil {
					return err
				}
				u = newUnit()
			}
		}
	}
	if u.entries == 0 {
		return nil
	}
	return send(u)
}

func newUnit() *unit { return &unit{verified: make(chan struct{})} }

func (u *unit) add(p *prepared) {
	u.runs = append(u.runs, p)
	u.entries += len(p.run)
	for _, e := range p.run {
		u.bytes += len(e.Raw) + len(e.Content)
		u.keys += keysOf(e)
	}
}

func (l *Ledger) verifyUnit(u *unit) {
	defer close(u.verified)
	signed := make([]protocol.Signed, 0, u.entries)
	for _, p := range u.runs {
		signed = append(signed, p.signed...)
	}
	verdicts := l.verifier.VerifyBatch(signed)
	for _, p := range u.runs {
		p.judge(verdicts[:len(p.signed)])
		verdicts = verdicts[len(p.signed):]
	}
}

// writeUnit writes one unit, in several transactions if it is large, and tells
// the caller.
func (l *Ledger) writeUnit(spec *speculation, u *unit, done func(Run, Outcome) error) error {
	outcomes, err := l.commitRuns(u.runs)
	if err != nil {
		return err
	}
	for i, p := range u.runs {
		spec.finish(p)
		if err := done(p.run, outcomes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) commitRuns(runs []*prepared) ([]Outcome, error) {
	l.write.Lock()
	defer l.write.Unlock()
	outcomes := make([]Outcome, 0, len(runs))
	for len(runs) > 0 {
		b, err := l.begin()
		if err != nil {
			return nil, err
		}
		size, keys := 0, 0
		for len(runs) > 0 {
			moreBytes, moreKeys := sizeOf(runs[0].run)
			if size > 0 && (size+moreBytes > 2*unitBytes || keys+moreKeys > unitKeys) {
				break
			}
			size, keys = size+moreBytes, keys+moreKeys
			o, rest, err := b.take(runs[0])
			if err == nil && len(rest) > 0 {
				b, o, err = b.takeRest(o, rest)
			}
			if err != nil {
				b.discard()
				return nil, fmt.Errorf("join a run of %s: %w", runs[0].run[0].Body(), err)
			}
			outcomes = append(outcomes, o)
			runs = runs[1:]
		}
		err = b.commit()
		b.discard()
		if err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// takeRest joins what is left of a run in transactions of their own, and returns
// the last of them, which is still open.
func (b *batch) takeRest(o Outcome, rest Run) (*batch, Outcome, error) {
	for len(rest) > 0 {
		if err := b.commit(); err != nil {
			return b, o, err
		}
		b.discard()
		next, err := b.l.begin()
		if err != nil {
			return b, o, err
		}
		b = next
		t, err := b.tip(rest[0].Body())
		if err != nil {
			return b, o, err
		}
		var more Outcome
		if more, rest, err = b.joinRun(t, rest); err != nil {
			return b, o, err
		}
		o = Outcome{Added: o.Added + more.Added, Head: more.Head, Err: more.Err}
	}
	return b, o, nil
}

// sizeOf is how many bytes a run has, and how many keys it is stored under.
func sizeOf(run Run) (size, keys int) {
	for _, e := range run {
		size += len(e.Raw) + len(e.Content)
		keys += keysOf(e)
	}
	return size, keys
}
