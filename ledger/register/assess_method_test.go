package register_test

import (
	"testing"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// cite adds challenges to those of the decision, by a revision.
func (m *moot) cite(list ...*protocol.Entry) {
	on(m.forum, "2026-03-11", record.KindDecision, "revises", m.decision, "decided_on", "2026-03-10", "decision", "x", "mandate", m.mandate,
		"challenges", append(cited(m.challenge), list...), "method", m.method, "process", goodProcess())
}

func challengeBy(a *vectors.Author, raisedBy string) *protocol.Entry {
	return on(a, "2026-02-04", record.KindChallenge, "question", "What of the hall?", "raised_by", raisedBy)
}

func TestOperationalEngagement(t *testing.T) {
	council := func(n int) func(m *moot) {
		return func(m *moot) {
			var list []*protocol.Entry
			for range n {
				list = append(list, challengeBy(m.council, "public_body"))
			}
			m.cite(list...)
		}
	}
	tellAll(t, record.OperationalEngagement, []story{
		{name: "joint agenda", twist: twist{"decision": {"process": goodProcess("agenda_set_by", "joint")}}, rule: "OE1", verdict: register.Holds, result: register.Evidenced},
		{name: "agenda of the public body", twist: twist{"decision": {"process": goodProcess("agenda_set_by", "public_body")}}, rule: "OE1", verdict: register.Unmet, result: register.Partly, says: "consultation"},
		{name: "agenda not told", twist: twist{"decision": {"process": nil}}, rule: "OE1", verdict: register.Unmet},
		{name: "no challenge", twist: twist{"challenge": nil}, rule: "OE1", verdict: register.Unmet, says: "cites no challenge"},
		{name: "raised jointly", twist: twist{"challenge": {"raised_by": "joint"}}, rule: "OE1", verdict: register.Unmet},
		{name: "by no community body", twist: twist{"forum": {"role": "council"}}, rule: "OE1", verdict: register.Unmet, says: "not signed by a community body"},
		{name: "withdrawn challenge", then: func(m *moot) { withdraw(m.forum, "2026-03-12", m.challenge) }, rule: "OE1", verdict: register.Unmet, says: "withdrawn"},
		{name: "erased challenge", then: func(m *moot) { erase(m.forum, m.challenge) }, rule: "OE1", verdict: register.Unmet, says: "erased"},
		{name: "missing challenge", twist: twist{"decision": {"challenges": []any{protocol.EntryID{7}.String()}}}, rule: "OE1", verdict: register.Unmet, says: "not held"},
		{name: "half", then: council(1), rule: "OE2", verdict: register.Holds},
		{name: "a third", then: council(2), rule: "OE2", verdict: register.Unmet, says: "1 of the 3"},
		{name: "the same twice", then: func(m *moot) {
			c := challengeBy(m.council, "public_body")
			d := on(m.council, "2026-02-05", record.KindChallenge, "question", "x", "raised_by", "public_body", "revises", c)
			m.cite(m.challenge, c, d)
		}, rule: "OE2", verdict: register.Holds, says: "1 of the 2"},
		{name: "none", twist: twist{"challenge": nil}, rule: "OE2", verdict: register.Unmet},
		{name: "nobody attests", twist: twist{"attestation": nil}, rule: "OE3", verdict: register.Unmet, result: register.Partly},
		{name: "attested by no community body", twist: twist{"friend": {"role": "funder"}}, rule: "OE3", verdict: register.Unmet},
		{name: "attested with an interest", twist: twist{"attestation": {"interest": "partner"}}, rule: "OE3", verdict: register.Unmet},
		{name: "interest not told", twist: twist{"attestation": {"interest": nil}}, rule: "OE3", verdict: register.Unmet},
		{name: "another claim", twist: twist{"attestation": {"claim": record.ClaimTookPart}}, rule: "OE3", verdict: register.Unmet},
		{name: "taken back", then: func(m *moot) { withdraw(m.friend, "2026-04-01", m.attestation) }, rule: "OE3", verdict: register.Unmet},
		{name: "nothing", twist: twist{"challenge": nil, "attestation": nil}, rule: "OE3", verdict: register.Unmet, result: register.Claimed},
	})
	m := newMoot(record.OperationalEngagement, twist{"decision": {"process": goodProcess("agenda_set_by", "public_body")}}).tell()
	if got := m.assess(t); len(got.Labels) != 1 || got.Labels[0] != "consultation" {
		t.Errorf("labels %v", got.Labels)
	}
}

// see makes a body witness the log of another.
func see(by, of *vectors.Author, when string) {
	on(by, when, record.KindWitness, "seen", list(fields{
		"body": of.Body().String(), "length": int64(of.Chain.Length()), "root": protocol.Digest(of.Chain.Root()).String(),
	}))
}

func TestNonBindingDeliberation(t *testing.T) {
	unopened := twist{"opening": nil}
	answer := func(a ...map[string]any) twist { return twist{"response": {"answers": list(a...)}} }
	tellAll(t, record.NonBindingDeliberation, []story{
		{name: "by own dates", twist: unopened, rule: "NB1", verdict: register.ByOwnDates, result: register.Partly},
		{name: "opening of another stage", twist: twist{"opening": {"stage": "plan"}}, rule: "NB1", verdict: register.ByOwnDates},
		{name: "opening after the opening", twist: twist{"opening": {"day": "2026-02-11"}}, rule: "NB1", verdict: register.ByOwnDates},
		{name: "opening taken back", then: func(m *moot) { withdraw(m.forum, "2026-03-12", m.opening) }, rule: "NB1", verdict: register.ByOwnDates},
		{name: "opening after the decision", twist: twist{"opening": nil, "decision": {"day": "2026-02-10"}}, then: func(m *moot) {
			m.forum.Clock = uint64(day("2026-02-10").Unix()) + 13*3600
			m.forum.Publish(record.KindDecision, fields{"challenges": []any{m.challenge.ID.String()}, "stage": "analyse"})
		}, rule: "NB1", verdict: register.ByOwnDates},
		{name: "too late", twist: twist{"challenge": {"day": "2026-02-12"}, "opening": nil}, rule: "NB1", verdict: register.Unmet},
		{name: "no date of opening", twist: twist{"decision": {"process": goodProcess("opened", nil)}}, rule: "NB1", verdict: register.Unmet, says: "when its process opened"},
		{name: "no challenge", twist: twist{"challenge": nil}, rule: "NB1", verdict: register.Unmet},
		{name: "accepted without a date", twist: answer(reply("a", "accept", "-")), rule: "NB3", verdict: register.Unmet},
		{name: "accepted without a commitment", twist: answer(reply("a", "accept_modified", "", "reasons", "x")), rule: "NB3", verdict: register.Unmet, result: register.Partly},
		{name: "refused", twist: answer(reply("a", "reject", "", "reasons", "no money")), rule: "NB3", verdict: register.Holds, result: register.Evidenced},
		{name: "refused with reasons", twist: answer(reply("a", "reject", "", "reasons", "no money")), rule: "NB2", verdict: register.Holds},
		{name: "refused without reasons", twist: answer(reply("a", "reject", "")), rule: "NB2", verdict: register.Unmet},
		{name: "changed without reasons", twist: answer(reply("a", "accept_modified", "2026-05-01")), rule: "NB2", verdict: register.Unmet, says: "without reasons"},
		{name: "no answer yet", twist: twist{"response": nil, "mandate": {"response_days": 90}}, rule: "NB2", verdict: register.Pending, result: register.Partly, says: "2026-06-08"},
		{name: "no answer yet", twist: twist{"response": nil, "mandate": {"response_days": 90}}, rule: "NB3", verdict: register.Pending},
		{name: "no answer", twist: twist{"response": nil}, rule: "NB2", verdict: register.Unmet, says: "owed"},
		{name: "no answer", twist: twist{"response": nil}, rule: "NB3", verdict: register.Unmet},
		{name: "no answer that is owed", twist: twist{"response": nil, "mandate": nil, "acceptance": nil}, rule: "NB2", verdict: register.Unmet, says: "no answer that counts by 2026-05-09."},
		{name: "late", twist: twist{"response": {"day": "2026-05-10"}}, rule: "NB2", verdict: register.Unmet, says: "late"},
		{name: "on the last day", twist: twist{"response": {"day": "2026-05-09"}}, rule: "NB2", verdict: register.Holds},
		{name: "answer erased", then: func(m *moot) { erase(m.council, m.response) }, rule: "NB2", verdict: register.Unmet},
		{name: "put off", twist: answer(reply("a", "defer", "", "reasons", "x", "until", "2026-07-01")), rule: "NB2", verdict: register.Pending, says: "2026-07-01"},
		{name: "put off, and over", twist: answer(reply("a", "defer", "", "reasons", "x", "until", "2026-05-20")), rule: "NB2", verdict: register.Unmet},
		{name: "nothing asked", twist: twist{"decision": {"asks": nil}}, rule: "NB2", verdict: register.Unmet},
		{name: "asked of a public body by its own word", twist: twist{"know council": nil}, rule: "NB2", verdict: register.Unmet, says: "own word"},
		{name: "asked of no public body", twist: twist{"council": {"role": "funder"}}, rule: "NB2", verdict: register.Unmet},
		{name: "answered by another", twist: twist{"response": nil}, then: func(m *moot) {
			on(m.friend, "2026-03-20", record.KindResponse, "decision", m.decision, "answers", list(reply("a", "accept", "2026-05-01")))
		}, rule: "NB2", verdict: register.Unmet},
	})
	for name, c := range map[string]struct {
		by   func(m *moot) *vectors.Author
		when string
		want register.Verdict
	}{
		"witnessed":                  {func(m *moot) *vectors.Author { return m.checker }, "2026-02-05", register.Holds},
		"witnessed too late":         {func(m *moot) *vectors.Author { return m.checker }, "2026-02-10", register.ByOwnDates},
		"witnessed by a party":       {func(m *moot) *vectors.Author { return m.council }, "2026-02-05", register.ByOwnDates},
		"witnessed by a stranger":    {func(m *moot) *vectors.Author { return m.stranger("passer-by", "observer") }, "2026-02-05", register.ByOwnDates},
		"witnessed on another log":   {nil, "2026-02-05", register.ByOwnDates},
		"witnessed by who got money": {func(m *moot) *vectors.Author { return m.friend }, "2026-02-05", register.ByOwnDates},
	} {
		m := newMoot(record.NonBindingDeliberation, twist{"opening": nil})
		full := m.tellWith(func() {
			if c.by == nil {
				on(m.checker, c.when, record.KindWitness, "seen", list(fields{
					"body": m.forum.Body().String(), "length": int64(m.forum.Chain.Length()), "root": protocol.HashOf(nil).String(),
				}))
				return
			}
			see(c.by(m), m.forum, c.when)
			if name == "witnessed by who got money" {
				on(m.council, "2026-03-01", record.KindDecision, "award", fields{"kind": "grant", "to": fields{"body": m.friend.Body().String()}})
			}
		})
		if got := full.assess(t); found(got, "NB1").Verdict != c.want {
			t.Errorf("%s: %s", name, asJSON(t, found(got, "NB1")))
		}
	}
}

func TestPendingHasATime(t *testing.T) {
	m := newMoot(record.NonBindingDeliberation, twist{"response": nil}).tell()
	before := m.assessOn(t, "2026-04-01")
	if want := date("2026-05-09").End(); !before.Until.Equal(want) || found(before, "NB2").Verdict != register.Pending {
		t.Errorf("until %s, want %s", before.Until, want)
	}
	after, err := register.Assess(holding(t, m.authors()...), m.web(), m.decision.ID, before.Until)
	if err != nil {
		t.Fatal(err)
	}
	if found(after, "NB2").Verdict != register.Unmet || !after.Until.IsZero() {
		t.Errorf("when the time is over: %s", asJSON(t, after))
	}
}

func TestBindingDeliberation(t *testing.T) {
	answer := func(a ...map[string]any) twist { return twist{"response": {"answers": list(a...)}} }
	support := func(threshold fields, s fields) twist {
		return twist{"mandate": {"threshold": threshold}, "decision": {"support": s}}
	}
	tellAll(t, record.BindingDeliberation, []story{
		{name: "no mandate", twist: twist{"mandate": nil, "acceptance": nil}, rule: "BD1", verdict: register.Unmet, says: "cites no mandate"},
		{name: "by own word", twist: twist{"know council": nil}, rule: "BD1", verdict: register.Unmet, says: "own word"},
		{name: "by no public body", twist: twist{"council": {"role": "funder"}}, rule: "BD1", verdict: register.Unmet},
		{name: "to another", twist: twist{"mandate": {"to": protocol.BodyID{3}.String()}}, rule: "BD1", verdict: register.Unmet, says: "another body"},
		{name: "of another method", twist: twist{"mandate": {"method": record.OperationalEngagement}}, rule: "BD1", verdict: register.Unmet},
		{name: "not accepted", twist: twist{"acceptance": nil}, rule: "BD1", verdict: register.Unmet, says: "accept"},
		{name: "declined", twist: twist{"acceptance": {"accepted": "no"}}, rule: "BD1", verdict: register.Unmet},
		{name: "declined later", then: func(m *moot) {
			on(m.forum, "2026-04-01", record.KindAcceptance, "mandate", m.mandate, "accepted", "no")
		}, rule: "BD1", verdict: register.Unmet},
		{name: "no reference", twist: twist{"mandate": {"basis_ref": nil}}, rule: "BD1", verdict: register.Unmet, says: "basis"},
		{name: "another service", twist: twist{"mandate": {"service": fields{"label": "Libraries"}}}, rule: "BD1", verdict: register.Unmet, says: "service"},
		{name: "the service in capitals", twist: twist{"mandate": {"service": fields{"label": " YOUTH  work"}}}, rule: "BD1", verdict: register.Holds},
		{name: "another place", twist: twist{"mandate": {"places": nil}}, rule: "BD1", verdict: register.Unmet, says: "place"},
		{name: "not held", twist: twist{"decision": {"mandate": protocol.EntryID{9}.String()}}, rule: "BD1", verdict: register.Unmet, says: "not held"},
		{name: "no threshold", twist: twist{"mandate": {"threshold": nil}}, rule: "BD2", verdict: register.Unmet},
		{name: "threshold none", twist: twist{"mandate": {"threshold": fields{"kind": "none"}}}, rule: "BD2", verdict: register.Unmet},
		{name: "half", twist: support(fields{"kind": "majority"}, fields{"for": "10", "against": "10"}), rule: "BD2", verdict: register.Unmet},
		{name: "percent alone", twist: support(fields{"kind": "majority"}, fields{"percent": "50.1"}), rule: "BD2", verdict: register.Holds},
		{name: "votes before percent", twist: support(fields{"kind": "majority"}, fields{"percent": "99", "for": "1", "against": "2"}), rule: "BD2", verdict: register.Unmet},
		{name: "two thirds and a bit", twist: support(fields{"kind": "supermajority", "percent": "66.67"}, fields{"for": "2", "against": "1"}), rule: "BD2", verdict: register.Unmet},
		{name: "two thirds", twist: support(fields{"kind": "supermajority", "percent": "66.66"}, fields{"for": "2", "against": "1"}), rule: "BD2", verdict: register.Holds},
		{name: "how large?", twist: support(fields{"kind": "supermajority"}, fields{"for": "2", "against": "1"}), rule: "BD2", verdict: register.Unmet},
		{name: "unanimous with abstentions", twist: support(fields{"kind": "unanimity"}, fields{"for": "2", "against": "0", "abstain": "7"}), rule: "BD2", verdict: register.Holds},
		{name: "not unanimous", twist: support(fields{"kind": "unanimity"}, fields{"for": "200", "against": "1"}), rule: "BD2", verdict: register.Unmet},
		{name: "consensus", twist: support(fields{"kind": "consensus"}, fields{"how": "consensus"}), rule: "BD2", verdict: register.Holds},
		{name: "no consensus", twist: support(fields{"kind": "consensus"}, fields{"for": "9", "against": "0", "how": "vote"}), rule: "BD2", verdict: register.Unmet},
		{name: "nobody was there", twist: support(fields{"kind": "majority"}, fields{"for": "0", "against": "0"}), rule: "BD2", verdict: register.Unmet},
		{name: "more than all", twist: support(fields{"kind": "majority"}, fields{"percent": "101"}), rule: "BD2", verdict: register.Unmet},
		{name: "by own dates", twist: twist{"opening": nil}, rule: "BD2", verdict: register.ByOwnDates},
		{name: "set afterwards", twist: twist{"mandate": {"day": "2026-02-12"}}, rule: "BD2", verdict: register.Unmet},
		{name: "no date of opening", twist: twist{"decision": {"process": goodProcess("opened", nil)}}, rule: "BD2", verdict: register.Unmet},
		{name: "rejected", twist: answer(reply("a", "reject", "", "reasons", "x")), rule: "BD3", verdict: register.Unmet, says: "rejected"},
		{name: "no commitment", twist: answer(reply("a", "accept", "")), rule: "BD3", verdict: register.Unmet, says: "obligation"},
		{name: "due too late", twist: answer(reply("a", "accept", "2027-01-01")), rule: "BD3", verdict: register.Unmet},
		{name: "late", twist: twist{"response": {"day": "2026-04-08"}}, rule: "BD3", verdict: register.Unmet, says: "late"},
		{name: "on the last day", twist: twist{"response": {"day": "2026-04-07"}}, rule: "BD3", verdict: register.Holds},
		{name: "no answer", twist: twist{"response": nil}, rule: "BD3", verdict: register.Unmet, says: "obligation"},
		{name: "nothing asked", twist: twist{"decision": {"asks": nil}}, rule: "BD3", verdict: register.Unmet},
		{name: "no recruitment", twist: twist{"decision": {"process": goodProcess("recruitment", nil)}}, rule: "BD4", verdict: register.Unmet, says: "recruited"},
		{name: "no inclusion", twist: twist{"decision": {"process": goodProcess("inclusion", nil)}}, rule: "BD4", verdict: register.Unmet},
		{name: "inclusion none", twist: twist{"decision": {"process": goodProcess("inclusion", []any{"none"})}}, rule: "BD4", verdict: register.Holds},
		{name: "no facilitation", twist: twist{"decision": {"process": goodProcess("facilitation", nil)}}, rule: "BD4", verdict: register.Unmet},
		{name: "no minority", twist: twist{"decision": {"minority_view": nil}}, rule: "BD4", verdict: register.Unmet, says: "minority"},
		{name: "overridden with reasons", twist: answer(reply("a", "reject", "", "reasons", "x")), rule: "BD5", verdict: register.Holds, says: "gave its reasons"},
		{name: "overridden without reasons", twist: answer(reply("a", "reject", "")), rule: "BD5", verdict: register.Unmet},
		{name: "changed without reasons", twist: answer(reply("a", "accept_modified", "2026-05-01")), rule: "BD5", verdict: register.Unmet},
		{name: "pledge", twist: twist{"mandate": {"basis": "executive_pledge"}}, rule: "BD6", verdict: register.Noted, says: "political promise, not law", result: register.Evidenced},
		{name: "no basis", twist: twist{"mandate": {"basis": nil}}, rule: "BD6", verdict: register.Unmet},
	})
	for label, twisted := range map[string]twist{
		"overridden": answer(reply("a", "reject", "", "reasons", "x")), "promise": {"mandate": {"basis": "executive_pledge"}},
	} {
		if got := newMoot(record.BindingDeliberation, twisted).tell().assess(t); len(got.Labels) != 1 || got.Labels[0] != label {
			t.Errorf("labels %v, want %s", got.Labels, label)
		}
	}
	pending := newMoot(record.BindingDeliberation, twist{"response": nil}).tell().assessOn(t, "2026-04-01")
	if f := found(pending, "BD3"); f.Verdict != register.Pending || !pending.Until.Equal(date("2026-04-07").End()) {
		t.Errorf("before the 28 days are over: %s", asJSON(t, pending))
	}
}

func TestFormalGovernance(t *testing.T) {
	checks := func(pairs ...any) fields { return fields{"checks": goodChecks(pairs...)} }
	lease := fields{"award": fields{"kind": "lease", "to": fields{"name": "us"}}}
	tellAll(t, record.FormalGovernance, []story{
		{name: "no identifier", twist: twist{"forum": {"identifiers": nil}}, rule: "FG1", verdict: register.Unmet, result: register.Partly},
		{name: "no form", twist: twist{"forum": {"legal_form": "none"}}, rule: "FG1", verdict: register.Unmet},
		{name: "no body record", twist: twist{"forum": nil}, rule: "FG1", verdict: register.Unmet},
		{name: "fiscal host", twist: twist{"forum": {"legal_form": "none", "identifiers": nil, "fiscal_host": protocol.BodyID{5}.String()}}, rule: "FG1", verdict: register.Holds},
		{name: "of another method", twist: twist{"mandate": {"method": record.BindingDeliberation}}, rule: "FG2", verdict: register.Unmet},
		{name: "not accepted", twist: twist{"acceptance": nil}, rule: "FG2", verdict: register.Unmet},
		{name: "by own word", twist: twist{"know council": nil}, rule: "FG2", verdict: register.Unmet, result: register.Partly},
		{name: "erased", twist: twist{"response": nil}, then: func(m *moot) { erase(m.council, m.mandate) }, rule: "FG2", verdict: register.Unmet, says: "erased by its grantor"},
		{name: "no checks", twist: twist{"mandate": {"checks": nil}}, rule: "FG3", verdict: register.Unmet},
		{name: "one missing", twist: twist{"mandate": checks("rotation", "")}, rule: "FG3", verdict: register.Unmet, says: "open: rotation of offices."},
		{name: "disclosed to nobody", twist: twist{"mandate": checks("finances_to", "nobody")}, rule: "FG4", verdict: register.Unmet, result: register.Partly},
		{name: "assets lost", twist: twist{"decision": lease, "mandate": checks("asset_lock", "none", "on_failure", "to_members")}, rule: "FG4", verdict: register.Unmet},
		{name: "lease or transfer", twist: twist{"mandate": {"basis": "lease_or_transfer", "checks": goodChecks("asset_lock", "none", "on_failure", "not_settled")}}, rule: "FG4", verdict: register.Unmet},
		{name: "assets come back", twist: twist{"decision": lease, "mandate": checks("asset_lock", "none")}, rule: "FG4", verdict: register.Holds},
		{name: "assets locked", twist: twist{"decision": lease, "mandate": checks("on_failure", "to_members")}, rule: "FG4", verdict: register.Holds},
		{name: "no assets passed on", twist: twist{"mandate": checks("asset_lock", "none", "on_failure", "to_members")}, rule: "FG4", verdict: register.Holds},
		{name: "nothing", twist: twist{"forum": nil, "mandate": nil, "acceptance": nil}, rule: "FG3", verdict: register.Unmet, result: register.Claimed},
	})
}
