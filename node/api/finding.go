package api

import "github.com/folkmoot/folkmoot/protocol/record"

// Finding is one thing that is wrong with a record, or missing from it.
type Finding struct {
	// Code names the rule.
	Code string `json:"code"`
	// Severity is SeverityMust or SeverityShould.
	Severity string `json:"severity"`
	// Field is where, such as places[0].code; empty for the whole record.
	Field string `json:"field,omitempty"`
	// Means says what it is, Advice what to do about it.
	Means  string `json:"means"`
	Advice string `json:"advice,omitempty"`
}

// Severities of findings: for the first a node refuses to author a record, the
// second is a gap that is shown.
const (
	SeverityMust   = string(record.Must)
	SeverityShould = string(record.Should)
)

// FindingsOf returns findings in the form of this API.
func FindingsOf(findings []record.Finding) []Finding {
	out := make([]Finding, len(findings))
	for i, f := range findings {
		out[i] = Finding{Code: f.Code, Severity: string(f.Severity), Field: f.Field, Means: f.Message, Advice: f.Remedy}
	}
	return out
}
