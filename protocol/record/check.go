package record

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// Check returns what is wrong with one record or missing from it, in the order
// in which a form asks for the fields. It is empty for a record that has all it
// should. It leaves out the rules that need the entry's date: see [CheckAt].
func Check(r *Record) []Finding { return CheckAt(r, time.Time{}) }

// CheckAt is [Check] with the rules that compare what a record says with the
// date of its entry: results of periods that have not ended, and decisions of
// tomorrow. A zero time leaves these out. The cost grows with the size of the
// record; at most [MaxFindings] and one are returned.
func CheckAt(r *Record, at time.Time) []Finding {
	c := &checker{at: at, sources: map[string]bool{}}
	for _, s := range r.Sources() {
		c.sources[s.ID] = true
	}
	c.kind(r)
	c.members("", r.Fields, Fields(r.Kind))
	if _, known := Describe(r.Kind); known {
		c.unknown("", r.Fields, Fields(r.Kind))
	}
	c.record(r)
	return c.found
}

// CheckContent decodes an entry's content and checks it, its salt included. The
// record is nil when the content cannot be read.
func CheckContent(kind protocol.Kind, content []byte) (*Record, []Finding) {
	return CheckContentAt(kind, content, time.Time{})
}

// CheckContentAt is [CheckContent] with the rules of [CheckAt].
func CheckContentAt(kind protocol.Kind, content []byte, at time.Time) (*Record, []Finding) {
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
	found := CheckAt(r, at)
	if len(salt) != protocol.SaltSize {
		found = append(found, Finding{
			CodeNoSalt, Must, FieldSalt,
			fmt.Sprintf("The content has no random salt of %d bytes, so it could be guessed from its hash even after it is erased.", protocol.SaltSize),
			"Publish with software that adds the salt.",
		})
	}
	return r, found
}

// checker gathers the findings of one record.
type checker struct {
	// at is the entry's date, zero where it is not known; sources are the ids of
	// the record's sources.
	at      time.Time
	sources map[string]bool
	found   []Finding
	severe  bool
}

func (c *checker) add(code string, sev Severity, field, message, remedy string) {
	if c.full() && (sev != Must || c.severe) {
		return
	}
	c.severe = c.severe || sev == Must
	c.found = append(c.found, Finding{code, sev, field, message, remedy})
}

func (c *checker) full() bool { return len(c.found) >= MaxFindings }

func (c *checker) kind(r *Record) {
	switch _, known := Describe(r.Kind); {
	case r.Kind.HasAct():
		c.add(CodeNotARecord, Must, "", fmt.Sprintf("This kind is not a record: %s carries an act.", entryOf(r.Kind)), "Use the command that makes it.")
	case !known:
		c.add(CodeUnknownKind, Should, fieldKind, fmt.Sprintf("This software does not know the kind %q; it is kept and passed on, and not understood.", clip(string(r.Kind))),
			"Look for a misspelling, or update the software.")
	}
	for _, name := range []string{fieldKind, FieldSalt} {
		if _, ok := r.Fields[name]; ok {
			c.add(CodeReserved, Must, name, fmt.Sprintf("A record cannot have a field called %q.", name), "Leave it out: the entry says it elsewhere.")
		}
	}
	fields := r.Fields
	if _, ok := fields[FieldSalt]; ok {
		fields = maps.Clone(fields)
		delete(fields, FieldSalt)
	}
	if _, err := (&Record{Kind: r.Kind, Fields: fields}).Encode(make([]byte, protocol.SaltSize)); err != nil {
		code, remedy := CodeBadForm, "Use text, whole numbers, yes and no, lists and maps."
		if rejected := (*protocol.Rejection)(nil); errors.As(err, &rejected) && rejected.Code == protocol.TooLarge {
			code, remedy = CodeTooLarge, "Shorten it, or publish long papers elsewhere and name them under sources."
		}
		c.add(code, Must, "", "The record cannot be published: "+err.Error()+".", remedy)
	}
}

// members checks the fields of a map that stands at a path.
func (c *checker) members(path string, in map[string]any, fields []Field) {
	for i := range fields {
		c.field(path, in, &fields[i])
	}
}

// unknown lists the names in a map that its table does not have. They are kept:
// a later version may know them.
func (c *checker) unknown(path string, in map[string]any, fields []Field) {
	if c.full() {
		return
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if slices.Contains(names, name) || path == "" && (name == fieldKind || name == FieldSalt) {
			continue
		}
		remedy := "Look for a misspelling, or leave it if other software asks for it: it is kept and passed on."
		if near := nearest(name, names); near != "" {
			remedy = fmt.Sprintf("Did you mean %q? If not, leave it: it is kept and passed on.", near)
		}
		c.add(CodeUnknownField, Should, join(path, clip(name)), fmt.Sprintf("This software knows no field %q here.", clip(name)), remedy)
		if c.full() {
			return
		}
	}
}

func (c *checker) field(path string, in map[string]any, f *Field) {
	v, there := in[f.Name]
	at := join(path, f.Name)
	if !there || blank(v) {
		if list, ok := v.([]any); !ok || !f.Empty || len(list) > 0 {
			c.missing(at, in, f)
		}
		return
	}
	if !f.List {
		c.value(at, v, f)
		return
	}
	list, ok := v.([]any)
	if !ok {
		c.add(CodeWrongType, Must, at, fmt.Sprintf("%q is not a list.", f.Label), "Write a list, even of one. "+f.remedy())
		return
	}
	for i, e := range list {
		if c.full() && c.severe {
			return
		}
		c.value(fmt.Sprintf("%s[%d]", at, i), e, f)
	}
}

// missing says what follows when a field has no value.
func (c *checker) missing(at string, in map[string]any, f *Field) {
	if !f.wanted(in) {
		return
	}
	switch {
	case f.Need == Wanted && (at == FieldPlaces || at == FieldService):
		c.add(CodeNotFiled, Should, at, fmt.Sprintf("%q is not given. %s", f.Label, f.Why), f.remedy())
	case f.Need == Wanted:
		c.add(CodeGap, Should, at, fmt.Sprintf("%q is not given. %s", f.Label, f.Why), f.remedy())
	case f.When != "":
		c.add(CodeMissing, Must, at, fmt.Sprintf("%q is missing. It is needed %s.", f.Label, f.When), f.remedy())
	default:
		c.add(CodeMissing, Must, at, fmt.Sprintf("%q is missing.", f.Label), f.remedy())
	}
}

// blank reports whether a value says nothing: text of spaces, or an empty list.
func blank(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	default:
		return false
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
