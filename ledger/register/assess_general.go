package register

import (
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// general tells what readers should know by the rules about who and when.
func (q *inquiry) general() error {
	for _, n := range q.oneSide {
		q.find("G1", Unmet, n.text, n.evidence...)
	}
	if err := q.roles(); err != nil {
		return err
	}
	var dated []string
	var evidence []protocol.EntryID
	for _, f := range q.out.Findings {
		if f.Verdict == ByOwnDates {
			dated, evidence = append(dated, f.Rule), append(evidence, f.Evidence...)
		}
	}
	for _, rule := range dated {
		q.find("G8", Noted, "Rule "+rule+" rests on dates that the parties give themselves.", evidence...)
	}
	q.asks()
	return q.changes()
}

// roles notes whose role is only by its own word (G7).
func (q *inquiry) roles() error {
	for _, b := range slices.Concat(q.parties, q.asked) {
		p, err := q.profile(b)
		if err != nil {
			return err
		}
		if p.body.Role != "" {
			q.word(b, p)
		}
	}
	if len(q.byWord) == 0 {
		return nil
	}
	var evidence []protocol.EntryID
	for _, b := range q.byWord {
		p, err := q.profile(b)
		if err != nil {
			return err
		}
		if p.says != nil {
			evidence = append(evidence, p.says.ID)
		}
	}
	q.find("G7", Noted, "Who takes part says what it is by its own word alone.", evidence...)
	return nil
}

// asks notes what is asked and not owed, and what was done by own word (G9).
func (q *inquiry) asks() {
	var asked int
	var word []protocol.EntryID
	for n := range q.out.Duties {
		switch d := &q.out.Duties[n]; {
		case d.Kind == DutyAnswer && !d.Owed:
			asked++
		case d.State(q.now) == MetByOwnWord:
			word = append(word, d.Progress...)
		}
	}
	if asked > 0 {
		q.find("G9", Noted, fmt.Sprintf("Of what the decision asks, %d is asked and not owed.", asked), q.item.ID)
	}
	if len(word) > 0 {
		q.find("G9", Noted, "A commitment is met by the own word of the body that made it.", word...)
	}
}

// changes notes what was taken back or changed later (G10).
func (q *inquiry) changes() error {
	if m := q.mandate; m != nil {
		what := map[State]string{
			Amended:   "The mandate was revised; what counts here is the version that the decision cites.",
			Withdrawn: "The mandate was withdrawn; that works from its date on.",
			Erased:    "The mandate was erased by its grantor.",
			Disowned:  "The mandate was given up by its grantor.",
		}[m.State]
		if what != "" {
			q.find("G10", Noted, what, m.ID, m.Changed)
		}
	}
	var lost []protocol.EntryID
	for n := range q.out.Duties {
		lost = append(lost, q.out.Duties[n].Lost...)
	}
	if len(lost) > 0 {
		q.find("G10", Noted, "A response was withdrawn, erased or disowned: it counts as not given.", lost...)
	}
	return nil
}
