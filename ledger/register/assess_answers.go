package register

import (
	"fmt"
	"slices"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// weighed is what becomes of a rule for one ask.
type weighed struct {
	verdict  Verdict
	sentence string
	evidence []protocol.EntryID
}

// worst puts what was found of each ask together: the first that is open decides,
// then the first that is pending.
func (q *inquiry) worst(rule string, list []weighed, good string) {
	for _, v := range []Verdict{Unmet, Pending} {
		if n := slices.IndexFunc(list, func(w weighed) bool { return w.verdict == v }); n >= 0 {
			q.find(rule, v, list[n].sentence, list[n].evidence...)
			return
		}
	}
	var evidence []protocol.EntryID
	for _, w := range list {
		evidence = append(evidence, w.evidence...)
	}
	q.find(rule, Holds, good, evidence...)
}

// duty finds the duty to answer an ask; nil where there is none.
func (q *inquiry) duty(a *record.Ask) *Duty {
	n := slices.IndexFunc(q.out.Duties, func(d Duty) bool { return d.Kind == DutyAnswer && d.Ref == a.Ref && d.By == a.Of })
	if n < 0 {
		return nil
	}
	return &q.out.Duties[n]
}

// answers is rule NB2.
func (q *inquiry) answers() error {
	var list []weighed
	public := false
	for n := range q.decision.Asks {
		a := &q.decision.Asks[n]
		p, err := q.profile(a.Of)
		if err != nil {
			return err
		}
		public = public || p.public() && p.verified
		list = append(list, q.answered(a, p))
	}
	switch {
	case len(list) == 0:
		q.find("NB2", Unmet, "The decision asks nothing of anybody.", q.item.ID)
	case !public && !slices.ContainsFunc(list, func(w weighed) bool { return w.verdict == Unmet }):
		q.find("NB2", Unmet, "Nothing is asked of a public body whose role is verified.", q.item.ID)
	default:
		q.worst("NB2", list, "Everything that was asked was answered in time, with reasons.")
	}
	return nil
}

// answered weighs one ask.
func (q *inquiry) answered(a *record.Ask, p *profile) weighed {
	d := q.duty(a)
	what := fmt.Sprintf("The ask “%s”", clip(a.Ref))
	switch {
	case d == nil:
		return weighed{Unmet, what + " names no body of whom it asks.", []protocol.EntryID{q.item.ID}}
	case q.w.Same(a.Of, q.item.Body):
		return weighed{Unmet, what + " is one of the author's to itself, or to a body that counts as one with it.", []protocol.EntryID{q.item.ID}}
	case p.public() && !p.verified:
		return weighed{Unmet, what + " is to a public body by its own word: nothing is held against it, and its answer does not count.", []protocol.EntryID{q.item.ID}}
	case d.Answer == "" || d.Answer == record.AnswerDefer:
		return q.unanswered(d, what, p)
	}
	evidence := []protocol.EntryID{d.Response}
	switch by := q.deadline(d); {
	case !moment(d.Answered).Before(by):
		return weighed{Unmet, fmt.Sprintf("%s was answered late: it was due by %s.", what, lastDay(by)), evidence}
	case d.Answer != record.AnswerAccept && d.Reasons == "":
		return weighed{Unmet, what + " was answered without reasons.", evidence}
	}
	return weighed{verdict: Holds, evidence: evidence}
}

// unanswered weighs an ask that waits for an answer.
func (q *inquiry) unanswered(d *Duty, what string, p *profile) weighed {
	by := q.deadline(d)
	evidence := []protocol.EntryID{d.Decision, d.Response}
	if q.now.Before(by) {
		q.until(by)
		return weighed{Pending, fmt.Sprintf("%s can be answered until %s.", what, lastDay(by)), evidence}
	}
	switch {
	case d.Owed:
		return weighed{Unmet, fmt.Sprintf("%s got no answer that counts by %s, although one was owed.", what, lastDay(by)), evidence}
	case p.public():
		return weighed{Unmet, fmt.Sprintf("%s got no answer that counts by %s.", what, lastDay(by)), evidence}
	default:
		return weighed{Unmet, fmt.Sprintf("%s was not answered; the body that was asked is no public body, and nothing is held against it.", what), evidence}
	}
}

// deadline is the end of the time for an answer: that of the duty or, where none
// is owed, the usual time, or the date to which the body put it off.
func (q *inquiry) deadline(d *Duty) time.Time {
	if d.Owed && !d.Due.IsZero() {
		return d.Due.End()
	}
	by := dayOf(d.Asked).AddDays(record.DefaultResponseDays).End()
	if n := len(d.Moved); n > 0 && d.Moved[0].Due.End().After(by) {
		return d.Moved[0].Due.End()
	}
	return by
}

func lastDay(end time.Time) string { return record.DateOf(end.Add(-time.Second)).String() }

// clip shortens what a stranger wrote for a sentence.
func clip(s string) string {
	if r := []rune(s); len(r) > maxTitle {
		return string(r[:maxTitle-1]) + "…"
	}
	return s
}

// commitments is rule NB3.
func (q *inquiry) commitments() error {
	var list []weighed
	given, waiting := false, false
	for n := range q.decision.Asks {
		a := &q.decision.Asks[n]
		d := q.duty(a)
		p, err := q.profile(a.Of)
		if err != nil {
			return err
		}
		if d == nil || q.w.Same(a.Of, q.item.Body) || p.public() && !p.verified {
			continue
		}
		switch d.Answer {
		case "", record.AnswerDefer:
			waiting = waiting || q.now.Before(q.deadline(d))
			continue
		case record.AnswerAccept, record.AnswerAcceptInPart, record.AnswerAcceptModified:
			answer, err := q.answerTo(d)
			if err != nil {
				return err
			}
			w := weighed{verdict: Holds, evidence: []protocol.EntryID{d.Response}}
			if c := answer.Commitment; c.Action == "" || c.Due.IsZero() {
				w.verdict, w.sentence = Unmet, fmt.Sprintf("The ask “%s” was accepted without a commitment and a date.", clip(a.Ref))
			}
			list = append(list, w)
		}
		given = true
	}
	switch {
	case len(list) > 0:
		q.worst("NB3", list, "Everything that was accepted comes with a commitment and a date.")
	case given:
		q.find("NB3", Holds, "Nothing was accepted, so that there is nothing to commit to.")
	case waiting:
		q.find("NB3", Pending, "There is no answer yet.", q.item.ID)
	default:
		q.find("NB3", Unmet, "There is no answer that counts.", q.item.ID)
	}
	return nil
}

// answerTo reads the answer that counts for a duty.
func (q *inquiry) answerTo(d *Duty) (record.Answer, error) {
	i, err := q.v.item(d.Response)
	if err != nil {
		return record.Answer{}, err
	}
	list := record.Read[record.Response](i.Record).Answers
	n := slices.IndexFunc(list, func(a record.Answer) bool { return a.Ref == d.Ref })
	if n < 0 {
		return record.Answer{}, nil
	}
	return list[n], nil
}
