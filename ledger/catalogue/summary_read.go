package catalogue

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// readSummary reads how many entries have which value on which axis.
func readSummary(ctx context.Context, tx *sql.Tx, query string, args []any) (map[point]int, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	out := map[point]int{}
	for rows.Next() {
		var p point
		var n int
		if err := rows.Scan(&p.axis, &p.value, &n); err != nil {
			return nil, err
		}
		out[p] += n
	}
	return out, rows.Err()
}

// take fills in the summary from the counts of values.
func (s *Summary) take(counts map[point]int) {
	axes := s.axes()
	for _, a := range axes {
		a.Counts = []Count{}
	}
	for p, n := range counts {
		a := axes[p.axis]
		switch {
		case p.axis == axisAll:
			s.Total = n
		case a == nil:
		case p.value == "":
			a.Missing = n
		default:
			a.Counts = append(a.Counts, Count{Value: p.value, N: n})
		}
	}
	for _, a := range axes {
		slices.SortFunc(a.Counts, func(x, y Count) int { return cmp.Or(cmp.Compare(y.N, x.N), strings.Compare(x.Value, y.Value)) })
		for _, c := range a.Counts[min(len(a.Counts), MaxCounts):] {
			a.Others += c.N
		}
		a.Counts = a.Counts[:min(len(a.Counts), MaxCounts)]
	}
}
