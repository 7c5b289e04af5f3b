package catalogue

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

// standingProfile names the profile of body b that counts and was not taken back.
const standingProfile = `(SELECT p.entry FROM profiles p JOIN entries pe ON pe.event = p.entry
	WHERE p.body = b.n AND pe.disowned = 0 AND pe.state = 0 ORDER BY p.seq DESC, p.entry DESC LIMIT 1)`

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

// nameNetworks puts the networks of bodies in the place of the bodies.
func nameNetworks(ctx context.Context, tx *sql.Tx, counts map[point]int) error {
	networks := map[string]string{}
	rows, err := tx.QueryContext(ctx, "SELECT b.n, b.id, f.network FROM bodies b JOIN profiles f ON f.entry = "+standingProfile+" WHERE f.network <> ''")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	for rows.Next() {
		var number, network string
		var id []byte
		if err := rows.Scan(&number, &id, &network); err != nil {
			return err
		}
		networks[number], networks[protocol.BodyID(id).String()] = network, network
	}
	for _, p := range slices.Collect(maps.Keys(counts)) {
		if body, ok := strings.CutPrefix(p.value, bodyMark); ok && p.axis == axisNetwork {
			n := counts[p]
			delete(counts, p)
			counts[point{axisNetwork, networks[body]}] += n
		}
	}
	return rows.Err()
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
