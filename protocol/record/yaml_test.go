package record_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

func TestFromYAML(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"what the table says is text needs no quotes": {
			"kind: decision\ndecided_on: 2026-05-14\nsupport:\n  for: 31\n  against: 4.5\n  how: vote\ntitle: no\nsummary: 1_000",
			`{"kind": "decision", "decided_on": "2026-05-14", "support": {"for": "31", "against": "4.5", "how": "vote"}, "title": "no", "summary": "1_000"}`,
		},
		"numbers and flags": {
			"kind: mandate\nresponse_days: 60\nbudget: {approx: yes, unit: GBP}\nfrom: 2026",
			`{"kind": "mandate", "response_days": 60, "budget": {"approx": true, "unit": "GBP"}, "from": "2026"}`,
		},
		"a number in quotes is text":   {"kind: mandate\nresponse_days: \"60\"", `{"kind": "mandate", "response_days": "60"}`},
		"what is not filled in is out": {"kind: decision\nreasons:\nsupport:\n  for:\nasks:\n  - ref:\n    of:\nplaces: ~\ninterests: []", `{"kind": "decision", "interests": []}`},
		"a block":                      {"kind: challenge\nquestion: |\n  one\n  two\nhow: >\n  one\n  two\n", `{"kind": "challenge", "question": "one\ntwo", "how": "one two"}`},
		"unknown fields": {
			"kind: lesson\nx: {a: 12, b: 1.50, c: true, d: 2026-01-01, e: 0x1f, f: yes, g: 012, h: 90071992547409930}",
			`{"kind": "lesson", "x": {"a": 12, "b": "1.50", "c": true, "d": "2026-01-01", "e": "0x1f", "f": "yes", "g": "012", "h": "90071992547409930"}}`,
		},
		"the word null is a word":  {"kind: lesson\ntitle: null", `{"kind": "lesson", "title": "null"}`},
		"comments and a beginning": {"# what we learned\n---\nkind: lesson # yes\ntitle: a # b", `{"kind": "lesson", "title": "a"}`},
		"braces":                   {" {kind: lesson, title: 'it''s'}", `{"kind": "lesson", "title": "it's"}`},
	} {
		got, err := record.FromYAML([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := record.FromJSON([]byte(c.want))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestFromYAMLRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text      string
		line, col int
		says      string
	}{
		"nothing":                {"", 0, 0, "nothing in it"},
		"only comments":          {"# kind: lesson\n", 0, 0, "nothing in it"},
		"a list":                 {"- a\n- b", 1, 1, "names and values"},
		"a word":                 {"lesson", 1, 1, "names and values"},
		"no kind":                {"title: x", 0, 0, `add a line such as "kind: decision"`},
		"an empty kind":          {"kind:\ntitle: x", 0, 0, "what kind"},
		"a kind that cannot be":  {"kind: De-cision", 0, 0, "cannot be a kind"},
		"two records":            {"kind: lesson\n---\nkind: lesson", 0, 0, "more than one"},
		"twice":                  {"kind: lesson\ntitle: a\ntitle: b", 3, 1, "title: the field stands twice"},
		"twice in a group":       {"kind: decision\nasks:\n  - ref: a\n    ref: b", 4, 5, "asks[0].ref: the field stands twice"},
		"an anchor":              {"kind: lesson\ntitle: &a x", 2, 8, "anchors"},
		"an alias":               {"kind: lesson\ntitle: *a", 2, 8, ""},
		"a tag":                  {"kind: lesson\ntitle: !!binary eA==", 2, 8, "tags"},
		"a merge":                {"kind: lesson\n<<: {title: x}", 2, 1, "plain name"},
		"a colon in text":        {"kind: lesson\ntitle: one: two", 2, 11, "put the text in quotes"},
		"a tab":                  {"kind: decision\nasks:\n\t- ref: a", 3, 1, "not tabs"},
		"a quote not closed":     {"kind: lesson\ntitle: 'x", 2, 8, "not closed"},
		"a bracket not closed":   {"kind: lesson\nfrom: [a", 2, 7, "not closed"},
		"not Unicode":            {"kind: lesson\ntitle: \xff", 0, 0, "UTF-8"},
		"a control character":    {"kind: lesson\ntitle: \x01", 0, 0, "control character"},
		"too long":               {"kind: lesson\ntitle: " + strings.Repeat("x", record.MaxInput), 0, 0, "limit"},
		"too deep":               {"kind: lesson\nx: " + strings.Repeat("[", 40) + "1" + strings.Repeat("]", 40), 2, 0, "deeper"},
		"salt":                   {"kind: lesson\nsalt: x", 0, 0, "random"},
		"an act":                 {"kind: charter", 0, 0, "not a record"},
		"a line without a colon": {"kind: lesson\ntitle", 2, 0, "not YAML"},
	} {
		_, err := record.FromYAML([]byte(c.text))
		var bad *record.InputError
		if !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bad.Line != c.line && c.line != 0 || c.col != 0 && bad.Column != c.col || !strings.Contains(err.Error(), c.says) || bad.Remedy == "" {
			t.Errorf("%s: line %d, column %d: %v", name, bad.Line, bad.Column, err)
		}
	}
}

func TestFromText(t *testing.T) {
	for _, c := range []struct{ text, format string }{
		{` {"kind": "lesson", "title": "x"}`, ""},
		{"\ufeff{\"kind\": \"lesson\", \"title\": \"x\"}", ""},
		{"kind: lesson\ntitle: x", ""},
		{`{kind: lesson, title: x}`, record.FormatYAML},
		{`{"kind": "lesson", "title": "x"}`, record.FormatYAML},
		{`{"kind": "lesson", "title": "x"}`, record.FormatJSON},
	} {
		r, err := record.FromText([]byte(c.text), c.format)
		if err != nil || r.Kind != record.KindLesson || r.Title() != "x" {
			t.Errorf("%q as %q: %v, %v", c.text, c.format, r, err)
		}
	}
	for _, format := range []string{"toml", "JSON"} {
		if _, err := record.FromText([]byte("{}"), format); err == nil || !strings.Contains(err.Error(), "write JSON or YAML") {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// TestYAMLAndJSONAgree writes records of any shape in both forms and reads them.
func TestYAMLAndJSONAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		info := rapid.SampledFrom(record.Kinds()).Draw(t, "kind")
		r := &record.Record{Kind: info.Kind, Fields: map[string]any{"licence": "CC-BY-4.0"}}
		for range rapid.IntRange(0, 6).Draw(t, "fields") {
			if name := rapid.StringN(1, 12, 40).Draw(t, "name"); name != "kind" && name != "salt" {
				r.Fields[name] = drawValue(t, 3)
			}
		}
		// A field whose table says that it is text holds text.
		r.Fields["title"], _ = drawValue(t, 0).(string)
		r.Fields["places"] = []any{map[string]any{"name": rapid.String().Draw(t, "place"), "other": drawValue(t, 1)}}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		fromJSON, err := record.FromJSON(text)
		if err != nil {
			t.Skip("no record:", err)
		}
		written, err := fromJSON.YAML()
		if err != nil {
			t.Fatal(err)
		}
		fromYAML, err := record.FromYAML(written)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if !reflect.DeepEqual(fromYAML, fromJSON) {
			t.Fatalf("%#v\nwant %#v\nfrom\n%s", fromYAML.Fields, fromJSON.Fields, written)
		}
	})
}

// drawValue makes a value of content; empty maps and lists of nothing are left
// out of YAML when they hold only what is left out.
func drawValue(t *rapid.T, depth int) any {
	kinds := 3
	if depth > 0 {
		kinds = 5
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "type") {
	case 0:
		return rapid.SampledFrom([]string{"", "a", "null", "~", "yes", "true", "12", "1.5", "2026-05-14", "a: b", "# x", "- x", "a\nb", "a\n\nb\n", " a", "a ", "\ta\nb", "a\r\nb", "'", "\"", "é\u2028x", "|", "!x", "*x", "&x", "%x", "@x"}).Draw(t, "known")
	case 1:
		return rapid.String().Draw(t, "text")
	case 2:
		if rapid.Bool().Draw(t, "flag") {
			return rapid.Bool().Draw(t, "value")
		}
		return rapid.Int64Range(-protocol.MaxInt, protocol.MaxInt).Draw(t, "number")
	case 3:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, drawValue(t, depth-1))
		}
		return list
	default:
		m := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "size") {
			m[rapid.StringN(1, 8, 20).Draw(t, "member")] = drawValue(t, depth-1)
		}
		return m
	}
}

func FuzzFromYAML(f *testing.F) {
	for _, s := range []string{"kind: lesson\ntitle: x", "kind: decision\nasks:\n - {ref: a}", "a: &a [*a]", "? {}\n: |\n  x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := record.FromYAML(text)
		if err != nil {
			if !errors.As(err, new(*record.InputError)) {
				t.Fatalf("%T", err)
			}
			return
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
		written, err := r.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := record.FromYAML(written); err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("%v: %#v, want %#v from\n%s", err, again, r, written)
		}
	})
}
