package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Path is the way of a service in a place through the four methods.
type Path struct {
	Place   string `json:"place"`
	Service string `json:"service,omitempty"`
	// Steps are in the order in which they began.
	Steps []PathStep `json:"steps"`
	// Hidden is how many were left out since the operator hides them.
	Hidden int `json:"hidden,omitempty"`
	// More says that the place has more records than were looked at: the newest.
	More bool `json:"more"`
	// Behind is how many events the catalogue has still to take in.
	Behind uint64 `json:"behind,omitempty"`
}

// PathStep is a mandate or, where there was none, a decision or a report that
// names a method; see [register.PathStep].
type PathStep struct {
	Cited
	State register.State `json:"state"`
	// Method is a code, MethodLabel what people read for it.
	Method      string      `json:"method"`
	MethodLabel string      `json:"method_label"`
	From        record.Date `json:"from,omitzero"`
	// Until is absent while it goes on.
	Until record.Date `json:"until,omitzero"`
	// After is the step before; Move how far this one goes beyond it, from -3 to
	// 3 methods.
	After     *protocol.EntryID `json:"after,omitempty"`
	Move      int               `json:"move"`
	Reported  bool              `json:"reported"`
	Decisions int               `json:"decisions"`
}

func (s *server) path(r *http.Request) (any, error) {
	q, err := query(r, "place", "service")
	if err != nil {
		return nil, err
	}
	if err := filterParams(q, "place", "service"); err != nil {
		return nil, err
	}
	out := Path{Place: strings.TrimSpace(q.Get("place")), Service: strings.TrimSpace(q.Get("service")), Steps: []PathStep{}, Behind: s.behind()}
	if out.Place == "" {
		return nil, badRequest("Say which place: give its code, such as place=E08000032. The places of records are counted at /api/v1/summary.")
	}
	ids, more, err := s.Register.Named(r.Context(), out.Place, out.Service)
	if err != nil {
		return nil, fmt.Errorf("records of %s: %w", out.Place, err)
	}
	found, err := register.ReadPath(s.Ledger, ids)
	if err != nil {
		return nil, fmt.Errorf("path of %s: %w", out.Place, err)
	}
	out.More = more
	t := s.teller(nil)
	for i := range found.Steps {
		step := &found.Steps[i]
		told := PathStep{
			State: step.State, Method: step.Method, MethodLabel: record.Methods.Label(step.Method), From: step.From, Until: step.Until,
			After: idOrNone(step.After), Move: step.Move, Reported: step.Reported, Decisions: step.Decisions,
		}
		if told.Cited, err = t.item(&step.Item); err != nil {
			return nil, err
		}
		if told.Hidden {
			out.Hidden++
			continue
		}
		out.Steps = append(out.Steps, told)
	}
	return out, nil
}
