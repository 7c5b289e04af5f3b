package casebook

import (
	"context"
	"fmt"
)

// Check reads the whole file and returns [ErrUnusable] when it does not hold
// together.
func (c *Casebook) Check(ctx context.Context) error {
	var first string
	err := c.read(ctx, func(q querier) error {
		return q.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&first)
	})
	if err != nil {
		return fmt.Errorf("check the casebook: %w", err)
	}
	if first != "ok" {
		return fmt.Errorf("check the casebook: %w: it is damaged (%s)", ErrUnusable, first)
	}
	return nil
}
