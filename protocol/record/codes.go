package record

import (
	"slices"
	"strings"
)

// Code is one answer of a list.
type Code struct {
	// Code is what stands in a record.
	Code string `json:"code"`
	// Label is what people read.
	Label string `json:"label"`
	// Hint says when it applies, where the label does not.
	Hint string `json:"hint,omitempty"`
}

// Codes is a list from which a field takes its value. Adding a code is a line
// in its table; none is ever taken away or given another meaning.
type Codes []Code

// Has reports whether code is one of the list.
func (c Codes) Has(code string) bool {
	return slices.ContainsFunc(c, func(k Code) bool { return k.Code == code })
}

// String lists the codes for a sentence: "a, b or c".
func (c Codes) String() string {
	var b strings.Builder
	for i, k := range c {
		switch {
		case i == 0:
		case i == len(c)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(k.Code)
	}
	return b.String()
}

// Schemes says from which list a place's code comes.
var Schemes = Codes{
	{"gss", "ONS code of a place in the UK", "a letter and eight digits, such as E08000032"},
	{"iso3166-2", "ISO code of a region of any country", "such as PL-22"},
	{"other", "Another list", "give the name of the place as well"},
}

// Duties says whether a service must be provided.
var Duties = Codes{
	{"statutory", "Required by law", ""},
	{"discretionary", "At the council's choice", ""},
	{"mixed", "Some of it is required by law", ""},
	{"not_stated", "Not stated", ""},
}

// Roles says what a body is.
var Roles = Codes{
	{"community_body", "Community body", "residents, users or people with a shared interest"},
	{"council", "Council", "a principal council: county, district, unitary, borough"},
	{"parish_council", "Parish, town or community council", ""},
	{"other_public_body", "Other public body", "such as an NHS trust or a combined authority"},
	{"funder", "Funder", ""},
	{"evaluator", "Evaluator", ""},
	{"observer", "Observer", "reads and reports, and takes no part"},
}
