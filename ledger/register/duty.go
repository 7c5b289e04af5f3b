package register

import (
	"time"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// DutyKind says what is due.
type DutyKind string

// Kinds of duties.
const (
	// DutyAnswer: an ask waits for an answer; an answer that was put off waits
	// for the date that it named.
	DutyAnswer DutyKind = "answer"
	// DutyCommitment: an answer undertook to do something.
	DutyCommitment DutyKind = "commitment"
)

// Duty is one thing that a body was asked or undertook to do, as far as it can
// be told without knowing the time. It is made from a decision, the mandate that
// the decision cites, the responses to it, and what followed them.
type Duty struct {
	Kind DutyKind `json:"kind"`
	// Decision, by its first version, and Ref name the ask.
	Decision protocol.EntryID `json:"decision"`
	Ref      string           `json:"ref"`
	// By is who has to act, To who asked; To is zero while the decision is not
	// held.
	By protocol.BodyID `json:"by"`
	To protocol.BodyID `json:"to,omitzero"`
	// Owed: it stems from a mandate that By granted, or By undertook it (G9).
	// What is not owed is asked, and is never overdue.
	Owed bool `json:"owed"`
	// Binding: the mandate is one of binding deliberation.
	Binding bool             `json:"binding,omitempty"`
	Mandate protocol.EntryID `json:"mandate,omitzero"`
	// Response is the answer that counts; zero while there is none.
	Response protocol.EntryID `json:"response,omitzero"`
	Answer   string           `json:"answer,omitempty"`
	Reasons  string           `json:"reasons,omitempty"`
	// Action is what is asked or, of a commitment, what was undertaken, by which
	// Office.
	Action string `json:"action,omitempty"`
	Office string `json:"office,omitempty"`
	// Uncommitted: what was answered to a binding decision lacks the commitment
	// that it obliges to, due in the time that the mandate sets.
	Uncommitted bool `json:"uncommitted,omitempty"`
	// Asked is when the decision was published and Answered when the first
	// answer was, by their authors' clocks in Unix seconds; 0 for never. Putting
	// the answer off is no answer.
	Asked    uint64 `json:"asked,omitempty"`
	Answered uint64 `json:"answered,omitempty"`
	// Due is the first date; zero for none. Moved are later ones, in order.
	Due   record.Date `json:"due,omitzero"`
	Moved []Move      `json:"moved,omitempty"`
	// Status is the last that the body said of a commitment; Since when.
	Status   string             `json:"status,omitempty"`
	Since    uint64             `json:"since,omitempty"`
	Progress []protocol.EntryID `json:"progress,omitempty"`
	// Receipt is the asker's attestation that it received what was promised.
	Receipt protocol.EntryID `json:"receipt,omitzero"`
	// Lost are responses that count as not given, because they were withdrawn,
	// erased or disowned.
	Lost []protocol.EntryID `json:"lost,omitempty"`
}

// Move is a new date that the body gave itself.
type Move struct {
	By      protocol.EntryID `json:"by"`
	Due     record.Date      `json:"due"`
	Reasons string           `json:"reasons,omitempty"`
}

// DutyState is how a duty stands at a time.
type DutyState string

// States of duties. Overdue, NoResponse and ObligationMissing are reproaches,
// and only what is owed can come to them.
const (
	// Asked: not owed, and not answered.
	Asked DutyState = "asked"
	// Waiting: owed, not answered, and the time for it is not over.
	Waiting DutyState = "waiting"
	// NoResponse: owed, not answered, and the time for it is over.
	NoResponse DutyState = "no_response"
	// ObligationMissing: a binding decision was answered without the commitment
	// that it obliges to, or not answered in its shorter time.
	ObligationMissing DutyState = "obligation_missing"
	// Answered: an answer was given that leaves nothing open, such as a refusal
	// with reasons.
	Answered DutyState = "answered"
	// Underway: undertaken, and not due yet.
	Underway DutyState = "underway"
	// Overdue: undertaken, and the first date is over.
	Overdue DutyState = "overdue"
	// NotMet and PartlyMet are the body's own word, while the first date is not
	// over or there is none.
	NotMet    DutyState = "not_met"
	PartlyMet DutyState = "partly_met"
	// MetByOwnWord: the body says that it is done.
	MetByOwnWord DutyState = "met_by_own_word"
	// Met: the asker attests that it is.
	Met DutyState = "met"
)

// Open reports whether anything remains to be done, whatever the time.
func (d *Duty) Open() bool {
	if d.Kind == DutyCommitment {
		return d.Status != record.StatusMet
	}
	return d.Answer == "" || d.Answer == record.AnswerDefer || d.Uncommitted
}

// Missed is the first moment at which the duty, if it is still open, is late;
// zero when it is never late, because it is not owed or has no date. A binding
// decision that was answered without a commitment is late from that answer on.
func (d *Duty) Missed() time.Time {
	if !d.Owed || d.Due.IsZero() {
		return time.Time{}
	}
	missed := d.Due.End()
	if d.Uncommitted && d.Answered < uint64(missed.Unix()) {
		missed = time.Unix(int64(d.Answered), 0).UTC()
	}
	return missed
}

// State is how the duty stands at a time. What is open is late from Missed on,
// whatever the body itself says of it: its own word takes no reproach away.
func (d *Duty) State(now time.Time) DutyState {
	missed := d.Missed()
	late := d.Open() && !missed.IsZero() && !now.Before(missed)
	if d.Kind == DutyCommitment {
		return d.commitmentState(late)
	}
	switch {
	case !d.Open():
		return Answered
	case !d.Owed:
		return Asked
	case !late:
		return Waiting
	case d.Binding:
		return ObligationMissing
	default:
		return NoResponse
	}
}

func (d *Duty) commitmentState(late bool) DutyState {
	switch {
	case late:
		return Overdue
	case d.Status == record.StatusMet && !d.Receipt.IsZero():
		return Met
	case d.Status == record.StatusMet:
		return MetByOwnWord
	case d.Status == record.StatusPartlyMet:
		return PartlyMet
	case d.Status == record.StatusNotMet:
		return NotMet
	default:
		return Underway
	}
}
