package catalogue

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// SummaryQuery says what is counted. Empty fields do not filter.
type SummaryQuery struct {
	// Kind is decision if empty; report is the other useful one.
	Kind                            protocol.Kind
	Place, Service, Network, Method string
	Depth                           string
	Body                            protocol.BodyID
	// From and To bound the time that entries claim, in Unix seconds.
	From, To int64
}

// Summary counts entries by the four questions, and by place and year.
type Summary struct {
	// Total is how many entries were counted: those that stand, in their last
	// version.
	Total   int  `json:"total"`
	Service Axis `json:"service"`
	Network Axis `json:"network"`
	Method  Axis `json:"method"`
	Depth   Axis `json:"depth"`
	Place   Axis `json:"place"`
	Year    Axis `json:"year"`
}

// Axis is one question's answers.
type Axis struct {
	// Counts are the most frequent first, at most MaxCounts; an entry with
	// several places counts for each.
	Counts []Count `json:"counts"`
	// Others is how many entries have an answer that is not among Counts; of
	// places, how many answers there are that are not.
	Others int `json:"others,omitempty"`
	// Missing is how many do not answer.
	Missing int `json:"missing"`
}

// axes are the summary's by name.
func (s *Summary) axes() map[string]*Axis {
	return map[string]*Axis{
		axisService: &s.Service, axisNetwork: &s.Network, axisMethod: &s.Method,
		axisDepth: &s.Depth, axisPlace: &s.Place, axisYear: &s.Year,
	}
}

// Summarise counts what the query asks for.
func (c *Catalogue) Summarise(ctx context.Context, q SummaryQuery) (*Summary, error) {
	if q.Kind == "" {
		q.Kind = record.KindDecision
	}
	out := &Summary{}
	err := c.reading(func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // nothing was written
		query, args := q.query()
		if prefix, ok := q.counter(); ok {
			query = "SELECT substr(axis, ?), value, n FROM counts WHERE axis >= ? AND axis < ?"
			args = []any{len(prefix) + 1, prefix, prefix + "\x7f"}
		}
		counts, err := readSummary(ctx, tx, query, args)
		out.take(counts)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("summarise: %w", err)
	}
	return out, nil
}

// query counts the values on all axes among the entries that are asked for.
func (q *SummaryQuery) query() (string, []any) {
	where, args := []string{"e.kind = ?", "e.disowned = 0", "e.erased = 0", "e.state = 0"}, []any{string(q.Kind)}
	need := func(condition string, values ...any) { where, args = append(where, condition), append(args, values...) }
	var match []string
	tagged := func(axis, value string) { match = append(match, `({tags} : "`+tag(axis, value)+`")`) }
	if !q.Body.IsZero() {
		need("e.body = (SELECT n FROM bodies WHERE id = ?)", q.Body[:])
		tagged(axisBody, q.Body.String())
	}
	if q.Place != "" {
		need("EXISTS (SELECT 1 FROM places p WHERE p.entry = e.event AND p.code = ?)", q.Place)
		tagged(axisPlace, q.Place)
	}
	if q.Service != "" {
		need("e.service = ?", q.Service)
		tagged(axisService, q.Service)
	}
	if q.Method != "" {
		need("e.method = ?", q.Method)
		tagged(axisMethod, q.Method)
	}
	if q.Depth != "" {
		need("e.depth = ?", q.Depth)
	}
	if q.Network != "" {
		need(networkOf+" = ?", q.Network)
	}
	if q.From != 0 {
		need("e.at >= ?", q.From)
	}
	if q.To != 0 {
		need("e.at < ?", q.To)
	}
	from := "entries e CROSS JOIN bodies b ON b.n = e.body"
	if len(match) > 0 {
		tagged(axisKind, string(q.Kind))
		from = "(SELECT rowid FROM words WHERE words MATCH ?) f CROSS JOIN entries e ON e.event = f.rowid CROSS JOIN bodies b ON b.n = e.body"
		args = append([]any{strings.Join(match, " AND ")}, args...)
	}
	return `WITH m AS MATERIALIZED (SELECT e.event, e.service, e.method, e.depth, ` + yearOf + ` AS year, ` + networkOf + ` AS network FROM ` + from + " WHERE " + strings.Join(where, " AND ") + `)
		SELECT 'all', '', count(*) FROM m UNION ALL
		SELECT 'service', service, count(*) FROM m GROUP BY service UNION ALL
		SELECT 'method', method, count(*) FROM m GROUP BY method UNION ALL
		SELECT 'depth', depth, count(*) FROM m GROUP BY depth UNION ALL
		SELECT 'year', year, count(*) FROM m GROUP BY year UNION ALL
		SELECT 'network', network, count(*) FROM m GROUP BY network UNION ALL
		SELECT 'place', coalesce(p.code, ''), count(DISTINCT m.event) FROM m LEFT JOIN places p ON p.entry = m.event GROUP BY 2`, args
}
