package catalogue

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
)

// OwedQuery asks what bodies owe. Empty fields do not filter.
type OwedQuery struct {
	// By is who has to act, To who asked.
	By, To protocol.BodyID
	// State is one of the states of duties; empty for all that is open.
	State register.DutyState
	// Late takes only what is late: overdue, no_response, obligation_missing.
	Late bool
	// All takes also what is settled.
	All            bool
	Place, Service string
	// From and To bound the first due date, in Unix seconds; DueTo is not
	// included, and 0 is no bound.
	DueFrom, DueTo int64
	// Now is the time at which the question is asked, in Unix seconds.
	Now int64
	// After is the Next of the page before; Limit is at most 200, 50 if 0.
	After string
	Limit int
}

// DutyKey names a duty in the index: what it is about is read from the ledger.
type DutyKey struct {
	Decision protocol.EntryID
	Kind     register.DutyKind
	Ref      string
	By       protocol.BodyID
}

// OwedPage is a page of duties, the longest late first and then the soonest due.
type OwedPage struct {
	Keys []DutyKey
	Next string
}

// DefaultOwed is how many duties a page has where the query does not say.
const DefaultOwed = 50

// turn is where a page of duties ends: everything that sorts after it is still to
// come.
type turn struct {
	set      bool
	tier     int
	due, row int64
}

func (t turn) String() string { return fmt.Sprintf("%d.%d.%d", t.tier, t.due, t.row) }

func parseTurn(s string) (turn, error) {
	if s == "" {
		return turn{}, nil
	}
	parts := strings.Split(s, ".")
	var n [3]int64
	bad := len(parts) != len(n)
	for i := 0; i < len(n) && !bad; i++ {
		var err error
		n[i], err = strconv.ParseInt(parts[i], 10, 64)
		bad = err != nil
	}
	if bad || n[0] < 0 || n[0] >= tiers {
		return turn{}, fmt.Errorf("%q: %w", clip(s, 60), ErrBadCursor)
	}
	return turn{true, int(n[0]), n[1], n[2]}, nil
}

// Tiers of a page, in this order.
const (
	// tierLate is what is late, the longest first.
	tierLate = iota
	// tierDue is what will be, the soonest first.
	tierDue
	// tierUndated is what is open and is never late, by decision.
	tierUndated
	// tierClosed is what is settled, by date.
	tierClosed
	tiers
)

// Owed reads the index of what is due: what is late first, the longest late
// first, then what is due, the soonest first, then what has no date, and then
// what is settled. The error is [ErrBadCursor], the context's, or the file's.
func (c *Catalogue) Owed(ctx context.Context, q OwedQuery) (OwedPage, error) {
	page := OwedPage{Keys: []DutyKey{}}
	after, err := parseTurn(q.After)
	if err != nil {
		return page, fmt.Errorf("list what is owed: %w", err)
	}
	if q.Limit <= 0 {
		q.Limit = DefaultOwed
	}
	q.Limit = min(q.Limit, MaxLimit)
	err = c.reading(func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // nothing was written
		found, err := q.find(ctx, tx, after)
		if err != nil {
			return err
		}
		if len(found) > q.Limit {
			found = found[:q.Limit]
			page.Next = found[q.Limit-1].String()
		}
		page.Keys, err = readDuties(ctx, tx, found)
		return err
	})
	if err != nil {
		return OwedPage{Keys: []DutyKey{}}, fmt.Errorf("list what is owed: %w", err)
	}
	return page, nil
}

// find returns where a page's duties lie, and one more if there is one.
func (q *OwedQuery) find(ctx context.Context, tx *sql.Tx, after turn) ([]turn, error) {
	lanes, err := readLanes(ctx, tx)
	if err != nil {
		return nil, err
	}
	f, err := q.filter(ctx, tx)
	if err != nil {
		return nil, err
	}
	var out []turn
	for tier := after.tier; tier < tiers && len(out) <= q.Limit; tier++ {
		wanted := slices.DeleteFunc(slices.Clone(lanes), func(l lane) bool { return !q.wants(tier, l) })
		if len(wanted) == 0 {
			continue
		}
		from := turn{}
		if after.set && after.tier == tier {
			from = after
		}
		more, err := f.walk(ctx, tx, tier, wanted, q.Now, from, q.Limit+1-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// wants reports whether duties of a lane belong to a tier and are asked for.
func (q *OwedQuery) wants(tier int, l lane) bool {
	state := l.before()
	switch {
	case l.class() == dated && tier == tierLate:
		state = l.after()
	case l.class() == dated && tier == tierDue, l.class() == undated && tier == tierUndated, l.class() == closed && tier == tierClosed:
	default:
		return false
	}
	if q.Late && tier != tierLate {
		return false
	}
	if q.State != "" {
		return state == q.State
	}
	return q.All || tier != tierClosed
}

// readLanes lists the lanes that have duties. It looks once into the index for
// each.
func readLanes(ctx context.Context, tx *sql.Tx) ([]lane, error) {
	rows, err := tx.QueryContext(ctx, `WITH RECURSIVE l (x) AS (SELECT min(lane) FROM duties
		UNION ALL SELECT (SELECT min(lane) FROM duties WHERE lane > x) FROM l WHERE x IS NOT NULL)
		SELECT x FROM l WHERE x IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var out []lane
	for rows.Next() {
		var l lane
		if err := rows.Scan(&l); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

// readDuties reads the names of duties, in their order.
func readDuties(ctx context.Context, tx *sql.Tx, found []turn) ([]DutyKey, error) {
	out := make([]DutyKey, 0, len(found))
	for _, f := range found {
		var k DutyKey
		var decision, by []byte
		err := tx.QueryRowContext(ctx, `SELECT coalesce(e.id, u.id), d.kind, d.ref, p.id FROM duties d JOIN parties p ON p.n = d.party
			LEFT JOIN entries e ON e.event = d.row >> 16 LEFT JOIN unheld u ON u.n = d.row >> 16 WHERE d.row = ?`, f.row).
			Scan(&decision, &k.Kind, &k.Ref, &by)
		if err != nil {
			return nil, err
		}
		if len(decision) == 0 {
			continue // its event is still to come
		}
		k.Decision, k.By = protocol.EntryID(decision), protocol.BodyID(by)
		out = append(out, k)
	}
	return out, nil
}
