package register

import (
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// answer works out the duty to answer an ask.
func (d *dutyReader) answer(duty Duty, a ask) Duty {
	duty.Kind, duty.Action = DutyAnswer, a.action
	if duty.Owed {
		duty.Due = dayOf(a.asked).AddDays(a.terms.days)
	}
	by := d.replies[a.of]
	if by == nil {
		return duty
	}
	var settled, deferred, committed bool
	// The time for a commitment counts from the first version that answers.
	since := map[protocol.EntryID]uint64{}
	for _, r := range by.given {
		answer, ok := r.answers[a.ref]
		if !ok || r.State == Withdrawn || !by.stillAnswers(r, a.ref) {
			continue
		}
		if _, ok := since[r.last.ID]; !ok {
			since[r.last.ID] = r.At
		}
		if answer.Answer == record.AnswerDefer {
			deferred = duty.putOff(r.Item, answer, settled, deferred) || deferred
			settled = false
		} else {
			if duty.Answered == 0 {
				duty.Answered = r.At
			}
			settled = true
		}
		if r.State == Standing {
			duty.Response, duty.Answer, duty.Reasons = r.ID, answer.Answer, answer.Reasons
			committed = committed || undertakes(&answer) && a.terms.allows(since[r.last.ID], answer.Commitment.Due)
		}
	}
	duty.Uncommitted = duty.Binding && duty.Answer != "" && duty.Answer != record.AnswerDefer && !committed
	duty.Lost = by.lostTo(a.ref)
	return duty
}

// stillAnswers reports whether the last version of a response answers a ref.
func (by *replies) stillAnswers(r reply, ref string) bool {
	_, ok := by.answers[r.last.ID][ref]
	return ok
}

// putOff moves the date of an answer. The first time, if the answer was not late
// by then, the new date takes the place of the mandate's, unless that is later;
// otherwise the first date stays. A binding decision cannot be put off. It
// reports whether the date took the place.
func (d *Duty) putOff(by *Item, answer record.Answer, settled, deferred bool) bool {
	inTime := settled || by.At < uint64(d.Due.End().Unix())
	if d.Owed && !d.Binding && !deferred && inTime && answer.Until.End().After(d.Due.End()) {
		d.Due = answer.Until
		return true
	}
	d.move(by, answer.Until, answer.Reasons)
	return false
}

// move notes a date that is another than the one before it.
func (d *Duty) move(by *Item, due record.Date, reasons string) {
	before := d.Due
	if n := len(d.Moved); n > 0 {
		before = d.Moved[n-1].Due
	}
	if !due.IsZero() && due != before {
		d.Moved = append(d.Moved, Move{By: by.ID, Due: due, Reasons: reasons})
	}
}

// allows reports whether the mandate allows a commitment made at a time to be
// due on a date.
func (t *terms) allows(at uint64, due record.Date) bool {
	return !due.IsZero() && (t.implementation == 0 || !dayOf(at).AddDays(t.implementation).Before(due))
}

// lostTo lists the lost responses that answered a ref. One that was erased may
// have answered any.
func (by *replies) lostTo(ref string) []protocol.EntryID {
	var out []protocol.EntryID
	for _, i := range by.lost {
		if i.State != Erased {
			answer := record.Read[record.Response](i.Record)
			if !slices.ContainsFunc(answer.Answers, func(a record.Answer) bool { return a.Ref == ref }) {
				continue
			}
		}
		out = append(out, i.ID)
	}
	return out
}
