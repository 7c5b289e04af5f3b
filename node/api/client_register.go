package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
)

// OwedQuery asks what bodies owe. Empty fields do not filter.
type OwedQuery struct {
	// By is who has to act, Asker who asked.
	By, Asker protocol.BodyID
	// State is a state of duties; empty for all that is open.
	State register.DutyState
	// Late takes only what is late, All also what is settled.
	Late, All      bool
	Place, Service string
	// DueFrom and DueTo are the first and the last day, month or year of the
	// first due date, such as "2026-05".
	DueFrom, DueTo string
	// After is the Next of the page before; Limit is at most MaxOwed.
	After string
	Limit int
	// At is the time at which the question is asked; zero for now.
	At time.Time
}

// SummaryQuery says what is counted. Empty fields do not filter.
type SummaryQuery struct {
	// Kind is decision if empty.
	Kind                                   protocol.Kind
	Place, Service, Network, Method, Depth string
	Body                                   protocol.BodyID
	// From and To are the first and the last day, month or year of the time that
	// records claim.
	From, To string
}

// Assessment says which method a decision used, and how that is evidenced; at is
// zero for now.
func (c *Client) Assessment(ctx context.Context, decision protocol.EntryID, at time.Time) (Assessment, error) {
	return get[Assessment](ctx, c, entryPath(decision)+"/assessment", some("at", moment(at)))
}

// Thread returns everything that hangs together with a record.
func (c *Client) Thread(ctx context.Context, id protocol.EntryID) (Thread, error) {
	return get[Thread](ctx, c, entryPath(id)+"/thread", nil)
}

// Spread says what became of a lesson elsewhere.
func (c *Client) Spread(ctx context.Context, lesson protocol.EntryID) (Spread, error) {
	return get[Spread](ctx, c, entryPath(lesson)+"/spread", nil)
}

// Owed returns a page of what bodies owe.
func (c *Client) Owed(ctx context.Context, oq OwedQuery) (Owed, error) {
	q := some("by", idText(oq.By), "asker", idText(oq.Asker), "state", string(oq.State), "late", flag(oq.Late), "all", flag(oq.All),
		"place", oq.Place, "service", oq.Service, "due_from", oq.DueFrom, "due_to", oq.DueTo, "after", oq.After, "at", moment(oq.At))
	if oq.Limit > 0 {
		q.Set("limit", strconv.Itoa(oq.Limit))
	}
	return get[Owed](ctx, c, "/api/v1/owed", q)
}

// OwedSums counts by body what is owed. Of the query By, Place, Service and At
// count.
func (c *Client) OwedSums(ctx context.Context, oq OwedQuery) (OwedSums, error) {
	return get[OwedSums](ctx, c, "/api/v1/owed/sums", some("by", idText(oq.By), "place", oq.Place, "service", oq.Service, "at", moment(oq.At)))
}

// Path returns the way of a service in a place through the four methods; an empty
// service takes all that are in the place.
func (c *Client) Path(ctx context.Context, place, service string) (Path, error) {
	return get[Path](ctx, c, "/api/v1/path", some("place", place, "service", service))
}

// Summary counts records by the four questions, and by place and year.
func (c *Client) Summary(ctx context.Context, sq SummaryQuery) (Summary, error) {
	return get[Summary](ctx, c, "/api/v1/summary", some("kind", string(sq.Kind), "place", sq.Place, "service", sq.Service,
		"network", sq.Network, "method", sq.Method, "depth", sq.Depth, "body", idText(sq.Body), "from", sq.From, "to", sq.To))
}

// Rules lists the rules by which methods are assessed.
func (c *Client) Rules(ctx context.Context) (Rules, error) {
	return get[Rules](ctx, c, "/api/v1/rules", nil)
}

// Codes lists all lists of codes.
func (c *Client) Codes(ctx context.Context) (Codes, error) {
	return get[Codes](ctx, c, "/api/v1/codes", nil)
}

// Schema returns the JSON Schema of a kind of record, or of all when kind is
// empty.
func (c *Client) Schema(ctx context.Context, kind protocol.Kind) (json.RawMessage, error) {
	path := "/api/v1/schema"
	if kind != "" {
		path += "/" + url.PathEscape(string(kind))
	}
	return c.document(ctx, path)
}

// OpenAPI returns the description of the public API.
func (c *Client) OpenAPI(ctx context.Context) (json.RawMessage, error) {
	return c.document(ctx, "/api/v1/openapi.json")
}

func (c *Client) document(ctx context.Context, path string) (json.RawMessage, error) {
	r, err := c.do(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return nil, err
	}
	return readAll(r)
}

func entryPath(id protocol.EntryID) string { return "/api/v1/entries/" + id.String() }

// some makes a query of names and values, without those that are empty.
func some(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

func idText(id protocol.BodyID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func flag(v bool) string {
	if v {
		return "1"
	}
	return ""
}
