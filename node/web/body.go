package web

import (
	"net/http"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

const (
	bodiesPage = 50
	bodyNewest = 10
)

// bodiesData is a page of the list of bodies.
type bodiesData struct {
	api.Bodies
	First bool
}

func (s *site) bodies(r *http.Request, w *words) (*view, error) {
	var after protocol.BodyID
	if a := r.URL.Query().Get("after"); a != "" {
		var err error
		if after, err = protocol.ParseBodyID(a); err != nil {
			return nil, errNoPage
		}
	}
	page, err := s.cfg.API.Bodies(r.Context(), after, bodiesPage)
	if err != nil {
		return nil, err
	}
	return &view{name: "bodies", title: w.T("bodies.title"), section: "bodies", data: bodiesData{page, after.IsZero()}}, nil
}

// nextBodies returns the page of bodies after another, the first after an empty one.
func (s *site) nextBodies(r *http.Request, page api.Bodies) (api.Bodies, error) {
	var after protocol.BodyID
	if page.Next != nil {
		after = *page.Next
	}
	return s.cfg.API.Bodies(r.Context(), after, api.MaxLimit)
}

// bodyData is a body with what it did.
type bodyData struct {
	api.Body
	// Profile is its last `body` record; nil when it has none.
	Profile  *entryData
	Mandates []api.Hit
	Newest   []api.Hit
	Facets   []api.FacetCount
	Owed     *api.OwedSum
	// Officers are the offices whose approval counts.
	Officers []string
	// GivenUp and Undisclosed are how many entries gave way, and of how many of
	// those the body has not said so.
	GivenUp, Undisclosed int
}

func (s *site) body(r *http.Request, w *words) (*view, error) {
	id, err := protocol.ParseBodyID(r.PathValue("body"))
	if err != nil {
		return nil, errNoPage
	}
	ctx := r.Context()
	data := bodyData{}
	if data.Body, err = s.cfg.API.Body(ctx, id); err != nil {
		return nil, err
	}
	profile, err := s.cfg.API.Search(ctx, api.SearchQuery{Body: id, Kind: record.KindBody, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(profile.Hits) > 0 && profile.Hits[0].State == "" {
		d, err := s.cfg.API.Entry(ctx, profile.Hits[0].ID)
		if err != nil {
			return nil, err
		}
		data.Profile = s.detail(w, d)
	}
	mandates, err := s.cfg.API.Search(ctx, api.SearchQuery{Body: id, Kind: record.KindMandate, Limit: bodyNewest})
	if err != nil {
		return nil, err
	}
	data.Mandates = mandates.Hits
	newest, err := s.cfg.API.Search(ctx, api.SearchQuery{Body: id, Limit: bodyNewest})
	if err != nil {
		return nil, err
	}
	data.Newest = newest.Hits
	facets, err := s.cfg.API.Facets(ctx, api.SearchQuery{Body: id})
	if err != nil {
		return nil, err
	}
	data.Facets = facets.Kind
	sums, err := s.cfg.API.OwedSums(ctx, api.OwedQuery{By: id})
	if err != nil {
		return nil, err
	}
	if len(sums.Bodies) > 0 {
		data.Owed = &sums.Bodies[0]
	}
	controls, err := s.cfg.API.Controls(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, o := range controls.Controls[len(controls.Controls)-1].Control.Officers {
		data.Officers = append(data.Officers, o.Office)
	}
	data.GivenUp = len(controls.GivenUp) + controls.MoreGivenUp
	for _, g := range controls.GivenUp {
		if !g.Disclosed {
			data.Undisclosed++
		}
	}
	title := data.Name
	if title == "" {
		title = w.T("body.unnamed", "ID", short(id))
	}
	return &view{name: "body", title: title, section: "bodies", data: data}, nil
}
