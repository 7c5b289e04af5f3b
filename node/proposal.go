package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// proposeDraft puts the present revision of a draft before the officers: what
// they will sign is made here, once.
func (n *Node) proposeDraft(ctx context.Context, id string, revision int, how api.Publishing) (api.Proposal, error) {
	n.publishing.Lock()
	defer n.publishing.Unlock()
	d, text, err := n.casebook.Draft(ctx, id)
	if err != nil {
		return api.Proposal{}, err
	}
	if d, err = n.publishable(ctx, d, revision); err != nil {
		return api.Proposal{}, err
	}
	rec, err := record.FromText([]byte(text.Text), text.Format)
	if err != nil {
		return api.Proposal{}, err
	}
	r := n.review(rec)
	if err := n.confirmIn(ctx, r, d.ID, how); err != nil {
		return api.Proposal{}, err
	}
	if err := r.refused(); err != nil {
		return api.Proposal{}, err
	}
	content, err := r.record.Encode(protocol.NewSalt())
	if err != nil {
		return api.Proposal{}, fmt.Errorf("propose: %w", err)
	}
	chain, err := n.ledger.Chain(n.own().body)
	if err != nil {
		return api.Proposal{}, fmt.Errorf("propose: %w", err)
	}
	f := chain.InForce()
	if len(f.Control.Officers) == 0 {
		return api.Proposal{}, api.BadRequest("This body has no officers who could approve. Publish the draft, or name officers with \"folkmoot officer add\" first.")
	}
	p, err := n.casebook.Propose(ctx, casebook.Proposal{
		Kind: r.record.Kind, Payload: content, Control: f.ID, Draft: d.ID, Revision: d.Revision,
	})
	if err != nil {
		return api.Proposal{}, err
	}
	return n.tellProposal(p)
}

// tellProposal says how a proposal stands.
func (n *Node) tellProposal(p casebook.Proposal) (api.Proposal, error) {
	out := api.Proposal{Proposal: p, Verdicts: []protocol.ApprovalVerdict{}}
	body, err := n.bodyOf(&p)
	if err != nil {
		return out, err
	}
	out.Body = body
	if out.BodyName, _, err = n.reader.Profile(body); err != nil {
		return out, err
	}
	approvals, err := decodeApprovals(&p)
	if err != nil {
		return out, err
	}
	if p.Kind == protocol.KindKeys {
		err = n.tellKeys(&out, approvals)
	} else {
		err = n.tellRecord(&out, approvals)
	}
	return out, err
}

// bodyOf is the body that a proposal is about: a change of control may be that of
// a body that this node does not speak for yet.
func (n *Node) bodyOf(p *casebook.Proposal) (protocol.BodyID, error) {
	ev, err := n.ledger.Entry(p.Control)
	if err != nil {
		return protocol.BodyID{}, fmt.Errorf("control of proposal %s: %w", p.ID, err)
	}
	return ev.Entry.Body(), nil
}

func decodeApprovals(p *casebook.Proposal) ([]protocol.Approval, error) {
	out := make([]protocol.Approval, len(p.Approvals))
	for i, held := range p.Approvals {
		a, err := protocol.DecodeApproval(p.Kind, held.Signed)
		if err != nil {
			return nil, fmt.Errorf("an approval of proposal %s: %w", p.ID, err)
		}
		out[i] = *a
	}
	return out, nil
}

// tellRecord judges the approvals of a record or an erasure as they would be
// judged now.
func (n *Node) tellRecord(out *api.Proposal, approvals []protocol.Approval) error {
	chain, err := n.ledger.Chain(out.Body)
	if err != nil {
		return fmt.Errorf("proposal %s: %w", out.ID, err)
	}
	f := chain.InForce()
	env := n.envelopeOf(chain, &out.Proposal)
	env.Approvals = approvals
	_, err = n.ledger.Approved(out.Body, env.Digest())
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	out.Verdicts = protocol.JudgeApprovals(env, out.Body, f, err == nil && out.State == casebook.ProposalOpen)
	if out.Needed, err = n.needed(f.Control, &out.Proposal); err != nil {
		return err
	}
	if f.ID != out.Control && out.State == casebook.ProposalOpen {
		out.Void = "Keys or officers changed since it was proposed, so that no approval of it counts any more. Propose it again."
	}
	countApprovals(out, f.Control, approvals)
	return nil
}

// needed is how many officers must approve.
func (n *Node) needed(c *protocol.Control, p *casebook.Proposal) (uint64, error) {
	need := c.Quorum[p.Kind]
	if p.Kind != protocol.KindErase {
		return need, nil
	}
	act, err := protocol.DecodeErase(p.Payload)
	if err != nil {
		return 0, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	for _, seq := range act.Positions {
		ev, err := n.ledger.At(n.own().body, seq)
		if err != nil {
			return 0, fmt.Errorf("proposal %s: %w", p.ID, err)
		}
		need = max(need, c.Quorum[ev.Entry.Envelope.Kind])
	}
	if len(c.Officers) > 0 {
		need = max(need, 1)
	}
	return need, nil
}

// envelopeOf is the envelope with which a proposal would extend a chain now.
func (n *Node) envelopeOf(chain *protocol.Chain, p *casebook.Proposal) *protocol.Envelope {
	env := chain.Next(p.Kind, unixNow(n.cfg.Now))
	if p.Kind.HasAct() {
		env.Act = p.Payload
	} else {
		env.Content = protocol.ContentRef{Hash: protocol.HashOf(p.Payload), Size: uint64(len(p.Payload))}
	}
	return env
}

// approve adds what somebody signed. What would not count is refused, so that
// nobody believes to have approved.
func (n *Node) approve(ctx context.Context, id string, signed []byte) (api.Proposal, error) {
	p, err := n.casebook.Proposal(ctx, id)
	if err != nil {
		return api.Proposal{}, err
	}
	a, err := protocol.DecodeApproval(p.Kind, signed)
	if err != nil {
		return api.Proposal{}, api.BadRequest("This is no approval of a " + string(p.Kind) + ": " + err.Error() + ".")
	}
	trial := p
	trial.Approvals = []casebook.Approval{{Signed: signed}}
	told, err := n.tellProposal(trial)
	if err != nil {
		return api.Proposal{}, err
	}
	if told.Void != "" {
		return api.Proposal{}, void(told.Void)
	}
	if v := told.Verdicts[0]; v != protocol.ApprovalCounts {
		return api.Proposal{}, api.BadRequest(refusals[v])
	}
	held := casebook.Approval{Key: a.Key, Signed: signed}
	if a.Recovery.IsZero() {
		c, err := n.controlOf(&p)
		if err != nil {
			return api.Proposal{}, err
		}
		held.Office = c.OfficeOf(a.Key)
	} else {
		held.Key = a.Recovery[:]
	}
	if p, err = n.casebook.Approve(ctx, p.ID, held); err != nil {
		return api.Proposal{}, err
	}
	return n.tellProposal(p)
}

// refusals say why an approval would not count.
var refusals = map[protocol.ApprovalVerdict]string{
	protocol.ApprovalUnknownKey:   "The key that signed is no officer's of this body, and none of its recovery keys. Sign with the key that \"folkmoot officer list\" names.",
	protocol.ApprovalExpired:      "The approval has lapsed. Sign again, with a later date.",
	protocol.ApprovalReplayed:     "An entry with this content was published already, and approvals count once.",
	protocol.ApprovalBadSignature: "The signature is not one over this proposal. Was it made for another, or was the proposal made anew since? Sign the present one.",
}

// void is the problem with a proposal that cannot be published any more.
func void(why string) *api.Problem {
	p := api.BadRequest(why)
	p.Code = api.CodeVoid
	return p
}

// controlOf is the control whose officers a proposal is put before.
func (n *Node) controlOf(p *casebook.Proposal) (*protocol.Control, error) {
	ev, err := n.ledger.Entry(p.Control)
	if err != nil {
		return nil, fmt.Errorf("control of proposal %s: %w", p.ID, err)
	}
	return ev.Entry.Control(), nil
}

// publishProposal signs a proposal and puts it in the log.
func (n *Node) publishProposal(ctx context.Context, id string, unapproved bool) (api.Proposal, error) {
	n.publishing.Lock()
	defer n.publishing.Unlock()
	p, err := n.casebook.Proposal(ctx, id)
	if err != nil {
		return api.Proposal{}, err
	}
	return n.publishOpen(ctx, p, unapproved)
}

// publishOpen is publishProposal for one that was read. The caller holds
// publishing.
func (n *Node) publishOpen(ctx context.Context, p casebook.Proposal, unapproved bool) (api.Proposal, error) {
	told, err := n.tellProposal(p)
	if err != nil {
		return api.Proposal{}, err
	}
	switch {
	case p.State != casebook.ProposalOpen:
		return api.Proposal{}, fmt.Errorf("publish proposal %s, which is %s: %w", p.ID, p.State, casebook.ErrState)
	case told.Void != "":
		return api.Proposal{}, void(told.Void)
	case told.Count < told.Needed && (!unapproved || p.Kind.HasAct()):
		return api.Proposal{}, shortage(&told)
	}
	var entry protocol.EntryID
	if p.Kind == protocol.KindKeys {
		entry, err = n.publishKeys(ctx, &told)
	} else {
		entry, err = n.publishApproved(ctx, &told)
	}
	if err != nil {
		return api.Proposal{}, err
	}
	if p, err = n.casebook.ProposalPublished(context.WithoutCancel(ctx), p.ID, entry); err != nil {
		return api.Proposal{}, err
	}
	return n.tellProposal(p)
}

// shortage says who has still to approve.
func shortage(p *api.Proposal) error {
	who := "a recovery key has still to sign"
	if len(p.Missing) > 0 {
		who = "still to ask: " + strings.Join(p.Missing, ", ")
	}
	return fmt.Errorf("publish proposal %s: %w: %d of %d approvals count; %s", p.ID, api.ErrUnapproved, p.Count, p.Needed, who)
}

// publishApproved publishes a record or an erasure with the approvals that count.
func (n *Node) publishApproved(ctx context.Context, p *api.Proposal) (protocol.EntryID, error) {
	all, err := decodeApprovals(&p.Proposal)
	if err != nil {
		return protocol.EntryID{}, err
	}
	var approvals []protocol.Approval
	for i, v := range p.Verdicts {
		if v == protocol.ApprovalCounts && len(approvals) < protocol.MaxApprovals {
			approvals = append(approvals, all[i])
		}
	}
	attempt := casebook.Attempt{Draft: p.Draft, Revision: p.Revision}
	var confirmed []casebook.Confirmation
	if p.Draft != "" {
		d, _, err := n.casebook.Draft(ctx, p.Draft)
		if err != nil {
			return protocol.EntryID{}, err
		}
		if d.Revision != p.Revision {
			return protocol.EntryID{}, void(fmt.Sprintf("The draft is at revision %d and the officers were shown revision %d. Propose it again, or put the old text back.", d.Revision, p.Revision))
		}
		if confirmed, err = n.casebook.ConfirmedIn(ctx, p.Draft); err != nil {
			return protocol.EntryID{}, err
		}
	}
	ev, err := n.append(ctx, signing{kind: p.Kind, payload: p.Payload, approvals: approvals, control: p.Control}, attempt, confirmed)
	if err != nil {
		return protocol.EntryID{}, err
	}
	return ev.Entry.ID, nil
}

// countApprovals counts those that hold, and lists the offices that are missing.
func countApprovals(out *api.Proposal, c *protocol.Control, approvals []protocol.Approval) {
	var have []string
	for i, v := range out.Verdicts {
		if v == protocol.ApprovalCounts {
			out.Count++
			have = append(have, c.OfficeOf(approvals[i].Key))
		}
	}
	if out.Count >= out.Needed {
		return
	}
	for _, o := range c.Officers {
		if !slices.Contains(have, o.Office) {
			out.Missing = append(out.Missing, o.Office)
		}
	}
}
