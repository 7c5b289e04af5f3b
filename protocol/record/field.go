package record

// Type says what form a field's value has.
type Type uint8

// Types of fields. Each has one form in CBOR and JSON alike.
const (
	// OneLine and Prose are text; the second may have several lines.
	OneLine Type = iota + 1
	Prose
	// Coded is a code of the field's list.
	Coded
	// Calendar is a [Date], Number a [Decimal], both as text.
	Calendar
	Number
	// Whole is a whole number, Flag true or false.
	Whole
	Flag
	// EntryLink and BodyLink are the identifiers of an entry and of a body.
	EntryLink
	BodyLink
	// WebAddress is the address of a page, Hash a SHA-256 in hexadecimal.
	WebAddress
	Hash
	// Group is a map of members, which the field lists.
	Group
)

// Need says what follows when a field is missing.
type Need uint8

// Needs of fields.
const (
	// Optional: a gap, which nobody is told of.
	Optional Need = iota
	// Wanted: a gap that is shown, since much depends on it.
	Wanted
	// Conditional: required when the field's condition holds.
	Conditional
	// Required: nothing is published without it.
	Required
)

// Field describes a field, or a member of one, to people and to programs. Forms,
// the JSON Schema, templates, the checks, the headings of tables and the
// documentation are all made from it.
type Field struct {
	// Name is the name in CBOR, JSON and CSV; Label is what people read.
	Name, Label string
	// Hint is one plain sentence that tells what to write; Example is an answer,
	// in the form in which it is written.
	Hint, Example string
	Type          Type
	// List says that there may be several, in a list; Hint and Example are then
	// about one of them.
	List bool
	Need Need
	// When says in words when a field that is Conditional or Wanted is needed, as
	// the end of the sentence "Needed ..."; when decides it, given the map that
	// the field is in. A Wanted field without them is always wanted.
	When string
	when func(in map[string]any) bool
	// Why says what is lost without a Wanted field, as a sentence.
	Why string
	// Empty says that an empty list is an answer.
	Empty bool
	// Codes is the list of a Coded field. For OneLine it is a list of suggestions,
	// for Whole the labels of the numbers: other types bind the value, not it.
	Codes Codes
	// Max is the most characters that text may have; 0 is no limit of its own.
	Max int
	// Pattern is a regular expression that text has to match, in what RE2 and
	// ECMA 262 have in common; empty for any text. Example matches it.
	Pattern string
	// Least and Most bound a number; there are no bounds when Most is 0.
	Least, Most int64
	// Fields are the members of a group.
	Fields []Field
	// rule checks what binds the members of a group together.
	rule func(c *checker, at string, members map[string]any)
}

// wanted reports whether a field that is missing from in is a gap or a fault.
func (f *Field) wanted(in map[string]any) bool {
	switch f.Need {
	case Required:
		return true
	case Conditional, Wanted:
		return f.when == nil || f.when(in)
	default:
		return false
	}
}
