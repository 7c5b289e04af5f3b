package node

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// publishDraft publishes the present revision of a draft; revision, unless it is
// 0, must be its number. What a person confirmed in the draft holds while the
// passage stays as it is, and stays confirmed when the record is refused.
func (n *Node) publishDraft(ctx context.Context, id string, revision int, how api.Publishing) (api.Published, error) {
	// One at a time: between the look at a draft and its entry nobody else may
	// publish it.
	n.publishing.Lock()
	defer n.publishing.Unlock()
	d, text, err := n.casebook.Draft(ctx, id)
	if err != nil {
		return api.Published{}, err
	}
	if !how.Check {
		if d, err = n.publishable(ctx, d, revision); err != nil {
			return api.Published{}, err
		}
	}
	rec, err := record.FromText([]byte(text.Text), text.Format)
	if err != nil {
		return api.Published{}, err
	}
	r := n.review(rec)
	if err := n.confirmIn(ctx, r, d.ID, how); err != nil {
		return api.Published{}, err
	}
	out := r.published()
	out.Draft = &d
	if how.Check {
		return out, nil
	}
	if err := n.confirmAlone(ctx, how.Confirm); err != nil {
		return api.Published{}, err
	}
	if proposed, err := n.proposedAs(ctx, d); err != nil || proposed != nil {
		return n.publishProposed(ctx, out, proposed, how.Confirm.Unapproved, err)
	}
	ev, err := n.author(ctx, r, casebook.Attempt{Draft: d.ID, Revision: d.Revision}, how.Confirm.Unapproved)
	if err != nil {
		return api.Published{}, err
	}
	if d, _, err = n.casebook.Draft(context.WithoutCancel(ctx), d.ID); err != nil {
		return api.Published{}, err
	}
	out.Entry, err = n.listed(ev)
	return out, err
}

// proposedAs returns the open proposal of the present revision of a draft, or nil.
func (n *Node) proposedAs(ctx context.Context, d casebook.Draft) (*casebook.Proposal, error) {
	list, err := n.casebook.Proposals(ctx, casebook.ProposalOpen)
	if err != nil {
		return nil, err
	}
	for i, p := range list {
		if p.Draft == d.ID && p.Revision == d.Revision {
			return &list[i], nil
		}
	}
	return nil, nil
}

// publishProposed publishes a draft as it was put before the officers.
func (n *Node) publishProposed(ctx context.Context, out api.Published, p *casebook.Proposal, unapproved bool, err error) (api.Published, error) {
	if err != nil {
		return api.Published{}, err
	}
	published, err := n.publishOpen(ctx, *p, unapproved)
	if err != nil {
		return api.Published{}, err
	}
	ev, err := n.ledger.Entry(*published.Entry)
	if err != nil {
		return api.Published{}, err
	}
	d, _, err := n.casebook.Draft(context.WithoutCancel(ctx), p.Draft)
	if err != nil {
		return api.Published{}, err
	}
	out.Draft = &d
	out.Entry, err = n.listed(ev)
	return out, err
}

// publishable returns an error unless a draft can be published now, at the
// revision given if it is not 0.
func (n *Node) publishable(ctx context.Context, d casebook.Draft, revision int) (casebook.Draft, error) {
	if n.own() == nil {
		return d, api.ErrNoBody
	}
	// An attempt of which it was not known whether it reached the log.
	attempts, err := n.casebook.Attempts(ctx, d.ID)
	if err != nil {
		return d, err
	}
	for _, a := range attempts {
		entry, err := n.findContent(a.Content, a.Position)
		if err != nil {
			return d, fmt.Errorf("find out whether the draft was published: %w", err)
		}
		if !entry.IsZero() {
			if d, err = n.casebook.Finish(ctx, a.Content, entry); err != nil {
				return d, err
			}
		}
	}
	if err := d.TakesChanges(); err != nil {
		return d, fmt.Errorf("publish draft %s: %w", d.ID, err)
	}
	if revision != 0 && revision != d.Revision {
		return d, fmt.Errorf("publish draft %s: %w and is at revision %d now; read it again before you publish it", d.ID, casebook.ErrConflict, d.Revision)
	}
	return d, nil
}

// confirmIn takes in what was confirmed in a draft before, and what is confirmed
// now, which it notes.
func (n *Node) confirmIn(ctx context.Context, r *review, draft string, how api.Publishing) error {
	before, err := n.casebook.ConfirmedIn(ctx, draft)
	if err != nil {
		return err
	}
	r.recall(before)
	known := len(r.confirmed)
	r.confirm(draft, how.Confirm)
	if how.Check || len(r.confirmed) == known {
		return nil
	}
	return n.casebook.Confirm(ctx, r.confirmed[known:])
}
