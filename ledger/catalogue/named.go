package catalogue

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// Named lists the standing mandates, decisions and reports of a service in a
// place, the newest first, at most MaxFound; an empty service takes all that are
// in the place. Capital and small letters of the service count as the same. more
// says that there were others.
func (c *Catalogue) Named(ctx context.Context, place, service string) (ids []protocol.EntryID, more bool, err error) {
	if place == "" {
		return nil, false, nil
	}
	err = c.reading(func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, fmt.Sprintf(`SELECT e.id FROM (SELECT rowid FROM words WHERE words MATCH ?1) f
			CROSS JOIN entries e ON e.event = f.rowid
			WHERE e.disowned = 0 AND e.erased = 0 AND e.state = 0 AND e.kind IN ('mandate', 'decision', 'report')
			AND EXISTS (SELECT 1 FROM places p WHERE p.entry = e.event AND p.code = ?2) AND (?3 = '' OR e.service = ?3 COLLATE NOCASE)
			ORDER BY e.at DESC, e.event DESC LIMIT %d`, MaxFound+1), `({tags} : "`+tag(axisPlace, place)+`")`, place, service)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err tells what matters
		for rows.Next() {
			var id []byte
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, protocol.EntryID(id))
		}
		return rows.Err()
	})
	if err != nil {
		return nil, false, fmt.Errorf("records of a service in %q: %w", clip(place, 60), err)
	}
	if len(ids) > MaxFound {
		return ids[:MaxFound], true, nil
	}
	return ids, false, nil
}
