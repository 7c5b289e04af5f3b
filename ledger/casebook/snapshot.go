package casebook

import (
	"context"
	"fmt"
)

// Snapshot writes a copy of the casebook as it is now to a file that must not
// exist yet. The casebook can be used meanwhile. The copy is a casebook of its
// own, without what was deleted; its folder must be its owner's alone, since the
// file is made with the process's usual mode.
func (c *Casebook) Snapshot(ctx context.Context, path string) error {
	if _, err := c.db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copy the casebook: %w", explain(err))
	}
	return nil
}
