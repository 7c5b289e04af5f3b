package register_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

var methods = []string{record.OperationalEngagement, record.NonBindingDeliberation, record.BindingDeliberation, record.FormalGovernance}

// A story in which all goes well evidences each method, with nothing to note.
func TestAssessGood(t *testing.T) {
	for _, method := range methods {
		got := newMoot(method, nil).tell().assess(t)
		if got.Result != register.Evidenced || got.Method != method || len(got.Labels) != 0 {
			t.Errorf("%s: %s", method, asJSON(t, got))
		}
		for _, f := range got.Findings {
			if f.Verdict != register.Holds {
				t.Errorf("%s: %s is %s: %s", method, f.Rule, f.Verdict, f.Sentence)
			}
		}
		var want []string
		for _, r := range register.Rules() {
			if r.Method == method {
				want = append(want, r.Code)
			}
		}
		var codes []string
		for _, f := range got.Findings {
			codes = append(codes, f.Rule)
		}
		if !slices.Equal(codes, want) {
			t.Errorf("%s: findings of %v, want %v", method, codes, want)
		}
	}
}

// story twists the good story of a method; the rule then has the verdict, and
// the decision the result.
type story struct {
	name    string
	method  string
	twist   twist
	then    func(m *moot)
	rule    string
	verdict register.Verdict
	result  register.Result
	// says is a part of the sentence.
	says string
}

func (s story) run(t *testing.T) {
	t.Helper()
	m := newMoot(s.method, s.twist).tell()
	if s.then != nil {
		s.then(m)
	}
	got := m.assess(t)
	var match bool
	for _, f := range got.Findings {
		match = match || f.Rule == s.rule && f.Verdict == s.verdict && strings.Contains(f.Sentence, s.says)
		if f.Sentence == "" || !strings.HasSuffix(f.Sentence, ".") || f.Verdict == register.Unmet && f.Remedy == "" {
			t.Errorf("finding without a sentence or a remedy: %+v", f)
		}
	}
	if s.verdict == "" {
		match = found(got, s.rule).Rule == ""
	}
	if !match || s.result != "" && got.Result != s.result {
		t.Errorf("%s is not %q, or the result is not %q: %s", s.rule, s.verdict, s.result, asJSON(t, got))
	}
}

func tellAll(t *testing.T, method string, stories []story) {
	for _, s := range stories {
		if s.method == "" {
			s.method = method
		}
		t.Run(s.rule+" "+s.name, s.run)
	}
}

func TestAssessRefuses(t *testing.T) {
	m := newMoot(record.OperationalEngagement, nil).tell()
	l := holding(t, m.authors()...)
	if _, err := register.Assess(l, m.web(), m.challenge.ID, day(today)); !errors.Is(err, register.ErrKind) {
		t.Errorf("a challenge is assessed: %v", err)
	}
	if _, err := register.Assess(l, m.web(), protocol.EntryID{1}, day(today)); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("what is not held is assessed: %v", err)
	}
}

func TestAssessVersions(t *testing.T) {
	revised := func(m *moot) {
		on(m.forum, "2026-04-01", record.KindDecision, "revises", m.decision, "method", record.NonBindingDeliberation, "decision", "x")
	}
	for name, c := range map[string]struct {
		then  func(m *moot)
		state register.State
		want  register.Result
	}{
		"revised":   {revised, register.Standing, register.Claimed},
		"withdrawn": {func(m *moot) { withdraw(m.forum, "2026-04-01", m.decision) }, register.Withdrawn, register.NoMethod},
		"erased":    {func(m *moot) { erase(m.forum, m.decision) }, register.Erased, register.NoMethod},
	} {
		m := newMoot(record.BindingDeliberation, nil).tell()
		c.then(m)
		got := m.assess(t)
		if got.State != c.state || got.Result != c.want || (c.want == register.NoMethod) != (len(got.Findings) == 0) || got.Findings == nil {
			t.Errorf("%s: %s", name, asJSON(t, got))
		}
	}
}

func TestAssessResults(t *testing.T) {
	none := twist{"decision": {"method": nil, "mandate": nil, "asks": nil}}
	m := newMoot(record.OperationalEngagement, none).tell()
	if got := m.assess(t); got.Result != register.NoMethod || fmt.Sprint(got.Labels) != "[own]" || len(got.Findings) != 0 {
		t.Errorf("a decision of the community's own: %s", asJSON(t, got))
	}
	tellAll(t, record.BindingDeliberation, []story{
		{name: "lapsed before it began", twist: twist{"mandate": {"from": "2026-03-11"}}, rule: "BD1", verdict: register.Unmet, result: register.Lapsed, says: "began"},
		{name: "lapsed after its end", twist: twist{"mandate": {"until": "2026-03-09"}}, rule: "BD1", verdict: register.Unmet, result: register.Lapsed, says: "ended"},
		{name: "in force on its last day", twist: twist{"mandate": {"until": "2026-03-10"}}, rule: "BD1", verdict: register.Holds, result: register.Evidenced},
		{name: "withdrawn before", twist: twist{"response": nil}, then: func(m *moot) {
			m.council.Clock = uint64(day("2026-03-01").Unix())
			withdraw(m.council, "2026-03-01", m.mandate)
		}, rule: "BD1", verdict: register.Unmet, result: register.Lapsed, says: "withdrawn"},
		{name: "withdrawn after", then: func(m *moot) { withdraw(m.council, "2026-04-01", m.mandate) }, rule: "BD1", verdict: register.Holds, result: register.Evidenced},
		{name: "withdrawn, and dated back after an answer", twist: twist{
			"response": {"day": "2026-02-20"}, "decision": {"day": "2026-02-19"},
		}, then: func(m *moot) { withdraw(m.council, "2026-02-21", m.mandate) }, rule: "BD1", verdict: register.Holds},
		{name: "erased is not lapsed", twist: twist{"response": nil}, then: func(m *moot) { erase(m.council, m.mandate) }, rule: "BD1", verdict: register.Unmet, result: register.Partly, says: "erased by its grantor"},
		{name: "disputed", then: func(m *moot) { m.dispute(m.friend, "none") }, rule: "G2", verdict: register.Noted, result: register.Contested},
		{name: "disputed before it was revised", then: func(m *moot) {
			m.dispute(m.friend, "none")
			on(m.forum, "2026-04-10", record.KindDecision, "revises", m.decision, "method", m.method, "decision", "x")
		}, rule: "G2", verdict: register.Noted, result: register.Contested},
		{name: "disputed with an interest", then: func(m *moot) { m.dispute(m.friend, "funder") }, rule: "G2", verdict: register.Noted, result: register.Evidenced, says: "declares an interest"},
		{name: "disputed and lapsed", twist: twist{"mandate": {"until": "2026-03-09"}}, then: func(m *moot) { m.dispute(m.friend, "none") }, rule: "G2", verdict: register.Noted, result: register.Lapsed},
		{name: "dispute taken back", then: func(m *moot) { withdraw(m.friend, "2026-04-02", m.dispute(m.friend, "none")) }, rule: "G2", result: register.Evidenced},
	})
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range register.Rules() {
		if seen[r.Code] || r.Meaning == "" || r.Remedy == "" || !strings.HasSuffix(r.Meaning, ".") || !strings.HasSuffix(r.Remedy, ".") {
			t.Errorf("rule %+v is told twice, or without its meaning and remedy", r)
		}
		seen[r.Code] = true
	}
	if len(seen) != 3+3+6+4+10 {
		t.Errorf("%d rules", len(seen))
	}
	register.Rules()[0].Code = "changed"
	if register.Rules()[0].Code != "OE1" {
		t.Error("a caller can change the rules")
	}
}
