package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing"
)

// change is a change of control in the making.
type change struct {
	edit api.ControlEdit
	head ledger.Head
	// base is the control whose keys shall authorise it, rank that of the
	// recovery key; prefix is the log that is kept.
	base   protocol.InForce
	rank   uint8
	prefix *protocol.Chain
	// given are the heads that are given up.
	given []protocol.Head
}

// proposeControl makes a change of control: the new signing key is made here and
// lies in a file of its own until the change is in the log. Who authorises it
// signs the proposal elsewhere: recovery keys never come to this machine.
func (n *Node) proposeControl(ctx context.Context, edit api.ControlEdit) (api.Proposal, error) {
	body, err := n.controlled(edit)
	if err != nil {
		return api.Proposal{}, err
	}
	if err := n.mayChange(); err != nil {
		return api.Proposal{}, fmt.Errorf("change control: %w", err)
	}
	c, err := n.prepareChange(body, edit)
	if err != nil {
		return api.Proposal{}, err
	}
	key, err := protocol.GenerateKey(rand.Reader)
	if err != nil {
		return api.Proposal{}, fmt.Errorf("make a signing key: %w", err)
	}
	control, err := c.control(key.Public())
	if err != nil {
		return api.Proposal{}, err
	}
	act, err := protocol.EncodeControl(protocol.KindKeys, control)
	if err != nil {
		return api.Proposal{}, api.BadRequest("The change of control does not hold: " + err.Error() + ".")
	}
	p, err := n.casebook.Propose(ctx, casebook.Proposal{
		Kind: protocol.KindKeys, Payload: act, Control: c.base.ID,
		Place: &casebook.Place{Seq: c.prefix.Length(), Root: c.prefix.Root(), Under: c.base.Seq},
	})
	if err != nil {
		return api.Proposal{}, err
	}
	if err := writeDurably(keyPath(n.cfg.Data, nextFile(p.ID)), encodeSigning(identity{body: body, key: key})); err != nil {
		return api.Proposal{}, fmt.Errorf("write the new signing key: %w", err)
	}
	return n.tellProposal(p)
}

// mayChange returns an error that wraps [api.ErrAskFirst] while the log may be
// longer elsewhere: a change of control outranks what it does not stand behind,
// and made on an old log it would disown what was published since. Another writer
// does not keep it: his key loses its force.
func (n *Node) mayChange() error {
	if n.own() == nil && !n.assured.has(api.ConfirmAlone) {
		return fmt.Errorf("%w: it came here from other nodes, of which none can be asked now", api.ErrAskFirst)
	}
	return n.askedFirst()
}

// controlled is the body whose control shall change.
func (n *Node) controlled(edit api.ControlEdit) (protocol.BodyID, error) {
	own := n.own()
	switch {
	case own != nil && (edit.Body == nil || *edit.Body == own.body):
		return own.body, nil
	case own != nil:
		return protocol.BodyID{}, api.BadRequest("This node speaks for another body. Recover that one in a data directory of its own.")
	case edit.Body == nil:
		return protocol.BodyID{}, api.ErrNoBody
	case n.network != nil:
		return protocol.BodyID{}, api.BadRequest("A node takes up a body when it starts. Stop it, recover the body, and start it again.")
	}
	return *edit.Body, nil
}

// prepareChange finds out where a change will stand, by whose authority, and what
// it gives up.
func (n *Node) prepareChange(body protocol.BodyID, edit api.ControlEdit) (*change, error) {
	c := &change{edit: edit}
	var err error
	if c.head, err = n.ledger.Head(body); err != nil {
		return nil, fmt.Errorf("change the control of %s: %w", body, err)
	}
	from := c.head.Length
	if edit.From != nil {
		from = *edit.From
	}
	if from == 0 || from > c.head.Length {
		return nil, api.BadRequest(fmt.Sprintf("The log has the positions 0 to %d, and the charter at 0 stays. Give up what stands from one of the others on.", c.head.Length-1))
	}
	if c.prefix, err = n.ledger.ChainAt(body, from); err != nil {
		return nil, fmt.Errorf("change the control of %s: %w", body, err)
	}
	chain, err := n.ledger.Chain(body)
	if err != nil {
		return nil, fmt.Errorf("change the control of %s: %w", body, err)
	}
	if err := c.authorise(chain); err != nil {
		return nil, err
	}
	c.given, err = n.givenUp(body, from)
	return c, err
}

// authorise finds the control that the change stands under, and makes sure that
// it will win.
func (c *change) authorise(chain *protocol.Chain) error {
	controls := c.prefix.Controls()
	c.base, c.rank = controls[len(controls)-1], protocol.RankQuorum
	if c.edit.Used != nil {
		found := false
		for _, f := range slices.Backward(controls) {
			if i := slices.Index(f.Control.Recovery, *c.edit.Used); i >= 0 {
				c.base, c.rank, found = f, uint8(i), true
				break
			}
		}
		if !found {
			return api.BadRequest("These recovery words are not those of this body, as far as its log is kept. They may have been used already: each set works once.")
		}
	} else if c.base.Control.Quorum[protocol.KindKeys] == 0 {
		return api.BadRequest("No officers of this body can change its control. Use a set of recovery words.")
	}
	mine := protocol.Strength{Under: c.base.Seq, Rank: c.rank}
	// What it stands on, and what it displaces, must be weaker.
	for _, f := range chain.Controls() {
		within := f.Seq > c.base.Seq && f.Seq < c.prefix.Length()
		displaced := f.Seq >= c.prefix.Length() && f.Strength.Under < c.prefix.Length()
		if f.Change() && within && mine == f.Strength && c.edit.Used != nil {
			return api.BadRequest(fmt.Sprintf("These recovery words were used already, for the change at position %d, and each set works once. Use the words that took their place then, or another set.", f.Seq))
		}
		if f.Change() && (within || displaced) && mine.Compare(f.Strength) <= 0 {
			return api.BadRequest(fmt.Sprintf("The change at position %d was made by %s, and this one by %s would not outrank it. Use a stronger set of recovery words, or keep the log further.", f.Seq, f.Strength, mine))
		}
	}
	if c.head.Freeze.Kind == protocol.Contested && c.prefix.Length() == c.head.Length && mine.Compare(c.head.Freeze.Strength) <= 0 {
		return api.BadRequest(fmt.Sprintf("The log is frozen by two changes of control made by %s, and this one by %s would not outrank them. Use a stronger set of recovery words.", c.head.Freeze.Strength, mine))
	}
	return nil
}

// givenUp are the heads of what a change at a position gives up: of the log, and
// of the branches that froze it.
func (n *Node) givenUp(body protocol.BodyID, from uint64) ([]protocol.Head, error) {
	chain, err := n.ledger.Chain(body)
	if err != nil {
		return nil, err
	}
	var heads []protocol.Head
	branches, err := n.ledger.Branches(body)
	switch {
	case err == nil:
		for _, run := range branches {
			tree := chain.Tree()
			for _, e := range run {
				tree = tree.Append(e.ID)
			}
			heads = append(heads, protocol.Head{Length: tree.Length(), Root: tree.Root()})
		}
	case !errors.Is(err, ledger.ErrNotFound):
		return nil, err
	case from < chain.Length():
		heads = append(heads, chain.Head())
	}
	return heads, nil
}

// control is the control that the change sets.
func (c *change) control(key protocol.SigningKey) (*protocol.Control, error) {
	controls := c.prefix.Controls()
	now := controls[len(controls)-1].Control
	out := &protocol.Control{
		Key: key, Reason: c.edit.Reason, Disowns: c.given,
		Officers: slices.Clone(now.Officers), Recovery: slices.Clone(c.base.Control.Recovery),
		Quorum: make(map[protocol.Kind]uint64),
	}
	for kind, need := range now.Quorum {
		out.Quorum[kind] = need
	}
	if c.edit.Used != nil {
		i := slices.Index(out.Recovery, *c.edit.Used)
		if c.edit.New == nil {
			return nil, api.BadRequest("A set of recovery words works once. Name the digest of the key that takes its place.")
		}
		out.Recovery[i] = *c.edit.New
	}
	for _, office := range c.edit.Remove {
		i := slices.IndexFunc(out.Officers, func(o protocol.Officer) bool { return o.Office == office })
		if i < 0 {
			return nil, api.BadRequest(fmt.Sprintf("There is no office %q. \"folkmoot officer list\" shows those that there are.", office))
		}
		out.Officers = slices.Delete(out.Officers, i, i+1)
	}
	for _, add := range c.edit.Add {
		o := protocol.Officer{Office: add.Office}
		for _, text := range add.Keys {
			key, err := protocol.ParseOfficerKey(text)
			if err != nil {
				return nil, api.BadRequest(fmt.Sprintf("The key of the office %q: %s.", add.Office, err))
			}
			o.Keys = append(o.Keys, key)
		}
		out.Officers = append(out.Officers, o)
	}
	for kind, need := range c.edit.Quorum {
		if out.Quorum[kind] = need; need == 0 {
			delete(out.Quorum, kind)
		}
	}
	return out, nil
}

// tellKeys judges the signatures under a change of control, and whether it still
// stands where it was to stand.
func (n *Node) tellKeys(out *api.Proposal, approvals []protocol.Approval) error {
	c, err := n.controlOf(&out.Proposal)
	if err != nil {
		return err
	}
	message := protocol.RecoveryMessage(out.Body, out.Control, out.Place.Seq, out.Place.Root, out.Payload)
	act, err := protocol.DecodeControl(protocol.KindKeys, out.Payload)
	if err != nil {
		return fmt.Errorf("proposal %s: %w", out.ID, err)
	}
	// Who changes the recovery keys signs with one; officers cannot.
	byKey := !slices.Equal(c.Recovery, act.Recovery)
	out.Needed = c.Quorum[protocol.KindKeys]
	if byKey {
		out.Needed = 1
	}
	for i := range approvals {
		v := protocol.JudgeAuthority(&approvals[i], c, message)
		if v == protocol.ApprovalCounts && byKey == approvals[i].Recovery.IsZero() {
			v = protocol.ApprovalUnknownKey
		}
		out.Verdicts = append(out.Verdicts, v)
	}
	countApprovals(out, c, approvals)
	if byKey {
		out.Missing = nil
	}
	if out.State != casebook.ProposalOpen {
		return nil
	}
	given, err := n.givenUp(out.Body, out.Place.Seq)
	if err != nil {
		return err
	}
	root, err := n.ledger.RootAt(out.Body, out.Place.Seq)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	if err != nil || root != out.Place.Root || !slices.Equal(given, act.Disowns) {
		out.Void = "The log went on since the change was proposed, and its signatures name the place where it was to stand. Propose it again."
	}
	return nil
}

// publishKeys signs a change of control with the new key, puts it in the log, and
// takes the new key into use. Who holds the old one cannot undo it.
func (n *Node) publishKeys(ctx context.Context, p *api.Proposal) (protocol.EntryID, error) {
	n.controlling.Lock()
	defer n.controlling.Unlock()
	path := keyPath(n.cfg.Data, nextFile(p.ID))
	next, err := readKey(path)
	if err != nil {
		return protocol.EntryID{}, fmt.Errorf("read the new signing key: %w", err)
	}
	chain, err := n.ledger.ChainAt(p.Body, p.Place.Seq)
	if err != nil {
		return protocol.EntryID{}, err
	}
	approvals, err := decodeApprovals(&p.Proposal)
	if err != nil {
		return protocol.EntryID{}, err
	}
	env := chain.Next(protocol.KindKeys, unixNow(n.cfg.Now))
	env.Under, env.Act = p.Place.Under, p.Payload
	for i, v := range p.Verdicts {
		if v == protocol.ApprovalCounts && uint64(len(env.Approvals)) < p.Needed {
			env.Approvals = append(env.Approvals, approvals[i])
		}
	}
	e, err := protocol.SignEntry(next.key, env, nil)
	if err != nil {
		return protocol.EntryID{}, fmt.Errorf("sign the change of control: %w", err)
	}
	if err := n.mayChange(); err != nil {
		return protocol.EntryID{}, fmt.Errorf("change control: %w", err)
	}
	if n.own() == nil {
		// Others have the log, so that every start asks them first from now on.
		if err := sharing.MarkHanded(n.ledger); err != nil {
			return protocol.EntryID{}, err
		}
	}
	if err := n.putKeys(ctx, p, e); err != nil {
		return protocol.EntryID{}, err
	}
	if err := renameDurably(path, keyPath(n.cfg.Data, signingFile)); err != nil {
		return protocol.EntryID{}, fmt.Errorf("the change is in the log, but the new key could not be put in its place; start the node again: %w", err)
	}
	n.identity.Store(next)
	return e.ID, nil
}

// putKeys puts a change of control in the log: at its end, or in the place of what
// it gives up.
func (n *Node) putKeys(ctx context.Context, p *api.Proposal, e *protocol.Entry) error {
	chain, err := n.ledger.Chain(p.Body)
	if err == nil {
		err = n.whole(chain)
	}
	if err != nil {
		return err
	}
	head, err := n.ledger.Head(p.Body)
	if err != nil {
		return err
	}
	if head.Freeze.Kind == protocol.NotFrozen && head.Length == p.Place.Seq {
		_, err := n.ledger.Append(ctx, p.Body, func(*protocol.Chain) (*protocol.Entry, error) { return e, nil })
		if err != nil {
			return fmt.Errorf("change control: %w", err)
		}
		return nil
	}
	outcomes, err := n.ledger.Join(ctx, []ledger.Run{{e}})
	if err == nil {
		err = outcomes[0].Err
	}
	if err != nil {
		return fmt.Errorf("change control: %w", err)
	}
	in, err := n.ledger.InLog(e)
	if err == nil && !in {
		err = errors.New("the change is valid, and the log still goes another way; nothing else was changed")
	}
	return err
}

// withdrawProposal closes a proposal, and destroys the key that it would have
// brought.
func (n *Node) withdrawProposal(ctx context.Context, id string) (api.Proposal, error) {
	n.publishing.Lock()
	defer n.publishing.Unlock()
	p, err := n.casebook.Withdraw(ctx, id)
	if err != nil {
		return api.Proposal{}, err
	}
	if p.Kind == protocol.KindKeys {
		if err := removeDurably(keyPath(n.cfg.Data, nextFile(p.ID))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return api.Proposal{}, fmt.Errorf("remove the key of the withdrawn change: %w", err)
		}
	}
	return n.tellProposal(p)
}
