package register_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// share makes a body use an officer's key of another from now on.
func share(a, with *vectors.Author) {
	a.Officers = slices.Clone(with.Officers)
	a.Recover(0, 0, protocol.ReasonOfficers)
}

func attest(by *vectors.Author, what *protocol.Entry, claim string) *protocol.Entry {
	return on(by, "2026-04-02", record.KindAttestation, "subject", what, "claim", claim, "basis", "seen", "interest", "none")
}

func award(by, to *vectors.Author) *protocol.Entry {
	return on(by, "2026-04-03", record.KindDecision, "award", fields{"kind": "grant", "to": fields{"body": to.Body().String()}})
}

// list says that a domain names a body: its own, or that of others.
func (m *moot) list(a *vectors.Author, by ...*vectors.Author) {
	l := register.Listing{Body: a.Body(), Domain: "hexby.gov.uk"}
	for _, b := range by {
		l.By = append(l.By, b.Body())
	}
	m.listings = append(m.listings, l)
}

func grant(by, to *vectors.Author) *protocol.Entry {
	return on(by, "2026-04-03", record.KindMandate, "to", to, "method", record.OperationalEngagement)
}

func TestWhoAndWhen(t *testing.T) {
	engage, bind, deliberate := record.OperationalEngagement, record.BindingDeliberation, record.NonBindingDeliberation
	tellAll(t, engage, []story{
		{name: "shared officer of council and forum", method: bind, then: func(m *moot) { share(m.forum, m.council) }, rule: "G1", verdict: register.Unmet, result: register.Partly},
		{name: "shared officer: the mandate", method: bind, then: func(m *moot) { share(m.forum, m.council) }, rule: "BD1", verdict: register.Unmet},
		{name: "shared officer: the answers", method: deliberate, then: func(m *moot) { share(m.forum, m.council) }, rule: "NB2", verdict: register.Unmet},
		{name: "shared officer: the challenge", then: func(m *moot) { share(m.forum, m.council) }, rule: "OE1", verdict: register.Unmet},
		{name: "shared officer: the attestation", then: func(m *moot) { share(m.friend, m.forum) }, rule: "OE3", verdict: register.Unmet},
		{name: "shared officer of attester and council", then: func(m *moot) { share(m.friend, m.council) }, rule: "G1", verdict: register.Unmet},
		{name: "asks itself", method: deliberate, twist: twist{"decision": {"asks": list(fields{"ref": "a", "of": vectors.NewAuthor("Hexby Forum (example)", 1, nil).Body().String(), "action": "x"})}}, rule: "G1", verdict: register.Unmet},
		{name: "nobody shares", method: bind, rule: "G1"},
		{name: "a stranger names keys of both", method: bind, then: func(m *moot) {
			a := m.stranger("bridge", "observer")
			a.Officers = slices.Concat(m.council.Officers, m.forum.Officers)
			a.Recover(0, 0, protocol.ReasonOfficers)
		}, rule: "G1", result: register.Evidenced},
		{name: "author attests", twist: twist{"attestation": nil}, then: func(m *moot) { attest(m.forum, m.decision, record.ClaimAgenda) }, rule: "G2", verdict: register.Noted, result: register.Partly, says: "party"},
		{name: "funder attests", then: func(m *moot) { award(m.council, m.friend) }, rule: "G2", verdict: register.Noted, result: register.Partly, says: "mandate or an award"},
		{name: "award to the party", then: func(m *moot) { award(m.friend, m.forum) }, rule: "OE3", verdict: register.Unmet},
		{name: "mandate from a party", then: func(m *moot) { grant(m.council, m.friend) }, rule: "OE3", verdict: register.Unmet},
		{name: "mandate taken back", then: func(m *moot) { withdraw(m.council, "2026-04-04", grant(m.council, m.friend)) }, rule: "OE3", verdict: register.Unmet},
		{name: "mandate erased", then: func(m *moot) { erase(m.council, grant(m.council, m.friend)) }, rule: "OE3", verdict: register.Holds},
		{name: "award to somebody else", then: func(m *moot) { award(m.council, m.checker) }, rule: "OE3", verdict: register.Holds},
		{name: "award by somebody else", then: func(m *moot) { award(m.checker, m.friend) }, rule: "OE3", verdict: register.Holds},
		{name: "award in the decision", twist: twist{"decision": {"award": fields{"to": fields{"body": vectors.NewAuthor("Hexby Neighbours (example)", 1, nil).Body().String()}}}}, rule: "OE3", verdict: register.Unmet},
		{name: "known through a party", twist: twist{"know friend": nil}, then: func(m *moot) {
			on(m.council, "2026-04-01", record.KindAttestation, "subject", m.friend, "claim", record.ClaimIdentity, "interest", "none")
		}, rule: "G2", verdict: register.Noted, says: "without the parties' help", result: register.Partly},
		{name: "disinterested", rule: "G2"},
		{name: "council by its own word", twist: twist{"know council": nil}, rule: "G7", verdict: register.Noted},
		{name: "forum by its own word", twist: twist{"know forum": nil}, rule: "G7", verdict: register.Noted, result: register.Evidenced},
		{name: "all are known", rule: "G7"},
		{name: "council at its own domain", method: bind, twist: twist{"know council": nil}, then: func(m *moot) { m.list(m.council) }, rule: "G7", result: register.Evidenced},
		{name: "council at its own domain: the mandate", method: bind, twist: twist{"know council": nil}, then: func(m *moot) { m.list(m.council) }, rule: "BD1", verdict: register.Holds},
		{name: "council at its own domain: the answers", method: deliberate, twist: twist{"know council": nil}, then: func(m *moot) { m.list(m.council) }, rule: "NB2", verdict: register.Holds},
		{name: "council at another's domain", method: bind, twist: twist{"know council": nil}, then: func(m *moot) { m.list(m.council, m.checker) }, rule: "BD1", verdict: register.Holds},
		{name: "council at the author's domain", method: bind, twist: twist{"know council": nil}, then: func(m *moot) { m.list(m.council, m.forum) }, rule: "BD1", verdict: register.Unmet},
		{name: "council at a domain of the author and another", method: bind, twist: twist{"know council": nil}, then: func(m *moot) { m.list(m.council, m.checker, m.forum) }, rule: "BD1", verdict: register.Unmet},
		{name: "council at a domain that shares a key with the author", method: bind, twist: twist{"know council": nil}, then: func(m *moot) {
			share(m.checker, m.forum)
			m.list(m.council, m.checker)
		}, rule: "BD1", verdict: register.Unmet},
		{name: "forum at the council's domain", twist: twist{"know forum": nil}, then: func(m *moot) { m.list(m.forum, m.council) }, rule: "G7", result: register.Evidenced},
		{name: "a front at the council's domain", twist: twist{"challenge": nil}, then: func(m *moot) {
			front := m.stranger("front", "community_body")
			m.list(front, m.council)
			m.cite(challengeBy(front, "community"))
		}, rule: "OE1", verdict: register.Unmet},
		{name: "by own dates", method: deliberate, twist: twist{"opening": nil}, rule: "G8", verdict: register.Noted},
		{name: "proved", method: deliberate, rule: "G8"},
		{name: "not owed", method: deliberate, twist: twist{"mandate": nil, "acceptance": nil, "response": nil}, rule: "G9", verdict: register.Noted, says: "asked and not owed"},
		{name: "owed", rule: "G9"},
		{name: "met by own word", then: func(m *moot) {
			on(m.council, "2026-04-20", record.KindProgress, "response", m.response, "ref", "a", "status", "met", "as_of", "2026-04-20")
		}, rule: "G9", verdict: register.Noted, says: "own word"},
		{name: "received", then: func(m *moot) {
			on(m.council, "2026-04-20", record.KindProgress, "response", m.response, "ref", "a", "status", "met", "as_of", "2026-04-20")
			on(m.forum, "2026-04-21", record.KindAttestation, "subject", m.response, "claim", record.ClaimReceived, "interest", "none")
		}, rule: "G9"},
		{name: "mandate revised", then: func(m *moot) {
			on(m.council, "2026-04-01", record.KindMandate, "revises", m.mandate, "to", m.forum)
		}, rule: "G10", verdict: register.Noted, says: "revised", result: register.Evidenced},
		{name: "mandate withdrawn", then: func(m *moot) { withdraw(m.council, "2026-04-01", m.mandate) }, rule: "G10", verdict: register.Noted, says: "withdrawn"},
		{name: "mandate erased", then: func(m *moot) { erase(m.council, m.mandate) }, rule: "G10", verdict: register.Noted, says: "erased"},
		{name: "response withdrawn", then: func(m *moot) { withdraw(m.council, "2026-04-01", m.response) }, rule: "G10", verdict: register.Noted, says: "not given"},
		{name: "nothing changed", rule: "G10"},
	})
}

func TestOutcomes(t *testing.T) {
	measured := func(by func(m *moot) *vectors.Author, pairs ...any) func(m *moot) {
		return func(m *moot) {
			o := on(by(m), "2026-05-01", record.KindOutcome, append([]any{"about", cited(m.decision), "direction", "better", "harms", "none known"}, pairs...)...)
			m.attestation = o
		}
	}
	forum := func(m *moot) *vectors.Author { return m.forum }
	indicator := func(measure string, period fields) []map[string]any {
		return list(fields{"title": "visits", "measure": measure, "periods": []any{period}})
	}
	source := list(fields{"id": "s", "title": "count", "url": "https://example.org"})
	checker := vectors.NewAuthor("Hexby College (example)", 1, nil)
	graded := func(then func(m *moot), pairs ...any) func(m *moot) {
		return func(m *moot) {
			measured(forum, append([]any{"evidence_grade", 3, "evaluator", "independent", "evaluator_body", checker, "sources", source}, pairs...)...)(m)
			then(m)
		}
	}
	checked := func(m *moot) { attest(m.checker, m.attestation, record.ClaimChecked) }
	number, words := fields{"start": "2026-03-01", "end": "2026-04-30", "actual": "12"}, fields{"start": "2026-03-01", "comment": "better"}
	tellAll(t, record.OperationalEngagement, []story{
		{name: "number", then: measured(forum, "indicators", indicator("unit", number)), rule: "G3"},
		{name: "words", then: measured(forum, "indicators", indicator("qualitative", words)), rule: "G3"},
		{name: "no number", then: measured(forum, "indicators", indicator("unit", words)), rule: "G3", verdict: register.Unmet, result: register.Evidenced},
		{name: "number for words", then: measured(forum, "indicators", indicator("qualitative", number)), rule: "G3", verdict: register.Unmet},
		{name: "of a stranger", then: measured(func(m *moot) *vectors.Author { return m.stranger("x", "observer") }, "indicators", indicator("unit", words)), rule: "G3"},
		{name: "checked", then: graded(checked), rule: "G4"},
		{name: "grade 2", then: graded(func(*moot) {}, "evidence_grade", 2), rule: "G4"},
		{name: "not checked", then: graded(func(*moot) {}), rule: "G4", verdict: register.Unmet, result: register.Evidenced, says: "not attested"},
		{name: "checked by another", then: graded(func(m *moot) { attest(m.friend, m.attestation, record.ClaimChecked) }), rule: "G4", verdict: register.Unmet},
		{name: "checked with an interest", then: graded(func(m *moot) { checked(m); award(m.forum, m.checker) }), rule: "G4", verdict: register.Unmet, says: "does not count"},
		{name: "not independent", then: graded(checked, "evaluator", "self"), rule: "G4", verdict: register.Unmet, says: "no independent evaluator"},
		{name: "no source", then: graded(checked, "sources", []any{}), rule: "G4", verdict: register.Unmet, says: "no source"},
		{name: "over", then: measured(forum, "indicators", indicator("unit", number)), rule: "G5"},
		{name: "ends on the day", then: measured(forum, "indicators", indicator("unit", fields{"end": "2026-05-01", "actual": "3"})), rule: "G5"},
		{name: "not over", then: measured(forum, "indicators", indicator("unit", fields{"end": "2026-05-02", "actual": "3"})), rule: "G5", verdict: register.Unmet, result: register.Evidenced},
		{name: "aim for later", then: measured(forum, "indicators", indicator("unit", fields{"end": "2026-09-01", "target": "3"})), rule: "G5"},
	})
}

// Ten bodies of one actor that vouch for each other and for what it did lift no
// result, and cannot dispute.
func TestSybils(t *testing.T) {
	crowd := func(m *moot, vouchedBy *vectors.Author) {
		var all []*vectors.Author
		for n := range 10 {
			all = append(all, m.stranger(fmt.Sprint("crowd ", n), "community_body"))
		}
		for n, a := range all {
			for _, b := range []*vectors.Author{all[(n+1)%len(all)], m.council, m.forum} {
				on(a, "2026-01-05", record.KindAttestation, "subject", b, "claim", record.ClaimIdentity, "basis", "x", "interest", "none")
			}
			if vouchedBy != nil {
				on(vouchedBy, "2026-01-05", record.KindAttestation, "subject", a, "claim", record.ClaimIdentity, "basis", "x", "interest", "none")
			}
		}
	}
	for _, method := range methods {
		for name, by := range map[string]func(m *moot) *vectors.Author{
			"unknown":             func(*moot) *vectors.Author { return nil },
			"through the forum":   func(m *moot) *vectors.Author { return m.forum },
			"through the council": func(m *moot) *vectors.Author { return m.council },
		} {
			weak := twist{"attestation": nil, "challenge": nil, "know council": nil}
			alone := newMoot(method, weak).tell().assess(t)
			m := newMoot(method, weak)
			crowd(m, by(m))
			m.tell()
			for _, a := range m.extra {
				attest(a, m.decision, record.ClaimAgenda)
			}
			with := m.assess(t)
			if with.Result != alone.Result {
				t.Errorf("%s, %s: a crowd lifts %s to %s", method, name, alone.Result, with.Result)
			}
			for _, f := range alone.Findings {
				if got := found(with, f.Rule); f.Rule[0] != 'G' && got.Verdict != f.Verdict {
					t.Errorf("%s, %s: a crowd makes %s %s: %s", method, name, f.Rule, got.Verdict, got.Sentence)
				}
			}
			good := newMoot(method, nil)
			crowd(good, by(good))
			good.tell()
			for _, a := range good.extra {
				good.dispute(a, "none")
			}
			if got := good.assess(t); got.Result != register.Evidenced {
				t.Errorf("%s, %s: a crowd makes it %s", method, name, got.Result)
			}
		}
	}
	// A challenge of a body that nobody knows is none of the community's.
	m := newMoot(record.OperationalEngagement, twist{"challenge": nil}).tell()
	m.cite(challengeBy(m.stranger("front", "community_body"), "community"))
	if got := m.assess(t); found(got, "OE1").Verdict != register.Unmet {
		t.Errorf("a front's challenge counts: %s", asJSON(t, got))
	}
}

// Whatever the order in which entries arrive, the assessment is the same.
func TestAssessOrder(t *testing.T) {
	m := newMoot(record.BindingDeliberation, nil).tell()
	m.dispute(m.friend, "funder")
	m.dispute(m.checker, "none")
	on(m.council, "2026-04-01", record.KindMandate, "revises", m.mandate, "to", m.forum)
	on(m.forum, "2026-04-02", record.KindOutcome, "about", cited(m.decision), "evidence_grade", 4)
	share(m.friend, m.council)
	crowd := m.stranger("x", "observer")
	m.dispute(crowd, "none")
	erase(m.council, m.response)
	w := m.web()
	want := m.assess(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := openTest(t, "")
		rest := map[int]ledger.Run{}
		for n, a := range m.authors() {
			rest[n] = a.Log
		}
		for len(rest) > 0 {
			var open []int
			for n := range rest {
				open = append(open, n)
			}
			slices.Sort(open)
			n := rapid.SampledFrom(open).Draw(rt, "body")
			size := rapid.IntRange(1, len(rest[n])).Draw(rt, "entries")
			joinRuns(t, l, rest[n][:size])
			if rest[n] = rest[n][size:]; len(rest[n]) == 0 {
				delete(rest, n)
			}
		}
		got, err := register.Assess(l, w, m.decision.ID, day(today))
		if err != nil {
			rt.Fatal(err)
		}
		if asJSON(rt, got) != asJSON(rt, want) {
			rt.Fatalf("%s\nwant %s", asJSON(rt, got), asJSON(rt, want))
		}
	})
}
