package register

import (
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// statuses are those that a body can give a commitment.
var statuses = map[string]bool{
	record.StatusScheduled: true, record.StatusStarted: true, record.StatusMet: true,
	record.StatusPartlyMet: true, record.StatusNotMet: true,
}

// dated is a date that a body gave a commitment.
type dated struct {
	by      *Item
	due     record.Date
	reasons string
}

// commitment works out the duty to do what a body undertook in answer to an ask;
// nil when it undertook nothing. A later answer that undertakes nothing does not
// release it.
func (d *dutyReader) commitment(duty Duty, a ask) (*Duty, error) {
	by := d.replies[a.of]
	if by == nil {
		return nil, nil
	}
	duty.Kind, duty.Owed = DutyCommitment, true
	var dates []dated
	var subjects []*Item
	for _, r := range by.given {
		answer, ok := r.answers[a.ref]
		if !ok || !undertakes(&answer) || !by.stillUndertakes(r, a.ref) {
			continue
		}
		// A version that was withdrawn still tells the first date: otherwise a
		// body could amend a date and then take back the old one.
		dates = append(dates, dated{r.Item, answer.Commitment.Due, answer.Reasons})
		if r.State != Withdrawn && duty.Answered == 0 {
			duty.Answered = r.At
		}
		if r.State == Standing {
			subjects = append(subjects, r.Item)
			duty.Response, duty.Answer, duty.Reasons = r.ID, answer.Answer, answer.Reasons
			duty.Action, duty.Office = answer.Commitment.Action, answer.Commitment.Office
		}
	}
	if duty.Response.IsZero() {
		return nil, nil
	}
	for _, p := range by.progress {
		if p.Ref != a.ref {
			continue
		}
		dates = append(dates, dated{p.Item, p.Due, p.Reasons})
		duty.Status, duty.Since = p.Status, p.At
		duty.Progress = append(duty.Progress, p.ID)
		if p.Status == record.StatusMet {
			subjects = append(subjects, p.Item)
		}
	}
	slices.SortFunc(dates, func(a, b dated) int { return compareSeq(a.by, b.by) })
	for _, date := range dates {
		if duty.Due.IsZero() {
			duty.Due = date.due
			continue
		}
		duty.move(date.by, date.due, date.reasons)
	}
	if duty.Status == record.StatusMet {
		var err error
		if duty.Receipt, err = d.receipt(duty.To, duty.By, subjects); err != nil {
			return nil, err
		}
	}
	return &duty, nil
}

// stillUndertakes reports whether the last version of a response holds a
// commitment for a ref.
func (by *replies) stillUndertakes(r reply, ref string) bool {
	answer, ok := by.answers[r.last.ID][ref]
	return ok && undertakes(&answer)
}

// receipt finds the asker's first attestation that it received what one of the
// records promises or reports; zero when there is none. Nobody attests to itself.
func (d *dutyReader) receipt(to, by protocol.BodyID, subjects []*Item) (protocol.EntryID, error) {
	if to.IsZero() || to == by {
		return protocol.EntryID{}, nil
	}
	var found []*Item
	for _, subject := range subjects {
		items, err := d.v.referringBy(subject, func(ref ledger.Reference) bool {
			return ref.Kind == record.KindAttestation && ref.Body == to
		}, fieldSubject)
		if err != nil {
			return protocol.EntryID{}, err
		}
		versions, err := d.v.versions(subject)
		if err != nil {
			return protocol.EntryID{}, err
		}
		for _, i := range items {
			a := record.Read[record.Attestation](i.Record)
			of := slices.ContainsFunc(versions, func(v *Item) bool { return v.ID == a.Subject })
			if i.Counts() && of && a.Claim == record.ClaimReceived {
				found = append(found, i)
			}
		}
	}
	if len(found) == 0 {
		return protocol.EntryID{}, nil
	}
	return slices.MinFunc(found, compareSeq).ID, nil
}
