package catalogue

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// maxJoined is how many entries of a place or a service are looked up one by one
// in the index of duties; where there are more, duties are walked in their order
// and those elsewhere passed over, which are few then.
const maxJoined = 4000

// dutyFilter is conditions on a row d of duties, and the index that finds it.
type dutyFilter struct {
	index string
	// few: the index gives few rows in no useful order.
	few   bool
	where []string
	args  []any
}

func (f *dutyFilter) need(condition string, args ...any) {
	f.where, f.args = append(f.where, condition), append(f.args, args...)
}

func (q *OwedQuery) filter(ctx context.Context, tx *sql.Tx) (*dutyFilter, error) {
	f := &dutyFilter{index: "duties_lane", where: []string{"1"}}
	if !q.To.IsZero() {
		f.index = "duties_asker"
		f.need("d.asker = (SELECT n FROM parties WHERE id = ?)", q.To[:])
	}
	if !q.By.IsZero() {
		f.index = "duties_party"
		f.need("d.party = (SELECT n FROM parties WHERE id = ?)", q.By[:])
	}
	if q.DueFrom != 0 {
		f.need("d.due >= ?", q.DueFrom)
		f.need("d.due < ?", int64(noDue))
	}
	if q.DueTo != 0 {
		f.need("d.due < ?", q.DueTo)
	}
	if q.Place != "" {
		f.need("EXISTS (SELECT 1 FROM places p WHERE p.entry = d.version AND p.code = ?)", q.Place)
		if err := f.about(ctx, tx, axisPlace, q.Place); err != nil {
			return nil, err
		}
	}
	if q.Service != "" {
		f.need("EXISTS (SELECT 1 FROM entries e WHERE e.event = d.version AND e.service = ?)", q.Service)
		if err := f.about(ctx, tx, axisService, q.Service); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// about lets the full-text index name the decisions with a value, if they are
// few and no party does.
func (f *dutyFilter) about(ctx context.Context, tx *sql.Tx, axis, value string) error {
	if f.index != "duties_lane" {
		return nil
	}
	var n int
	err := tx.QueryRowContext(ctx, "SELECT n FROM counts WHERE axis = ? AND value = ?", axis, value).Scan(&n)
	if err != nil && !isNoRows(err) {
		return err
	}
	if n <= maxJoined {
		f.index, f.few = "duties_version", true
		f.need("d.version IN (SELECT rowid FROM words WHERE words MATCH ?)", `({tags} : "`+tag(axis, value)+`")`)
	}
	return nil
}

// walk reads where the next duties of a tier lie, in their order.
func (f *dutyFilter) walk(ctx context.Context, tx *sql.Tx, tier int, lanes []lane, now int64, from turn, limit int) ([]turn, error) {
	where, args := strings.Join(f.where, " AND "), f.args
	switch tier {
	case tierLate:
		where, args = where+" AND d.due <= ?", append(args[:len(args):len(args)], now)
	case tierDue:
		where, args = where+" AND d.due > ?", append(args[:len(args):len(args)], now)
	}
	if from.set {
		where, args = where+" AND (d.due, d.row) > (?, ?)", append(args[:len(args):len(args)], from.due, from.row)
	}
	// An index has the order within each lane: of each the first are read.
	var parts []string
	var values []any
	groups := make([][]lane, 0, len(lanes))
	if f.few {
		groups = append(groups, lanes)
	} else {
		for i := range lanes {
			groups = append(groups, lanes[i:i+1])
		}
	}
	for _, g := range groups {
		parts = append(parts, fmt.Sprintf("SELECT * FROM (SELECT d.due, d.row FROM duties d INDEXED BY %s WHERE d.lane IN (%s) AND %s ORDER BY d.due, d.row LIMIT %d)",
			f.index, laneList(g), where, limit))
		values = append(values, args...)
	}
	rows, err := tx.QueryContext(ctx, strings.Join(parts, " UNION ALL ")+fmt.Sprintf(" ORDER BY 1, 2 LIMIT %d", limit), values...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var out []turn
	for rows.Next() {
		t := turn{set: true, tier: tier}
		if err := rows.Scan(&t.due, &t.row); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

func laneList(lanes []lane) string {
	parts := make([]string, len(lanes))
	for i, l := range lanes {
		parts[i] = fmt.Sprint(int64(l))
	}
	return strings.Join(parts, ", ")
}
