package register

import (
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// checkedGrade is the grade of evidence from which on figures must be checked.
const checkedGrade = 3

// outcomes looks at what was said to have come of the decision, by the rules G3
// to G5. What strangers say is passed over.
func (q *inquiry) outcomes() error {
	list, err := q.v.referringBy(q.item, func(ref ledger.Reference) bool {
		return ref.Kind == record.KindOutcome && (slices.Contains(q.parties, ref.Body) || q.w.Reached(ref.Body))
	}, "about")
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(i *Item) bool { return !i.Counts() })
	list = list[:min(len(list), maxOutcomes)]
	var numbers, early, unchecked []*Item
	var why string
	for _, i := range list {
		o := record.Read[record.Outcome](i.Record)
		if slices.ContainsFunc(o.Indicators, wrongNumbers) {
			numbers = append(numbers, i)
		}
		if slices.ContainsFunc(o.Indicators, func(in record.Indicator) bool { return tooEarly(in, dayOf(i.At)) }) {
			early = append(early, i)
		}
		if o.EvidenceGrade < checkedGrade {
			continue
		}
		not, err := q.notChecked(i, &o)
		if err != nil {
			return err
		}
		if not != "" {
			if unchecked == nil {
				why = not
			}
			unchecked = append(unchecked, i)
		}
	}
	q.ofOutcomes("G3", numbers, "gives a number to a qualitative measure, or none to another")
	q.ofOutcomes("G4", unchecked, fmt.Sprintf("claims evidence of grade %d or more, and %s", checkedGrade, why))
	q.ofOutcomes("G5", early, "gives an actual figure for a period that had not ended")
	return nil
}

func (q *inquiry) ofOutcomes(rule string, list []*Item, what string) {
	if len(list) == 0 {
		return
	}
	sentence := titled("The outcome", list[0]) + " " + what
	if more := len(list) - 1; more > 0 {
		sentence += fmt.Sprintf("; so do %d more, each in its way", more)
	}
	q.find(rule, Unmet, sentence+".", ids(list)...)
}

// wrongNumbers reports whether a measure has numbers that it should not have, or
// lacks them.
func wrongNumbers(in record.Indicator) bool {
	number := in.Baseline.Value != "" || slices.ContainsFunc(in.Periods, func(p record.Period) bool {
		return p.Target != "" || p.Actual != "" || slices.ContainsFunc(p.By, func(b record.Breakdown) bool { return b.Actual != "" })
	})
	return number == (in.Measure == record.MeasureQualitative)
}

// tooEarly reports whether a period has an actual figure that ends after a day.
func tooEarly(in record.Indicator, day record.Date) bool {
	return slices.ContainsFunc(in.Periods, func(p record.Period) bool {
		return p.Actual != "" && !p.End.IsZero() && p.End.End().After(day.End())
	})
}

// notChecked says why the figures of an outcome do not count as checked (G4).
func (q *inquiry) notChecked(i *Item, o *record.Outcome) (string, error) {
	switch {
	case o.Evaluator != record.EvaluatorIndependent || o.EvaluatorBody.IsZero():
		return "names no independent evaluator", nil
	case len(i.Record.Sources()) == 0:
		return "gives no source", nil
	}
	list, err := q.vouches(i, record.ClaimChecked, i.Body)
	if err != nil {
		return "", err
	}
	why := "the evaluator has not attested the figures"
	for _, a := range list {
		if a.Body != o.EvaluatorBody {
			continue
		}
		if a.why == "" {
			return "", nil
		}
		why = "the evaluator's attestation does not count: " + a.why
	}
	return why, nil
}
