package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// compiled makes a validator of a schema; it fails for a schema that is none.
func compiled(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	top, _ := doc.(map[string]any)
	id, _ := top["$id"].(string)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid reports whether a schema takes a record as it is written to a file.
func valid(t *testing.T, s *jsonschema.Schema, r *record.Record) error {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// exampleOf fills in every field of a table with its example.
func exampleOf(t *testing.T, fields []record.Field) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, f := range fields {
		var v any = f.Example
		switch f.Type {
		case record.Group:
			v = exampleOf(t, f.Fields)
		case record.Flag:
			v = true
		case record.Whole:
			n, err := strconv.ParseInt(f.Example, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			v = n
		}
		if f.List {
			v = []any{v}
		}
		out[f.Name] = v
	}
	return out
}

func exampleRecord(t *testing.T, kind protocol.Kind) *record.Record {
	t.Helper()
	return &record.Record{Kind: kind, Fields: exampleOf(t, record.Fields(kind))}
}

func TestSchemaOfEveryKind(t *testing.T) {
	all := compiled(t, record.Schemas())
	for _, k := range record.Kinds() {
		text, ok := record.Schema(k.Kind)
		if !ok {
			t.Fatalf("%s has no schema", k.Kind)
		}
		s := compiled(t, text)
		full := exampleRecord(t, k.Kind)
		if err := valid(t, s, full); err != nil {
			t.Errorf("the example of %s: %v", k.Kind, err)
		}
		if err := valid(t, all, full); err != nil {
			t.Errorf("the example of %s, by the schema of all: %v", k.Kind, err)
		}
		other := &record.Record{Kind: "other", Fields: full.Fields}
		if valid(t, s, other) == nil || valid(t, all, other) == nil {
			t.Errorf("the schema of %s takes another kind", k.Kind)
		}
		full.Fields["not_known"] = map[string]any{"a": int64(1)}
		if err := valid(t, s, full); err != nil {
			t.Errorf("an unknown field of %s: %v", k.Kind, err)
		}
	}
	if _, ok := record.Schema("minutes"); ok {
		t.Error("a kind that is not known has a schema")
	}
}

// TestSchemaAndCheckAgree spoils each field of each kind in the ways that a
// schema can tell. What the one refuses the other does.
func TestSchemaAndCheckAgree(t *testing.T) {
	tried := 0
	for _, k := range record.Kinds() {
		text, _ := record.Schema(k.Kind)
		s := compiled(t, text)
		eachField(record.Fields(k.Kind), "", func(path string, f record.Field) {
			spoilt := map[string]any{
				"number": int64(7), "flag": true, "blank": " ", "list": []any{}, "nothing": nil, "code": "no such code",
				"long": strings.Repeat("x", max(f.Max, 8)+1), "word": "x", "day": "2026-13-01", "group": map[string]any{},
			}
			for name, v := range spoilt {
				r := exampleRecord(t, k.Kind)
				set(r.Fields, strings.Split(path, "."), v, f.List && name != "list")
				must, refused := record.HasMust(record.Check(r)), valid(t, s, r) != nil
				tried++
				switch {
				case must && !refused && !slices.ContainsFunc(between, func(s string) bool { return strings.HasSuffix(path, s) }):
					t.Errorf("%s %s with a %s: the schema takes what the check refuses: %+v", k.Kind, path, name, record.Check(r))
				case refused && !must && name != "blank" && name != "list":
					t.Errorf("%s %s with a %s: %v", k.Kind, path, name, valid(t, s, r))
				}
			}
		})
	}
	if tried < 1000 {
		t.Errorf("only %d records were tried", tried)
	}
}

// between are fields with rules that look at others, which a schema does not tell.
// What is blank or an empty list counts as left out for the check; a schema wants
// it to be left out.
var between = []string{"place.code", "places.code", "values.value", "why_not", "reasons", "licence", "award.to.name", "contact_url"}

// set puts a value at a path, into the first item of the lists on the way; nil
// takes the field away.
func set(in map[string]any, path []string, v any, wrap bool) {
	for _, name := range path[:len(path)-1] {
		next := in[name]
		if list, ok := next.([]any); ok {
			next = list[0]
		}
		in, _ = next.(map[string]any)
	}
	last := path[len(path)-1]
	switch {
	case v == nil:
		delete(in, last)
	case wrap:
		in[last] = []any{v}
	default:
		in[last] = v
	}
}

// reference is how the story names another record or a body.
var reference = regexp.MustCompile(`"@[a-z:-]+"`)

// TestSchemaTakesRealRecords validates the reports and the story of the demo.
func TestSchemaTakesRealRecords(t *testing.T) {
	all := compiled(t, record.Schemas())
	var reports []map[string]any
	readJSON(t, "../../cmd/folkmoot/reports.json", &reports)
	for _, fields := range reports {
		r, err := record.FromJSONAs(record.KindReport, mustJSON(t, fields))
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, all, r); err != nil {
			t.Errorf("%s: %v", r.Title(), err)
		}
	}
	var story []struct {
		Record json.RawMessage `json:"record"`
	}
	readJSON(t, "../../cmd/folkmoot/story.json", &story)
	id := protocol.EntryID(protocol.HashOf([]byte("an entry"))).String()
	for _, scene := range story {
		text := reference.ReplaceAll(scene.Record, fmt.Appendf(nil, `"%s"`, id))
		r, err := record.FromJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, all, r); err != nil {
			t.Errorf("%s: %v", r.Title(), err)
		}
	}
	if len(reports) != 7 || len(story) < 10 {
		t.Errorf("%d reports and %d scenes", len(reports), len(story))
	}
}

func readJSON(t *testing.T, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
