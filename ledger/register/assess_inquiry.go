package register

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Limits on what is looked at of one decision. Which ones are taken follows from
// the entries alone, never from the order in which they arrived.
const (
	maxChallenges   = 64
	maxWeighed      = 64
	maxAttestations = 256
	maxOutcomes     = 256
	maxEvidence     = 16
)

// Codes that no other part of the software looks at.
const (
	community  = "community"
	publicBody = "public_body"
	joint      = "joint"
	none       = "none"
	yes        = "yes"
)

// inquiry is the work on one assessment.
type inquiry struct {
	v        *view
	w        *Web
	now      time.Time
	item     *Item
	decision record.Decision
	// mandate is the version that the decision cites; nil where it cites none.
	mandate    *Item
	terms      record.Mandate
	challenges []*raised
	// parties signed something here: the author, whoever gave the mandate, and
	// who answered. asked are public bodies that something is asked of.
	parties, asked []protocol.BodyID
	profiles       map[protocol.BodyID]*profile
	// lapsed says why the mandate was not in force; contested, that a dispute
	// counts.
	lapsed string
	// granted says why the mandate is none of another body whose public role is
	// verified; empty when it is.
	granted   string
	contested bool
	oneSide   []notice
	byWord    []protocol.BodyID
	out       *Assessment
}

// raised is a challenge that the decision cites. why says why it is not the
// community's; empty when it is.
type raised struct {
	*Item
	why string
}

// profile is what a body says of itself, and whether that is verified (G7).
type profile struct {
	says     *Item
	body     record.Body
	verified bool
}

func (p *profile) public() bool {
	return record.IsPublicRole(p.body.Role)
}

// notice is a sentence with what it follows from.
type notice struct {
	text     string
	evidence []protocol.EntryID
}

// profile reads what a body says of itself.
func (q *inquiry) profile(body protocol.BodyID) (*profile, error) {
	if p, ok := q.profiles[body]; ok {
		return p, nil
	}
	// The author's word, and that of bodies that only the author knows, verifies
	// nobody who takes part in its decision.
	without := []protocol.BodyID{q.item.Body}
	if body == q.item.Body {
		without = nil
	}
	p := &profile{verified: q.w.verifiedWithout(body, without...)}
	ev, err := q.v.r.Profile(body)
	switch {
	case err == nil:
		if p.says, err = q.v.item(ev.Entry.ID); err != nil {
			return nil, err
		}
		if p.says.Counts() {
			p.body = record.Read[record.Body](p.says.Record)
		}
	case !errors.Is(err, ledger.ErrNotFound):
		return nil, fmt.Errorf("read the profile of %s: %w", body, err)
	}
	q.profiles[body] = p
	return p, nil
}

// gather reads what the decision cites and who takes part in it.
func (q *inquiry) gather() error {
	d := &q.decision
	if len(d.Asks) > maxWeighed {
		d.Asks = d.Asks[:maxWeighed]
	}
	if d.Process.AgendaSetBy == publicBody {
		q.label("consultation")
	}
	q.parties = []protocol.BodyID{q.item.Body}
	if _, err := q.profile(q.item.Body); err != nil {
		return err
	}
	if err := q.readMandate(); err != nil {
		return err
	}
	for n := range q.out.Duties {
		if b := &q.out.Duties[n]; !b.Response.IsZero() && !slices.Contains(q.parties, b.By) {
			q.parties = append(q.parties, b.By)
		}
	}
	for _, a := range d.Asks {
		p, err := q.profile(a.Of)
		if err != nil {
			return err
		}
		if p.public() {
			q.asked = append(q.asked, a.Of)
		}
		if q.w.Same(a.Of, q.item.Body) {
			q.both("The decision asks something of a body that counts as one with its author: such an answer counts for nothing.", q.item.ID)
		}
	}
	return q.readChallenges()
}

func (q *inquiry) readMandate() error {
	q.out.Mandate = q.decision.Mandate
	if q.decision.Mandate.IsZero() {
		q.granted = "The decision cites no mandate"
		q.label("own")
		return nil
	}
	m, err := q.v.item(q.decision.Mandate)
	if err != nil {
		return err
	}
	q.mandate = m
	if q.granted, err = q.notGranted(); err != nil || m.Kind != record.KindMandate {
		return err
	}
	q.terms = record.Read[record.Mandate](m.Record)
	q.parties = append(q.parties, m.Body)
	if q.w.Same(m.Body, q.item.Body) {
		q.both("The mandate was given by the author of the decision, or by a body that shares a key with it.", m.ID, q.item.ID)
	}
	q.lapsed, err = q.outOfForce()
	return err
}

func (q *inquiry) readChallenges() error {
	for _, id := range q.decision.Challenges {
		c, err := q.v.item(id)
		if err != nil {
			return err
		}
		if c, err = q.v.current(c); err != nil {
			return err
		}
		if len(q.challenges) == maxChallenges || slices.ContainsFunc(q.challenges, func(o *raised) bool { return o.ID == c.ID }) {
			continue
		}
		why, err := q.notOurs(c)
		if err != nil {
			return err
		}
		q.challenges = append(q.challenges, &raised{c, why})
	}
	return nil
}

// notOurs says why a challenge does not count as raised by the community.
func (q *inquiry) notOurs(c *Item) (string, error) {
	switch {
	case c.State == Missing:
		return "is not held here", nil
	case c.Kind != record.KindChallenge:
		return "is no challenge", nil
	case !c.Counts():
		return "was " + string(c.State), nil
	case record.Read[record.Challenge](c.Record).RaisedBy != community:
		return "was not raised by the community alone", nil
	}
	p, err := q.profile(c.Body)
	if err != nil {
		return "", err
	}
	if p.body.Role != record.RoleCommunityBody {
		return "was not signed by a community body", nil
	}
	with, err := q.publicSide(c.Body)
	if err != nil {
		return "", err
	}
	if with {
		q.both("A challenge in the community's name was signed by a body that shares a key with the public body.", c.ID)
		return "was signed by a body that shares a key with the public body", nil
	}
	// Anybody can found a body that says it is the community's. What nobody vouches
	// for counts as the author's own word at most.
	if c.Body != q.item.Body && !q.w.Reached(c.Body, q.publicParties()...) {
		return "was signed by a body that nobody who is known here vouches for", nil
	}
	q.word(c.Body, p)
	return "", nil
}

// publicParties are the parties whose vouching for a community body is no help:
// the public ones, the author among them if it is one.
func (q *inquiry) publicParties() []protocol.BodyID {
	return slices.DeleteFunc(slices.Clone(q.parties), func(b protocol.BodyID) bool { return b == q.item.Body && !q.profiles[b].public() })
}

// publicSide reports whether a body counts as one with a public body that takes
// part.
func (q *inquiry) publicSide(body protocol.BodyID) (bool, error) {
	for _, b := range slices.Concat(q.parties, q.asked) {
		p, err := q.profile(b)
		if err != nil {
			return false, err
		}
		if (p.public() || q.mandate != nil && b == q.mandate.Body && b != q.item.Body) && q.w.Same(body, b) {
			return true, nil
		}
	}
	return false, nil
}

// word notes that a role counted which is not verified.
func (q *inquiry) word(body protocol.BodyID, p *profile) {
	if !p.verified && !slices.Contains(q.byWord, body) {
		q.byWord = append(q.byWord, body)
	}
}

func (q *inquiry) label(l string) { q.out.Labels = append(q.out.Labels, l) }

// both notes that one party signed both sides (G1).
func (q *inquiry) both(text string, evidence ...protocol.EntryID) {
	if n := slices.IndexFunc(q.oneSide, func(o notice) bool { return o.text == text }); n >= 0 {
		q.oneSide[n].evidence = append(q.oneSide[n].evidence, evidence...)
		return
	}
	q.oneSide = append(q.oneSide, notice{text, evidence})
}

// until notes a time at which the answer may change.
func (q *inquiry) until(t time.Time) {
	if t.After(q.now) && (q.out.Until.IsZero() || t.Before(q.out.Until)) {
		q.out.Until = t
	}
}

// find adds a finding.
func (q *inquiry) find(rule string, v Verdict, sentence string, evidence ...protocol.EntryID) {
	f := Finding{Rule: rule, Verdict: v, Sentence: sentence}
	for _, id := range evidence {
		if !id.IsZero() && len(f.Evidence) < maxEvidence && !slices.Contains(f.Evidence, id) {
			f.Evidence = append(f.Evidence, id)
		}
	}
	if v == Unmet || v == ByOwnDates || v == Noted {
		f.Remedy = ruleOf(rule).Remedy
	}
	q.out.Findings = append(q.out.Findings, f)
}

// told is a find for what signed records show or not.
func (q *inquiry) told(rule string, holds bool, yes, no string, evidence ...protocol.EntryID) {
	if holds {
		q.find(rule, Holds, yes, evidence...)
		return
	}
	q.find(rule, Unmet, no, evidence...)
}

// maxTitle is how many characters of a title stand in a sentence.
const maxTitle = 80

// titled is what a sentence calls a record: what it is, and its title.
func titled(what string, i *Item) string {
	if i == nil || i.Record == nil {
		return what
	}
	title := strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, i.Record.Title()))
	if title == "" {
		return what
	}
	if r := []rune(title); len(r) > maxTitle {
		title = string(r[:maxTitle-1]) + "…"
	}
	return what + " “" + title + "”"
}

func ids(items []*Item) []protocol.EntryID {
	var out []protocol.EntryID
	for _, i := range items {
		out = append(out, i.ID)
	}
	return out
}
