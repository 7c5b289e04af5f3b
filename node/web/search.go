package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// searchData is a page of what was found.
type searchData struct {
	Page   api.SearchPage
	Facets []facet
	// Chosen are the filters in force, each with the address without it.
	Chosen  []choice
	Sampled bool
	// Next is the address of the next page; First of the first, on a later one.
	Next, First string
	// Given are the filters, for the form to pass on.
	Given []pair
}

type pair struct{ Name, Value string }

// facet is one axis with its most frequent values.
type facet struct {
	Name   string
	Values []choice
}

// choice is a value of an axis, and the address at which it is chosen, or is not
// any more.
type choice struct {
	Label, URL string
	N          int
	On         bool
}

// The axes by which a search narrows, in the order in which they are shown; each is
// the name of a parameter.
var axes = []string{"kind", "service", "method", "place", "year", "body"}

// facetValues is how many values of an axis are shown.
const facetValues = 8

func (s *site) search(r *http.Request, w *words) (*view, error) {
	q := r.URL.Query()
	sq, err := searchOf(q)
	if err != nil {
		return nil, err
	}
	var data searchData
	if data.Page, err = s.cfg.API.Search(r.Context(), sq); err != nil {
		return nil, err
	}
	found, err := s.cfg.API.Facets(r.Context(), sq)
	if err != nil {
		return nil, err
	}
	data.Sampled = found.Sampled
	for i, counts := range [][]api.FacetCount{found.Kind, found.Service, found.Method, found.Place, found.Year, found.Body} {
		data.addAxis(w, q, axes[i], counts)
	}
	if data.Page.Next != "" {
		data.Next = address(q, "after", data.Page.Next)
	}
	if q.Get("after") != "" {
		data.First = address(q, "after", "")
	}
	title := w.T("search.title")
	if sq.Text != "" {
		title = w.T("search.for", "Words", sq.Text)
	}
	return &view{name: "search", title: title, section: "search", data: data}, nil
}

func (d *searchData) addAxis(w *words, q url.Values, axis string, counts []api.FacetCount) {
	f := facet{Name: w.T("axis." + axis)}
	given := q.Get(axis)
	for i, c := range counts {
		label := c.Label
		switch {
		case label == "":
			label = c.Value
		case axis == "place": // several may have one name
			label += " (" + c.Value + ")"
		}
		if on := given == c.Value; on {
			d.Chosen = append(d.Chosen, choice{Label: f.Name + ": " + label, URL: address(q, axis, ""), On: true})
			d.Given = append(d.Given, pair{axis, given})
			given = ""
		} else if i < facetValues && q.Get(axis) == "" {
			f.Values = append(f.Values, choice{Label: label, URL: address(q, axis, c.Value), N: c.N})
		}
	}
	if given != "" { // nothing that was found has it
		d.Chosen = append(d.Chosen, choice{Label: f.Name + ": " + given, URL: address(q, axis, ""), On: true})
		d.Given = append(d.Given, pair{axis, given})
	}
	if len(f.Values) > 0 {
		d.Facets = append(d.Facets, f)
	}
}

// address is that of the search with a parameter set or, if empty, left out. It
// begins at the first page unless the parameter is a page.
func address(q url.Values, name, value string) string {
	out := url.Values{}
	for _, n := range append([]string{"q"}, axes...) {
		if v := q.Get(n); v != "" {
			out.Set(n, v)
		}
	}
	out.Del(name)
	if value != "" {
		out.Set(name, value)
	}
	return "/search?" + out.Encode()
}

func searchOf(q url.Values) (sq api.SearchQuery, err error) {
	sq = api.SearchQuery{
		Text: q.Get("q"), Kind: protocol.Kind(q.Get("kind")), Place: q.Get("place"), Service: q.Get("service"), Method: q.Get("method"),
		Cursor: q.Get("after"),
	}
	if b := q.Get("body"); b != "" {
		if sq.Body, err = protocol.ParseBodyID(b); err != nil {
			return sq, errNoPage
		}
	}
	if y := q.Get("year"); y != "" {
		year, err := strconv.Atoi(y)
		if err != nil || year < 1970 || year > 9998 {
			return sq, errNoPage
		}
		sq.From = uint64(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix()) //nolint:gosec // after 1970
		sq.To = uint64(time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()) //nolint:gosec // after 1970
	}
	return sq, nil
}
