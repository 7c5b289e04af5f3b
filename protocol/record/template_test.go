package record_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol/record"
)

// hidden is a # that hides a field: it touches what it hides.
var hidden = regexp.MustCompile(`(?m)^( *)#([a-z_0-9]+:|-|  +\S)`)

// shown takes what hides fields away.
func shown(template []byte) string {
	var out []string
	for line := range strings.Lines(string(template)) {
		if hidden.MatchString(line) {
			line = strings.Replace(line, "#", "", 1)
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

func TestTemplateOfEveryKind(t *testing.T) {
	leaf := regexp.MustCompile(`(?m)^( *)([a-z_0-9]+):$`)
	for _, k := range record.Kinds() {
		text, ok := record.Template(k.Kind)
		if !ok {
			t.Fatalf("%s has no template", k.Kind)
		}
		for line := range strings.Lines(string(text)) {
			if utf8.RuneCountInString(line) > 100 {
				t.Errorf("%s: a line of %d characters: %s", k.Kind, utf8.RuneCountInString(line), line)
			}
		}
		for name, s := range map[string]string{"untouched": string(text), "shown": shown(text)} {
			r, err := record.FromYAML([]byte(s))
			if err != nil {
				t.Fatalf("the template of %s, %s: %v\n%s", k.Kind, name, err, s)
			}
			if r.Kind != k.Kind || len(r.Fields) != 2 || r.Text(record.FieldLang) != "en" || r.Text(record.FieldLicence) != record.DefaultLicence {
				t.Errorf("the template of %s, %s, answers %v", k.Kind, name, r.Fields)
			}
		}
		// With an answer in each place it has every field, and nothing else.
		filled := shown(text)
		lines := strings.SplitAfter(filled, "\n")
		for i, line := range lines {
			if strings.TrimRight(line, "\n") == strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " ")))+"-" && !deeper(lines, i) {
				lines[i] = strings.Replace(line, "-", "- x", 1)
			}
			if leaf.MatchString(strings.TrimRight(line, "\n")) && !deeper(lines, i) {
				lines[i] = strings.Replace(line, ":", ": x", 1)
			}
		}
		r, err := record.FromYAML([]byte(strings.Join(lines, "")))
		if err != nil {
			t.Fatalf("the template of %s, filled in: %v", k.Kind, err)
		}
		var want []string
		eachField(record.Fields(k.Kind), "", func(path string, _ record.Field) { want = append(want, path) })
		got := pathsOf(r.Fields, "")
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("the template of %s has %q, and the table %q", k.Kind, got, want)
		}
	}
	if _, ok := record.Template("minutes"); ok {
		t.Error("a kind that is not known has a template")
	}
}

// deeper reports whether the next line that is no comment belongs to line i.
func deeper(lines []string, i int) bool {
	depth := len(lines[i]) - len(strings.TrimLeft(lines[i], " "))
	for _, next := range lines[i+1:] {
		if s := strings.TrimSpace(next); s != "" && !strings.HasPrefix(s, "#") {
			return len(next)-len(strings.TrimLeft(next, " ")) > depth
		}
	}
	return false
}

// pathsOf lists the names in a map, and in the maps in it.
func pathsOf(in map[string]any, path string) []string {
	var out []string
	for name, v := range in {
		at := strings.TrimPrefix(path+"."+name, ".")
		out = append(out, at)
		if list, ok := v.([]any); ok {
			v = list[0]
		}
		if m, ok := v.(map[string]any); ok {
			out = append(out, pathsOf(m, at)...)
		}
	}
	return out
}
