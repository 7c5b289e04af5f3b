package catalogue

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
)

// OwedSum counts what one body owes.
type OwedSum struct {
	Body protocol.BodyID `json:"body"`
	Name string          `json:"name,omitempty"`
	// Verified is left to the caller, who has the web.
	// Asked is what is not owed and waits for an answer; Open what is owed and
	// not settled; the next three are the late part of Open by its state.
	Asked             int `json:"asked"`
	Open              int `json:"open"`
	Overdue           int `json:"overdue"`
	NoResponse        int `json:"no_response"`
	ObligationMissing int `json:"obligation_missing"`
	// Settled are those answered or met, MetByOwnWord among them those that
	// nobody else attests; Moved had their date moved at least once.
	Settled      int `json:"settled"`
	MetByOwnWord int `json:"met_by_own_word"`
	Moved        int `json:"moved"`
	// OldestDue is the first due date of what is late longest, in Unix seconds;
	// 0 when nothing is late.
	OldestDue int64 `json:"oldest_due,omitempty"`
}

// late is how many of the duties are late.
func (s *OwedSum) late() int { return s.Overdue + s.NoResponse + s.ObligationMissing }

// OwedSums counts by body, the most late first, then the most open. By, To,
// Place, Service and the bounds of the due date filter; at most MaxCounts bodies
// are returned.
func (c *Catalogue) OwedSums(ctx context.Context, q OwedQuery) ([]OwedSum, error) {
	var out []OwedSum
	err := c.reading(func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // nothing was written
		sums, err := q.sums(ctx, tx)
		if err != nil {
			return err
		}
		out, err = pickSums(ctx, tx, sums)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sum up what is owed: %w", err)
	}
	return out, nil
}

// sums counts by the number of the party.
func (q *OwedQuery) sums(ctx context.Context, tx *sql.Tx) (map[int64]*OwedSum, error) {
	f, err := q.filter(ctx, tx)
	if err != nil {
		return nil, err
	}
	counted := "count(*), sum(d.due <= ?), sum(d.moved)"
	from := "duties d INDEXED BY " + f.index
	switch {
	case q.To.IsZero() && q.Place == "" && q.Service == "":
		counted, from = "sum(d.n), sum(d.n * (d.due <= ?)), sum(d.moved)", "duty_counts d"
	case f.index == "duties_lane":
		from = "duties d INDEXED BY duties_party"
	}
	rows, err := tx.QueryContext(ctx, fmt.Sprintf("SELECT d.party, d.lane, %s, min(d.due) FROM %s WHERE %s GROUP BY d.party, d.lane",
		counted, from, strings.Join(f.where, " AND ")), append([]any{q.Now}, f.args...)...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	sums := map[int64]*OwedSum{}
	for rows.Next() {
		var party, first int64
		var l lane
		var n, past, moved int
		if err := rows.Scan(&party, &l, &n, &past, &moved, &first); err != nil {
			return nil, err
		}
		s := sums[party]
		if s == nil {
			s = &OwedSum{}
			sums[party] = s
		}
		s.Moved += moved
		if l.class() != dated {
			past = 0
		}
		s.add(l, l.before(), n-past)
		if past > 0 {
			s.add(l, l.after(), past)
			if s.OldestDue == 0 || first < s.OldestDue {
				s.OldestDue = first
			}
		}
	}
	return sums, rows.Err()
}

// add counts n duties of a lane that are in a state now.
func (s *OwedSum) add(l lane, state register.DutyState, n int) {
	switch state {
	case register.Asked:
		s.Asked += n
		return
	case register.Overdue:
		s.Overdue += n
	case register.NoResponse:
		s.NoResponse += n
	case register.ObligationMissing:
		s.ObligationMissing += n
	case register.MetByOwnWord:
		s.MetByOwnWord += n
	}
	if l.class() == closed {
		s.Settled += n
	} else {
		s.Open += n
	}
}

// pickSums sorts the sums and names the bodies of the first.
func pickSums(ctx context.Context, tx *sql.Tx, sums map[int64]*OwedSum) ([]OwedSum, error) {
	bodies := make([]int64, 0, len(sums))
	for n := range sums {
		bodies = append(bodies, n)
	}
	order := func(a, b int64) int {
		x, y := sums[a], sums[b]
		return cmp.Or(cmp.Compare(y.late(), x.late()), cmp.Compare(y.Open, x.Open), cmp.Compare(y.Asked, x.Asked),
			cmp.Compare(y.Settled, x.Settled), bytes.Compare(x.Body[:], y.Body[:]))
	}
	// Numbers of parties are of this file alone, so identifiers decide.
	ids, err := readNumbers(ctx, tx, "SELECT n, id FROM parties")
	if err != nil {
		return nil, err
	}
	for n, s := range sums {
		s.Body = ids[n]
	}
	slices.SortFunc(bodies, order)
	out := []OwedSum{}
	for _, n := range bodies[:min(len(bodies), MaxCounts)] {
		s := *sums[n]
		if s.Name, err = nameOf(ctx, tx, s.Body); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// nameOf is what a body calls itself; empty if it does not say.
func nameOf(ctx context.Context, tx *sql.Tx, id protocol.BodyID) (string, error) {
	var name string
	err := tx.QueryRowContext(ctx, "SELECT f.name FROM bodies b JOIN profiles f ON f.entry = "+profileOf+" WHERE b.id = ?", id[:]).Scan(&name)
	if isNoRows(err) {
		err = nil
	}
	return name, err
}
