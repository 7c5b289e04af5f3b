package sharing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// forest is a set of entries of one body, each with all that it stands on, and
// what [protocol.Join] makes of it: the model that every ledger is held against.
// It knows nothing of the order in which entries came.
type forest map[protocol.Head]*stem

// stem is an entry on the one below it.
type stem struct {
	below *stem
	entry *protocol.Entry
	chain *protocol.Chain
	top   bool
}

// trunk is an unbroken run of entries from the charter to a tip.
type trunk struct {
	ids   []protocol.EntryID
	chain *protocol.Chain
}

// Length implements [protocol.Path].
func (t *trunk) Length() uint64 { return uint64(len(t.ids)) }

// IDAt implements [protocol.Path].
func (t *trunk) IDAt(seq uint64) (protocol.EntryID, error) { return t.ids[seq], nil }

// Controls implements [protocol.Path].
func (t *trunk) Controls() []protocol.InForce { return t.chain.Controls() }

// add puts entries into the forest, in any order.
func (f forest) add(entries ...*protocol.Entry) error {
	entries = slices.SortedFunc(slices.Values(entries), func(a, b *protocol.Entry) int {
		return cmp.Compare(a.Envelope.Seq, b.Envelope.Seq)
	})
	for _, e := range entries {
		s := &stem{entry: e, chain: new(protocol.Chain), top: true}
		if e.Envelope.Seq > 0 {
			if s.below = f[protocol.Head{Length: e.Envelope.Seq, Root: e.Envelope.Root}]; s.below == nil {
				return fmt.Errorf("%s at %d came without its prefix", e.ID, e.Envelope.Seq)
			}
			s.chain = s.below.chain
		}
		var err error
		if s.chain, _, err = s.chain.Extend(e, nil); err != nil {
			return err
		}
		if f[s.chain.Head()] == nil {
			f[s.chain.Head()] = s
		}
		if s.below != nil {
			s.below.top = false
		}
	}
	return nil
}

// whole is an entry with all that it stands on.
func (f forest) whole(e *protocol.Entry) []*protocol.Entry {
	run := []*protocol.Entry{e}
	for s := f[protocol.Head{Length: e.Envelope.Seq, Root: e.Envelope.Root}]; s != nil; s = s.below {
		run = append(run, s.entry)
	}
	slices.Reverse(run)
	return run
}

// join is the log that follows from the forest, and whether it is frozen.
func (f forest) join() (*trunk, protocol.Freeze, error) {
	var paths []protocol.Path
	var trunks []*trunk
	for _, s := range f {
		if !s.top {
			continue
		}
		t := &trunk{chain: s.chain}
		for ; s != nil; s = s.below {
			t.ids = append(t.ids, s.entry.ID)
		}
		slices.Reverse(t.ids)
		paths, trunks = append(paths, t), append(trunks, t)
	}
	log, err := protocol.Join(paths)
	if err != nil {
		return nil, protocol.Freeze{}, err
	}
	chosen := trunks[log.Path]
	return &trunk{ids: chosen.ids[:log.Length], chain: chosen.chain}, log.Freeze, nil
}
