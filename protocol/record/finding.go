package record

// Severity says what follows from a finding.
type Severity string

// Severities of findings.
const (
	// Must: a node does not author a record that has such a finding.
	Must Severity = "must"
	// Should: a gap that is shown beside the record.
	Should Severity = "should"
)

// Finding is something that is wrong with a record, or missing from it.
type Finding struct {
	// Code names the rule; it never changes its meaning.
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// Field is where, such as places[0].code; empty for the whole record.
	Field string `json:"field,omitempty"`
	// Message says what it is, and Remedy what to do about it.
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

// Codes of findings.
const (
	CodeMissing     = "missing"      // a field that is required
	CodeWrongType   = "wrong_type"   // text where a list should be, and the like
	CodeTooLong     = "too_long"     // more characters than allowed
	CodeTooLarge    = "too_large"    // the record as a whole
	CodeBadCode     = "bad_code"     // a value that its list does not have
	CodeBadForm     = "bad_form"     // a value of the wrong form
	CodeTwice       = "twice"        // what should stand once
	CodeReserved    = "reserved"     // a name that a record cannot use
	CodeUnknownKind = "unknown_kind" // a kind that this software does not know
	CodeNotARecord  = "not_a_record" // a kind that carries an act
	CodeNotFiled    = "not_filed"    // no service or place to find it by
	CodeNoSalt      = "no_salt"      // content that could be guessed
	CodeUnreadable  = "unreadable"   // content that is not a record

	CodeGap           = "gap"            // a field on which much depends
	CodeUnknownField  = "unknown_field"  // a name that this software does not know
	CodeOutOfRange    = "out_of_range"   // a number beyond its bounds
	CodeOrder         = "order"          // an end before its beginning
	CodeFuture        = "future"         // a date after the entry's own
	CodeUnknownSource = "unknown_source" // a source that the record does not name
	CodeSuppressed    = "suppressed"     // a small count that is left out
	CodeG3            = "g3"             // a value where the measure is in words
	CodeG4            = "g4"             // a grade of evidence without what it needs
	CodeG5            = "g5"             // a result for a period that has not ended
)

// MaxFindings is how many findings of one record are listed. The first that is
// severe is listed even where it comes after that many.
const MaxFindings = 200

// HasMust reports whether a node must not author what has these findings.
func HasMust(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == Must {
			return true
		}
	}
	return false
}
