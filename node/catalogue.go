package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

func (n *Node) openCatalogue() (err error) {
	n.catalogue, err = catalogue.Open(catalogue.Config{
		Path: filepath.Join(n.cfg.Data, catalogueFile), Entry: n.ledger.Entry, Logger: n.log,
	})
	return wrap("open the catalogue", err)
}

// catchUp lets the catalogue take in what is there.
func (n *Node) catchUp(ctx context.Context) error {
	return wrap("bring the catalogue up to date", n.catalogue.CatchUp(ctx, n.ledger))
}

// follow lets the catalogue take in what comes, until ctx ends.
func (n *Node) follow(ctx context.Context) error { return n.catalogue.Run(ctx, n.ledger) }

// behind is how many events the catalogue has still to take in.
func (n *Node) behind() uint64 {
	// The cursor first: the ledger may go on meanwhile, but never back.
	cursor := n.catalogue.Cursor()
	last := n.ledger.Last()
	return last - min(cursor, last)
}

// searcher searches the catalogue of a node.
type searcher struct{ node *Node }

var _ api.Searcher = searcher{}

func queryOf(q *api.SearchQuery) catalogue.Query {
	query := catalogue.Query{
		Text: q.Text, Kind: q.Kind, Body: q.Body, Place: q.Place, Service: q.Service, Method: q.Method,
		After: q.Cursor, Limit: q.Limit,
	}
	if q.Text != "" {
		query.Order = catalogue.Relevance
	}
	if q.From > 0 {
		query.From = time.Unix(int64(q.From), 0)
	}
	if q.To > 0 {
		query.To = time.Unix(int64(q.To), 0)
	}
	return query
}

// Facets implements [api.Searcher].
func (s searcher) Facets(ctx context.Context, q api.SearchQuery) (api.Facets, error) {
	found, err := s.node.catalogue.Facets(ctx, queryOf(&q))
	if err != nil {
		return api.Facets{}, err
	}
	counts := func(list []catalogue.Count, codes record.Codes) []api.FacetCount {
		out := make([]api.FacetCount, len(list))
		for i, c := range list {
			out[i] = api.FacetCount{Value: c.Value, Label: c.Name, N: c.N}
			if codes.Has(c.Value) {
				out[i].Label = codes.Label(c.Value)
			}
		}
		return out
	}
	out := api.Facets{
		Kind: counts(found.Kind, nil), Body: counts(found.Body, nil), Place: counts(found.Place, nil), Service: counts(found.Service, nil),
		Method: counts(found.Method, record.Methods), Year: counts(found.Year, nil), Sampled: found.Sampled,
	}
	for i := range out.Kind {
		if info, ok := record.Describe(protocol.Kind(out.Kind[i].Value)); ok {
			out.Kind[i].Label = info.Label
		}
	}
	return out, nil
}

// Search implements [api.Searcher].
func (s searcher) Search(ctx context.Context, q api.SearchQuery) (api.SearchPage, error) {
	found, err := s.node.catalogue.Search(ctx, queryOf(&q))
	if errors.Is(err, catalogue.ErrBadCursor) {
		return api.SearchPage{}, api.BadRequest("\"after\" is not the cursor of a page of this search. Take it from \"next\" there.")
	}
	if err != nil {
		return api.SearchPage{}, fmt.Errorf("search: %w", err)
	}
	page := api.SearchPage{
		Hits: make([]api.Hit, len(found.Hits)), Total: found.Total, More: found.More, Next: found.Next,
		Behind: s.node.behind(),
	}
	for i := range found.Hits {
		page.Hits[i] = hitOf(&found.Hits[i])
		if err := s.node.reader.Approved(&page.Hits[i].Entry); err != nil && !errors.Is(err, ledger.ErrNotFound) {
			return api.SearchPage{}, fmt.Errorf("search: %w", err)
		}
		if err := s.node.reader.Tombstone(&page.Hits[i].Entry); err != nil {
			return api.SearchPage{}, fmt.Errorf("search: %w", err)
		}
	}
	return page, nil
}

func hitOf(h *catalogue.Hit) api.Hit {
	out := api.Hit{Service: h.Service, Method: h.Method, State: h.State, Entry: api.Entry{
		Event: h.Event, ID: h.ID, Body: h.Body, BodyName: h.Name, Seq: h.Seq, Kind: h.Kind,
		At: api.Timestamp(h.At.Unix()), Title: h.Title, Content: api.ContentHeld,
	}}
	switch {
	case h.Erased:
		out.Content = api.ContentGone
	case h.Kind.HasAct():
		out.Content = api.ContentNone
	}
	for _, s := range h.Snippet {
		out.Snippet = append(out.Snippet, api.Span{Text: s.Text, Match: s.Match})
	}
	return out
}
