package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

// SearchQuery asks the catalogue. Empty fields do not filter.
type SearchQuery struct {
	// Text are words that an entry must have.
	Text  string
	Kind  protocol.Kind
	Body  protocol.BodyID
	Place string
	// Service and Method are the article's axes.
	Service, Method string
	// From and To bound the time that entries claim, in Unix seconds; To is not
	// included, and 0 is no bound.
	From, To uint64
	// Cursor is the Next of the page before.
	Cursor string
	Limit  int
}

// SearchPage is one page of what was found.
type SearchPage struct {
	Hits []Hit `json:"hits"`
	// Hidden is how many were left out of this page since the operator hides them.
	Hidden int `json:"hidden,omitempty"`
	// Total is how many there are, hidden ones included, and More says that there
	// are more than that.
	Total int  `json:"total"`
	More  bool `json:"more,omitempty"`
	// Next is the cursor of the next page; empty on the last.
	Next string `json:"next,omitempty"`
	// Behind is how many events the catalogue has still to take in.
	Behind uint64 `json:"behind,omitempty"`
}

// Hit is an entry that was found.
type Hit struct {
	Entry
	Service string `json:"service,omitempty"`
	Method  string `json:"method,omitempty"`
	// State is amended or withdrawn where the author's later records say so.
	State string `json:"state,omitempty"`
	// Snippet is text around the words that were found.
	Snippet []Span `json:"snippet,omitempty"`
}

// Span is a piece of a snippet.
type Span struct {
	Text string `json:"text"`
	// Match is whether it is one of the words that were asked for.
	Match bool `json:"match,omitempty"`
}

// maxSearchText is the longest text to search for, in bytes.
const maxSearchText = 400

// Facets counts what a query finds by each axis, hidden entries included; the most
// frequent values first, at most 50 each.
type Facets struct {
	Kind    []FacetCount `json:"kind"`
	Body    []FacetCount `json:"body"`
	Place   []FacetCount `json:"place"`
	Service []FacetCount `json:"service"`
	Method  []FacetCount `json:"method"`
	Year    []FacetCount `json:"year"`
	// Sampled says that so many match that only those which arrived last were
	// counted.
	Sampled bool `json:"sampled,omitempty"`
}

// FacetCount is how many entries have a value.
type FacetCount struct {
	Value string `json:"value"`
	// Label is what people read for the value, where it is a code or a body.
	Label string `json:"label,omitempty"`
	N     int    `json:"n"`
}

func (s *server) facets(r *http.Request) (any, error) {
	q, err := query(r, searchParams...)
	if err != nil {
		return nil, err
	}
	sq, err := searchQuery(r, q)
	if err != nil {
		return nil, err
	}
	return s.Search.Facets(r.Context(), sq)
}

// searchParams say what is searched for; a page of it has two more.
var searchParams = []string{"q", "kind", "body", "place", "service", "method", "from", "to"}

func searchQuery(r *http.Request, q url.Values) (sq SearchQuery, err error) {
	sq = SearchQuery{Text: strings.TrimSpace(q.Get("q")), Place: q.Get("place"), Service: q.Get("service"), Method: q.Get("method")}
	if len(r.URL.RawQuery) > 2048 || len(sq.Text) > maxSearchText {
		return sq, badRequest("The search is too long. Use at most %d bytes of text.", maxSearchText)
	}
	if sq.Body, err = bodyParam("body", q.Get("body")); err != nil {
		return sq, err
	}
	if sq.From, err = numberParam(q, "from"); err != nil {
		return sq, err
	}
	if sq.To, err = numberParam(q, "to"); err != nil {
		return sq, err
	}
	if q.Has("kind") {
		if sq.Kind, err = protocol.ParseKind(q.Get("kind")); err != nil {
			return sq, badRequest("The kind is not one: use 1 to %d of a to z and _.", protocol.MaxKind)
		}
	}
	return sq, nil
}

func (s *server) search(r *http.Request) (any, error) {
	q, err := query(r, append([]string{"after", "limit"}, searchParams...)...)
	if err != nil {
		return nil, err
	}
	sq, err := searchQuery(r, q)
	if err != nil {
		return nil, err
	}
	sq.Cursor = q.Get("after")
	if sq.Limit, err = limitParam(q); err != nil {
		return nil, err
	}
	page, err := s.Search.Search(r.Context(), sq)
	if err != nil {
		return nil, err
	}
	found := len(page.Hits)
	page.Hits = slices.DeleteFunc(page.Hits, func(h Hit) bool { return s.Hidden.Hides(h.Body, h.ID) })
	page.Hidden = found - len(page.Hits)
	return page, nil
}
