package node

import (
	"context"

	"github.com/folkmoot/folkmoot/node/api"
)

// Verify checks one entry, one log or every log again from the stored bytes:
// see [api.VerifyLedger]. progress is told now and then, and may be nil.
func (n *Node) Verify(ctx context.Context, scope api.VerifyScope, progress func(api.VerifyProgress)) (api.VerifyReport, error) {
	return api.VerifyLedger(ctx, n.ledger, scope, func(p api.VerifyProgress) error {
		if progress != nil {
			progress(p)
		}
		return nil
	})
}
