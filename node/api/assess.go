package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Assessment is what a node makes of the method that a decision claims.
type Assessment struct {
	// Decision is the version that was assessed, State what it is worth, Body
	// whose it is.
	Decision Cited          `json:"decision"`
	State    register.State `json:"state"`
	Body     Party          `json:"body"`
	// Method is what the decision claims, MethodLabel what people read for it;
	// Mandate what it cites.
	Method      string          `json:"method,omitempty"`
	MethodLabel string          `json:"method_label,omitempty"`
	Mandate     *Cited          `json:"mandate,omitempty"`
	Result      register.Result `json:"result"`
	// Labels say how it is shown: see [register.Assessment].
	Labels   []string      `json:"labels"`
	Findings []RuleFinding `json:"findings"`
	// Duties are what follows from the decision; MoreDuties counts those beyond
	// the first 200.
	Duties     []Duty `json:"duties"`
	MoreDuties int    `json:"more_duties,omitempty"`
	// Hidden is how many duties were left out since the operator hides the answer.
	Hidden int `json:"hidden,omitempty"`
	// At is the time for which it was asked, Until when time alone may change
	// the answer; absent for never.
	At         Timestamp  `json:"at"`
	Until      *Timestamp `json:"until,omitempty"`
	AsSeenFrom SeenFrom   `json:"as_seen_from"`
}

// RuleFinding is what the register found about one rule.
type RuleFinding struct {
	// Rule is the code, Meaning what it asks, and Verdict what becomes of it.
	Rule    string           `json:"rule"`
	Meaning string           `json:"meaning"`
	Verdict register.Verdict `json:"verdict"`
	// Sentence says what was found; Remedy what to do where something can be
	// done.
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy,omitempty"`
	// Evidence are the records from which it follows; MoreEvidence counts those
	// beyond the first 50.
	Evidence     []Cited `json:"evidence"`
	MoreEvidence int     `json:"more_evidence,omitempty"`
}

// Rules is the table of the rules by which methods are assessed.
type Rules struct {
	Rules []register.Rule `json:"rules"`
}

// maxDuties is how many duties of one decision are shown.
const maxDuties = 200

func (s *server) assessment(r *http.Request) (any, error) {
	id, err := s.entryAsked(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "at")
	if err != nil {
		return nil, err
	}
	at, err := s.atParam(q.Get("at"))
	if err != nil {
		return nil, err
	}
	err = s.ofKind(id, record.KindDecision, "To see what hangs together with it, and find the decision, ask /api/v1/entries/"+id.String()+"/thread.")
	if err != nil {
		return nil, err
	}
	seen, err := s.Register.Seen(r.Context())
	if err != nil {
		return nil, err
	}
	a, err := register.Assess(s.Ledger, seen.Web, id, at)
	if err != nil {
		return nil, fmt.Errorf("assess %s: %w", id, err)
	}
	return s.teller(seen.Web).assessment(a, at, seen)
}

func (t *teller) assessment(a *register.Assessment, at time.Time, seen Seen) (out Assessment, err error) {
	out = Assessment{
		State: a.State, Method: a.Method, Result: a.Result, Labels: noNil(a.Labels),
		Findings: []RuleFinding{}, Duties: []Duty{}, At: momentOf(at), Until: momentOrNone(a.Until),
	}
	if a.Method != "" {
		out.MethodLabel = record.Methods.Label(a.Method)
	}
	if out.Decision, err = t.cite(a.Decision); err != nil {
		return out, err
	}
	if out.Body, err = t.party(a.Body); err != nil {
		return out, err
	}
	if out.Mandate, err = t.citeOrNone(a.Mandate); err != nil {
		return out, err
	}
	meanings := make(map[string]string)
	for _, rule := range register.Rules() {
		meanings[rule.Code] = rule.Meaning
	}
	for _, f := range a.Findings {
		told := RuleFinding{Rule: f.Rule, Meaning: meanings[f.Rule], Verdict: f.Verdict, Sentence: f.Sentence, Remedy: f.Remedy}
		if told.Evidence, told.MoreEvidence, err = t.citeAll(f.Evidence); err != nil {
			return out, err
		}
		out.Findings = append(out.Findings, told)
	}
	shown := a.Duties[:min(len(a.Duties), maxDuties)]
	out.MoreDuties = len(a.Duties) - len(shown)
	for i := range shown {
		d, err := t.duty(&shown[i], at)
		if err != nil {
			return out, err
		}
		if d.hidden() {
			out.Hidden++
			continue
		}
		out.Duties = append(out.Duties, d)
	}
	out.AsSeenFrom, err = t.seenFrom(seen)
	return out, err
}

func (s *server) rules(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	return Rules{Rules: register.Rules()}, nil
}
