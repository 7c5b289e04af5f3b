package catalogue

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

// MaxCounts is how many values an axis shows, the most frequent first.
const MaxCounts = 50

// Count is how many entries have a value.
type Count struct {
	// Value is as a [Query] takes it.
	Value string `json:"value"`
	// Name is for people, where the value is the identifier of a body or the code of
	// a place.
	Name string `json:"name,omitempty"`
	N    int    `json:"n"`
}

// Facets counts what a query finds, by axis.
type Facets struct {
	Kind    []Count `json:"kind"`
	Body    []Count `json:"body"`
	Place   []Count `json:"place"`
	Service []Count `json:"service"`
	Method  []Count `json:"method"`
	Year    []Count `json:"year"`
	// Sampled says that so many match that only the MaxFound which arrived last
	// were counted.
	Sampled bool `json:"sampled,omitempty"`
}

func (f *Facets) axes() map[string]*[]Count {
	return map[string]*[]Count{
		axisKind: &f.Kind, axisBody: &f.Body, axisPlace: &f.Place,
		axisService: &f.Service, axisMethod: &f.Method, axisYear: &f.Year,
	}
}

// Facets counts what a query finds by kind, body, place, service, method and
// year. Page and order do not matter to it.
func (c *Catalogue) Facets(ctx context.Context, q Query) (Facets, error) {
	out := Facets{Kind: []Count{}, Body: []Count{}, Place: []Count{}, Service: []Count{}, Method: []Count{}, Year: []Count{}}
	words, err := c.scratch.words(ctx, q.Text)
	if err != nil {
		return out, fmt.Errorf("facets: %w", err)
	}
	q.After = ""
	p, err := newPlan(q, words)
	if err != nil {
		return out, fmt.Errorf("facets: %w", err)
	}
	if p.impossible {
		return out, nil
	}
	err = c.reading(func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // nothing was written
		if p.sole.axis == axisAll {
			err = out.fromCounts(ctx, tx)
		} else {
			err = p.countFound(ctx, tx, &out)
		}
		if err != nil {
			return err
		}
		return errors.Join(out.nameBodies(ctx, tx), out.namePlaces(ctx, tx))
	})
	if err != nil {
		return Facets{}, fmt.Errorf("facets: %w", err)
	}
	return out, nil
}

// fromCounts reads what is counted already.
func (f *Facets) fromCounts(ctx context.Context, tx *sql.Tx) error {
	for axis, to := range f.axes() {
		var err error
		if *to, err = readCounts(ctx, tx, axis); err != nil {
			return err
		}
	}
	return nil
}

func readCounts(ctx context.Context, tx *sql.Tx, axis string) ([]Count, error) {
	rows, err := tx.QueryContext(ctx, "SELECT value, n FROM counts WHERE axis = ? AND n > 0 ORDER BY n DESC, value LIMIT ?", axis, MaxCounts)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	out := []Count{}
	for rows.Next() {
		var n Count
		if err := rows.Scan(&n.Value, &n.N); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// countFound counts the entries that match.
func (p *plan) countFound(ctx context.Context, tx *sql.Tx, out *Facets) error {
	where := strings.Join(p.where, " AND ")
	from, args := "SELECT rowid AS event FROM words WHERE words MATCH ? ORDER BY rowid DESC", append(slices.Clone(p.args), p.match)
	if p.match == "" {
		from, args = "SELECT event FROM entries e WHERE "+where+" ORDER BY e.event DESC", append(args[:len(p.args)], p.args...)
	}
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`SELECT e.kind, b.id, e.at, e.service, e.method,
		(SELECT group_concat(p.code, char(31)) FROM places p WHERE p.entry = e.event), %s
		FROM (%s LIMIT %d) f CROSS JOIN entries e ON e.event = f.event CROSS JOIN bodies b ON b.n = e.body`, where, from, MaxFound+1), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	counts := map[point]int{}
	n := 0
	for rows.Next() {
		var kind, service, method string
		var id []byte
		var at int64
		var places sql.NullString
		var wanted bool
		if err := rows.Scan(&kind, &id, &at, &service, &method, &places, &wanted); err != nil {
			return err
		}
		if n++; n > MaxFound {
			out.Sampled = true
			break
		}
		if !wanted {
			continue
		}
		counts[point{axisKind, kind}]++
		counts[point{axisBody, string(id)}]++
		counts[point{axisYear, year(uint64(at))}]++
		counts[point{axisService, service}]++
		counts[point{axisMethod, method}]++
		if places.Valid {
			codes := strings.Split(places.String, "\x1f")
			slices.Sort(codes)
			for _, code := range slices.Compact(codes) {
				counts[point{axisPlace, code}]++
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	out.take(counts)
	return nil
}

func (f *Facets) take(counts map[point]int) {
	axes := f.axes()
	for p, n := range counts {
		if p.value == "" {
			continue
		}
		if p.axis == axisBody {
			p.value = protocol.BodyID([]byte(p.value)).String()
		}
		*axes[p.axis] = append(*axes[p.axis], Count{Value: p.value, N: n})
	}
	for _, list := range axes {
		slices.SortFunc(*list, func(a, b Count) int {
			return cmp.Or(b.N-a.N, strings.Compare(a.Value, b.Value))
		})
		*list = (*list)[:min(len(*list), MaxCounts)]
	}
}

// namedBy is how many of the last records of a place are asked for its name.
const namedBy = 40

// namePlaces gives each place the name by which most bodies called it lately: what
// one calls it counts once.
func (f *Facets) namePlaces(ctx context.Context, tx *sql.Tx) error {
	for i := range f.Place {
		p := &f.Place[i]
		err := tx.QueryRowContext(ctx, `SELECT name FROM (
			SELECT p.name, e.body FROM words w CROSS JOIN places p ON p.entry = w.rowid CROSS JOIN entries e ON e.event = w.rowid
			WHERE words MATCH ? AND p.code = ? AND p.name <> '' ORDER BY w.rowid DESC LIMIT ?
		) GROUP BY name ORDER BY count(DISTINCT body) DESC, count(*) DESC, name LIMIT 1`,
			`({tags} : "`+tag(axisPlace, p.Value)+`")`, p.Value, namedBy).Scan(&p.Name)
		if err != nil && !isNoRows(err) {
			return err
		}
	}
	return nil
}

func (f *Facets) nameBodies(ctx context.Context, tx *sql.Tx) error {
	for i := range f.Body {
		id, err := protocol.ParseBodyID(f.Body[i].Value)
		if err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, "SELECT f.name FROM bodies b JOIN profiles f ON f.entry = "+profileOf+" WHERE b.id = ?", id[:]).Scan(&f.Body[i].Name)
		if err != nil && !isNoRows(err) {
			return err
		}
	}
	return nil
}
