package api

import (
	"fmt"
	"math"
	"net/http"

	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Summary counts records by the four questions, and by place and year.
type Summary struct {
	// Kind is what was counted, Total how many: those that stand, in their last
	// version.
	Kind    protocol.Kind `json:"kind"`
	Total   int           `json:"total"`
	Service Axis          `json:"service"`
	Network Axis          `json:"network"`
	Method  Axis          `json:"method"`
	Depth   Axis          `json:"depth"`
	Place   Axis          `json:"place"`
	Year    Axis          `json:"year"`
	// Behind is how many events the catalogue has still to take in.
	Behind uint64 `json:"behind,omitempty"`
}

// Axis is one question's answers, the most frequent first, at most 50. A share is
// of Total, from 0 to 1, rounded to three digits.
type Axis struct {
	Counts []AxisCount `json:"counts"`
	// Others is how many records have an answer that is not among Counts,
	// Missing how many have none.
	Others       int     `json:"others"`
	Missing      int     `json:"missing"`
	MissingShare float64 `json:"missing_share"`
}

// AxisCount is how many records have an answer.
type AxisCount struct {
	Value string `json:"value"`
	// Label is what people read for the value, where it is a code.
	Label string  `json:"label,omitempty"`
	N     int     `json:"n"`
	Share float64 `json:"share"`
}

func (s *server) summary(r *http.Request) (any, error) {
	sq, err := summaryQuery(r)
	if err != nil {
		return nil, err
	}
	behind := s.behind()
	found, err := s.Register.Summarise(r.Context(), sq)
	if err != nil {
		return nil, fmt.Errorf("summary: %w", err)
	}
	axis := func(a catalogue.Axis, codes record.Codes) Axis { return axisOf(a, codes, found.Total) }
	return Summary{
		Kind: sq.Kind, Total: found.Total, Behind: behind,
		Service: axis(found.Service, nil), Network: axis(found.Network, record.NetworkBases),
		Method: axis(found.Method, record.Methods), Depth: axis(found.Depth, record.Depths),
		Place: axis(found.Place, nil), Year: axis(found.Year, nil),
	}, nil
}

func summaryQuery(r *http.Request) (sq catalogue.SummaryQuery, err error) {
	q, err := query(r, "kind", "place", "service", "network", "method", "depth", "body", "from", "to")
	if err != nil {
		return sq, err
	}
	if err := filterParams(q, "place", "service"); err != nil {
		return sq, err
	}
	sq = catalogue.SummaryQuery{
		Kind: record.KindDecision, Place: q.Get("place"), Service: q.Get("service"),
		Network: q.Get("network"), Method: q.Get("method"), Depth: q.Get("depth"),
	}
	if q.Get("kind") != "" {
		if sq.Kind, err = protocol.ParseKind(q.Get("kind")); err != nil {
			return sq, badRequest("The kind is not one: use %s or %s.", record.KindDecision, record.KindReport)
		}
	}
	for name, codes := range map[string]record.Codes{"network": record.NetworkBases, "method": record.Methods, "depth": record.Depths} {
		if err := codeParam(name, q.Get(name), codes); err != nil {
			return sq, err
		}
	}
	if sq.Body, err = bodyParam("body", q.Get("body")); err != nil {
		return sq, err
	}
	if sq.From, err = dateParam("from", q.Get("from"), false); err != nil {
		return sq, err
	}
	sq.To, err = dateParam("to", q.Get("to"), true)
	return sq, err
}

func axisOf(a catalogue.Axis, codes record.Codes, total int) Axis {
	out := Axis{Counts: []AxisCount{}, Others: a.Others, Missing: a.Missing, MissingShare: share(a.Missing, total)}
	for _, c := range a.Counts {
		label := c.Name
		if codes.Has(c.Value) {
			label = codes.Label(c.Value)
		}
		out.Counts = append(out.Counts, AxisCount{Value: c.Value, Label: label, N: c.N, Share: share(c.N, total)})
	}
	return out
}

// share is n of total, rounded to three digits; 0 of nothing.
func share(n, total int) float64 {
	if total == 0 {
		return 0
	}
	return math.Round(float64(n)*1000/float64(total)) / 1000
}
