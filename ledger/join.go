package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Run is consecutive entries of one body, as received: each stands on the one
// before it.
type Run []*protocol.Entry

// Outcome is what became of a run.
type Outcome struct {
	// Added is how many of its entries are now in the log and were not before.
	Added int
	// Head is what is held of the body afterwards; zero when it is unknown.
	Head Head
	// Err is nil, or the [protocol.Rejection] of the first entry that was not
	// taken, or a [DeferredError] when the run is to come again later. Codes that
	// wait (see [protocol.Code.Waits]) are nobody's fault.
	Err error
}

// Limits of one transaction, which Badger bounds by the size of its memtable.
const (
	unitEntries = 512
	unitBytes   = 1 << 20
	// unitKeys bounds the keys: an entry has one for each that it refers to. At
	// most 225 bytes each, they leave room for the heads and segments.
	unitKeys = 4500
	// maxTakeover is how many entries of a branch replace a log at once.
	maxTakeover = 4 * unitEntries
)

// Join adds received runs and returns what became of each, when all that was
// added is on disk. Bad entries are never the error: that is the ledger's own
// failure. A run that contradicts the log is judged by [protocol.Join]. An entry
// that comes without its content is taken all the same, see [Ledger.Lacking]; one
// that comes again with it is given it, unless that is erased.
func (l *Ledger) Join(ctx context.Context, runs []Run) ([]Outcome, error) {
	outcomes := make([]Outcome, 0, len(runs))
	err := l.JoinStream(ctx, func(yield func(Run, error) bool) {
		for _, r := range runs {
			if !yield(r, nil) {
				return
			}
		}
	}, func(_ Run, o Outcome) error {
		outcomes = append(outcomes, o)
		return nil
	})
	return outcomes, err
}

// prepared is a run that was checked, outside the write lock, against the log
// as it seemed to be.
type prepared struct {
	run Run
	// base is the chain that the run was checked against; nil when the run must
	// be judged under the lock.
	base *protocol.Chain
	// chains are those after each entry that passed, signed their signatures.
	chains []*protocol.Chain
	signed []protocol.Signed
	// err is the rejection of the first entry that did not pass.
	err error
}

// prepare checks a run against the chain that base returns for its body.
func (l *Ledger) prepare(run Run, base func(protocol.BodyID) (*protocol.Chain, error)) (*prepared, error) {
	p := &prepared{run: run}
	body := run[0].Body()
	chain, err := base(body)
	if err != nil {
		return nil, err
	}
	if chain == nil || run[0].Envelope.Seq != chain.Length() {
		return p, nil
	}
	run = run[:fitting(run)]
	p.run = run
	p.base = chain
	allowed, refusal := l.admissible(run)
	p.err = refusal
	kinds := func(seq uint64) (kind protocol.Kind, err error) {
		if first := run[0].Envelope.Seq; seq >= first {
			return run[seq-first].Envelope.Kind, nil
		}
		err = l.db.View(func(txn *badger.Txn) error {
			kind, err = kindsOf(txn, body)(seq)
			return err
		})
		return kind, err
	}
	for _, e := range run[:allowed] {
		next, signed, err := chain.Extend(e, kinds)
		if err != nil {
			if protocol.CodeOf(err) == 0 {
				p.base = nil // what it refers to is not on disk yet: judge it under the lock
				return p, nil
			}
			p.err = err
			break
		}
		chain, p.chains, p.signed = next, append(p.chains, next), append(p.signed, signed)
	}
	return p, nil
}

// admissible returns how many entries at the beginning of a run may be taken as
// far as this ledger's own conditions go, which need no chain.
func (l *Ledger) admissible(run Run) (int, error) {
	if l.cfg.rejoining {
		return len(run), nil
	}
	latest := uint64(l.cfg.Now().Add(MaxAhead).Unix())
	for i, e := range run {
		if e.Envelope.At > latest {
			return i, &protocol.Rejection{Code: protocol.TooFarAhead, Detail: fmt.Sprintf("%s is dated %d, it is %d", e.ID, e.Envelope.At, latest)}
		}
		if c := e.Control(); c != nil && e.Envelope.Kind == protocol.KindCharter && c.Network != l.cfg.Network {
			return i, l.wrongNetwork(c.Network)
		}
	}
	return len(run), nil
}

func (l *Ledger) wrongNetwork(name string) error {
	return &protocol.Rejection{Code: protocol.WrongNetwork, Detail: fmt.Sprintf("the body is of the network %q, this is %q", name, l.cfg.Network)}
}

// judge applies the verdicts on p's signatures.
func (p *prepared) judge(verdicts []bool) {
	for i, ok := range verdicts {
		if !ok {
			p.err = &protocol.Rejection{
				Code:   protocol.BadSignature,
				Detail: fmt.Sprintf("the signature of %s is not by the key in force", p.run[i].ID),
			}
			p.chains = p.chains[:i]
			return
		}
	}
}

// take adds a prepared run. What does not fit into one transaction comes back as
// rest, for joinRun in the next. The error is the store's.
func (b *batch) take(p *prepared) (o Outcome, rest Run, err error) {
	body := p.run[0].Body()
	t, err := b.tip(body)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Outcome{}, nil, err
	}
	if p.base == nil || !fits(t, p.base) {
		return b.joinRun(t, p.run)
	}
	n := len(p.chains)
	if err := b.extend(t, p.run[:n], p.chains); err != nil {
		return Outcome{}, nil, err
	}
	return b.outcome(body, n, p.err), nil, nil
}

// fitting is how many entries at the beginning of a run, at least one, go into
// one transaction.
func fitting(run Run) int {
	keys := 0
	for i, e := range run {
		if keys += keysOf(e); i > 0 && (i == unitEntries || keys > unitKeys) {
			return i
		}
	}
	return len(run)
}

// keysOf is how many keys an entry is stored under, at most.
func keysOf(e *protocol.Entry) int {
	keys := 5 + min(bytes.Count(e.Content, idMark), record.MaxReferences)
	if act := e.Erase(); act != nil {
		keys += len(act.Positions) + 1
	}
	return keys
}

// fits reports whether a body's log is still the one that base describes.
func fits(t *tip, base *protocol.Chain) bool {
	if t == nil {
		return base.Length() == 0
	}
	return t.freeze.Kind == protocol.NotFrozen && (t.chain == base || t.chain.Equal(base))
}

func (b *batch) outcome(body protocol.BodyID, added int, rejection error) Outcome {
	o := Outcome{Added: added, Err: rejection}
	if t, err := b.tip(body); err == nil {
		o.Head = t.head()
	}
	return o
}

// joinRun adds a run under the write lock, whatever its relation to the log: it
// may repeat it, extend it, or contradict it. t is nil for a new body. The
// results are those of take.
func (b *batch) joinRun(t *tip, run Run) (o Outcome, rest Run, err error) {
	body := run[0].Body()
	allowed, refusal := b.l.admissible(run)
	run = run[:allowed]
	if t != nil {
		held, err := b.held(t, run)
		if err != nil {
			return Outcome{}, nil, err
		}
		run = run[held:]
	}
	if len(run) == 0 {
		return b.outcome(body, 0, refusal), nil, nil
	}
	chain, first := new(protocol.Chain), run[0].Envelope.Seq
	if t != nil {
		chain = t.chain
	}
	frozen := t != nil && t.freeze.Kind != protocol.NotFrozen
	if first > chain.Length() && !frozen {
		return b.outcome(body, 0, missingPrefix(run[0], chain.Length())), nil, nil
	}
	if first < chain.Length() || frozen {
		return b.contradict(t, run, refusal)
	}
	if n := fitting(run); n < len(run) {
		run, rest = run[:n], run[n:]
	}
	chains, err := b.verify(chain, run, kindsOf(b.txn, body))
	if code := protocol.CodeOf(err); err != nil && code == 0 {
		return Outcome{}, nil, err
	}
	if err != nil {
		refusal, rest = err, nil
	}
	if err := b.extend(t, run[:len(chains)], chains); err != nil {
		return Outcome{}, nil, err
	}
	return b.outcome(body, len(chains), refusal), rest, nil
}

func missingPrefix(e *protocol.Entry, length uint64) error {
	return &protocol.Rejection{
		Code:   protocol.MissingPrefix,
		Detail: fmt.Sprintf("%s stands at %d and the log held here ends at %d", e.ID, e.Envelope.Seq, length),
	}
}

// held counts the entries at the beginning of run that the log holds. Those that
// lack their content get it.
func (b *batch) held(t *tip, run Run) (int, error) {
	for i, e := range run {
		if e.Envelope.Seq >= t.chain.Length() {
			return i, nil
		}
		p, err := placeAt(b.txn, e.Body(), e.Envelope.Seq)
		if err != nil {
			return 0, err
		}
		if p.id != e.ID {
			return i, nil
		}
		if err := b.fill(p, e); err != nil {
			return 0, err
		}
	}
	return len(run), nil
}

// verify extends chain by run, signatures and all, and returns the chain after
// each entry that passed.
func (b *batch) verify(chain *protocol.Chain, run Run, kinds protocol.KindReader) ([]*protocol.Chain, error) {
	var chains []*protocol.Chain
	first := run[0].Envelope.Seq
	within := func(seq uint64) (protocol.Kind, error) {
		if seq >= first {
			return run[seq-first].Envelope.Kind, nil
		}
		return kinds(seq)
	}
	for _, e := range run {
		next, signed, err := chain.Extend(e, within)
		if err != nil {
			return chains, err
		}
		if !b.l.verifier.Verify(signed) {
			return chains, &protocol.Rejection{
				Code: protocol.BadSignature, Detail: fmt.Sprintf("the signature of %s is not by the key in force", e.ID),
			}
		}
		chain, chains = next, append(chains, next)
	}
	return chains, nil
}

// kindsOf reads the kinds of a body's log from the store.
func kindsOf(txn *badger.Txn, body protocol.BodyID) protocol.KindReader {
	return func(seq uint64) (protocol.Kind, error) {
		e, err := entryAt(txn, body, seq)
		if err != nil {
			return "", err
		}
		return e.Entry.Envelope.Kind, nil
	}
}
