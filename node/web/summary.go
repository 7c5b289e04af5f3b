package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
)

// summaryData counts decisions by the four questions.
type summaryData struct {
	api.Summary
	Axes []axisView
	// Place and Service are the filters in force.
	Place string
}

// axisView is one question's answers as a picture and a table.
type axisView struct {
	Name, Text string
	Chart      chart
	Axis       api.Axis
	Links      []string
}

func (s *site) summary(r *http.Request, w *words) (*view, error) {
	place := r.URL.Query().Get("place")
	found, err := s.cfg.API.Summary(r.Context(), api.SummaryQuery{Place: place})
	if err != nil {
		return nil, err
	}
	data := summaryData{Summary: found, Place: place}
	for _, a := range []struct {
		name, param string
		axis        api.Axis
	}{
		{"service", "service", found.Service},
		{"network", "", found.Network},
		{"method", "method", found.Method},
		{"depth", "", found.Depth},
		{"place", "place", found.Place},
		{"year", "year", found.Year},
	} {
		v := axisView{Name: w.T("axis." + a.name), Text: w.T("summary." + a.name), Axis: a.axis}
		for _, c := range a.axis.Counts {
			link := ""
			if a.param != "" {
				link = "/search?" + url.Values{"kind": {"decision"}, a.param: {c.Value}}.Encode()
			}
			v.Links = append(v.Links, link)
		}
		v.Chart = barsOf(w, v.Name, found.Total, a.axis)
		data.Axes = append(data.Axes, v)
	}
	return &view{name: "summary", title: w.T("summary.title"), section: "summary", data: data}, nil
}

// placesData is the list of places.
type placesData struct{ Counts []api.FacetCount }

func (s *site) places(r *http.Request, w *words) (*view, error) {
	if code := strings.TrimSpace(r.URL.Query().Get("code")); code != "" {
		return s.placeAsked(r, code)
	}
	found, err := s.cfg.API.Facets(r.Context(), api.SearchQuery{})
	if err != nil {
		return nil, err
	}
	return &view{name: "places", title: w.T("places.title"), section: "places", data: placesData{found.Place}}, nil
}

// placeAsked leads to the place with a code, or else to the records that have what
// was typed in their text: its name, maybe.
func (s *site) placeAsked(r *http.Request, typed string) (*view, error) {
	for _, code := range []string{typed, strings.ToUpper(typed)} {
		found, err := s.cfg.API.Search(r.Context(), api.SearchQuery{Place: code, Limit: 1})
		if err != nil {
			return nil, err
		}
		if found.Total > 0 {
			return &view{elsewhere: placeLink(code)}, nil
		}
	}
	return &view{elsewhere: "/search?" + url.Values{"q": {typed}}.Encode()}, nil
}

// pathShown is how many steps of a path its table shows: the last.
const pathShown = 100

// placeData is the way of a place through the four methods, and what is new there.
type placeData struct {
	Code     string
	Name     string
	Service  string
	Services []api.FacetCount
	Path     api.Path
	// Earlier is how many steps came before those that are shown.
	Earlier int
	Chart   chart
	Newest  api.SearchPage
}

func (s *site) place(r *http.Request, w *words) (*view, error) {
	ctx, code := r.Context(), r.PathValue("place")
	data := placeData{Code: code, Service: r.URL.Query().Get("service")}
	var err error
	if data.Path, err = s.cfg.API.Path(ctx, code, data.Service); err != nil {
		return nil, err
	}
	if data.Newest, err = s.cfg.API.Search(ctx, api.SearchQuery{Place: code, Service: data.Service, Limit: bodyNewest}); err != nil {
		return nil, err
	}
	facets, err := s.cfg.API.Facets(ctx, api.SearchQuery{Place: code})
	if err != nil {
		return nil, err
	}
	data.Services = facets.Service
	for _, p := range facets.Place {
		if p.Value == code {
			data.Name = p.Label
		}
	}
	data.Earlier = max(0, len(data.Path.Steps)-pathShown)
	data.Path.Steps = data.Path.Steps[data.Earlier:]
	data.Chart = pathOf(w, data.Path)
	title := w.T("place.title", "Place", code)
	if data.Name != "" {
		title = data.Name
	}
	return &view{name: "place", title: title, section: "places", data: data}, nil
}
