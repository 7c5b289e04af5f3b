package record

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// schemaDialect is the version of JSON Schema that is written.
const schemaDialect = "https://json-schema.org/draft/2020-12/schema"

// SchemaID is the identifier of the schema of a kind, or of that of all kinds if
// it is empty. It names the schema, and is no address.
func SchemaID(kind protocol.Kind) string {
	if kind == "" {
		kind = "record"
	}
	return "urn:folkmoot:schema:1:" + string(kind)
}

// Schema writes the JSON Schema (2020-12) of a kind: of a record as [FromJSON]
// reads it and [Check] finds nothing severe in. What lies between several fields,
// such as a date after another, a schema cannot say; unknown fields are allowed,
// since they are kept. It returns false for a kind that is not known. The bytes
// are the same each time.
func Schema(kind protocol.Kind) ([]byte, bool) {
	info, ok := Describe(kind)
	if !ok {
		return nil, false
	}
	return indented(append(object{{"$schema", schemaDialect}, {"$id", SchemaID(kind)}}, kindSchema(&info)...)), true
}

// Schemas writes the JSON Schema of a record of any kind that is known.
func Schemas() []byte {
	var defs, any object
	var refs []object
	for i := range kinds {
		name := string(kinds[i].Kind)
		defs = append(defs, member{name, kindSchema(&kinds[i])})
		refs = append(refs, object{{"$ref", "#/$defs/" + name}})
	}
	any = object{
		{"$schema", schemaDialect},
		{"$id", SchemaID("")},
		{"title", "A record of folkmoot"},
		{"description", "A record of any kind that is known. A later version may know more kinds, and more fields."},
		{"oneOf", refs},
		{"$defs", defs},
	}
	return indented(any)
}

// object is a JSON object in the order of its members.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// indented writes an object for people. It is made of text, numbers and the like
// alone, and so it can always be written.
func indented(o object) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(o); err != nil {
		panic(fmt.Sprintf("write a schema: %v", err))
	}
	return b.Bytes()
}

func kindSchema(info *KindInfo) object {
	fields := Fields(info.Kind)
	kind := member{fieldKind, object{{"const", string(info.Kind)}, {"description", info.Hint}}}
	out := object{{"title", info.Label}, {"description", info.Hint + " Signed by " + info.By + "."}}
	return append(out, groupSchema(fields, kind)...)
}

// groupSchema describes a map that has the fields given, and before them others.
func groupSchema(fields []Field, before ...member) object {
	properties := object(before)
	var required []string
	var conditions []object
	for _, m := range before {
		required = append(required, m.name)
	}
	for i := range fields {
		f := &fields[i]
		properties = append(properties, member{f.Name, f.schema()})
		// A record that names no licence gets one when it is read.
		if f.Need == Required && f.Name != FieldLicence {
			required = append(required, f.Name)
		}
		conditions = append(conditions, f.condition(fields)...)
	}
	out := object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		out = append(out, member{"required", required})
	}
	if len(conditions) > 0 {
		out = append(out, member{"allOf", conditions})
	}
	return out
}

// condition says when a Conditional field is required, as far as one coded
// member beside it decides that: which of its codes do is found by asking.
func (f *Field) condition(beside []Field) []object {
	if f.Need != Conditional || f.when == nil || f.when(map[string]any{}) {
		return nil
	}
	for i := range beside {
		by := &beside[i]
		if by.Type != Coded {
			continue
		}
		var codes []string
		for _, c := range by.Codes {
			if f.when(map[string]any{by.Name: c.Code}) {
				codes = append(codes, c.Code)
			}
		}
		if len(codes) > 0 {
			return []object{{
				{"if", object{{"required", []string{by.Name}}, {"properties", object{{by.Name, object{{"enum", codes}}}}}}},
				{"then", object{{"required", []string{f.Name}}}},
			}}
		}
	}
	return nil
}

// schema describes a field, with what people read about it.
func (f *Field) schema() object {
	about := object{{"title", f.Label}, {"description", f.Hint}}
	if f.Name == FieldLicence {
		about = append(about, member{"default", DefaultLicence})
	}
	if !f.List {
		return append(about, f.valueSchema()...)
	}
	about = append(about, member{"type", "array"})
	if f.Need == Required && !f.Empty {
		about = append(about, member{"minItems", 1})
	}
	return append(about, member{"items", f.valueSchema()})
}

// Patterns of values, in what RE2 and ECMA 262 have in common.
const (
	calendarPattern = `^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$`
	numberPattern   = `^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$`
	linkPattern     = `^bafyrei[a-z2-7]{52}$`
	hashPattern     = `^[0-9a-fA-F]{64}$`
	// saysSomething is text that is more than spaces.
	saysSomething = `\S`
)

// valueSchema describes one value of a field.
func (f *Field) valueSchema() object {
	switch f.Type {
	case Group:
		return groupSchema(f.Fields)
	case Flag:
		return object{{"type", "boolean"}}
	case Whole:
		out := object{{"type", "integer"}}
		if f.Most != 0 {
			out = append(out, member{"minimum", f.Least}, member{"maximum", f.Most})
		}
		return append(out, f.examples()...)
	case Coded:
		var codes []object
		for _, c := range f.Codes {
			code := object{{"const", c.Code}, {"title", c.Label}}
			if c.Hint != "" {
				code = append(code, member{"description", c.Hint})
			}
			codes = append(codes, code)
		}
		return object{{"type", "string"}, {"oneOf", codes}}
	}
	out := object{{"type", "string"}}
	if f.Type == WebAddress {
		out = append(out, member{"format", "uri"})
	}
	pattern := f.textPattern()
	out = append(out, member{"pattern", pattern})
	if p := patterns[pattern]; p != nil && p.MatchString(" ") {
		out = append(out, member{"not", object{{"pattern", `^\s*$`}}})
	}
	if f.Max > 0 {
		out = append(out, member{"maxLength", f.Max})
	}
	return append(out, f.examples()...)
}

// textPattern is what text of the field has to match.
func (f *Field) textPattern() string {
	switch {
	case f.Pattern != "":
		return f.Pattern
	case f.Type == Calendar:
		return calendarPattern
	case f.Type == Number:
		return numberPattern
	case f.Type == EntryLink, f.Type == BodyLink:
		return linkPattern
	case f.Type == Hash:
		return hashPattern
	default:
		return saysSomething
	}
}

// examples are the field's example, or the codes that it suggests.
func (f *Field) examples() object {
	var examples []any
	switch {
	case f.Type == Whole:
		for _, c := range f.Codes {
			examples = append(examples, json.RawMessage(c.Code))
		}
		if f.Example != "" && len(examples) == 0 {
			examples = append(examples, json.RawMessage(f.Example))
		}
	case len(f.Codes) > 0:
		for _, c := range f.Codes {
			examples = append(examples, c.Code)
		}
	case f.Example != "":
		examples = append(examples, f.Example)
	}
	if len(examples) == 0 {
		return nil
	}
	return object{{"examples", examples}}
}
