package record

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol"
)

// templateWidth is how wide the comments of a template are, in characters.
const templateWidth = 96

// Template writes a record of a kind to be filled in, as YAML for [FromYAML]:
// every field in the order of a form, with its label, hint, example and codes in
// comments. What is required stands there to be answered; the rest stands behind
// a "#" that touches it. A template that nobody touched is read as a record
// without answers. It returns false for a kind that is not known.
func Template(kind protocol.Kind) ([]byte, bool) {
	info, ok := Describe(kind)
	if !ok {
		return nil, false
	}
	t := &template{}
	t.comment(info.Label + ": " + info.Hint)
	t.comment("Signed by " + info.By + ".")
	t.line("")
	t.comment("Write the answers behind the colons. Text of several lines goes below a colon with |, a little to the right. " +
		"To use a field that stands behind a #, take the # away, and those of the lines below that belong to it. " +
		"What is left empty is left out.")
	t.line("")
	t.line(fieldKind + ": " + string(kind))
	fields := Fields(kind)
	for i := range fields {
		t.line("")
		t.field(&fields[i])
	}
	return []byte(t.text.String()), true
}

// template is one that is being written. Each line begins with prefix and indent.
type template struct {
	text           strings.Builder
	prefix, indent string
}

func (t *template) line(s string) {
	t.text.WriteString(strings.TrimRight(t.prefix+t.indent+s, " ") + "\n")
}

// comment writes text for people.
func (t *template) comment(s string) {
	width := templateWidth - len(t.prefix) - len(t.indent)
	line := "#"
	for _, word := range strings.Fields(s) {
		if line != "#" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			t.line(line)
			line = "#"
		}
		line += " " + word
	}
	t.line(line)
}

// needed says when a field is needed.
func (f *Field) needed() string {
	switch {
	case f.Need == Required:
		return "required"
	case f.Need == Conditional:
		return "required " + f.When
	case f.Need == Wanted && f.When != "":
		return "wanted " + f.When
	case f.Need == Wanted:
		return "wanted"
	default:
		return "optional"
	}
}

func (t *template) field(f *Field) {
	about := f.Label + " (" + f.needed()
	if f.List {
		about += ", one or several"
	}
	t.comment(about + "). " + f.Hint)
	if f.Max > 0 {
		t.comment(fmt.Sprintf("Up to %d characters.", f.Max))
	}
	if len(f.Codes) > 0 {
		for _, c := range f.Codes {
			t.comment("- " + c.Code + ": " + strings.TrimSuffix(c.Label+"; "+c.Hint, "; "))
		}
	} else if f.Example != "" {
		t.comment("Example: " + f.Example)
	}
	// Within what stands behind a # nothing needs another.
	if f.Need != Required && t.prefix == "" {
		before := t.indent
		t.prefix, t.indent = before+"#", ""
		defer func() { t.prefix, t.indent = "", before }()
	}
	t.answer(f)
}

// answer writes the place for an answer.
func (t *template) answer(f *Field) {
	before := t.indent
	defer func() { t.indent = before }()
	switch {
	case f.Type != Group && f.List:
		t.line(f.Name + ":")
		t.line("  -")
		return
	case f.Name == FieldLang, f.Name == FieldLicence:
		t.line(f.Name + ": " + map[string]string{FieldLang: "en", FieldLicence: DefaultLicence}[f.Name])
		return
	case f.Type != Group:
		t.line(f.Name + ":")
		return
	}
	t.line(f.Name + ":")
	t.indent += "  "
	if f.List {
		t.line("-")
		t.indent += "  "
	}
	for i := range f.Fields {
		t.field(&f.Fields[i])
	}
}
