package register

import (
	"fmt"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// obligations is rule BD3.
func (q *inquiry) obligations() error {
	if q.granted != "" {
		q.find("BD3", Unmet, q.granted+".", q.decision.Mandate)
		return nil
	}
	var list []weighed
	for n := range q.decision.Asks {
		a := &q.decision.Asks[n]
		if a.Of != q.mandate.Body {
			continue
		}
		if d := q.duty(a); d != nil {
			list = append(list, q.obliged(a, d))
		}
	}
	if len(list) == 0 {
		q.find("BD3", Unmet, "The decision asks nothing of the body that gave the mandate.", q.item.ID)
		return nil
	}
	q.worst("BD3", list, "Everything that was asked was answered by a commitment, in the time that the mandate allows.")
	return nil
}

// obliged weighs one ask of a binding decision.
func (q *inquiry) obliged(a *record.Ask, d *Duty) weighed {
	what := fmt.Sprintf("The ask “%s”", clip(a.Ref))
	evidence := []protocol.EntryID{d.Decision, d.Response}
	switch {
	case !d.Owed || !d.Binding:
		return weighed{Unmet, what + " is not owed under the mandate.", evidence}
	case d.State(q.now) == Waiting:
		q.until(d.Missed())
		return weighed{Pending, fmt.Sprintf("%s can be answered until %s.", what, lastDay(d.Missed())), evidence}
	case d.Answer == record.AnswerReject:
		return weighed{Unmet, what + " was rejected.", evidence}
	case d.State(q.now) == ObligationMissing:
		return weighed{Unmet, fmt.Sprintf("%s got no commitment that the mandate allows, by %s: the obligation is missing.", what, d.Due), evidence}
	case !moment(d.Answered).Before(d.Due.End()):
		return weighed{Unmet, fmt.Sprintf("%s was answered late: it was due by %s.", what, d.Due), evidence}
	}
	return weighed{verdict: Holds, evidence: evidence[1:]}
}

// inclusion is rule BD4.
func (q *inquiry) inclusion() error {
	p := &q.decision.Process
	var missing []string
	for _, m := range []struct {
		told bool
		name string
	}{
		{p.Recruitment != "", "how people were recruited"},
		{len(p.Inclusion) > 0, "how they were helped to take part"},
		{p.Facilitation != "", "who facilitated"},
		{q.decision.MinorityView != "", "what the minority thought"},
	} {
		if !m.told {
			missing = append(missing, m.name)
		}
	}
	q.told("BD4", len(missing) == 0, "The decision tells how people were included, and what the minority thought.",
		"The decision does not tell "+strings.Join(missing, ", ")+".", q.item.ID)
	return nil
}

// reserved is rule BD5.
func (q *inquiry) reserved() error {
	if q.granted != "" {
		q.find("BD5", Unmet, q.granted+".", q.decision.Mandate)
		return nil
	}
	// An answer without the reasons that it needs leaves the ask open, and is
	// therefore no part of the duties.
	list, err := q.v.referringBy(q.item, func(ref ledger.Reference) bool {
		return ref.Kind == record.KindResponse && ref.Body == q.mandate.Body
	}, "decision")
	if err != nil {
		return err
	}
	type use struct {
		record.Answer
		in protocol.EntryID
	}
	last := map[string]use{}
	for _, i := range list {
		if !i.Counts() {
			continue
		}
		for _, a := range record.Read[record.Response](i.Record).Answers {
			last[a.Ref] = use{a, i.ID}
		}
	}
	var used, silent []protocol.EntryID
	for _, a := range q.decision.Asks {
		u := last[a.Ref]
		uses := []string{record.AnswerReject, record.AnswerDefer, record.AnswerAcceptInPart, record.AnswerAcceptModified}
		if a.Of != q.mandate.Body || !slices.Contains(uses, u.Answer.Answer) {
			continue
		}
		used = append(used, u.in)
		if u.Reasons == "" {
			silent = append(silent, u.in)
		}
		if u.Answer.Answer == record.AnswerReject {
			q.label("overridden")
		}
	}
	switch {
	case len(silent) > 0:
		q.find("BD5", Unmet, "The public body used its reserved powers without giving reasons.", silent...)
	case len(used) > 0:
		q.find("BD5", Holds, "The public body used its reserved powers, and gave its reasons.", used...)
	default:
		q.find("BD5", Holds, "No reserved power was used.", q.mandate.ID)
	}
	return nil
}

// promise is rule BD6.
func (q *inquiry) promise() error {
	switch {
	case q.granted != "":
		q.find("BD6", Unmet, q.granted+".", q.decision.Mandate)
	case q.terms.Basis == record.BasisExecutivePledge:
		q.label("promise")
		q.find("BD6", Noted, "The mandate is a political promise, not law.", q.mandate.ID)
	default:
		q.told("BD6", record.Bases.Has(q.terms.Basis), "The mandate rests on more than a political promise.",
			"The mandate does not say on what it rests.", q.mandate.ID)
	}
	return nil
}
