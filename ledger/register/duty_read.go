package register

import (
	"fmt"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// dutyReader gathers what follows from one decision.
type dutyReader struct {
	v *view
	// versions are the decision's; one that is missing when it is not held.
	versions []*Item
	// decisions are what the versions say; zero for one that cannot be read.
	decisions []record.Decision
	// replies are what each body said to the decision.
	replies map[protocol.BodyID]*replies
}

// replies are one body's responses to a decision in the order of its log.
type replies struct {
	given []reply
	// answers are those of given, by response and ref.
	answers map[protocol.EntryID]map[string]record.Answer
	// lost are those that were withdrawn or erased.
	lost []*Item
	// progress is what the body told later, the last of each record.
	progress []told
}

// reply is one version of a response whose last version stands.
type reply struct {
	*Item
	answers map[string]record.Answer
	// refs are the keys of answers in the order of the record.
	refs []string
	// last is the version that stands.
	last *Item
}

// told is a progress record.
type told struct {
	*Item
	record.Progress
}

// Duties lists what follows from a decision, in the order of its asks and then
// of the answers. The decision need not be held: what others undertook in answer
// to it still counts, and so it does when the decision lost its place in its log.
// When the decision was withdrawn or erased, what it asked and nobody answered
// lapses. It returns nothing for an entry of another kind. Of a decision that was
// revised it takes the version that counts, and what was said to any.
//
// It looks at no more than 64 asks of a version, 256 responses of each body that
// was asked and 256 progress records of each, the first in the body's log. The
// cost grows with the number of entries that name the decision.
func Duties(r Reader, decision protocol.EntryID) ([]Duty, error) {
	d := &dutyReader{v: newView(r)}
	out, err := d.duties(decision)
	if err != nil {
		return nil, fmt.Errorf("duties from %s: %w", decision, err)
	}
	return out, nil
}

func (d *dutyReader) duties(decision protocol.EntryID) ([]Duty, error) {
	i, err := d.v.item(decision)
	if err != nil {
		return nil, err
	}
	// Whether a disowned entry is held follows from the order of arrival.
	held := i.State != Missing && i.State != Disowned
	if held && i.Kind != record.KindDecision {
		return nil, nil
	}
	if !held {
		i = &Item{ID: decision, State: Missing}
	}
	if d.versions, err = d.v.versions(i); err != nil {
		return nil, err
	}
	for _, version := range d.versions {
		d.decisions = append(d.decisions, record.Read[record.Decision](version.Record))
	}
	var asks []ask
	readable := slices.ContainsFunc(d.versions, func(v *Item) bool { return v.Record != nil })
	if readable {
		if asks, err = d.asks(); err != nil || len(asks) == 0 {
			return nil, err
		}
	}
	if err := d.readReplies(asks, readable); err != nil {
		return nil, err
	}
	if !readable {
		asks = d.answeredAsks()
	}
	var out []Duty
	for _, a := range asks {
		duty := Duty{
			Decision: d.versions[0].ID, Ref: a.ref, By: a.of, To: d.versions[0].Body,
			Owed: a.terms.owed, Binding: a.terms.owed && a.terms.binding, Mandate: a.terms.mandate, Asked: a.asked,
		}
		commitment, err := d.commitment(duty, a)
		if err != nil {
			return nil, err
		}
		answer := d.answer(duty, a)
		if commitment != nil && !answer.Open() {
			answer.Owed = true // by undertaking it the body made it its own
		}
		if a.live || held && !answer.Open() {
			out = append(out, answer)
		}
		if commitment != nil {
			out = append(out, *commitment)
		}
	}
	return out, nil
}

// readReplies reads the responses by the bodies that were asked; by any when the
// decision cannot be read.
func (d *dutyReader) readReplies(asks []ask, readable bool) error {
	asked := map[protocol.BodyID]bool{}
	for _, a := range asks {
		asked[a.of] = true
	}
	items, err := d.v.referringBy(d.versions[0], func(ref ledger.Reference) bool {
		return ref.Kind == record.KindResponse && (!readable || asked[ref.Body])
	}, fieldDecision)
	if err != nil {
		return err
	}
	d.replies = map[protocol.BodyID]*replies{}
	for _, i := range items {
		by := d.replies[i.Body]
		if by == nil {
			by = &replies{answers: map[protocol.EntryID]map[string]record.Answer{}}
			d.replies[i.Body] = by
		}
		if i.State == Erased {
			by.lost = append(by.lost, i)
			continue
		}
		response := record.Read[record.Response](i.Record)
		if !d.isVersion(response.Decision) {
			continue
		}
		if i.State == Withdrawn {
			by.lost = append(by.lost, i)
		}
		last, err := d.v.current(i)
		if err != nil {
			return err
		}
		if last.State != Standing || !d.isVersion(record.Read[record.Response](last.Record).Decision) {
			continue
		}
		reply := newReply(i, &response, last)
		by.given = append(by.given, reply)
		by.answers[i.ID] = reply.answers
	}
	for body, by := range d.replies {
		slices.SortFunc(by.given, func(a, b reply) int { return compareSeq(a.Item, b.Item) })
		if err := d.readProgress(body, by); err != nil {
			return err
		}
	}
	return nil
}

func (d *dutyReader) isVersion(id protocol.EntryID) bool {
	return slices.ContainsFunc(d.versions, func(v *Item) bool { return v.ID == id })
}

// newReply indexes a response by ref; of two answers to the same ref the last
// counts.
func newReply(i *Item, response *record.Response, last *Item) reply {
	r := reply{Item: i, answers: map[string]record.Answer{}, last: last}
	for _, a := range response.Answers {
		if !answers(&a) {
			continue
		}
		if _, ok := r.answers[a.Ref]; !ok {
			r.refs = append(r.refs, a.Ref)
		}
		r.answers[a.Ref] = a
	}
	return r
}

// answers reports whether an answer is one: with the reasons or the date that
// it needs.
func answers(a *record.Answer) bool {
	switch a.Answer {
	case record.AnswerAccept, record.AnswerAcceptInPart, record.AnswerAcceptModified:
		return true
	case record.AnswerAlreadyDoing, record.AnswerReject:
		return strings.TrimSpace(a.Reasons) != ""
	case record.AnswerDefer:
		return !a.Until.IsZero()
	default:
		return false
	}
}

// undertakes reports whether an answer holds a commitment.
func undertakes(a *record.Answer) bool {
	if a.Answer == record.AnswerReject || a.Answer == record.AnswerDefer {
		return false
	}
	return a.Commitment.Action != "" || !a.Commitment.Due.IsZero()
}

// readProgress reads what a body told of its responses, in the order of its log.
func (d *dutyReader) readProgress(body protocol.BodyID, by *replies) error {
	done := map[protocol.EntryID]bool{}
	seen := map[protocol.EntryID]bool{}
	for _, r := range by.given {
		if done[r.last.ID] {
			continue
		}
		done[r.last.ID] = true
		versions, err := d.v.versions(r.last)
		if err != nil {
			return err
		}
		items, err := d.v.referringBy(r.last, func(ref ledger.Reference) bool {
			return ref.Kind == record.KindProgress && ref.Body == body
		}, fieldResponse)
		if err != nil {
			return err
		}
		for _, i := range items {
			p := record.Read[record.Progress](i.Record)
			of := slices.ContainsFunc(versions, func(v *Item) bool { return v.ID == p.Response })
			if i.Counts() && of && !seen[i.ID] && statuses[p.Status] {
				seen[i.ID] = true
				by.progress = append(by.progress, told{i, p})
			}
		}
	}
	slices.SortFunc(by.progress, func(a, b told) int { return compareSeq(a.Item, b.Item) })
	by.progress = by.progress[:min(len(by.progress), maxReferring)]
	return nil
}

const (
	fieldDecision = "decision"
	fieldResponse = "response"
	fieldSubject  = "subject"
	fieldMandate  = "mandate"
)
