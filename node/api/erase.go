package api

import (
	"context"
	"net/http"

	"github.com/folkmoot/folkmoot/protocol"
)

// Erasing asks for entries of the node's body to be erased.
type Erasing struct {
	// Entries are 1 to [protocol.MaxErased] of them.
	Entries []protocol.EntryID `json:"entries"`
	// Reason is one of [protocol.EraseReasons].
	Reason string `json:"reason"`
	// Check says only what would be done; nothing is written.
	Check bool `json:"check,omitempty"`
}

// Erased says what an erasure does.
type Erased struct {
	// Erase is the entry that does it; absent when it was only checked, or when
	// officers must approve it first: Proposal is what they sign then.
	Erase    *Entry    `json:"erase,omitempty"`
	Proposal *Proposal `json:"proposal,omitempty"`
	// Entries are those whose content goes, as they were before.
	Entries []Entry `json:"entries"`
	// Already are entries that were asked for and had been erased before.
	Already []Entry `json:"already,omitempty"`
	// DeletedAt is when this node deletes the content; others, as long after they
	// have heard of it.
	DeletedAt Timestamp `json:"deleted_at"`
	// Needed is how many officers must approve, Offices who can.
	Needed  uint64   `json:"approvals_needed"`
	Offices []string `json:"offices,omitempty"`
}

func (s *server) erase(r *http.Request) (any, error) {
	var req Erasing
	if err := readJSON(r, &req); err != nil {
		return nil, badRequest(`Send {"entries": [identifiers], "reason": "privacy", "legal" or "mistake"}.`)
	}
	return s.Node.Erase(r.Context(), req)
}

// Erase erases entries of the node's body, or says what that would do. Where
// officers must approve, it proposes the erasure to them.
func (c *Client) Erase(ctx context.Context, e Erasing) (Erased, error) {
	return postJSON[Erased](ctx, c, "/local/v1/erase", e)
}
