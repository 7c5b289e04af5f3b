package api

import (
	"context"
	"net/http"

	"github.com/folkmoot/folkmoot/protocol"
)

// Rekey puts the signing key of a restored data directory in force.
type Rekey struct {
	// Words are a set of recovery words of the body. They are not kept.
	Words string `json:"words"`
	// Recovery is the digest of the recovery key that takes the place of the one
	// that the words open, which is used up: see [protocol.RecoveryDigest].
	Recovery protocol.Digest `json:"recovery"`
}

// Rekeyed is the change of control.
type Rekeyed struct {
	Entry protocol.EntryID `json:"entry"`
	Seq   uint64           `json:"seq"`
}

func (s *server) rekey(r *http.Request) (any, error) {
	var req Rekey
	if err := readJSON(r, &req); err != nil || req.Words == "" || req.Recovery.IsZero() {
		return nil, badRequest(`Send {"words": "...", "recovery": "..."}: a set of recovery words, and the digest of the recovery key that replaces it.`)
	}
	return s.Node.Rekey(r.Context(), req)
}

// Rekey puts the signing key that lies in the node's data directory in force.
func (c *Client) Rekey(ctx context.Context, req Rekey) (Rekeyed, error) {
	return postJSON[Rekeyed](ctx, c, "/local/v1/rekey", req)
}
