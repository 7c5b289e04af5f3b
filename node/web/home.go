package web

import (
	"errors"
	"net/http"

	"github.com/folkmoot/folkmoot/node/api"
)

// How much the first page lists.
const (
	homeNewest = 10
	homeLate   = 5
)

// homeData is the first page.
type homeData struct {
	Status api.Status
	Newest []api.Hit
	Late   []api.OwedSum
	Kinds  []api.FacetCount
}

func (s *site) home(r *http.Request, w *words) (*view, error) {
	ctx := r.Context()
	status, err := s.cfg.Status(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := s.cfg.API.Search(ctx, api.SearchQuery{Limit: homeNewest})
	if err != nil {
		return nil, err
	}
	sums, err := s.cfg.API.OwedSums(ctx, api.OwedQuery{})
	if err != nil {
		return nil, err
	}
	facets, err := s.cfg.API.Facets(ctx, api.SearchQuery{})
	if err != nil {
		return nil, err
	}
	data := homeData{Status: status, Newest: newest.Hits, Kinds: facets.Kind}
	for _, sum := range sums.Bodies {
		if sum.Late > 0 && len(data.Late) < homeLate {
			data.Late = append(data.Late, sum)
		}
	}
	return &view{name: "home", title: w.T("home.title"), section: "home", data: data}, nil
}

func (s *site) about(_ *http.Request, w *words) (*view, error) {
	return &view{name: "about", title: w.T("about.title"), section: "about"}, nil
}

// networkData is who this node is connected to, and whose logs contradict
// themselves.
type networkData struct {
	Status api.Status
	Kept   api.Kept
	Peers  []api.Peer
	Forks  []api.Body
}

// maxForks is how many contradictions are listed, maxBodiesRead how many bodies are
// looked through for them.
const (
	maxForks      = 100
	maxBodiesRead = 10_000
)

func (s *site) network(r *http.Request, w *words) (*view, error) {
	ctx := r.Context()
	data := networkData{}
	var err error
	if data.Status, err = s.cfg.Status(ctx); err != nil {
		return nil, err
	}
	if data.Kept, err = s.cfg.API.Kept(ctx); err != nil {
		return nil, err
	}
	if data.Peers, err = s.cfg.Peers(); err != nil && !errors.Is(err, api.ErrOffline) {
		return nil, err
	}
	if data.Status.Frozen > 0 {
		if data.Forks, err = s.forks(r); err != nil {
			return nil, err
		}
	}
	return &view{name: "network", title: w.T("network.title"), section: "network", data: data}, nil
}

// forks are the bodies whose logs are frozen.
func (s *site) forks(r *http.Request) (found []api.Body, err error) {
	page := api.Bodies{}
	for read := 0; read < maxBodiesRead && len(found) < maxForks; read += len(page.Bodies) {
		if page, err = s.nextBodies(r, page); err != nil || len(page.Bodies) == 0 {
			return found, err
		}
		for _, b := range page.Bodies {
			if b.Freeze != nil {
				found = append(found, b)
			}
		}
		if page.Next == nil {
			break
		}
	}
	return found[:min(len(found), maxForks)], nil
}
