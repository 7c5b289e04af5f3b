package catalogue

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// Page is one page of what was found.
type Page struct {
	Hits []Hit `json:"hits"`
	// Total is how many there are, and More says that there are more than that.
	Total int  `json:"total"`
	More  bool `json:"more,omitempty"`
	// Next is the cursor of the next page; empty on the last.
	Next string `json:"next,omitempty"`
}

// Hit is an entry that was found.
type Hit struct {
	Event uint64           `json:"event"`
	ID    protocol.EntryID `json:"id"`
	Body  protocol.BodyID  `json:"body"`
	// Name is the body's by its own word; empty if it gave none.
	Name string        `json:"name,omitempty"`
	Seq  uint64        `json:"seq"`
	Kind protocol.Kind `json:"kind"`
	At   time.Time     `json:"at"`
	// Erased entries have no text.
	Erased bool `json:"erased,omitempty"`
	// State is amended or withdrawn where the author's later records say so;
	// empty while it stands.
	State string `json:"state,omitempty"`
	Lang  string `json:"lang,omitempty"`
	Title string `json:"title,omitempty"`
	// TitleSpans is the title with the words that were asked for marked.
	TitleSpans []Span `json:"title_spans,omitempty"`
	// Snippet is the text around the words that were asked for. Where none were,
	// or where they stand in the title alone, it is the summary or the beginning
	// of the text.
	Snippet []Span `json:"snippet,omitempty"`
	Service string `json:"service,omitempty"`
	Network string `json:"network,omitempty"`
	Method  string `json:"method,omitempty"`
	Depth   string `json:"depth,omitempty"`

	summary string
}

// Search returns a page of entries that are in the log of a body, erased ones
// among them where no text is asked for. The error is [ErrBadCursor], the
// context's, or the file's; it is never about the text.
func (c *Catalogue) Search(ctx context.Context, q Query) (Page, error) {
	page := Page{Hits: []Hit{}}
	words, err := c.scratch.words(ctx, q.Text)
	if err != nil {
		return page, fmt.Errorf("search: %w", err)
	}
	p, err := newPlan(q, words)
	if err != nil {
		return page, fmt.Errorf("search: %w", err)
	}
	if p.impossible {
		return page, nil
	}
	err = c.reading(func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // nothing was written
		return p.run(ctx, tx, &page)
	})
	if err == nil {
		err = c.show(ctx, words, page.Hits)
	}
	if err != nil {
		return Page{Hits: []Hit{}}, fmt.Errorf("search: %w", err)
	}
	return page, nil
}

// run answers in one of two ways. Few entries that match are all looked at and
// sorted. Where many match and no text is asked for, the entries are walked from
// the newest until the page is full, which is soon, since many match.
func (p *plan) run(ctx context.Context, tx *sql.Tx, page *Page) error {
	if p.match != "" {
		found, more, err := p.found(ctx, tx)
		if err != nil {
			return err
		}
		if !more || len(p.words) > 0 {
			page.Total, page.More = len(found), more
			return p.pick(ctx, tx, found, page)
		}
	}
	if err := p.total(ctx, tx, page); err != nil {
		return err
	}
	return p.walk(ctx, tx, page)
}

// found returns where the entries that match sort, and whether there were too
// many for all to be looked at.
func (p *plan) found(ctx context.Context, tx *sql.Tx) ([]place, bool, error) {
	tier := "0"
	var args []any
	if p.title != "" {
		tier = fmt.Sprintf("e.event NOT IN (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT %d)", MaxFound)
		args = append(args, p.title)
	}
	args = append(append(args, p.args...), p.match)
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`SELECT f.rowid, e.at, %s AS tier, %s
		FROM (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT %d) f
		CROSS JOIN entries e ON e.event = f.rowid`, tier, strings.Join(p.where, " AND "), MaxFound+1), args...)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var out []place
	n := 0
	for rows.Next() {
		var f place
		var wanted bool
		if err := rows.Scan(&f.event, &f.at, &f.tier, &wanted); err != nil {
			return nil, false, err
		}
		if n++; n > MaxFound {
			return out, true, rows.Close()
		}
		if wanted {
			out = append(out, f)
		}
	}
	return out, false, rows.Err()
}

// pick sorts what was found and reads the page.
func (p *plan) pick(ctx context.Context, tx *sql.Tx, found []place, page *Page) error {
	if p.after.set {
		found = slices.DeleteFunc(found, func(f place) bool { return !p.after.before(f) })
	}
	slices.SortFunc(found, func(a, b place) int {
		switch {
		case a.before(b):
			return -1
		case b.before(a):
			return 1
		}
		return 0
	})
	if len(found) > p.limit {
		found = found[:p.limit]
		page.Next = found[p.limit-1].String()
	}
	if len(found) == 0 {
		return nil
	}
	args := make([]any, len(found))
	order := make(map[uint64]int, len(found))
	for i, f := range found {
		args[i], order[uint64(f.event)] = f.event, i
	}
	hits, err := readHits(ctx, tx, "WHERE e.event IN (?"+strings.Repeat(",?", len(args)-1)+")", args)
	if err != nil {
		return err
	}
	slices.SortFunc(hits, func(a, b Hit) int { return order[a.Event] - order[b.Event] })
	page.Hits = hits
	return nil
}

// total counts what a walk would find, from the table of counts if it knows.
func (p *plan) total(ctx context.Context, tx *sql.Tx, page *Page) error {
	if p.sole.axis == "" {
		page.Total, page.More = MaxFound, true
		if p.match != "" {
			return nil
		}
		err := tx.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM entries e WHERE %s LIMIT %d)",
			strings.Join(p.where, " AND "), MaxFound+1), p.args...).Scan(&page.Total)
		page.More = page.Total > MaxFound
		page.Total = min(page.Total, MaxFound)
		return err
	}
	err := tx.QueryRowContext(ctx, "SELECT n FROM counts WHERE axis = ? AND value = ?", p.sole.axis, p.sole.value).Scan(&page.Total)
	if isNoRows(err) {
		return nil
	}
	return err
}

// walk reads the page from the newest entry on.
func (p *plan) walk(ctx context.Context, tx *sql.Tx, page *Page) error {
	where, args := p.where, p.args
	if p.after.set {
		where, args = append(where, "(e.at, e.event) < (?, ?)"), append(args, p.after.at, p.after.event)
	}
	hits, err := readHits(ctx, tx, fmt.Sprintf("WHERE e.event IN (SELECT event FROM entries e INDEXED BY entries_at WHERE %s ORDER BY e.at DESC, e.event DESC LIMIT %d)",
		strings.Join(where, " AND "), p.limit+1), args)
	if err != nil {
		return err
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		if x := b.At.Compare(a.At); x != 0 {
			return x
		}
		return int(int64(b.Event) - int64(a.Event))
	})
	if len(hits) > p.limit {
		hits = hits[:p.limit]
		last := hits[p.limit-1]
		page.Next = place{at: last.At.Unix(), event: int64(last.Event)}.String()
	}
	page.Hits = append(page.Hits, hits...)
	return nil
}

// profileOf names the profile that counts for a body: the last that stands.
const profileOf = `(SELECT p.entry FROM profiles p JOIN entries pe ON pe.event = p.entry
	WHERE p.body = b.n AND pe.disowned = 0 ORDER BY p.seq DESC, p.entry DESC LIMIT 1)`

func readHits(ctx context.Context, tx *sql.Tx, where string, args []any) ([]Hit, error) {
	rows, err := tx.QueryContext(ctx, `SELECT e.event, e.id, b.id, coalesce(f.name, ''), e.seq, e.kind, e.at, e.erased, e.lang, e.title,
		e.summary, e.service, e.network, e.method, e.depth, e.state
		FROM entries e JOIN bodies b ON b.n = e.body LEFT JOIN profiles f ON f.entry = `+profileOf+` `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	hits := []Hit{}
	for rows.Next() {
		var h Hit
		var id, body []byte
		var event, seq, at, state int64
		if err := rows.Scan(&event, &id, &body, &h.Name, &seq, &h.Kind, &at, &h.Erased, &h.Lang, &h.Title,
			&h.summary, &h.Service, &h.Network, &h.Method, &h.Depth, &state); err != nil {
			return nil, err
		}
		h.Event, h.Seq, h.At = uint64(event), uint64(seq), time.Unix(at, 0).UTC()
		h.State = stateNames[state]
		h.ID, h.Body = protocol.EntryID(id), protocol.BodyID(body)
		hits = append(hits, h)
	}
	return hits, rows.Err()
}
