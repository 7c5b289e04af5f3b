package register

import (
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// order puts the steps in order and says what each builds on.
func (p *pathReader) order() {
	slices.SortFunc(p.steps, func(a, b PathStep) int {
		if c := a.From.Start().Compare(b.From.Start()); c != 0 {
			return c
		}
		return compareItems(&a.Item, &b.Item)
	})
	at := map[protocol.EntryID]int{}
	for n := range p.steps {
		at[p.steps[n].ID] = n
	}
	// A mandate may name any version of the one that it builds on.
	for version, step := range p.of {
		at[version] = at[step]
	}
	for n := 1; n < len(p.steps); n++ {
		step := &p.steps[n]
		// Records that revise each other can be made to build on each other in a
		// circle: nothing builds on what began later.
		said, ok := at[p.after[step.ID]]
		if ok && said < n {
			p.steps[said].end(record.DateOf(step.From.Start().AddDate(0, 0, -1)))
		} else {
			said = n - 1
		}
		prior := &p.steps[said]
		step.After = prior.ID
		if a, b := methodOrder(prior.Method), methodOrder(step.Method); a >= 0 && b >= 0 {
			step.Move = b - a
		}
	}
}

// end moves the end of a step to a day, unless it ended earlier. No step ends
// before it begins.
func (s *PathStep) end(on record.Date) {
	if on.Start().Before(s.From.Start()) {
		on = s.From
	}
	if s.Until.IsZero() || on.End().Before(s.Until.End()) {
		s.Until = on
	}
}

// methodOrder is a method's place in the order in which power passes over; -1 for
// what is no method.
func methodOrder(method string) int {
	return slices.Index([]string{
		record.OperationalEngagement, record.NonBindingDeliberation, record.BindingDeliberation, record.FormalGovernance,
	}, method)
}
