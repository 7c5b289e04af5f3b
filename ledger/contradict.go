package ledger

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// contradict judges a run that does not simply extend the log: it parts from
// it, or the log is frozen. The paths that are held and the new one go to
// [protocol.Join], and what it answers is applied. When that changed the log too
// often lately, nothing is looked at: the outcome is a [DeferredError].
func (b *batch) contradict(t *tip, run Run, refusal error) (o Outcome, rest Run, err error) {
	body := run[0].Body()
	if err := b.l.pace.check(paceOf(run), b.l.cfg.Now()); err != nil {
		return b.outcome(body, 0, err), nil, nil
	}
	before := b.tips[body]
	kept, err := b.keptPaths(t)
	if err != nil {
		return Outcome{}, nil, err
	}
	prefix, err := prefixFor(kept, run[0])
	if err != nil {
		return Outcome{}, nil, err
	}
	if prefix == nil {
		return b.outcome(body, 0, missingPrefix(run[0], t.chain.Length())), nil, nil
	}
	chain, err := prefix.chain()
	if err != nil {
		return Outcome{}, nil, err
	}
	chains, err := b.verify(chain, run, prefix.kind)
	if err != nil && protocol.CodeOf(err) == 0 {
		return Outcome{}, nil, err
	}
	if err != nil {
		refusal = err
	}
	if len(chains) == 0 {
		return b.outcome(body, 0, refusal), nil, nil
	}
	branch := &path{
		txn: b.txn, body: body, stored: prefix.stored,
		tail:     append(prefix.tail[:len(prefix.tail):len(prefix.tail)], run[:len(chains)]...),
		controls: chains[len(chains)-1].Controls(),
	}
	// A change of control that does not hold is none.
	of := paceOf(run[:len(chains)])
	if err := b.l.pace.check(of, b.l.cfg.Now()); err != nil {
		return b.outcome(body, 0, err), nil, nil
	}
	paths := append(kept, branch)
	added, left, err := b.settle(t, paths)
	if err != nil {
		return Outcome{}, nil, err
	}
	if b.tips[body] != before {
		b.l.pace.note(of, b.l.cfg.Now())
	}
	if left {
		cut := b.tips[body]
		rest = run[cut.chain.Length()-run[0].Envelope.Seq : len(chains)]
	}
	return b.outcome(body, added, refusal), rest, nil
}

// keptPaths returns the log as a path, or the two branches of a frozen one.
func (b *batch) keptPaths(t *tip) ([]*path, error) {
	body := t.chain.Body()
	log := &path{txn: b.txn, body: body, stored: t.chain.Length(), controls: t.chain.Controls()}
	if t.freeze.Kind == protocol.NotFrozen {
		return []*path{log}, nil
	}
	var paths []*path
	for n := range 2 {
		tail, err := readBranch(b.txn, body, n)
		if err != nil {
			return nil, err
		}
		chains, err := extendAll(t.chain, tail, log.kind)
		if err != nil {
			return nil, fmt.Errorf("branch %d of the frozen log of %s: %w: %w", n, body, ErrDamaged, err)
		}
		paths = append(paths, &path{txn: b.txn, body: body, stored: log.stored, tail: tail, controls: chains.Controls()})
	}
	return paths, nil
}

// extendAll extends a chain by entries whose signatures were verified before.
func extendAll(chain *protocol.Chain, entries []*protocol.Entry, kinds protocol.KindReader) (*protocol.Chain, error) {
	start := chain.Length()
	for _, e := range entries {
		next, _, err := chain.Extend(e, func(seq uint64) (protocol.Kind, error) {
			if seq >= start {
				return entries[seq-start].Envelope.Kind, nil
			}
			return kinds(seq)
		})
		if err != nil {
			return nil, err
		}
		chain = next
	}
	return chain, nil
}

// readBranch reads one of the two branches that prove a freeze.
func readBranch(txn *badger.Txn, body protocol.BodyID, branch int) (Run, error) {
	var run Run
	err := scan(txn, branchPrefix(body, branch), nil, func(_, value []byte) error {
		e, err := decodeRecord(0, value)
		if err == nil && e.Entry == nil {
			err = ErrDamaged
		}
		run = append(run, e.Entry)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("branch %d of %s: %w", branch, body, err)
	}
	return run, nil
}

// prefixFor returns the beginning of one of the paths on which e stands, nil
// when none is held.
func prefixFor(paths []*path, e *protocol.Entry) (*path, error) {
	for _, p := range paths {
		if p.Length() < e.Envelope.Seq {
			continue
		}
		prefix := p.upTo(e.Envelope.Seq)
		tree, err := prefix.tree()
		if err != nil {
			return nil, err
		}
		if tree.Root() == e.Envelope.Root {
			return prefix, nil
		}
	}
	return nil, nil
}

// settle joins the paths and makes the store say what comes out. It returns how
// many entries are in the log that were not before. Of a branch that is longer
// than a transaction allows it takes the beginning: left says that more of the
// last path is to come, which extends that.
func (b *batch) settle(t *tip, paths []*path) (added int, left bool, err error) {
	joined, err := protocol.Join(asPaths(paths))
	if err != nil {
		return 0, false, err
	}
	chosen := paths[joined.Path].upTo(joined.Length)
	old := &path{txn: b.txn, body: t.chain.Body(), stored: t.chain.Length(), controls: t.chain.Controls()}
	shared, err := protocol.Parting(old, chosen)
	if err != nil {
		return 0, false, err
	}
	if shared == old.Length() && shared == chosen.Length() && joined.Freeze == t.freeze {
		return 0, false, nil
	}
	if joined.Freeze.Kind == protocol.NotFrozen {
		n, err := takeable(chosen, shared)
		if err != nil {
			return 0, false, err
		}
		left = joined.Path == len(paths)-1 && shared+n < chosen.Length()
		chosen = chosen.upTo(shared + n)
	}
	next := &tip{freeze: joined.Freeze, parted: true, bytes: t.bytes}
	if next.chain, err = chosen.chain(); err != nil {
		return 0, false, err
	}
	var branches [2]Run
	if joined.Freeze.Kind != protocol.NotFrozen {
		for n, i := range joined.Branches {
			if branches[n], err = proofOf(paths[i], joined); err != nil {
				return 0, false, err
			}
		}
	}
	if err := b.giveUp(old, shared, t.freeze, joined.Freeze); err != nil {
		return 0, false, err
	}
	if err := b.putBranches(old.body, branches); err != nil {
		return 0, false, err
	}
	taken, err := b.takeOver(chosen, shared)
	if err != nil {
		return 0, false, err
	}
	b.grow(next, taken+bytesOf(branches[0])+bytesOf(branches[1]))
	b.count.entries += chosen.Length() - old.Length()
	b.count.frozen += frozenCount(joined.Freeze) - frozenCount(t.freeze)
	next.changed = b.count.events
	b.tips[old.body] = next
	return int(chosen.Length() - shared), left, nil
}

// takeable is how many entries of a path after its first shared ones go into one
// transaction.
func takeable(p *path, shared uint64) (uint64, error) {
	keys := 0
	for n := range min(p.Length()-shared, maxTakeover) {
		e, err := p.entry(shared + n)
		if err != nil {
			return 0, err
		}
		if keys += keysOf(e); n > 0 && keys > unitKeys {
			return n, nil
		}
	}
	return min(p.Length()-shared, maxTakeover), nil
}

func frozenCount(f protocol.Freeze) uint64 {
	if f.Kind == protocol.NotFrozen {
		return 0
	}
	return 1
}

func asPaths(paths []*path) []protocol.Path {
	out := make([]protocol.Path, len(paths))
	for i, p := range paths {
		out[i] = p
	}
	return out
}

// proofOf returns what of a path proves the freeze, from where the log ends.
func proofOf(p *path, log protocol.Log) (Run, error) {
	length, err := protocol.ProofLength(p, log.Length, log.Freeze)
	if err != nil {
		return nil, err
	}
	var run Run
	for seq := log.Length; seq < length; seq++ {
		e, err := p.entry(seq)
		if err != nil {
			return nil, err
		}
		run = append(run, e)
	}
	return run, nil
}

// giveUp tells followers that the log no longer has the entries from a position
// on, and whether it froze or was resolved.
func (b *batch) giveUp(old *path, from uint64, before, after protocol.Freeze) error {
	if before.Kind != protocol.NotFrozen && after.Kind == protocol.NotFrozen {
		if err := b.event(EventResolved, encodePositions(old.body, nil, nil)); err != nil {
			return err
		}
	}
	// What an erasure took that is given up now may be wanted again.
	b.lacking = b.lacking || from < old.Length()
	kind := EventDisowned
	if after.Kind != protocol.NotFrozen {
		kind = EventFrozen
	}
	var ids []protocol.EntryID
	for seq := from; seq < old.Length(); seq++ {
		id, err := old.IDAt(seq)
		if err != nil {
			return err
		}
		ids = append(ids, id)
		if err := b.noteGivenUp(old.body, seq, id); err != nil {
			return err
		}
	}
	if len(ids) == 0 && kind == EventFrozen && before != after {
		return b.event(kind, encodePositions(old.body, nil, nil))
	}
	return b.eventsOver(kind, old.body, from, ids)
}

// eventsOver adds as many events as the positions need.
func (b *batch) eventsOver(kind EventKind, body protocol.BodyID, first uint64, ids []protocol.EntryID) error {
	for len(ids) > 0 {
		n := min(len(ids), maxPositions)
		seqs := make([]uint64, n)
		for i := range seqs {
			seqs[i] = first + uint64(i)
		}
		if err := b.event(kind, encodePositions(body, seqs, ids[:n])); err != nil {
			return err
		}
		first, ids = first+uint64(n), ids[n:]
	}
	return nil
}

// putBranches replaces the branches that prove a body's freeze.
func (b *batch) putBranches(body protocol.BodyID, branches [2]Run) error {
	for n, run := range branches {
		var stale [][]byte
		err := scan(b.txn, branchPrefix(body, n), nil, func(key, _ []byte) error {
			stale = append(stale, bytes.Clone(key))
			return nil
		})
		if err != nil {
			return err
		}
		for _, key := range stale {
			if err := b.remove(key); err != nil {
				return err
			}
		}
		for _, e := range run {
			if err := b.set(branchKey(body, n, e.Envelope.Seq), encodeEntry(0, e)); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeOver makes the log what chosen says from a position on: new entries are
// stored, those that had been given up are restored. It returns how many bytes
// are new.
func (b *batch) takeOver(chosen *path, from uint64) (uint64, error) {
	entries := make([]*protocol.Entry, 0, chosen.Length()-from)
	for seq := from; seq < chosen.Length(); seq++ {
		e, err := chosen.entry(seq)
		if err != nil {
			return 0, err
		}
		entries = append(entries, e)
	}
	if err := b.dropSegments(chosen.body, from); err != nil {
		return 0, err
	}
	var taken uint64
	at := make([]place, len(entries))
	for i, e := range entries {
		var added bool
		var err error
		if at[i], added, err = b.store(e, true); err != nil {
			return 0, err
		}
		if added {
			taken += bytesOf([]*protocol.Entry{e})
		} else {
			if err := b.eventsOver(EventRestored, chosen.body, from+uint64(i), []protocol.EntryID{e.ID}); err != nil {
				return 0, err
			}
		}
	}
	if err := b.putPlaces(chosen.body, from, at); err != nil {
		return 0, err
	}
	return taken, b.seal(chosen.body, from, chosen.Length())
}

// Branches returns the two branches that prove that a log is frozen: the
// entries after its end. It returns [ErrNotFound] for a log that is not frozen.
func (l *Ledger) Branches(body protocol.BodyID) ([2]Run, error) {
	var branches [2]Run
	err := l.db.View(func(txn *badger.Txn) error {
		for n := range branches {
			run, err := readBranch(txn, body, n)
			if err != nil {
				return err
			}
			if len(run) == 0 {
				return ErrNotFound
			}
			branches[n] = run
		}
		return nil
	})
	if err != nil {
		return [2]Run{}, fmt.Errorf("freeze of %s: %w", body, err)
	}
	return branches, nil
}

// FreezeProof returns the proof, which anybody can check, that a body
// contradicted itself; [ErrNotFound] for a log that is not frozen.
func (l *Ledger) FreezeProof(body protocol.BodyID) (*protocol.FreezeProof, error) {
	branches, err := l.Branches(body)
	if err != nil {
		return nil, err
	}
	proof := new(protocol.FreezeProof)
	for n, run := range branches {
		proof.Entries[n] = run[len(run)-1]
	}
	err = l.db.View(func(txn *badger.Txn) error {
		t, err := l.tipOf(txn, body)
		if err != nil {
			return err
		}
		for _, c := range t.chain.Controls() {
			if c.Seq > proof.Entries[0].Envelope.Under {
				break
			}
			cp, err := controlProof(txn, t, branches, c.Seq)
			if err != nil {
				return err
			}
			proof.Controls = append(proof.Controls, cp)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("freeze of %s: %w", body, err)
	}
	if _, err := proof.Verify(); err != nil {
		return nil, errors.Join(ErrDamaged, err)
	}
	return proof, nil
}

// controlProof places a control of the log before the last entry of each branch.
func controlProof(txn *badger.Txn, t *tip, branches [2]Run, seq uint64) (protocol.ControlProof, error) {
	e, err := entryAt(txn, t.chain.Body(), seq)
	if err != nil {
		return protocol.ControlProof{}, err
	}
	cp := protocol.ControlProof{Entry: e.Entry}
	for n, run := range branches {
		read := branchNodes(txn, t, run)
		cp.Paths[n], err = protocol.ProveInclusion(seq, run[len(run)-1].Envelope.Seq, read)
		if err != nil {
			return protocol.ControlProof{}, err
		}
	}
	return cp, nil
}
