package record_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

func TestCheckKinds(t *testing.T) {
	id := protocol.EntryID{7}.String()
	runCases(t, []checkCase{
		// Forms of values.
		{"mandate", []any{"to", "the forum"}, "must bad_form to"},
		{"mandate", []any{"to", id}, ""},
		{"mandate", []any{"to", protocol.BodyID{}.String()}, "must bad_form to"},
		{"mandate", []any{"from", "2 March 2026"}, "must bad_form from"},
		{"mandate", []any{"from", "2026-02-30"}, "must bad_form from"},
		{"mandate", []any{"from", "2026"}, ""},
		{"mandate", []any{"response_days", "60"}, "must wrong_type response_days"},
		{"mandate", []any{"response_days", int64(0)}, "must out_of_range response_days"},
		{"mandate", []any{"response_days", int64(3651)}, "must out_of_range response_days"},
		{"mandate", []any{"response_days", 28}, ""},
		{"mandate", []any{"budget.unit", "pounds"}, "must bad_form budget.unit"},
		{"mandate", []any{"budget.unit", "£"}, "must bad_form budget.unit"},
		{"mandate", []any{"budget.unit", "EUR"}, ""},
		{"mandate", []any{"budget.values.0.value", "1,000"}, "must bad_form budget.values[0].value"},
		{"mandate", []any{"budget.values.0.value", nil}, "must missing budget.values[0].value"},
		{"mandate", []any{"budget.values.0.source", "hearsay"}, "should unknown_source budget.values[0].source"},
		{"mandate", []any{"budget.values.0.source", nil}, ""},
		{"report", []any{"figures.0.figure.unit", "date"}, "must bad_form figures[0].figure.values[0].value"},
		{"report", []any{"figures.0.figure.unit", "date", "figures.0.figure.values.0.value", "2016-08"}, ""},
		{"report", []any{"figures.0.figure.values.0.value", "2016-08"}, "must bad_form figures[0].figure.values[0].value"},
		{"report", []any{"about.place.code", "E0"}, "must bad_form about.place.code"},
		{"report", []any{"figures.0.figure.approx", "yes"}, "must wrong_type figures[0].figure.approx"},
		{"body", []any{"identifiers.0.scheme", "Charity Commission"}, "must bad_form identifiers[0].scheme"},
		{"body", []any{"identifiers.0.scheme", "US-EIN"}, ""},
		{"body", []any{"name", nil}, "must missing name"},
		{"body", []any{"role", "king"}, "must bad_code role"},
		{"body", []any{"contact_url", "mailto:clerk"}, "should bad_form contact_url; must bad_form contact_url"},
		{"body", []any{"website", "example.org"}, "should bad_form website"},
		{"witness", []any{"seen.0.root", "abc"}, "must bad_form seen[0].root"},
		{"witness", []any{"seen.0.length", int64(0)}, "must out_of_range seen[0].length"},
		{"witness", []any{"seen", []any{}}, "must missing seen"},
		{"lesson", []any{"from", "x"}, "must wrong_type from"},
		{"lesson", []any{"from.0", "x"}, "must bad_form from[0]"},
		{"lesson", []any{"from.0", " "}, "must missing from[0]"},
		{"decision", []any{"support.for", int64(31)}, "must wrong_type support.for"},
		{"decision", []any{"support.for", "-1"}, "must out_of_range support.for"},
		{"decision", []any{"support.percent", "100"}, ""},
		{"decision", []any{"support.percent", "100.1"}, "must out_of_range support.percent"},
		{"decision", []any{"process.inclusion", []any{"childcare", "crayons"}}, "must bad_code process.inclusion[1]"},
		// What depends on something else.
		{"mandate", []any{"threshold.percent", nil}, "must missing threshold.percent"},
		{"mandate", []any{"threshold.percent", nil, "threshold.kind", "majority"}, ""},
		{"mandate", []any{"basis_ref", nil, "threshold", nil, "implementation_days", nil, "checks", nil}, ""},
		{"mandate", []any{"method", "binding_deliberation", "basis_ref", nil}, "should gap basis_ref"},
		{"mandate", []any{"method", "binding_deliberation", "threshold", nil, "implementation_days", nil}, "should gap threshold; should gap implementation_days"},
		{"mandate", []any{"method", "formal_governance", "checks", nil, "threshold", nil}, "should gap checks"},
		{"mandate", []any{"checks.review", nil}, "should gap checks.review"},
		{"body", []any{"legal_form", nil, "network", nil}, "should gap legal_form; should gap network"},
		{"body", []any{"legal_form", nil, "network", nil, "role", "council"}, ""},
		{"decision", []any{"method", nil, "process", nil, "support", nil, "minority_view", nil, "asks", nil, "challenges", nil, "mandate", nil}, ""},
		{"decision", []any{"process", nil, "support", nil, "minority_view", nil}, "should gap process"},
		{"decision", []any{"asks", nil, "challenges", nil, "mandate", nil}, "should gap challenges; should gap asks"},
		{
			"decision",
			[]any{"method", "binding_deliberation", "support", nil, "minority_view", nil, "asks", nil, "mandate", nil, "challenges", nil},
			"should gap mandate; should gap support; should gap minority_view; should gap asks",
		},
		{"decision", []any{"method", "binding_deliberation", "stage", "analyse", "support", nil, "minority_view", nil, "asks", nil}, ""},
		{"decision", []any{"process.agenda_set_by", nil}, "should gap process.agenda_set_by"},
		{"report", []any{"process.agenda_set_by", nil}, ""},
		{"decision", []any{"alternatives", nil}, "must missing alternatives"},
		{"decision", []any{"alternatives", []any{}}, "must missing alternatives"},
		{"decision", []any{"alternatives", []any{map[string]any{"option": "None considered."}}}, ""},
		{"decision", []any{"alternatives.0.why_not", nil}, "must missing alternatives[0].why_not"},
		{"decision", []any{"interests", nil}, "must missing interests"},
		{"decision", []any{"interests", []any{}}, ""},
		{"decision", []any{"award.to.body", nil, "award.to.name", nil}, "should gap award.to.name"},
		{"decision", []any{"award.to.name", nil}, ""},
		{"response", []any{"answers.0.reasons", nil, "answers.0.until", nil}, ""},
		{"response", []any{"answers.0.answer", "reject", "answers.0.reasons", nil}, "must missing answers[0].reasons"},
		{"response", []any{"answers.0.answer", "already_doing", "answers.0.reasons", nil}, "must missing answers[0].reasons"},
		{"response", []any{"answers.0.answer", "reject", "answers.0.commitment", nil}, ""},
		{"response", []any{"answers.0.answer", "defer", "answers.0.until", nil, "answers.0.commitment", nil}, "must missing answers[0].until"},
		{"response", []any{"answers.0.commitment", nil}, "must missing answers[0].commitment"},
		{"response", []any{"answers.0.answer", "accept_modified", "answers.0.commitment", nil}, "must missing answers[0].commitment"},
		{"response", []any{"answers.0.answer", "accept_in_part", "answers.0.commitment", nil}, "must missing answers[0].commitment"},
		{"response", []any{"answers.0.commitment.due", nil}, "must missing answers[0].commitment.due"},
		{"progress", []any{"reasons", nil}, "must missing reasons"},
		{"progress", []any{"reasons", nil, "due", nil}, ""},
		{"progress", []any{"reasons", nil, "due", nil, "status", "not_met"}, "must missing reasons"},
		{"progress", []any{"reasons", nil, "due", nil, "status", "partly_met"}, "must missing reasons"},
		{"progress", []any{"evidence", nil}, "should gap evidence"},
		{"progress", []any{"evidence", nil, "status", "started"}, ""},
		{"adoption", []any{"changes", nil}, "must missing changes"},
		{"adoption", []any{"changes", nil, "status", "adopted"}, ""},
		{"correction", []any{"of", nil}, "must missing of"},
		{"outcome", []any{"evaluator", "independent", "evaluator_body", nil}, "should gap evaluator_body"},
	})
}

func TestCheckRules(t *testing.T) {
	two := func(a, b map[string]any) []any { return []any{a, b} }
	ask := func(ref string) map[string]any {
		return map[string]any{"ref": ref, "of": protocol.BodyID{1}.String(), "action": "Mend it"}
	}
	answer := func(ref string) map[string]any {
		return map[string]any{"ref": ref, "answer": "reject", "reasons": "No money."}
	}
	words := []any{
		"indicators.0.measure", "qualitative", "indicators.0.baseline.value", nil, "indicators.0.periods.0.target", nil,
		"indicators.0.periods.0.actual", nil, "indicators.0.periods.0.by", nil,
	}
	runCases(t, []checkCase{
		{"decision", []any{"asks", two(ask("a"), ask("a"))}, "must twice asks[1].ref"},
		{"decision", []any{"asks", two(ask("a"), ask("b"))}, ""},
		{"response", []any{"answers", two(answer("a"), answer("a"))}, "must twice answers[1].ref"},
		{"response", []any{"answers", two(answer("a"), answer("b"))}, ""},

		{"mandate", []any{"until", "2026-03-01"}, "must order until"},
		{"mandate", []any{"until", "2026-03-02"}, ""},
		{"mandate", []any{"until", "2026-03"}, ""},
		{"decision", []any{"process.closed", "2026-01-31"}, "must order process.closed"},
		{"report", []any{"process.closed", "2026-01"}, "must order process.closed"},
		{"outcome", []any{"indicators.0.periods.0.end", "2026-10-18"}, "must order indicators[0].periods[0].end"},

		{"decision", []any{"decided_on", "2027-01-31"}, ""},
		{"decision", []any{"decided_on", "2027-02-01"}, "should future decided_on"},
		{"decision", []any{"decided_on", "2027"}, ""},
		{"progress", []any{"as_of", "2027-02"}, "should future as_of"},

		{"body", []any{"contact_url", "https://example.org/?to=clerk@example.org"}, "must bad_form contact_url"},

		{"outcome", words, ""},
		{"outcome", append([]any{"indicators.0.baseline.value", "1"}, words[:2]...), "must g3 indicators[0].baseline.value; " +
			"must g3 indicators[0].periods[0].target; must g3 indicators[0].periods[0].actual; must g3 indicators[0].periods[0].by[0].actual"},
		{"outcome", []any{"indicators.0.periods.0.actual", "many"}, "must bad_form indicators[0].periods[0].actual"},

		{"outcome", []any{"evidence_grade", int64(3)}, "should g4 evidence_grade"},
		{"outcome", []any{"evidence_grade", int64(3), "evaluator", "independent"}, ""},
		{"outcome", []any{"evidence_grade", int64(5), "evaluator", "independent", "sources", nil}, "should g4 evidence_grade"},
		{"outcome", []any{"evidence_grade", int64(6), "evaluator", "independent"}, "must out_of_range evidence_grade"},
		{"outcome", []any{"evidence_grade", int64(-1)}, "must out_of_range evidence_grade"},
		{"outcome", []any{"evidence_grade", nil}, "should gap evidence_grade"},

		{"outcome", []any{"indicators.0.periods.0.end", "2027-01-31"}, ""},
		{"outcome", []any{"indicators.0.periods.0.end", "2027-01"}, ""},
		{
			"outcome",
			[]any{"indicators.0.periods.0.end", "2027-02-01"},
			"must g5 indicators[0].periods[0].actual; must g5 indicators[0].periods[0].by[0].actual",
		},
		{"outcome", []any{"indicators.0.periods.0.end", "2027", "indicators.0.periods.0.by", nil}, "must g5 indicators[0].periods[0].actual"},
		{"outcome", []any{"indicators.0.periods.0.end", "2027", "indicators.0.periods.0.by", nil, "indicators.0.periods.0.actual", nil}, ""},

		{"decision", []any{"alternativs", "x"}, "should unknown_field alternativs"},
		{"decision", []any{"asks.0.reff", "x"}, "should unknown_field asks[0].reff"},
	})
	// Without the entry's date, the rules that need it say nothing.
	r := sound("outcome")
	put(r.Fields, "indicators.0.periods.0.end", "2999")
	if found := record.Check(r); len(found) != 0 {
		t.Errorf("without a date: %v", found)
	}
}

// A finding says what to do in the words of the field.
func TestFindingWords(t *testing.T) {
	for _, c := range []struct {
		kind     protocol.Kind
		path     string
		value    any
		in, want string
	}{
		{"decision", "method", "non-binding deliberation", "remedy", `Did you mean "non_binding_deliberation"?`},
		{"decision", "method", "Formal governance", "remedy", `Did you mean "formal_governance"?`},
		{"decision", "method", "acclamation", "remedy", "Write operational_engagement, non_binding_deliberation, binding_deliberation or formal_governance."},
		{"body", "legal_form", "Community interest company (CIC)", "remedy", `Did you mean "cic"?`},
		{"decision", "reason", "x", "remedy", `Did you mean "reasons"?`},
		{"decision", "weather", "fine", "remedy", "Look for a misspelling, or leave it"},
		{"decision", "reasons", nil, "remedy", "Say why. For example: The lamps"},
		{"decision", "reasons", nil, "message", `"Reasons" is missing.`},
		{"adoption", "changes", nil, "message", "It is needed when you do it with changes."},
		{"decision", "challenges", nil, "message", "Nobody can tell whose question it answers."},
		{"outcome", "evidence_grade", int64(4), "message", "Grade 4 of evidence needs an independent evaluator."},
		{"decision", "support.for", int64(3), "message", `"For" is not a number in quotes.`},
	} {
		r := sound(c.kind)
		put(r.Fields, c.path, c.value)
		found := record.Check(r)
		if len(found) != 1 {
			t.Errorf("%s %s: %v", c.kind, c.path, found)
			continue
		}
		got := found[0].Message
		if c.in == "remedy" {
			got = found[0].Remedy
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %q does not say %q", c.kind, c.path, got, c.want)
		}
	}
}

// The real reports and the story of the demo can be published.
func TestPublishable(t *testing.T) {
	data, err := os.ReadFile("../../cmd/folkmoot/reports.json")
	if err != nil {
		t.Fatal(err)
	}
	var reports []json.RawMessage
	if err := json.Unmarshal(data, &reports); err != nil || len(reports) != 7 {
		t.Fatalf("%d reports: %v", len(reports), err)
	}
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, one := range reports {
		r, err := record.FromJSONAs(record.KindReport, one)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range record.CheckAt(r, now) {
			t.Errorf("%s: %+v", r.Title(), f)
		}
	}
	if data, err = os.ReadFile("../../cmd/folkmoot/story.json"); err != nil {
		t.Fatal(err)
	}
	var steps []struct {
		Name   string
		Record json.RawMessage
	}
	if err := json.Unmarshal(data, &steps); err != nil || len(steps) < 10 {
		t.Fatalf("%d steps: %v", len(steps), err)
	}
	for _, s := range steps {
		r, err := record.FromJSON(s.Record)
		if err != nil {
			t.Fatal(err)
		}
		named(r.Fields)
		if found := record.CheckAt(r, now); record.HasMust(found) {
			t.Errorf("%s: %+v", s.Name, found)
		}
	}
}

// named puts an identifier in the place of each "@name".
func named(v any) any {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "@") {
			return protocol.EntryID(protocol.HashOf([]byte(v))).String()
		}
	case []any:
		for i := range v {
			v[i] = named(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = named(v[k])
		}
	}
	return v
}
