package protocol

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// KindReader tells the kind of an earlier entry of the log that is being
// extended; `erase` entries are judged by it.
type KindReader func(seq uint64) (Kind, error)

// Chain is a verified prefix of a body's log: all that the envelope rules need
// to know of it. The zero value is the empty prefix, which a charter extends.
// A Chain is a value: extending returns another and leaves the first as it was.
type Chain struct {
	body     BodyID
	network  string
	tree     Tree
	at       uint64
	controls list[InForce]
	// erased are the digests of the approved `erase` acts under the last
	// control: only the first entry with a digest may use its approvals.
	erased list[Digest]
}

// Body is whose log it is; zero for the empty chain.
func (c *Chain) Body() BodyID { return c.body }

// Network is the name that the charter gives to the network.
func (c *Chain) Network() string { return c.network }

// Length is the number of entries.
func (c *Chain) Length() uint64 { return c.tree.Length() }

// Root is the Merkle root of the entries.
func (c *Chain) Root() Root { return c.tree.Root() }

// Head is the length and the root.
func (c *Chain) Head() Head { return Head{Length: c.Length(), Root: c.Root()} }

// Tree is the right edge of the Merkle tree.
func (c *Chain) Tree() Tree { return c.tree }

// At is the time that the last entry claims, in Unix seconds.
func (c *Chain) At() uint64 { return c.at }

// Controls are the charter and every `keys` entry, in order. They must not be
// changed.
func (c *Chain) Controls() []InForce { return slices.Clip(c.controls.items) }

// InForce is the last control; nil for the empty chain.
func (c *Chain) InForce() *InForce {
	if len(c.controls.items) == 0 {
		return nil
	}
	return &c.controls.items[len(c.controls.items)-1]
}

// Next returns an envelope that would extend the chain: the caller adds what it
// says. at is not taken back behind the last entry's.
func (c *Chain) Next(kind Kind, at uint64) *Envelope {
	env := &Envelope{V: Version, Body: c.body, Seq: c.Length(), Root: c.Root(), Kind: kind, At: max(at, c.at)}
	if f := c.InForce(); f != nil {
		env.Under = f.Seq
	}
	if kind == KindKeys {
		env.At = at
	}
	return env
}

// Extend applies the envelope rules to e as the next entry (SPEC.md section 8).
// Everything is checked but the entry's own signature, which the caller must
// verify before it believes the returned chain: so many can be verified in one
// batch. The error is a [Rejection], or what kinds returned.
func (c *Chain) Extend(e *Entry, kinds KindReader) (*Chain, Signed, error) {
	env := &e.Envelope
	if err := c.checkPlace(e); err != nil {
		return nil, Signed{}, err
	}
	next := &Chain{
		body: e.Body(), network: c.network, tree: c.tree.Append(e.ID), at: env.At,
		controls: c.controls, erased: c.erased,
	}
	key, err := c.extendBy(next, e, kinds)
	if err != nil {
		return nil, Signed{}, err
	}
	return next, Signed{Key: key, Purpose: PurposeEntry, Message: e.Raw, Signature: e.Signature}, nil
}

// checkPlace checks that e stands on this prefix.
func (c *Chain) checkPlace(e *Entry) error {
	env := &e.Envelope
	if c.Length() > 0 && e.Body() != c.body {
		return reject(WrongBody, "an entry of %s in the log of %s", e.Body(), c.body)
	}
	if env.Seq != c.Length() {
		return reject(WrongPosition, "an entry at position %d cannot follow %d entries", env.Seq, c.Length())
	}
	if env.Root != c.Root() {
		return reject(WrongRoot, "the entry at position %d stands on another history", env.Seq)
	}
	if env.At < c.at && env.Kind != KindKeys {
		return reject(TimeGoesBack, "the entry is dated %d, the one before it %d", env.At, c.at)
	}
	return nil
}

// extendBy applies the rules of e's kind, completes next, and returns the key
// that must have signed e.
func (c *Chain) extendBy(next *Chain, e *Entry, kinds KindReader) (SigningKey, error) {
	env := &e.Envelope
	switch env.Kind {
	case KindCharter:
		next.network = e.control.Network
		next.controls = c.controls.extend(InForce{ID: e.ID, Control: e.control})
		return e.control.Key, nil
	case KindKeys:
		strength, err := c.authorise(e)
		if err != nil {
			return SigningKey{}, err
		}
		next.controls = c.controls.extend(InForce{Seq: env.Seq, ID: e.ID, Control: e.control, Strength: strength})
		next.erased = list[Digest]{}
		return e.control.Key, nil
	}
	last := c.InForce()
	if env.Under != last.Seq {
		return SigningKey{}, reject(WrongUnder, "the entry stands under position %d, the control in force is at %d", env.Under, last.Seq)
	}
	if env.Kind == KindErase {
		if err := c.checkErase(e, last, kinds); err != nil {
			return SigningKey{}, err
		}
		if len(env.Approvals) > 0 {
			next.erased = c.erased.extend(env.Digest())
		}
	}
	return last.Control.Key, nil
}

// authorise judges a `keys` entry and returns its strength.
func (c *Chain) authorise(e *Entry) (Strength, error) {
	env := &e.Envelope
	controls := c.controls.items
	under, ok := slices.BinarySearchFunc(controls, env.Under, func(f InForce, seq uint64) int { return cmp.Compare(f.Seq, seq) })
	if !ok {
		return Strength{}, reject(WrongUnder, "position %d is not a control", env.Under)
	}
	strength, err := authority(e, &controls[under], c.body)
	if err != nil {
		return Strength{}, err
	}
	for _, f := range controls[under+1:] {
		if strength.Compare(f.Strength) <= 0 {
			return Strength{}, reject(WeakerKeys, "%s does not outrank the control at %d, which is %s", strength, f.Seq, f.Strength)
		}
	}
	return strength, nil
}

// authority checks that base, the control that the `keys` entry e stands under,
// authorises it.
func authority(e *Entry, base *InForce, body BodyID) (Strength, error) {
	env := &e.Envelope
	message := RecoveryMessage(body, base.ID, env.Seq, env.Root, env.Act)
	if len(env.Approvals) == 1 && !env.Approvals[0].Recovery.IsZero() {
		a := &env.Approvals[0]
		digest := RecoveryDigest(a.Recovery)
		rank := slices.Index(base.Control.Recovery, digest)
		if rank < 0 || a.Recovery.check() != nil || !verifyOnce(a.Recovery, PurposeRecovery, message, a.Sig) {
			return Strength{}, reject(NoAuthority, "the recovery signature is not by a key of the control at %d over this change", base.Seq)
		}
		if slices.Contains(e.control.Recovery, digest) || e.control.Key == a.Recovery {
			return Strength{}, reject(RecoveryReused, "the recovery key that made this change cannot be listed again, or sign entries")
		}
		return Strength{Under: base.Seq, Rank: uint8(rank)}, nil
	}
	quorum := base.Control.Quorum[KindKeys]
	if quorum == 0 {
		return Strength{}, reject(NoAuthority, "the control at %d lets no quorum change it", base.Seq)
	}
	if n := quorumSigns(env.Approvals, base.Control, message); n < quorum {
		return Strength{}, reject(NoAuthority, "%d of the %d officers who must agree have signed", n, quorum)
	}
	if !slices.Equal(base.Control.Recovery, e.control.Recovery) {
		return Strength{}, reject(RecoveryChanged, "officers cannot change the recovery keys")
	}
	return Strength{Under: base.Seq, Rank: RankQuorum}, nil
}

// checkErase judges an `erase` entry under the control in force.
func (c *Chain) checkErase(e *Entry, last *InForce, kinds KindReader) error {
	env := &e.Envelope
	need := last.Control.Quorum[KindErase]
	for _, p := range e.erase.Positions {
		if p >= env.Seq {
			return reject(BadErase, "position %d is not before the entry that erases it", p)
		}
		kind, err := kinds(p)
		if err != nil {
			return fmt.Errorf("read the kind at position %d: %w", p, err)
		}
		if kind.HasAct() {
			return reject(BadErase, "position %d is a %s entry, which cannot be erased", p, kind)
		}
		need = max(need, last.Control.Quorum[kind])
	}
	if len(last.Control.Officers) > 0 {
		need = max(need, 1)
	}
	if need == 0 {
		return nil
	}
	replayed := slices.Contains(c.erased.items, env.Digest())
	verdicts := JudgeApprovals(env, c.body, last, replayed)
	if n := countApprovals(verdicts); n < need {
		return reject(ApprovalsShort, "%d of %d approvals count: %v", n, need, verdicts)
	}
	return nil
}

// ChainState is what of a [Chain] must be stored to restore it without reading
// the log again, besides the control entries themselves.
type ChainState struct {
	_       struct{} `cbor:",toarray"`
	Body    BodyID
	Length  uint64
	Edge    []Digest
	At      uint64
	Erased  []Digest
	Control []ControlState
}

// ControlState says where a control stands, and how strong it is.
type ControlState struct {
	_     struct{} `cbor:",toarray"`
	Seq   uint64
	Under uint64
	Rank  uint8
}

// Encode returns the state in CBOR, for a store: it is not part of the
// protocol.
func (s *ChainState) Encode() []byte { return stateCodec.encode(s) }

// DecodeChainState reads what [ChainState.Encode] wrote.
func DecodeChainState(b []byte) (*ChainState, error) {
	s := new(ChainState)
	if err := stateCodec.decode("the state of a chain", b, s); err != nil {
		return nil, err
	}
	return s, nil
}

// State returns what must be stored.
func (c *Chain) State() *ChainState {
	s := &ChainState{Body: c.body, Length: c.Length(), Edge: c.tree.Edge(), At: c.at, Erased: slices.Clip(c.erased.items)}
	for _, f := range c.controls.items {
		s.Control = append(s.Control, ControlState{Seq: f.Seq, Under: f.Strength.Under, Rank: f.Strength.Rank})
	}
	return s
}

// RestoreChain makes a chain from its stored state. entry returns the control
// entries of the log, whose signatures were verified when they were stored.
func RestoreChain(s *ChainState, entry func(seq uint64) (*Entry, error)) (*Chain, error) {
	tree, err := RestoreTree(s.Length, s.Edge)
	if err != nil {
		return nil, err
	}
	c := &Chain{body: s.Body, tree: tree, at: s.At, erased: listOf(slices.Clip(s.Erased))}
	controls := make([]InForce, 0, len(s.Control))
	for i, cs := range s.Control {
		e, err := entry(cs.Seq)
		if err != nil {
			return nil, fmt.Errorf("control at position %d of %s: %w", cs.Seq, s.Body, err)
		}
		if e.control == nil || e.Envelope.Seq != cs.Seq || e.Envelope.Under != cs.Under || e.Body() != s.Body ||
			(i == 0) != (cs.Seq == 0) || i > 0 && cs.Seq <= s.Control[i-1].Seq || cs.Seq >= s.Length || cs.Rank > RankQuorum {
			return nil, fmt.Errorf("the entry at position %d of %s is not the control that stood there", cs.Seq, s.Body)
		}
		if cs.Seq == 0 {
			c.network = e.control.Network
		}
		controls = append(controls, InForce{
			Seq: cs.Seq, ID: e.ID, Control: e.control,
			Strength: Strength{Under: cs.Under, Rank: cs.Rank},
		})
	}
	if len(controls) == 0 {
		return nil, fmt.Errorf("the state of %s names no control", s.Body)
	}
	c.controls = listOf(controls)
	return c, nil
}

// ExtendAll extends the chain by a run of entries of one log, each following
// the one before, and verifies their signatures in one batch. It returns the
// chain after the last good entry, how many were good, and the rejection of the
// first that was not.
func (c *Chain) ExtendAll(run []*Entry, kinds KindReader, v *Verifier) (*Chain, int, error) {
	chains := make([]*Chain, 0, len(run))
	signed := make([]Signed, 0, len(run))
	tip, failed := c, error(nil)
	kinds = c.withRun(run, kinds)
	for _, e := range run {
		next, s, err := tip.Extend(e, kinds)
		if err != nil {
			failed = err
			break
		}
		tip, chains, signed = next, append(chains, next), append(signed, s)
	}
	for i, ok := range v.VerifyBatch(signed) {
		if !ok {
			good := c
			if i > 0 {
				good = chains[i-1]
			}
			return good, i, reject(BadSignature, "the signature of %s is not by the key in force", run[i].ID)
		}
	}
	return tip, len(chains), failed
}

// withRun reads kinds of entries that the chain does not hold yet from run. An
// entry asks for positions before its own alone.
func (c *Chain) withRun(run []*Entry, kinds KindReader) KindReader {
	return func(seq uint64) (Kind, error) {
		if seq >= c.Length() && seq-c.Length() < uint64(len(run)) {
			return run[seq-c.Length()].Envelope.Kind, nil
		}
		return kinds(seq)
	}
}

// Equal reports whether two chains are of the same log and length.
func (c *Chain) Equal(d *Chain) bool {
	r, s := c.Root(), d.Root()
	return c.body == d.body && c.Length() == d.Length() && bytes.Equal(r[:], s[:])
}
