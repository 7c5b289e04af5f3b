package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Duty is one thing that a body was asked or undertook to do; see
// [register.Duty].
type Duty struct {
	Kind     register.DutyKind `json:"kind"`
	Decision Cited             `json:"decision"`
	Ref      string            `json:"ref"`
	// State is how it stands at the time of the answer; Late that it is one of
	// overdue, no_response and obligation_missing; Open that something remains
	// to be done.
	State register.DutyState `json:"state"`
	Late  bool               `json:"late"`
	Open  bool               `json:"open"`
	// By is who has to act, To who asked.
	By Party  `json:"by"`
	To *Party `json:"to,omitempty"`
	// Owed: it stems from a mandate that By granted, or By undertook it. What is
	// not owed is asked, and never late.
	Owed     bool   `json:"owed"`
	Binding  bool   `json:"binding"`
	Mandate  *Cited `json:"mandate,omitempty"`
	Response *Cited `json:"response,omitempty"`
	Answer   string `json:"answer,omitempty"`
	Reasons  string `json:"reasons,omitempty"`
	Action   string `json:"action,omitempty"`
	Office   string `json:"office,omitempty"`
	// Asked and Answered are by the authors' clocks.
	Asked    *Timestamp `json:"asked,omitempty"`
	Answered *Timestamp `json:"answered,omitempty"`
	// Due is the first date, LateFrom the first moment at which the duty, if
	// still open, is late; Moved are later dates that the body gave itself.
	Due      record.Date `json:"due,omitzero"`
	LateFrom *Timestamp  `json:"late_from,omitempty"`
	Moved    []Move      `json:"moved"`
	// Status is the last that the body said of a commitment, since the time
	// given.
	Status       string     `json:"status,omitempty"`
	Since        *Timestamp `json:"since,omitempty"`
	Progress     []Cited    `json:"progress"`
	MoreProgress int        `json:"more_progress,omitempty"`
	// Receipt is the asker's attestation that it received what was promised.
	Receipt *Cited `json:"receipt,omitempty"`
	// Lost are responses that count as not given.
	Lost     []Cited `json:"lost"`
	MoreLost int     `json:"more_lost,omitempty"`
}

// Move is a new date that a body gave itself.
type Move struct {
	By      Cited       `json:"by"`
	Due     record.Date `json:"due"`
	Reasons string      `json:"reasons,omitempty"`
}

// Owed is one page of duties, the longest late first and then the soonest due.
type Owed struct {
	Duties []Duty `json:"duties"`
	// Hidden is how many were left out of this page since the operator hides what
	// they follow from.
	Hidden int `json:"hidden,omitempty"`
	// Next is the cursor of the next page; empty on the last.
	Next string `json:"next,omitempty"`
	// At is the time for which it was asked.
	At Timestamp `json:"at"`
	// Behind is how many events the index of duties has still to take in.
	Behind     uint64   `json:"behind,omitempty"`
	AsSeenFrom SeenFrom `json:"as_seen_from"`
}

// OwedSums counts by body what is owed, the most late first, at most 50 bodies;
// what the operator hides is counted with the rest.
type OwedSums struct {
	Bodies     []OwedSum `json:"bodies"`
	At         Timestamp `json:"at"`
	Behind     uint64    `json:"behind,omitempty"`
	AsSeenFrom SeenFrom  `json:"as_seen_from"`
}

// OwedSum counts what one body owes; see [catalogue.OwedSum].
type OwedSum struct {
	Body              Party      `json:"body"`
	Asked             int        `json:"asked"`
	Open              int        `json:"open"`
	Late              int        `json:"late"`
	Overdue           int        `json:"overdue"`
	NoResponse        int        `json:"no_response"`
	ObligationMissing int        `json:"obligation_missing"`
	Settled           int        `json:"settled"`
	MetByOwnWord      int        `json:"met_by_own_word"`
	Moved             int        `json:"moved"`
	OldestDue         *Timestamp `json:"oldest_due,omitempty"`
}

// Limits of a page of duties.
const (
	DefaultOwed = 50
	MaxOwed     = 200
)

// dutyStates are those that a question can name.
var dutyStates = record.Codes{
	{Code: string(register.Asked), Label: "Asked"},
	{Code: string(register.Waiting), Label: "Waiting for an answer"},
	{Code: string(register.NoResponse), Label: "No response"},
	{Code: string(register.ObligationMissing), Label: "Obligation missing"},
	{Code: string(register.Answered), Label: "Answered"},
	{Code: string(register.Underway), Label: "Under way"},
	{Code: string(register.Overdue), Label: "Overdue"},
	{Code: string(register.NotMet), Label: "Not met"},
	{Code: string(register.PartlyMet), Label: "Partly met"},
	{Code: string(register.MetByOwnWord), Label: "Met, by its own word"},
	{Code: string(register.Met), Label: "Met"},
}

// isLate reports whether a state is a reproach.
func isLate(s register.DutyState) bool {
	return s == register.Overdue || s == register.NoResponse || s == register.ObligationMissing
}

func (s *server) owed(r *http.Request) (any, error) {
	q, err := query(r, "by", "asker", "state", "late", "all", "place", "service", "due_from", "due_to", "after", "limit", "at")
	if err != nil {
		return nil, err
	}
	oq, at, err := s.owedQuery(q)
	if err != nil {
		return nil, err
	}
	seen, err := s.Register.Seen(r.Context())
	if err != nil {
		return nil, err
	}
	// How far the index has come is read before it, so that it is never said to
	// be further than it was.
	behind := s.behind()
	page, err := s.Register.Owed(r.Context(), oq)
	if err != nil {
		return nil, owedError(err)
	}
	t := s.teller(seen.Web)
	out := Owed{Duties: []Duty{}, Next: page.Next, At: momentOf(at), Behind: behind}
	duties, err := s.readDuties(r.Context(), page.Keys)
	if err != nil {
		return nil, err
	}
	for _, d := range duties {
		if !wanted(d, oq, at) {
			continue
		}
		told, err := t.duty(d, at)
		if err != nil {
			return nil, err
		}
		if told.hidden() {
			out.Hidden++
			continue
		}
		out.Duties = append(out.Duties, told)
	}
	out.AsSeenFrom, err = t.seenFrom(seen)
	return out, err
}

func (s *server) behind() uint64 {
	cursor := s.Register.Cursor()
	last := s.Ledger.Last()
	return last - min(cursor, last)
}

func owedError(err error) error {
	if errors.Is(err, catalogue.ErrBadCursor) {
		return badRequest("\"after\" is not the cursor of a page of this list. Take it from \"next\" there, and leave the other parameters as they were.")
	}
	return fmt.Errorf("what is owed: %w", err)
}

// owedQuery reads the parameters that both questions have, and those that only
// the list has.
func (s *server) owedQuery(q url.Values) (oq catalogue.OwedQuery, at time.Time, err error) {
	oq = catalogue.OwedQuery{State: register.DutyState(q.Get("state")), Place: q.Get("place"), Service: q.Get("service"), After: q.Get("after")}
	if err = filterParams(q, "place", "service", "after"); err != nil {
		return oq, at, err
	}
	if oq.By, err = bodyParam("by", q.Get("by")); err != nil {
		return oq, at, err
	}
	if oq.To, err = bodyParam("asker", q.Get("asker")); err != nil {
		return oq, at, err
	}
	if err = codeParam("state", q.Get("state"), dutyStates); err != nil {
		return oq, at, err
	}
	if oq.Late, err = flagParam(q, "late"); err != nil {
		return oq, at, err
	}
	if oq.All, err = flagParam(q, "all"); err != nil {
		return oq, at, err
	}
	if oq.DueFrom, err = dateParam("due_from", q.Get("due_from"), false); err != nil {
		return oq, at, err
	}
	if oq.DueTo, err = dateParam("due_to", q.Get("due_to"), true); err != nil {
		return oq, at, err
	}
	oq.Limit = DefaultOwed
	if q.Has("limit") {
		if oq.Limit, err = strconv.Atoi(q.Get("limit")); err != nil || oq.Limit < 1 || oq.Limit > MaxOwed {
			return oq, at, badRequest("The limit is a number from 1 to %d.", MaxOwed)
		}
	}
	at, err = s.atParam(q.Get("at"))
	oq.Now = at.Unix()
	return oq, at, err
}

// flagParam is true for 1 and true.
func flagParam(q url.Values, name string) (bool, error) {
	switch q.Get(name) {
	case "", "0", "false":
		return false, nil
	case "1", "true":
		return true, nil
	default:
		return false, badRequest("%q is 1 or 0.", name)
	}
}

// readDuties reads what the index names from the ledger, each decision once. What
// the ledger does not know any more is left out: the index will follow.
func (s *server) readDuties(ctx context.Context, keys []catalogue.DutyKey) ([]*register.Duty, error) {
	read := make(map[protocol.EntryID]map[catalogue.DutyKey]*register.Duty)
	var out []*register.Duty
	for _, key := range keys {
		duties, ok := read[key.Decision]
		if !ok {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			list, err := register.Duties(s.Ledger, key.Decision)
			if err != nil {
				return nil, fmt.Errorf("duties of %s: %w", key.Decision, err)
			}
			duties = make(map[catalogue.DutyKey]*register.Duty)
			for i := range list {
				d := &list[i]
				duties[catalogue.DutyKey{Decision: key.Decision, Kind: d.Kind, Ref: d.Ref, By: d.By}] = d
			}
			read[key.Decision] = duties
		}
		if d, ok := duties[key]; ok {
			out = append(out, d)
		}
	}
	return out, nil
}

// wanted reports whether a duty, as it stands in the ledger, is what was asked
// for. Place and service are left to the index.
func wanted(d *register.Duty, q catalogue.OwedQuery, at time.Time) bool {
	state := d.State(at)
	switch {
	case q.State != "":
		if state != q.State {
			return false
		}
	case !q.All && !d.Open():
		return false
	}
	due := d.Due.Start().Unix()
	return (q.By.IsZero() || d.By == q.By) && (q.To.IsZero() || d.To == q.To) && (!q.Late || isLate(state)) &&
		(q.DueFrom == 0 || !d.Due.IsZero() && due >= q.DueFrom) && (q.DueTo == 0 || !d.Due.IsZero() && due < q.DueTo)
}

// hidden reports whether what was asked, or what was answered, is hidden.
func (d *Duty) hidden() bool { return d.Decision.Hidden || d.Response != nil && d.Response.Hidden }

func (t *teller) duty(d *register.Duty, at time.Time) (out Duty, err error) {
	out = Duty{
		Kind: d.Kind, Ref: d.Ref, State: d.State(at), Open: d.Open(), Owed: d.Owed, Binding: d.Binding,
		Answer: d.Answer, Reasons: d.Reasons, Action: d.Action, Office: d.Office,
		Asked: stampOrNone(d.Asked), Answered: stampOrNone(d.Answered), Due: d.Due, Moved: []Move{},
		Status: d.Status, Since: stampOrNone(d.Since),
	}
	out.Late, out.LateFrom = isLate(out.State), momentOrNone(d.Missed())
	if out.Decision, err = t.cite(d.Decision); err != nil {
		return out, err
	}
	if out.By, err = t.party(d.By); err != nil {
		return out, err
	}
	if out.To, err = t.partyOrNone(d.To); err != nil {
		return out, err
	}
	if out.Mandate, err = t.citeOrNone(d.Mandate); err != nil {
		return out, err
	}
	if out.Response, err = t.citeOrNone(d.Response); err != nil {
		return out, err
	}
	if out.Receipt, err = t.citeOrNone(d.Receipt); err != nil {
		return out, err
	}
	for _, m := range d.Moved[:min(len(d.Moved), maxCited)] {
		by, err := t.cite(m.By)
		if err != nil {
			return out, err
		}
		if by.Hidden {
			m.Reasons = ""
		}
		out.Moved = append(out.Moved, Move{By: by, Due: m.Due, Reasons: m.Reasons})
	}
	if out.Progress, out.MoreProgress, err = t.citeAll(d.Progress); err != nil {
		return out, err
	}
	out.Lost, out.MoreLost, err = t.citeAll(d.Lost)
	return out, err
}

func stampOrNone(at uint64) *Timestamp {
	if at == 0 {
		return nil
	}
	t := Timestamp(at)
	return &t
}

func (s *server) owedSums(r *http.Request) (any, error) {
	q, err := query(r, "by", "place", "service", "at")
	if err != nil {
		return nil, err
	}
	oq, at, err := s.owedQuery(q)
	if err != nil {
		return nil, err
	}
	seen, err := s.Register.Seen(r.Context())
	if err != nil {
		return nil, err
	}
	behind := s.behind()
	sums, err := s.Register.OwedSums(r.Context(), oq)
	if err != nil {
		return nil, owedError(err)
	}
	t := s.teller(seen.Web)
	out := OwedSums{Bodies: []OwedSum{}, At: momentOf(at), Behind: behind}
	for _, sum := range sums {
		body, err := t.party(sum.Body)
		if err != nil {
			return nil, err
		}
		told := OwedSum{
			Body: body, Asked: sum.Asked, Open: sum.Open, Late: sum.Overdue + sum.NoResponse + sum.ObligationMissing,
			Overdue: sum.Overdue, NoResponse: sum.NoResponse, ObligationMissing: sum.ObligationMissing,
			Settled: sum.Settled, MetByOwnWord: sum.MetByOwnWord, Moved: sum.Moved,
		}
		if sum.OldestDue != 0 {
			told.OldestDue = momentOrNone(time.Unix(sum.OldestDue, 0))
		}
		out.Bodies = append(out.Bodies, told)
	}
	out.AsSeenFrom, err = t.seenFrom(seen)
	return out, err
}
