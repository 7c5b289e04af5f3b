package catalogue

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// Website is what a body says of its website.
type Website struct {
	Body protocol.BodyID
	// Address is as the body wrote it, Role what the body says that it is.
	Address, Role string
}

// Websites lists the bodies that name a website, by identifier. It goes through
// all bodies.
func (c *Catalogue) Websites(ctx context.Context) ([]Website, error) {
	var out []Website
	err := c.reading(func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, "SELECT b.id, f.website, f.role FROM bodies b JOIN profiles f ON f.entry = "+profileOf+
			" WHERE f.website <> '' ORDER BY b.id")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err tells what matters
		for rows.Next() {
			var w Website
			var id []byte
			if err := rows.Scan(&id, &w.Address, &w.Role); err != nil {
				return err
			}
			w.Body = protocol.BodyID(id)
			out = append(out, w)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list websites: %w", err)
	}
	return out, nil
}
