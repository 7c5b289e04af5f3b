package api

import (
	"context"
	"net/url"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/protocol"
)

// Controls returns who may speak for a body, and what its log gave up.
func (c *Client) Controls(ctx context.Context, body protocol.BodyID) (Controls, error) {
	return get[Controls](ctx, c, "/api/v1/bodies/"+body.String()+"/control", nil)
}

// ProposeDraft puts a draft before the officers; see [Client.PublishDraft].
func (c *Client) ProposeDraft(ctx context.Context, id string, revision int, confirm Confirm) (Proposal, error) {
	how := Publishing{Confirm: confirm}
	q := how.query()
	for name, values := range revisionQuery(revision) {
		q[name] = values
	}
	return post[Proposal](ctx, c, draftPath(id, "/propose"), q, nil)
}

// ProposeControl makes a change of control, which takes effect when it is
// approved and published.
func (c *Client) ProposeControl(ctx context.Context, edit ControlEdit) (Proposal, error) {
	return postJSON[Proposal](ctx, c, "/local/v1/control", edit)
}

// Proposals lists the proposals in a state, or all if it is empty.
func (c *Client) Proposals(ctx context.Context, state casebook.ProposalState) ([]Proposal, error) {
	q := url.Values{}
	if state != "" {
		q.Set("state", string(state))
	}
	l, err := get[Proposals](ctx, c, "/local/v1/proposals", q)
	return l.Proposals, err
}

// Proposal returns a proposal by its ID or the first three characters of it.
func (c *Client) Proposal(ctx context.Context, id string) (Proposal, error) {
	return get[Proposal](ctx, c, proposalPath(id, ""), nil)
}

// Approve adds what somebody signed to a proposal.
func (c *Client) Approve(ctx context.Context, id string, signed []byte) (Proposal, error) {
	return postJSON[Proposal](ctx, c, proposalPath(id, "/approvals"), approvalRequest{Signed: signed})
}

// WithdrawProposal closes a proposal that shall not be signed.
func (c *Client) WithdrawProposal(ctx context.Context, id string) (Proposal, error) {
	return post[Proposal](ctx, c, proposalPath(id, "/withdraw"), nil, nil)
}

// PublishProposal signs a proposal, with its approvals, and puts it in the log. It
// returns [ErrUnapproved] when too few count, unless that shall be shown to all.
func (c *Client) PublishProposal(ctx context.Context, id string, unapproved bool) (Proposal, error) {
	q := url.Values{}
	if unapproved {
		q.Set("unapproved", "1")
	}
	return post[Proposal](ctx, c, proposalPath(id, "/publish"), q, nil)
}

func proposalPath(id, rest string) string {
	return "/local/v1/proposals/" + url.PathEscape(id) + rest
}
