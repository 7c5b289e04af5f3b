package api

import (
	"fmt"
	"net/http"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Spread is what became of a lesson elsewhere.
type Spread struct {
	Lesson Cited `json:"lesson"`
	// Bodies counts the distinct disinterested bodies that adopted or adapted
	// it; Tries are all adoptions, whether they count or not.
	Bodies int `json:"bodies"`
	// Known is how many of Bodies this node knows without the author's help:
	// anybody can found a body that adopts.
	Known     int   `json:"known"`
	Tries     []Try `json:"tries"`
	MoreTries int   `json:"more_tries,omitempty"`
	// Hidden is how many of the tries were left out since the operator hides them.
	Hidden     int      `json:"hidden,omitempty"`
	AsSeenFrom SeenFrom `json:"as_seen_from"`
}

// Try is one body's adoption of a lesson; see [register.Try].
type Try struct {
	Cited
	State  register.State `json:"state"`
	By     Party          `json:"by"`
	Status string         `json:"status,omitempty"`
	// StatusLabel is what people read for the status.
	StatusLabel string `json:"status_label,omitempty"`
	Why         string `json:"why,omitempty"`
	Changes     string `json:"changes,omitempty"`
	// Outcome is what the adopter names, Direction what it says; Worked is what
	// lessons drawn from the adoption say.
	Outcome   *Cited `json:"outcome,omitempty"`
	Direction string `json:"direction,omitempty"`
	Worked    string `json:"worked,omitempty"`
	// Adopts is whether it is among Bodies; Excluded says in words why not.
	Adopts   bool   `json:"adopts"`
	Excluded string `json:"excluded,omitempty"`
	// Known is whether this node knows the body without the author's help.
	Known bool `json:"known"`
}

// maxTries is how many adoptions are shown.
const maxTries = 500

func (s *server) spread(r *http.Request) (any, error) {
	id, err := s.entryAsked(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	err = s.ofKind(id, record.KindLesson, "To find the lessons drawn from it, ask /api/v1/entries/"+id.String()+"/thread.")
	if err != nil {
		return nil, err
	}
	seen, err := s.Register.Seen(r.Context())
	if err != nil {
		return nil, err
	}
	found, err := register.ReadSpread(s.Ledger, seen.Web, id)
	if err != nil {
		return nil, fmt.Errorf("spread of %s: %w", id, err)
	}
	t := s.teller(seen.Web)
	out := Spread{Bodies: found.Bodies, Known: found.Known, Tries: []Try{}}
	if out.Lesson, err = t.cite(found.Lesson); err != nil {
		return nil, err
	}
	shown := found.Tries[:min(len(found.Tries), maxTries)]
	out.MoreTries = len(found.Tries) - len(shown)
	for i := range shown {
		told, err := t.try(&shown[i])
		if err != nil {
			return nil, err
		}
		if told.Hidden {
			out.Hidden++
			continue
		}
		out.Tries = append(out.Tries, told)
	}
	out.AsSeenFrom, err = t.seenFrom(seen)
	return out, err
}

func (t *teller) try(found *register.Try) (out Try, err error) {
	out = Try{
		State: found.State, Status: found.Status, Why: found.Why, Changes: found.Changes, Direction: found.Direction,
		Worked: found.Worked, Adopts: found.Adopts, Excluded: found.Excluded,
		Known: found.Known,
	}
	if found.Status != "" {
		out.StatusLabel = record.AdoptionStatuses.Label(found.Status)
	}
	if out.Cited, err = t.item(&found.Item); err != nil {
		return out, err
	}
	if out.By, err = t.party(found.Body); err != nil {
		return out, err
	}
	out.Outcome, err = t.citeOrNone(found.Outcome)
	return out, err
}
