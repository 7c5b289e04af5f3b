package record

import (
	"fmt"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

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
)

// HasMust reports whether a node must not author what has these findings.
func HasMust(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == Must {
			return true
		}
	}
	return false
}

// CheckContent decodes an entry's content and checks it, its salt included. The
// record is nil when the content cannot be read.
func CheckContent(kind protocol.Kind, content []byte) (*Record, []Finding) {
	fields, err := protocol.DecodeContent(content)
	if err != nil {
		return nil, []Finding{{
			CodeUnreadable, Must, "", "The content cannot be read: " + err.Error() + ".",
			"Its author can publish it again in the form that the protocol asks for.",
		}}
	}
	salt, _ := fields[FieldSalt].([]byte)
	delete(fields, FieldSalt)
	r := &Record{Kind: kind, Fields: fields}
	found := Check(r)
	if len(salt) != protocol.SaltSize {
		found = append(found, Finding{
			CodeNoSalt, Must, FieldSalt,
			fmt.Sprintf("The content has no random salt of %d bytes, so it could be guessed from its hash even after it is erased.", protocol.SaltSize),
			"Publish with software that adds the salt.",
		})
	}
	return r, found
}

// Check returns what is wrong with one record or missing from it, in the order
// of the rules. It is empty for a record that has all it should.
func Check(r *Record) []Finding {
	c := &checker{fields: r.Fields}
	c.kind(r.Kind)
	c.common()
	c.places()
	c.service()
	c.sources()
	if r.Kind == KindBody {
		c.body()
	}
	if info, ok := Describe(r.Kind); ok && info.Filed {
		c.filed(r)
	}
	return c.found
}

// checker gathers the findings of one record.
type checker struct {
	fields map[string]any
	found  []Finding
}

func (c *checker) add(code string, sev Severity, field, message, remedy string) {
	c.found = append(c.found, Finding{code, sev, field, message, remedy})
}

func (c *checker) kind(kind protocol.Kind) {
	switch _, known := Describe(kind); {
	case kind.HasAct():
		c.add(CodeNotARecord, Must, "", fmt.Sprintf("This kind is not a record: %s carries an act.", entryOf(kind)), "Use the command that makes it.")
	case !known:
		c.add(CodeUnknownKind, Should, fieldKind, fmt.Sprintf("This software does not know the kind %q; it is kept and passed on, and not understood.", clip(string(kind))),
			"Look for a misspelling, or update the software.")
	}
	for _, name := range []string{fieldKind, FieldSalt} {
		if _, ok := c.fields[name]; ok {
			c.add(CodeReserved, Must, name, fmt.Sprintf("A record cannot have a field called %q.", name), "Leave it out: the entry says it elsewhere.")
		}
	}
	r := Record{Kind: kind, Fields: without(c.fields, FieldSalt)}
	if _, err := r.Encode(make([]byte, protocol.SaltSize)); err != nil {
		code, remedy := CodeBadForm, "Use text, whole numbers, yes and no, lists and maps."
		if rejectedAs(err, protocol.TooLarge) {
			code, remedy = CodeTooLarge, "Shorten it, or publish long papers elsewhere and name them under sources."
		}
		c.add(code, Must, "", "The record cannot be published: "+err.Error()+".", remedy)
	}
}

// text returns the text of m's member, and whether there is any. It adds a
// finding where there is something else, and where it is required and missing.
func (c *checker) text(m map[string]any, path, name string, required bool, remedy string) (string, bool) {
	field := join(path, name)
	v, ok := m[name]
	s, isText := v.(string)
	switch {
	case ok && !isText:
		c.add(CodeWrongType, Must, field, fmt.Sprintf("The %s is not text.", spoken(name)), remedy)
		return "", false
	case strings.TrimSpace(s) != "":
		return s, true
	case required:
		c.add(CodeMissing, Must, field, fmt.Sprintf("The %s is missing.", spoken(name)), remedy)
	}
	return "", false
}

// maps returns the maps of a list with their paths.
func (c *checker) maps(name, remedy string) map[int]map[string]any {
	v, ok := c.fields[name]
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		c.add(CodeWrongType, Must, name, fmt.Sprintf("The %s are not a list.", spoken(name)), remedy)
		return nil
	}
	out := make(map[int]map[string]any, len(list))
	for i, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			c.add(CodeWrongType, Must, fmt.Sprintf("%s[%d]", name, i), "This is not a map of members.", remedy)
			continue
		}
		out[i] = m
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }
