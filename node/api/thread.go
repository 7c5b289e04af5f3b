package api

import (
	"fmt"
	"net/http"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
)

// Thread is everything that hangs together with one record, from mandate to
// adoption.
type Thread struct {
	Start Cited        `json:"start"`
	Steps []ThreadStep `json:"steps"`
	// Hidden is how many were left out since the operator hides them.
	Hidden int `json:"hidden,omitempty"`
	// More says that there are more than [register.MaxThread] steps.
	More bool `json:"more"`
}

// ThreadStep is one entry of a thread.
type ThreadStep struct {
	Cited
	// Stage is where in the chain it stands, State what it is worth, Changed the
	// entry by which it came out of standing.
	Stage   register.Stage    `json:"stage"`
	State   register.State    `json:"state"`
	Changed *protocol.EntryID `json:"changed,omitempty"`
	// Links are the entries of the thread that it names; MoreLinks counts those
	// beyond the first 50.
	Links     []register.Link `json:"links"`
	MoreLinks int             `json:"more_links,omitempty"`
}

func (s *server) thread(r *http.Request) (any, error) {
	id, err := s.entryAsked(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	found, err := register.ReadThread(s.Ledger, id)
	if err != nil {
		return nil, fmt.Errorf("thread of %s: %w", id, err)
	}
	t := s.teller(nil)
	out := Thread{Steps: []ThreadStep{}, More: found.More}
	if out.Start, err = t.cite(found.Start); err != nil {
		return nil, err
	}
	for i := range found.Steps {
		step := &found.Steps[i]
		links := step.Links[:min(len(step.Links), maxCited)]
		told := ThreadStep{
			Stage: step.Stage, State: step.State, Changed: idOrNone(step.Changed),
			Links: noNil(links), MoreLinks: len(step.Links) - len(links),
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

func idOrNone(id protocol.EntryID) *protocol.EntryID {
	if id.IsZero() {
		return nil
	}
	return &id
}
