package register

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Result is what a node makes of the method that a decision claims.
type Result string

// Results.
const (
	// NoMethod: the decision claims none. It is the community's own, or the
	// council's, and nothing is held against it.
	NoMethod Result = "no_method"
	// Claimed: no rule of the method is shown to hold.
	Claimed Result = "claimed"
	// Partly: some hold, and others are open.
	Partly Result = "partly"
	// Evidenced: all hold.
	Evidenced Result = "evidenced"
	// Contested: a disinterested body disputes it.
	Contested Result = "contested"
	// Lapsed: the mandate was not in force.
	Lapsed Result = "lapsed"
)

// Verdict is what becomes of one rule.
type Verdict string

// Verdicts.
const (
	// Holds: signed records show it.
	Holds Verdict = "holds"
	// ByOwnDates: it holds by the dates of the party that it speaks for (G8).
	ByOwnDates Verdict = "by_own_dates"
	// Unmet: it does not hold.
	Unmet Verdict = "open"
	// Pending: there is time for it still.
	Pending Verdict = "pending"
	// Noted: it does not decide the result, and readers should know.
	Noted Verdict = "noted"
)

// Rule is one of the rules by which methods are assessed.
type Rule struct {
	// Code is OE1 to FG4 or G1 to G10; it never changes its meaning.
	Code string `json:"code"`
	// Method is the method that it belongs to; empty for G1 to G10.
	Method string `json:"method,omitempty"`
	// Meaning is one plain sentence of what it asks, Remedy one of what to do
	// where it is open.
	Meaning string `json:"meaning"`
	Remedy  string `json:"remedy"`
}

// Finding is what the register found about one rule.
type Finding struct {
	Rule    string  `json:"rule"`
	Verdict Verdict `json:"verdict"`
	// Sentence says what was found, in plain words; Remedy what to do, where
	// something can be done.
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy,omitempty"`
	// Evidence are the records from which it follows.
	Evidence []protocol.EntryID `json:"evidence,omitempty"`
}

// Assessment is what a node makes of a decision at a time.
type Assessment struct {
	// Decision is the version that was assessed.
	Decision protocol.EntryID `json:"decision"`
	State    State            `json:"state"`
	Body     protocol.BodyID  `json:"body"`
	// Method is what the decision claims; Mandate what it cites.
	Method  string           `json:"method,omitempty"`
	Mandate protocol.EntryID `json:"mandate,omitzero"`
	Result  Result           `json:"result"`
	// Labels say how it is shown: "consultation" when the public body set the
	// agenda, "own" for a decision without a mandate, "overridden" when reserved
	// powers were used, "promise" for an executive pledge.
	Labels   []string  `json:"labels,omitempty"`
	Findings []Finding `json:"findings"`
	Duties   []Duty    `json:"duties,omitempty"`
	// Until is when time alone may change the result; zero for never.
	Until time.Time `json:"until,omitzero"`
}

// Assess works out which method a decision used, as seen from the web's roots.
// It assesses the version that counts now. A decision that was withdrawn, erased
// or disowned claims nothing any more: its result is [NoMethod], without findings
// or labels, and its state says why; what it brought others to owe remains.
// Of what a method is not made of, only the rules G1 to G10 that need telling are
// found.
//
// It returns [ledger.ErrNotFound] for what is not held, and [ErrKind] for what is
// no decision. The cost grows with what names the decision, its mandate, its
// challenges and the bodies that vouch for it; of each, no more is read than the
// limits in this package say.
func Assess(r Reader, w *Web, decision protocol.EntryID, now time.Time) (*Assessment, error) {
	v := newView(r)
	i, err := v.item(decision)
	if err != nil {
		return nil, fmt.Errorf("assess %s: %w", decision, err)
	}
	if i.State == Missing {
		return nil, fmt.Errorf("assess %s: %w", decision, ledger.ErrNotFound)
	}
	if i.Kind != record.KindDecision {
		return nil, fmt.Errorf("assess %s, a %s: %w", decision, i.Kind, ErrKind)
	}
	if i, err = v.current(i); err != nil {
		return nil, fmt.Errorf("assess %s: %w", decision, err)
	}
	q := &inquiry{
		v: v, w: w, now: now, item: i, decision: record.Read[record.Decision](i.Record), profiles: make(map[protocol.BodyID]*profile),
		out: &Assessment{Decision: i.ID, State: i.State, Body: i.Body, Result: NoMethod, Findings: []Finding{}},
	}
	if err := q.answer(); err != nil {
		return nil, fmt.Errorf("assess %s: %w", decision, err)
	}
	return q.out, nil
}

// answer fills in the assessment.
func (q *inquiry) answer() error {
	var err error
	if q.out.Duties, err = Duties(q.v.r, q.item.ID); err != nil {
		return err
	}
	for n := range q.out.Duties {
		q.until(q.out.Duties[n].Missed())
	}
	if !q.item.Counts() {
		return nil
	}
	if err := q.gather(); err != nil {
		return err
	}
	if record.Methods.Has(q.decision.Method) {
		q.out.Method = q.decision.Method
	}
	rules := map[string][]func() error{
		record.OperationalEngagement:  {q.agenda, q.share, q.ours},
		record.NonBindingDeliberation: {q.earlier, q.answers, q.commitments},
		record.BindingDeliberation:    {q.bindingMandate, q.threshold, q.obligations, q.inclusion, q.reserved, q.promise},
		record.FormalGovernance:       {q.legalForm, q.formalMandate, q.checks, q.assets},
	}[q.out.Method]
	for _, rule := range append(rules, q.disputes, q.outcomes, q.general) {
		if err := rule(); err != nil {
			return err
		}
	}
	q.conclude()
	return nil
}

// conclude draws the result from the findings, and puts them in order.
func (q *inquiry) conclude() {
	order := func(f Finding) int { return slices.IndexFunc(rules, func(r Rule) bool { return r.Code == f.Rule }) }
	slices.SortStableFunc(q.out.Findings, func(a, b Finding) int { return cmp.Compare(order(a), order(b)) })
	slices.Sort(q.out.Labels)
	q.out.Labels = slices.Compact(q.out.Labels)
	if q.out.Method == "" {
		return
	}
	some, all := false, true
	for _, f := range q.out.Findings {
		if ruleOf(f.Rule).Method == "" {
			continue
		}
		some = some || f.Verdict == Holds || f.Verdict == ByOwnDates
		all = all && (f.Verdict == Holds || f.Verdict == Noted)
	}
	switch {
	case q.lapsed != "":
		q.out.Result = Lapsed
	case q.contested:
		q.out.Result = Contested
	case some && all:
		q.out.Result = Evidenced
	case some:
		q.out.Result = Partly
	default:
		q.out.Result = Claimed
	}
}
