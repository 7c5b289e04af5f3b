package protocol_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// histories is how many random histories are drawn, unless -rapid.checks says
// otherwise.
const histories = 2000

// moment is an entry of a random history with everything before it.
type moment struct {
	before *moment
	after  []*moment
	seq    uint64
	id     protocol.EntryID
	chain  *protocol.Chain
	// change, under and rank describe a `keys` entry.
	change bool
	under  uint64
	rank   uint8
}

func (m *moment) path() *memoryPath {
	p := &memoryPath{ids: make([]protocol.EntryID, m.seq+1), controls: m.chain.Controls()}
	for x := m; x != nil; x = x.before {
		p.ids[x.seq] = x.id
	}
	return p
}

// history is a tree of entries of one body, drawn at random.
type history struct {
	keys    map[string]protocol.PrivateKey
	moments []*moment
	// recovery holds the labels of the recovery keys of each control.
	recovery map[protocol.EntryID][]string
}

func (h *history) key(label string) protocol.PrivateKey {
	k, ok := h.keys[label]
	if !ok {
		k = vectors.Secret(label)
		h.keys[label] = k
	}
	return k
}

func (h *history) control(signing string, recovery []string) *protocol.Control {
	c := &protocol.Control{Key: h.key(signing).Public(), Quorum: map[protocol.Kind]uint64{"keys": 1}}
	c.Officers = []protocol.Officer{{Office: "chair", Keys: []protocol.OfficerKey{protocol.Ed25519OfficerKey(h.key("chair").Public())}}}
	for _, r := range recovery {
		c.Recovery = append(c.Recovery, protocol.RecoveryDigest(h.key(r).Public()))
	}
	return c
}

// add extends the history, or returns why that is not allowed. The entries'
// own signatures are not at issue here, so they are left out.
func (h *history) add(before *moment, env *protocol.Envelope, m *moment) error {
	raw, err := env.Encode()
	if err != nil {
		return err
	}
	e, err := protocol.NewEntry(raw, protocol.Signature{}, nil)
	if err != nil {
		return err
	}
	chain := new(protocol.Chain)
	if before != nil {
		chain = before.chain
	}
	if m.chain, _, err = chain.Extend(e, nil); err != nil {
		return err
	}
	m.before, m.seq, m.id = before, env.Seq, e.ID
	if before != nil {
		before.after = append(before.after, m)
	}
	h.moments = append(h.moments, m)
	return nil
}

func (h *history) found() error {
	c := h.control("signing", []string{"0/0", "0/1", "0/2"})
	c.Network = vectors.NetworkName
	act, err := protocol.EncodeControl(protocol.KindCharter, c)
	if err != nil {
		return err
	}
	env := new(protocol.Chain).Next(protocol.KindCharter, vectors.Epoch)
	env.Act = act
	m := new(moment)
	if err := h.add(nil, env, m); err != nil {
		return err
	}
	h.recovery[m.id] = []string{"0/0", "0/1", "0/2"}
	return nil
}

// speak adds an ordinary entry.
func (h *history) speak(before *moment) error {
	env := before.chain.Next("decision", vectors.Epoch)
	env.Content = protocol.ContentRef{Hash: protocol.HashOf(fmt.Appendf(nil, "%d", len(h.moments))), Size: 1}
	return h.add(before, env, new(moment))
}

// change adds a change of control under the control numbered base of those
// before it, by a recovery key or, where rank says so, by an officer.
func (h *history) change(before *moment, base int, rank uint8) error {
	f := before.chain.Controls()[base]
	serial := len(h.moments)
	recovery := h.recovery[f.ID]
	if rank < protocol.RankQuorum {
		recovery = []string{fmt.Sprintf("%d/0", serial), fmt.Sprintf("%d/1", serial), fmt.Sprintf("%d/2", serial)}
	}
	c := h.control(fmt.Sprintf("signing %d", serial), recovery)
	c.Reason = protocol.ReasonRotation
	act, err := protocol.EncodeControl(protocol.KindKeys, c)
	if err != nil {
		return err
	}
	env := before.chain.Next(protocol.KindKeys, vectors.Epoch)
	env.Under, env.Act = f.Seq, act
	message := protocol.RecoveryMessage(before.chain.Body(), f.ID, env.Seq, env.Root, act)
	if rank < protocol.RankQuorum {
		env.Approvals = []protocol.Approval{protocol.Recover(h.key(h.recovery[f.ID][rank]), message)}
	} else {
		chair := h.key("chair")
		env.Approvals = []protocol.Approval{{Key: protocol.Ed25519OfficerKey(chair.Public()), Sig: chair.Sign(protocol.PurposeRecovery, message)}}
	}
	m := &moment{change: true, under: f.Seq, rank: rank}
	if err := h.add(before, env, m); err != nil {
		return err
	}
	h.recovery[m.id] = recovery
	return nil
}

// stronger is the rule of strength, said once more.
func stronger(a, b *moment) bool {
	return b == nil || a.under < b.under || a.under == b.under && a.rank < b.rank
}

// allowed says whether a change may follow before: it must be stronger than
// every change between the control that it stands under and itself.
func allowed(before *moment, m *moment) bool {
	for x := before; x.seq > m.under; x = x.before {
		if x.change && !stronger(m, x) {
			return false
		}
	}
	return true
}

func draw(t *rapid.T, keys map[string]protocol.PrivateKey) *history {
	h := &history{keys: keys, recovery: map[protocol.EntryID][]string{}}
	if err := h.found(); err != nil {
		t.Fatal(err)
	}
	for range rapid.IntRange(2, 18).Draw(t, "steps") {
		back := rapid.OneOf(rapid.Just(0), rapid.IntRange(0, len(h.moments)-1)).Draw(t, "back")
		before := h.moments[len(h.moments)-1-back]
		if rapid.IntRange(0, 9).Draw(t, "what") < 5 {
			if err := h.speak(before); err != nil {
				t.Fatal(err)
			}
			continue
		}
		controls := before.chain.Controls()
		base := rapid.IntRange(0, len(controls)-1).Draw(t, "base")
		rank := uint8(rapid.IntRange(0, protocol.RankQuorum).Draw(t, "rank"))
		want := allowed(before, &moment{under: controls[base].Seq, rank: rank})
		err := h.change(before, base, rank)
		if (err == nil) != want || err != nil && protocol.CodeOf(err) != protocol.WeakerKeys {
			t.Fatalf("a change of rank %d under %d: %v, allowed %v", rank, controls[base].Seq, err, want)
		}
	}
	return h
}

// state is what must be the same everywhere.
type state struct {
	length uint64
	root   protocol.Root
	freeze protocol.Freeze
}

// naive follows the rules of the design word by word over the tree of what was
// seen.
func naive(first *moment) state {
	here := first
	for {
		var best *moment
		var branch *moment
		tied := false
		for _, next := range here.after {
			s := strongestIn(next, here.seq)
			switch {
			case branch == nil || s != nil && stronger(s, best):
				branch, best, tied = next, s, false
			case s == nil && best == nil, s != nil && best != nil && s.under == best.under && s.rank == best.rank:
				tied = true
			}
		}
		if branch != nil && !tied {
			here = branch
			continue
		}
		out := state{length: here.seq + 1, root: here.path().rootAt(here.seq + 1)}
		if tied && best == nil {
			out.freeze.Kind = protocol.Forked
		} else if tied {
			out.freeze = protocol.Freeze{Kind: protocol.Contested, Strength: protocol.Strength{Under: best.under, Rank: best.rank}}
		}
		return out
	}
}

// strongestIn is the strongest change in a branch that stands under a control
// up to and including the position last, where its root stands alone.
func strongestIn(branch *moment, last uint64) *moment {
	var best *moment
	if branch.change && branch.under <= last {
		best = branch
	}
	for _, next := range branch.after {
		if s := strongestIn(next, last); s != nil && stronger(s, best) {
			best = s
		}
	}
	return best
}

func join(t *rapid.T, paths []protocol.Path) (protocol.Log, state) {
	log, err := protocol.Join(paths)
	if err != nil {
		t.Fatal(err)
	}
	return log, state{log.Length, paths[log.Path].(*memoryPath).rootAt(log.Length), log.Freeze}
}

// keeper is a node that keeps no more than it must: the good log and, at a
// freeze, two branches as far as they prove it.
type keeper struct{ paths []protocol.Path }

// receive takes a delivery with its whole prefix.
func (k *keeper) receive(t *rapid.T, deliveries ...*moment) state {
	for _, m := range deliveries {
		k.paths = append(k.paths, m.path())
	}
	log, now := join(t, k.paths)
	kept := []protocol.Path{k.paths[log.Path].(*memoryPath).cut(log.Length)}
	if log.Freeze.Kind != protocol.NotFrozen {
		for _, b := range log.Branches {
			p := k.paths[b].(*memoryPath)
			n, err := protocol.ProofLength(p, log.Length, log.Freeze)
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, p.cut(n))
		}
		if kept[1].(*memoryPath).ids[log.Length] == kept[2].(*memoryPath).ids[log.Length] {
			t.Fatal("the two branches of the proof are one")
		}
	}
	k.paths = kept
	if _, again := join(t, kept); again != now {
		t.Fatalf("what is kept says %+v, what was seen %+v", again, now)
	}
	return now
}

// TestRandomHistories: what is believed depends on what was seen alone, not on
// its order, on repetition, or on how much of it was kept; and it is what the
// rules say when they are followed one by one.
func TestRandomHistories(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set(fmt.Sprint(histories)); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := f.Value.Set(f.DefValue); err != nil {
				t.Error(err)
			}
		}()
	}
	keys := map[string]protocol.PrivateKey{}
	seen := map[protocol.FreezeKind]int{}
	rapid.Check(t, func(t *rapid.T) {
		h := draw(t, keys)
		want := naive(h.moments[0])
		seen[want.freeze.Kind]++

		order := rapid.Permutation(h.moments).Draw(t, "order")
		order = append(order, order[:rapid.IntRange(0, len(order)).Draw(t, "doubled")]...)
		var paths []protocol.Path
		for _, m := range order {
			paths = append(paths, m.path())
		}
		if _, got := join(t, paths); got != want {
			t.Fatalf("held whole: %+v, the rules say %+v", got, want)
		}
		var one, many keeper
		var got state
		for _, m := range order {
			got = one.receive(t, m)
		}
		if got != want {
			t.Fatalf("one by one, keeping little: %+v, the rules say %+v", got, want)
		}
		batch := rapid.IntRange(1, 5).Draw(t, "batch")
		for run := range slices.Chunk(rapid.Permutation(h.moments).Draw(t, "other order"), batch) {
			got = many.receive(t, run...)
		}
		if got != want {
			t.Fatalf("in batches, keeping little: %+v, the rules say %+v", got, want)
		}
	})
	for _, kind := range []protocol.FreezeKind{protocol.NotFrozen, protocol.Forked, protocol.Contested} {
		if seen[kind] < seen[protocol.NotFrozen]/50+1 {
			t.Errorf("only %d of the histories end %s", seen[kind], kind)
		}
	}
}
