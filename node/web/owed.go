package web

import (
	"net/http"
	"net/url"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// owedData is what bodies owe: sums by body, and the duties that pass the filters.
type owedData struct {
	Sums   []api.OwedSum
	Duties []dutyView
	Owed   api.Owed
	// By is the body of which only the duties are shown.
	By *api.OwedSum
	// Late and All are the filters in force; Next is the address of the next page.
	Late, All bool
	Next      string
	Tabs      []choice
}

type dutyView struct {
	api.Duty
	// StateLabel is what people read for the state.
	StateLabel string
}

// dutiesPage is how many duties a page has.
const dutiesPage = 25

func (s *site) owed(r *http.Request, w *words) (*view, error) {
	ctx, q := r.Context(), r.URL.Query()
	oq := api.OwedQuery{Late: q.Get("show") == "late", All: q.Get("show") == "all", After: q.Get("after"), Limit: dutiesPage}
	var err error
	if by := q.Get("by"); by != "" {
		if oq.By, err = protocol.ParseBodyID(by); err != nil {
			return nil, errNoPage
		}
	}
	data := owedData{Late: oq.Late, All: oq.All}
	sums, err := s.cfg.API.OwedSums(ctx, api.OwedQuery{By: oq.By})
	if err != nil {
		return nil, err
	}
	data.Sums = sums.Bodies
	if !oq.By.IsZero() && len(sums.Bodies) > 0 {
		data.By = &sums.Bodies[0]
	}
	if data.Owed, err = s.cfg.API.Owed(ctx, oq); err != nil {
		return nil, err
	}
	data.Duties = dutiesOf(w, data.Owed.Duties)
	if data.Owed.Next != "" {
		data.Next = owedAddress(q, "after", data.Owed.Next)
	}
	for _, show := range []string{"", "late", "all"} {
		name := show
		if name == "" {
			name = "open"
		}
		data.Tabs = append(data.Tabs, choice{Label: w.T("owed.show." + name), URL: owedAddress(q, "show", show), On: q.Get("show") == show})
	}
	title := w.T("owed.title")
	if data.By != nil {
		title = w.T("owed.by", "Body", nameOf(data.By.Body))
	}
	return &view{name: "owed", title: title, section: "owed", data: data}, nil
}

func owedAddress(q url.Values, name, value string) string {
	out := url.Values{}
	for _, n := range []string{"by", "show"} {
		if v := q.Get(n); v != "" {
			out.Set(n, v)
		}
	}
	out.Del(name)
	if value != "" {
		out.Set(name, value)
	}
	if len(out) == 0 {
		return "/owed"
	}
	return "/owed?" + out.Encode()
}

// stateLabel says how a duty stands.
func stateLabel(w *words, state register.DutyState) string {
	if state == register.Answered { // its name means something else in the catalogue
		return w.T("duty.settled")
	}
	return w.T("duty." + string(state))
}

// Duties prepares duties to be shown.
func (w *words) Duties(duties []api.Duty) []dutyView { return dutiesOf(w, duties) }

func dutiesOf(w *words, duties []api.Duty) []dutyView {
	out := make([]dutyView, len(duties))
	for i, d := range duties {
		out[i] = dutyView{d, stateLabel(w, d.State)}
	}
	return out
}

// nameOf is a body's name, or its identifier.
func nameOf(p api.Party) string {
	if p.Name == "" {
		return short(p.ID)
	}
	return p.Name
}
