package catalogue

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// Order is the order of what is found.
type Order uint8

// Orders.
const (
	// Newest puts the latest claimed time first.
	Newest Order = iota
	// Relevance puts entries first that have all words in their title; within
	// those, and within the others, the latest first. It is Newest where no text
	// is asked for.
	Relevance
)

// Query says what to look for. Fields that are empty do not restrict.
type Query struct {
	// Text are words that an entry must all have, in any form and order. It is
	// never a syntax error; of a long text only the beginning counts.
	Text string
	Kind protocol.Kind
	Body protocol.BodyID
	// Place is the code of a place, such as E08000032.
	Place string
	// Service is the label of a service, Method a code; compared exactly.
	Service, Method string
	// From and To bound the time that entries claim; To is not included.
	From, To time.Time
	// After is the Next of the page before.
	After string
	// Limit is how many hits a page has, at most MaxLimit; 0 is DefaultLimit.
	Limit int
	Order Order
}

// Limits of a page.
const (
	DefaultLimit = 20
	MaxLimit     = 200
)

// MaxFound bounds the work of one search by text: where more entries have the
// words, those that arrived last are searched, and a page says so.
const MaxFound = 2000

// plan is a query made ready: an expression for the index, and conditions for
// the rows.
type plan struct {
	words []string
	// match is the expression; empty when nothing is asked of the index.
	match string
	// title is the expression for words in the title.
	title string
	// where are conditions on the entry e, args their values.
	where []string
	args  []any
	// sole is the only value asked for, if the table of counts knows it.
	sole  point
	after place
	limit int
	// impossible: the text has no words, so nothing has them.
	impossible bool
}

// place is where a page ends: everything that sorts after it is still to come.
type place struct {
	set   bool
	tier  int
	at    int64
	event int64
}

func (p place) String() string { return fmt.Sprintf("%d.%d.%d", p.tier, p.at, p.event) }

func parsePlace(s string) (place, error) {
	if s == "" {
		return place{}, nil
	}
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return place{}, fmt.Errorf("%q: %w", clip(s, 60), ErrBadCursor)
	}
	var n [3]int64
	for i, p := range parts {
		v, err := strconv.ParseInt(p, 10, 64)
		if err != nil || v < 0 {
			return place{}, fmt.Errorf("%q: %w", clip(s, 60), ErrBadCursor)
		}
		n[i] = v
	}
	return place{set: true, tier: int(min(n[0], 1)), at: n[1], event: n[2]}, nil
}

// before reports whether p sorts before q.
func (p place) before(q place) bool {
	if p.tier != q.tier {
		return p.tier < q.tier
	}
	if p.at != q.at {
		return p.at > q.at
	}
	return p.event > q.event
}

func newPlan(q Query, words []string) (*plan, error) {
	p := &plan{words: words, limit: q.Limit, impossible: len(words) == 0 && strings.TrimSpace(q.Text) != ""}
	if p.limit <= 0 {
		p.limit = DefaultLimit
	}
	p.limit = min(p.limit, MaxLimit)
	var err error
	if p.after, err = parsePlace(q.After); err != nil {
		return nil, err
	}
	var match []string
	if len(words) > 0 {
		match = append(match, "({title text} : ("+join(words, " AND ")+"))")
		if q.Order == Relevance {
			p.title = "({title} : (" + join(words, " AND ") + "))"
		}
	}
	p.where = []string{"e.disowned = 0"}
	need := func(axis, value, condition string, arg any) {
		match = append(match, `({tags} : "`+tag(axis, value)+`")`)
		p.where, p.args = append(p.where, condition), append(p.args, arg)
		p.sole = point{axis, value}
	}
	if q.Kind != "" {
		need(axisKind, string(q.Kind), "e.kind = ?", string(q.Kind))
	}
	if !q.Body.IsZero() {
		need(axisBody, q.Body.String(), "e.body = (SELECT n FROM bodies WHERE id = ?)", q.Body[:])
	}
	if q.Place != "" {
		need(axisPlace, q.Place, "EXISTS (SELECT 1 FROM places p WHERE p.entry = e.event AND p.code = ?)", q.Place)
	}
	if q.Service != "" {
		need(axisService, q.Service, "e.service = ?", q.Service)
	}
	if q.Method != "" {
		need(axisMethod, q.Method, "e.method = ?", q.Method)
	}
	if years := p.bound(q); years != "" {
		match = append(match, years)
	}
	if len(match) != 1 || len(words) > 0 {
		p.sole = point{}
	}
	if len(match) == 0 {
		p.sole = point{axis: axisAll}
	}
	if !q.From.IsZero() || !q.To.IsZero() {
		p.sole = point{}
	}
	p.match = strings.Join(match, " AND ")
	return p, nil
}

// bound adds the conditions on time, and returns the expression for the years
// if they are few.
func (p *plan) bound(q Query) string {
	if !q.From.IsZero() {
		p.where, p.args = append(p.where, "e.at >= ?"), append(p.args, q.From.Unix())
	}
	if !q.To.IsZero() {
		p.where, p.args = append(p.where, "e.at < ?"), append(p.args, q.To.Unix())
	}
	if q.From.IsZero() || q.To.IsZero() {
		return ""
	}
	first, last := q.From.UTC().Year(), q.To.UTC().Year()
	if last < first || last-first > 20 || last > 9999 {
		return ""
	}
	var years []string
	for y := first; y <= last; y++ {
		years = append(years, tag(axisYear, strconv.Itoa(y)))
	}
	return "({tags} : (" + join(years, " OR ") + "))"
}
