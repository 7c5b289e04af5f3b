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
)

// Erase erases the content of entries of the node's own body: it is withheld at
// once here and wherever the erase entry is heard of, and deleted from every disk
// after [Config.EraseAfter]. Entries that were erased before are left out. Where
// officers must approve, the erasure is put before them.
//
// It returns an [api.Problem] for what cannot be erased, [api.ErrNoBody],
// [ledger.ErrNotFound], [api.ErrKeyRetired], a [ClockError], [ledger.ErrFrozen] or
// [ledger.ErrDiskFloor]. Nothing was written then.
func (n *Node) Erase(ctx context.Context, what api.Erasing) (api.Erased, error) {
	if n.own() == nil {
		return api.Erased{}, api.ErrNoBody
	}
	p, err := n.planErasure(what)
	if err != nil || what.Check {
		return p.Erased, err
	}
	if p.Needed > 0 {
		return n.proposeErasure(ctx, p)
	}
	ev, err := n.append(ctx, signing{kind: protocol.KindErase, payload: p.act}, casebook.Attempt{}, nil)
	if err != nil {
		return api.Erased{}, fmt.Errorf("erase: %w", err)
	}
	p.Erase, err = n.listed(ev)
	return p.Erased, err
}

func (n *Node) proposeErasure(ctx context.Context, p *erasurePlan) (api.Erased, error) {
	proposal, err := n.casebook.Propose(ctx, casebook.Proposal{Kind: protocol.KindErase, Payload: p.act, Control: p.control})
	if err != nil {
		return api.Erased{}, err
	}
	told, err := n.tellProposal(proposal)
	p.Proposal = &told
	return p.Erased, err
}

// erasurePlan is an erasure that was checked.
type erasurePlan struct {
	api.Erased
	act []byte
	// control is the entry that set the control in force.
	control protocol.EntryID
}

// planErasure checks what was asked for, and says what it would do.
func (n *Node) planErasure(what api.Erasing) (*erasurePlan, error) {
	p := &erasurePlan{Erased: api.Erased{
		Entries:   []api.Entry{},
		DeletedAt: api.Timestamp(n.cfg.Now().Add(n.cfg.EraseAfter).Unix()),
	}}
	if !slices.Contains(protocol.EraseReasons(), what.Reason) {
		return p, api.BadRequest(fmt.Sprintf("The reason %q is not one: use %s.", what.Reason, strings.Join(protocol.EraseReasons(), ", ")))
	}
	var positions []uint64
	for _, id := range what.Entries {
		e, err := n.erasable(id)
		switch {
		case err != nil:
			return p, err
		case slices.Contains(positions, e.Seq):
		case e.Content == api.ContentGone:
			p.Already = append(p.Already, e)
		default:
			positions, p.Entries = append(positions, e.Seq), append(p.Entries, e)
		}
	}
	if len(positions) == 0 || len(positions) > protocol.MaxErased {
		if len(p.Already) > 0 && len(positions) == 0 {
			return p, api.BadRequest("All of it was erased before. Nothing is left to do.")
		}
		return p, api.BadRequest(fmt.Sprintf("%d entries are named. Name 1 to %d that are not erased yet.", len(positions), protocol.MaxErased))
	}
	slices.Sort(positions)
	var err error
	if p.act, err = protocol.EncodeErase(&protocol.Erase{Reason: what.Reason, Positions: positions}); err != nil {
		return p, fmt.Errorf("erase: %w", err)
	}
	return p, n.quorumOf(p)
}

// erasable returns an entry of the own body that can be erased.
func (n *Node) erasable(id protocol.EntryID) (api.Entry, error) {
	ev, err := n.ledger.Entry(id)
	if err != nil {
		return api.Entry{}, err
	}
	e, err := n.reader.Listed(ev)
	if err != nil {
		return api.Entry{}, err
	}
	if e.Body != n.own().body {
		return e, api.BadRequest(fmt.Sprintf("%s is an entry of another body, %s. Only its author can erase it: ask them.", id, e.Body))
	}
	if e.Kind.HasAct() {
		return e, api.BadRequest(fmt.Sprintf("%s is %s entry, which has no content to erase and stays for ever.", id, article(e.Kind)))
	}
	in, err := n.ledger.InLog(ev.Entry)
	if err == nil && !in {
		err = api.BadRequest(fmt.Sprintf("%s is not in the log any more: a stronger branch took its place, and an erasure cannot name it.", id))
	}
	return e, err
}

// article puts the article before a kind without content.
func article(kind protocol.Kind) string {
	if kind == protocol.KindErase {
		return "an " + string(kind)
	}
	return "a " + string(kind)
}

// quorumOf adds how many officers must approve, and which can.
func (n *Node) quorumOf(p *erasurePlan) error {
	chain, err := n.ledger.Chain(n.own().body)
	if errors.Is(err, ledger.ErrNotFound) {
		return errNoLog
	}
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	control := chain.InForce().Control
	p.control = chain.InForce().ID
	p.Needed = control.Quorum[protocol.KindErase]
	for _, e := range p.Entries {
		p.Needed = max(p.Needed, control.Quorum[e.Kind])
	}
	for _, o := range control.Officers {
		p.Offices = append(p.Offices, o.Office)
	}
	if len(p.Offices) > 0 {
		p.Needed = max(p.Needed, 1)
	}
	return nil
}
