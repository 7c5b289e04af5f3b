package api

import (
	"net/http"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/protocol"
)

// Proposal is an entry as it would be signed, with what is known of its
// approvals. It has all that an officer needs to look at it and to sign it on
// another machine.
type Proposal struct {
	casebook.Proposal
	Body     protocol.BodyID `json:"body"`
	BodyName string          `json:"body_name,omitempty"`
	// Needed is how many must approve, Count how many approvals would count now,
	// and Verdicts what is said of each that was gathered.
	Needed   uint64                     `json:"needed"`
	Count    uint64                     `json:"count"`
	Verdicts []protocol.ApprovalVerdict `json:"verdicts"`
	// Missing are the offices that have not approved.
	Missing []string `json:"missing,omitempty"`
	// Void says why no approval counts any more, and what to do.
	Void string `json:"void,omitempty"`
}

// Proposals is a list of them.
type Proposals struct {
	Proposals []Proposal `json:"proposals"`
}

// ControlEdit asks for a change of control.
type ControlEdit struct {
	// Body is whose; left out for the node's own. A node without a body can ask
	// for the one that it shall speak for from then on.
	Body *protocol.BodyID `json:"body,omitempty"`
	// Reason is one of [protocol.KeysReasons].
	Reason string `json:"reason"`
	// From is the position from which on the log is given up; left out to keep
	// all of it.
	From *uint64 `json:"from,omitempty"`
	// Used is the digest of the recovery key that will sign, and New that of the
	// one that takes its place. Without them officers must sign.
	Used *protocol.Digest `json:"used,omitempty"`
	New  *protocol.Digest `json:"new,omitempty"`
	// Remove names offices to take away, Add those to put in, and Quorum how many
	// must approve entries of a kind, 0 for nobody.
	Remove []string                 `json:"remove,omitempty"`
	Add    []Officer                `json:"add,omitempty"`
	Quorum map[protocol.Kind]uint64 `json:"quorum,omitempty"`
}

// approvalRequest is what is sent to add an approval.
type approvalRequest struct {
	Signed []byte `json:"signed"`
}

// Codes of problems with proposals: CodeUnapproved is that of [ErrUnapproved],
// CodeVoid that of a proposal that cannot be published any more.
const (
	CodeUnapproved Code = "unapproved"
	CodeVoid       Code = "void"
)

// proposals adds the calls about proposals, which are the owner's alone.
func (s *server) proposals(mux *http.ServeMux) {
	local := func(pattern string, h func(*http.Request) (any, error)) {
		mux.Handle(pattern, s.fresh(s.answer(h)))
	}
	local("GET /local/v1/proposals", s.listProposals)
	local("GET /local/v1/proposals/{id}", s.plain(func(r *http.Request, id string) (any, error) {
		return s.Node.Proposal(r.Context(), id)
	}))
	local("POST /local/v1/proposals/{id}/approvals", s.approve)
	local("POST /local/v1/proposals/{id}/withdraw", s.plain(func(r *http.Request, id string) (any, error) {
		return s.Node.WithdrawProposal(r.Context(), id)
	}))
	local("POST /local/v1/proposals/{id}/publish", s.publishProposal)
	local("POST /local/v1/drafts/{id}/propose", s.proposeDraft)
	local("POST /local/v1/control", s.proposeControl)
}

func (s *server) listProposals(r *http.Request) (any, error) {
	state, err := stateParam(r, casebook.ProposalOpen, casebook.ProposalPublished, casebook.ProposalWithdrawn)
	if err != nil {
		return nil, err
	}
	list, err := s.Node.Proposals(r.Context(), state)
	return Proposals{Proposals: noNil(list)}, err
}

func (s *server) approve(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	var req approvalRequest
	if err := readJSON(r, &req); err != nil || len(req.Signed) == 0 {
		return nil, badRequest(`Send the approval as {"signed": "..."}, in base64.`)
	}
	return s.Node.Approve(r.Context(), r.PathValue("id"), req.Signed)
}

func (s *server) publishProposal(r *http.Request) (any, error) {
	q, err := query(r, "unapproved")
	if err != nil {
		return nil, err
	}
	unapproved, err := flagParam(q, "unapproved")
	if err != nil {
		return nil, err
	}
	return s.Node.PublishProposal(r.Context(), r.PathValue("id"), unapproved)
}

func (s *server) proposeDraft(r *http.Request) (any, error) {
	q, err := query(r, "revision", "confirm", "reason", "by")
	if err != nil {
		return nil, err
	}
	n, err := revisionParam(q, "revision")
	if err != nil {
		return nil, err
	}
	how, err := publishingOf(q)
	if err != nil {
		return nil, err
	}
	return s.Node.ProposeDraft(r.Context(), r.PathValue("id"), n, how)
}

func (s *server) proposeControl(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	var edit ControlEdit
	if err := readJSON(r, &edit); err != nil {
		return nil, badRequest("The change of control cannot be read: %s.", err)
	}
	return s.Node.ProposeControl(r.Context(), edit)
}
