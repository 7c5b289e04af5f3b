package record

import (
	"fmt"
	"strings"
)

// Reference writes what this package knows for people, as Markdown: every kind
// with its fields, and every list of codes. It is protocol/RECORDS.md.
func Reference() []byte {
	var b strings.Builder
	b.WriteString(`# Records

What bodies say: the kinds of records, their fields and their codes. This file is made from the tables of
` + "`protocol/record`" + `; ` + "`go test ./protocol/record -update`" + ` writes it anew. The same tables make the checks, the
templates (` + "`folkmoot new KIND`" + `), and the JSON Schema (` + "`folkmoot schema KIND`" + `).

A field is *required* (nothing is published without it), *wanted* (a gap that is shown) or *optional*. Names are the
same in CBOR, JSON, YAML and CSV. Unknown fields are kept and passed on. Text stands in one line or in several; a
*number* is text of digits and a point, so that nothing is rounded; a *date* is a day, a month or a year.

## Common to all kinds

`)
	writeFields(&b, CommonFields())
	for i := range kinds {
		k := &kinds[i]
		fmt.Fprintf(&b, "\n## %s (`%s`)\n\n%s Signed by %s.\n\n", k.Label, k.Kind, k.Hint, k.By)
		writeFields(&b, k.Fields)
	}
	b.WriteString("\n## Codes\n")
	for _, l := range lists {
		fmt.Fprintf(&b, "\n### %s (`%s`)\n\nSource: %s.\n\n| code | label | hint |\n|---|---|---|\n", l.Title, l.Name, escaped(l.Source))
		for _, c := range l.Codes {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Code, escaped(c.Label), escaped(c.Hint))
		}
	}
	return []byte(b.String())
}

// writeFields writes a table of fields, the members of groups below them.
func writeFields(b *strings.Builder, fields []Field) {
	b.WriteString("| field | label | form | need | what |\n|---|---|---|---|---|\n")
	var rows func(fields []Field, path string)
	rows = func(fields []Field, path string) {
		for i := range fields {
			f := &fields[i]
			name := path + f.Name
			if f.List {
				name += "[]"
			}
			what := f.Hint
			if f.Example != "" {
				what += " For example: " + f.Example
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", name, escaped(f.Label), f.form(), escaped(f.needed()), escaped(what))
			rows(f.Fields, name+".")
		}
	}
	rows(fields, "")
}

// form names the form of a field's values.
func (f *Field) form() string {
	form := map[Type]string{
		OneLine: "text, one line", Prose: "text", Coded: "code", Calendar: "date", Number: "number", Whole: "whole number", Flag: "true or false",
		EntryLink: "entry", BodyLink: "body", WebAddress: "web address", Hash: "SHA-256", Group: "group",
	}[f.Type]
	if l, ok := f.Codes.list(); ok {
		form += " of `" + l.Name + "`"
		if f.Type == OneLine {
			form += " or another"
		}
	}
	if f.Max > 0 {
		form += fmt.Sprintf(", up to %d characters", f.Max)
	}
	return form
}

// escaped is text for a cell of a table.
func escaped(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(s)
}
