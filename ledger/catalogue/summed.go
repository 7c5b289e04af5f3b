package catalogue

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/folkmoot/folkmoot/protocol/record"
)

// The table of counts keeps the summary of everything ready, and that of what has
// one value on one of a few axes: those whose answers come from short lists of
// codes, so that a filter by one of them would otherwise read a large part of all
// entries. A filter by place or by service reads few, and by several reads them
// too.

// summedAxis begins the axes of the table of counts that the summary reads.
const summedAxis = '='

// Axes of the summary alone.
const (
	axisDepth   = "depth"
	axisNetwork = "network"
)

// countedKinds are the kinds whose summaries are kept ready.
var countedKinds = []string{string(record.KindDecision), string(record.KindReport)}

// filterCodes are the axes by which counts are kept apart, with their values.
// What somebody made up has no counts of its own.
var filterCodes = map[string]record.Codes{
	axisMethod: record.Methods, axisDepth: record.Depths, axisNetwork: record.NetworkBases,
}

// In queries over entries e and their bodies b: the network of an entry, and the
// year that it claims, as [year] writes it.
const (
	networkOf = `CASE e.network WHEN '' THEN b.network ELSE e.network END`
	yearOf    = `CAST(min(10000, strftime('%Y', min(e.at, 253402300799), 'unixepoch') + (e.at > 253402300799)) AS TEXT)`
)

// counter names the counts that answer the query, if there are such.
func (q *SummaryQuery) counter() (string, bool) {
	kind := string(q.Kind)
	if !slices.Contains(countedKinds, kind) {
		return "", false
	}
	for _, p := range []point{{}, {axisMethod, q.Method}, {axisDepth, q.Depth}, {axisNetwork, q.Network}} {
		alone := SummaryQuery{Kind: q.Kind}
		switch p.axis {
		case axisMethod:
			alone.Method = p.value
		case axisDepth:
			alone.Depth = p.value
		case axisNetwork:
			alone.Network = p.value
		}
		if *q == alone && (p == point{} || filterCodes[p.axis].Has(p.value)) {
			return summedName(kind, p, ""), true
		}
	}
	return "", false
}

// summedName names an axis of the counts of a kind: of all its entries, or of
// those with the value of a point.
func summedName(kind string, with point, axis string) string {
	apart := ""
	if with != (point{}) {
		apart = "/" + with.axis + "/" + url.QueryEscape(with.value)
	}
	return string(summedAxis) + kind + apart + string(summedAxis) + axis
}

// summed are the values on the axes of the summary of an entry that stands,
// given those on the other axes.
func summed(points []point, network, depth string) []point {
	var kind string
	values := map[string]string{axisService: "", axisMethod: "", axisYear: "", axisDepth: depth, axisNetwork: network}
	base := []point{{axisAll, ""}}
	for _, p := range points {
		switch p.axis {
		case axisKind:
			kind = p.value
		case axisPlace:
			base = append(base, p)
		default:
			if _, ok := values[p.axis]; ok {
				values[p.axis] = p.value
			}
		}
	}
	if len(base) == 1 {
		base = append(base, point{axisPlace, ""})
	}
	for axis, value := range values {
		base = append(base, point{axis, value})
	}
	if !slices.Contains(countedKinds, kind) {
		return nil
	}
	return apart(kind, base, base)
}

// apart are the points under the names of the summary of a counted kind: for all entries,
// and for those that have the same of the values in with.
func apart(kind string, points, with []point) []point {
	var out []point
	for _, w := range append([]point{{}}, with...) {
		if w != (point{}) && !filterCodes[w.axis].Has(w.value) {
			continue
		}
		for _, p := range points {
			out = append(out, point{summedName(kind, w, p.axis), p.value})
		}
	}
	return out
}

// renetwork reads again of what network a body is, and moves the counts of its
// entries that do not name one.
func (b *batch) renetwork(ctx context.Context, body int64) error {
	var was, is string
	err := b.w.conn.QueryRowContext(ctx, `SELECT b.network, coalesce((SELECT p.network FROM profiles p JOIN entries e ON e.event = p.entry
		WHERE p.body = b.n AND e.disowned = 0 AND e.state = 0 ORDER BY p.seq DESC, p.entry DESC LIMIT 1), '') FROM bodies b WHERE b.n = ?`, body).Scan(&was, &is)
	if err != nil {
		return fmt.Errorf("network of body %d: %w", body, err)
	}
	if was == is {
		return nil
	}
	groups, err := b.networkless(ctx, body)
	if err != nil {
		return fmt.Errorf("network of body %d: %w", body, err)
	}
	for _, g := range groups {
		for _, side := range []struct {
			network string
			by      int64
		}{{was, -g.n}, {is, g.n}} {
			network := point{axisNetwork, side.network}
			if g.places {
				// Only what is counted apart by network changes here.
				b.tally(apart(g.kind, g.points, []point{network})[len(g.points):], side.by)
				continue
			}
			base := append(slices.Clone(g.points), network)
			b.tally(apart(g.kind, base, base), side.by)
		}
	}
	if _, err := b.w.conn.ExecContext(ctx, "UPDATE bodies SET network = ? WHERE n = ?", is, body); err != nil {
		return fmt.Errorf("network of body %d: %w", body, err)
	}
	b.w.networks[body] = is
	return nil
}

// group is so many entries of a kind that have the same values: on all axes but
// those of place and network, or in a place.
type group struct {
	kind   string
	places bool
	points []point
	n      int64
}

// networkless groups the entries of a body that stand and name no network.
func (b *batch) networkless(ctx context.Context, body int64) ([]group, error) {
	const standing = " e.body = ?1 AND e.network = '' AND e.disowned = 0 AND e.erased = 0 AND e.state = 0"
	rows, err := b.w.conn.QueryContext(ctx, `
		SELECT e.kind, 0, e.service, e.method, e.depth, `+yearOf+`, count(*) FROM entries e WHERE`+standing+` GROUP BY 1, 3, 4, 5, 6
		UNION ALL
		SELECT e.kind, 1, coalesce(p.code, ''), '', '', '', count(DISTINCT e.event)
		FROM entries e LEFT JOIN places p ON p.entry = e.event WHERE`+standing+` GROUP BY 1, 3`, body)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var out []group
	for rows.Next() {
		var g group
		var first, method, depth, in string
		if err := rows.Scan(&g.kind, &g.places, &first, &method, &depth, &in, &g.n); err != nil {
			return nil, err
		}
		switch {
		case !slices.Contains(countedKinds, g.kind):
			continue
		case g.places:
			g.points = []point{{axisPlace, first}}
		default:
			g.points = []point{{axisAll, ""}, {axisService, first}, {axisMethod, method}, {axisDepth, depth}, {axisYear, in}}
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// networkOf returns the network of a body, by the profile that counted when it
// was last read.
func (w *writer) networkOf(ctx context.Context, body int64) (string, error) {
	if network, ok := w.networks[body]; ok {
		return network, nil
	}
	var network string
	if err := w.conn.QueryRowContext(ctx, "SELECT network FROM bodies WHERE n = ?", body).Scan(&network); err != nil {
		return "", fmt.Errorf("network of body %d: %w", body, err)
	}
	if len(w.networks) >= maxBodies {
		clear(w.networks)
	}
	w.networks[body] = network
	return network, nil
}
