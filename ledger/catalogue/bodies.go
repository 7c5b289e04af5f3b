package catalogue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// Body is what a body says of itself, and how much of it there is.
type Body struct {
	ID protocol.BodyID `json:"id"`
	// Name and the rest are by its own word; empty if it published no profile.
	Name      string `json:"name,omitempty"`
	Role      string `json:"role,omitempty"`
	LegalForm string `json:"legal_form,omitempty"`
	Website   string `json:"website,omitempty"`
	// Frozen: its log contradicts itself.
	Frozen bool `json:"frozen,omitempty"`
	// Entries is how many are in its log, and Latest the time of the last.
	Entries int       `json:"entries"`
	Latest  time.Time `json:"latest"`
}

const selectBodies = `SELECT b.id, b.frozen, coalesce(f.name, ''), coalesce(f.role, ''), coalesce(f.legal_form, ''), coalesce(f.website, ''),
	coalesce((SELECT at FROM entries e WHERE e.body = b.n AND e.disowned = 0 ORDER BY e.seq DESC LIMIT 1), 0)
	FROM bodies b LEFT JOIN profiles f ON f.entry = ` + profileOf + " "

// Bodies returns up to limit bodies after the given one, by identifier.
func (c *Catalogue) Bodies(ctx context.Context, after protocol.BodyID, limit int) ([]Body, error) {
	limit = max(0, min(limit, MaxLimit))
	out, err := c.bodies(ctx, "WHERE b.id > ? ORDER BY b.id LIMIT ?", after[:], limit)
	if err != nil {
		return nil, fmt.Errorf("list bodies: %w", err)
	}
	return out, nil
}

// Body returns one body, or [ErrNotFound].
func (c *Catalogue) Body(ctx context.Context, id protocol.BodyID) (Body, error) {
	out, err := c.bodies(ctx, "WHERE b.id = ?", id[:])
	if err == nil && len(out) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Body{}, fmt.Errorf("body %s: %w", id, err)
	}
	return out[0], nil
}

func (c *Catalogue) bodies(ctx context.Context, where string, args ...any) ([]Body, error) {
	out := []Body{}
	err := c.reading(func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // nothing was written
		rows, err := tx.QueryContext(ctx, selectBodies+where, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err tells what matters
		for rows.Next() {
			var b Body
			var id []byte
			var at int64
			if err := rows.Scan(&id, &b.Frozen, &b.Name, &b.Role, &b.LegalForm, &b.Website, &at); err != nil {
				return err
			}
			b.ID, b.Latest = protocol.BodyID(id), time.Unix(at, 0).UTC()
			out = append(out, b)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for i := range out {
			err := tx.QueryRowContext(ctx, "SELECT n FROM counts WHERE axis = 'body' AND value = ?", out[i].ID.String()).Scan(&out[i].Entries)
			if err != nil && !isNoRows(err) {
				return err
			}
		}
		return nil
	})
	return out, err
}
