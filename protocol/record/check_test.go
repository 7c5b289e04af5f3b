package record_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// sound is a record of a kind that has every field, filled with its example.
func sound(kind protocol.Kind) *record.Record {
	return &record.Record{Kind: kind, Fields: filled(record.Fields(kind))}
}

func filled(fields []record.Field) map[string]any {
	out := map[string]any{}
	for _, f := range fields {
		var v any = f.Example
		switch f.Type {
		case record.Group:
			v = filled(f.Fields)
		case record.Flag:
			v = f.Example == "true"
		case record.Whole:
			v, _ = strconv.ParseInt(f.Example, 10, 64)
		}
		if f.List {
			v = []any{v}
		}
		out[f.Name] = v
	}
	return out
}

// put sets, or with nil takes away, what stands at a path of names and places in
// lists such as "asks.0.ref".
func put(in map[string]any, path string, v any) {
	name, rest, deeper := strings.Cut(path, ".")
	switch {
	case !deeper && v == nil:
		delete(in, name)
		return
	case !deeper:
		in[name] = v
		return
	}
	if list, ok := in[name].([]any); ok {
		i, rest, deeper := strings.Cut(rest, ".")
		n, _ := strconv.Atoi(i)
		if !deeper {
			list[n] = v
			return
		}
		put(list[n].(map[string]any), rest, v)
		return
	}
	put(in[name].(map[string]any), rest, v)
}

func lines(found []record.Finding) string {
	var out []string
	for _, f := range found {
		out = append(out, string(f.Severity)+" "+f.Code+" "+f.Field)
	}
	return strings.Join(out, "; ")
}

// at is the day on which the records of these tests are published.
var at = time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)

// The examples of all fields together are a record that has all it should.
func TestExamplesAreSound(t *testing.T) {
	for _, k := range record.Kinds() {
		for _, f := range record.CheckAt(sound(k.Kind), at) {
			t.Errorf("%s: %+v", k.Kind, f)
		}
	}
}

type checkCase struct {
	kind protocol.Kind
	// set are paths and values in turn; nil takes away.
	set  []any
	want string
}

func runCases(t *testing.T, cases []checkCase) {
	t.Helper()
	for _, c := range cases {
		r := sound(c.kind)
		for i := 0; i < len(c.set); i += 2 {
			put(r.Fields, c.set[i].(string), c.set[i+1])
		}
		found := record.CheckAt(r, at)
		if got := lines(found); got != c.want {
			t.Errorf("%s with %.200v: found %q, want %q", c.kind, c.set, got, c.want)
		}
		for _, f := range found {
			if !strings.HasSuffix(f.Message, ".") || len(f.Remedy) < 10 {
				t.Errorf("%s with %.200v: a finding without words: %+v", c.kind, c.set, f)
			}
		}
		if got := record.HasMust(found); got != strings.Contains(c.want, "must") {
			t.Errorf("%s with %.200v: severe: %v", c.kind, c.set, got)
		}
	}
}

func TestCheckCommon(t *testing.T) {
	place := func(scheme, code any) any { return []any{map[string]any{"scheme": scheme, "code": code}} }
	one := func(path string, v any) []any { return []any{path, v} }
	runCases(t, []checkCase{
		{"decision", one("title", nil), "must missing title"},
		{"decision", one("title", "  "), "must missing title"},
		{"decision", one("title", int64(1)), "must wrong_type title"},
		{"decision", one("title", strings.Repeat("é", 120)), ""},
		{"decision", one("title", strings.Repeat("é", 121)), "must too_long title"},
		{"decision", one("title", "one\ntwo"), "should bad_form title"},
		{"decision", one("summary", "one\ntwo"), ""},
		{"decision", one("summary", nil), ""},
		{"decision", one("summary", strings.Repeat("é", 600)), ""},
		{"decision", one("summary", strings.Repeat("é", 601)), "must too_long summary"},
		{"decision", one("lang", nil), "must missing lang"},
		{"decision", one("lang", "english language"), "must bad_form lang"},
		{"decision", one("lang", "e"), "must bad_form lang"},
		{"decision", one("lang", "en_GB"), "must bad_form lang"},
		{"decision", one("lang", "zh-Hant-TW"), ""},
		{"decision", one("lang", "sl-rozaj-biske-1994"), ""},
		{"decision", one("lang", "de-CH-x-phonebk"), ""},
		{"decision", one("licence", nil), "must missing licence"},
		{"decision", one("licence", "free for all!"), "must bad_form licence"},
		{"decision", one("licence", "OGL-UK-3.0 OR CC0-1.0"), ""},
		{"decision", one("signed_as", nil), "must missing signed_as"},
		{"decision", one("signed_as", "clerk@example.org"), "must bad_form signed_as"},
		{"decision", one("places", nil), "should not_filed places"},
		{"decision", one("places", []any{}), "should not_filed places"},
		{"attestation", one("places", nil), ""},
		{"attestation", one("places", "Leeds"), "must wrong_type places"},
		{"attestation", one("places", []any{"Leeds"}), "must wrong_type places[0]"},
		{"decision", one("places", place("gss", "E0800003")), "must bad_form places[0].code"},
		{"decision", one("places", place("gss", "S12000036")), ""},
		{"decision", one("places", place("iso3166-2", "PL-22")), ""},
		{"decision", one("places", place("iso3166-2", "Poland")), "must bad_form places[0].code"},
		{"decision", one("places", place("other", "the fen")), ""},
		{"decision", one("places", place("os", "TL4557")), "must bad_code places[0].scheme"},
		{"decision", one("places", place("gss", int64(1))), "must wrong_type places[0].code"},
		{"decision", one("service", nil), "should not_filed service"},
		{"attestation", one("service", nil), ""},
		{"attestation", one("service", "paths"), "must wrong_type service"},
		{"attestation", one("service", map[string]any{}), "must missing service.label"},
		{"decision", one("service.duty", "maybe"), "must bad_code service.duty"},
		{"decision", one("service.duty", nil), ""},
		{"decision", one("service.lgsl", "567 or so"), "must bad_form service.lgsl"},
		{"challenge", one("sources.0.id", nil), "must missing sources[0].id"},
		{"decision", one("sources.0.title", nil), "must missing sources[0].title"},
		{"decision", one("sources.0.url", "see the shelf"), "should bad_form sources[0].url"},
		{"decision", one("sources.0.url", "https:///x"), "should bad_form sources[0].url"},
		{"decision", one("sources.0.url", "javascript://a.example/"), "should bad_form sources[0].url"},
		{"decision", one("sources.0.url", "http://a.example"), ""},
		{"decision", one("sources.0.accessed", "yesterday"), "must bad_form sources[0].accessed"},
		{"decision", one("sources.0.sha256", "e3b0"), "must bad_form sources[0].sha256"},
		{"decision", one("revises", "the last one"), "must bad_form revises"},
		{"decision", one("revises", protocol.EntryID{1}.String()), ""},
		{"decision", one("revises", int64(1)), "must wrong_type revises"},
		{"sighting", one("anything", "x"), "should unknown_kind kind"},
		{"sighting", one("title", nil), "should unknown_kind kind; must missing title"},
		{"keys", nil, "must not_a_record "},
		{"decision", one("kind", "report"), "must reserved kind"},
		{"decision", one("salt", salt), "must reserved salt"},
		{"decision", one("reasons", strings.Repeat("a", protocol.MaxContent)), "must too_large "},
		{"report", []any{"sources", nil, "figures", nil, "process", nil}, "must missing sources"},
		{"report", []any{"sources", []any{}, "figures", nil, "process", nil}, "must missing sources"},
	})
	r := sound("decision")
	r.Fields["sources"] = append(r.Fields["sources"].([]any), map[string]any{"id": "minutes", "title": "B"})
	if got := lines(record.Check(r)); got != "must twice sources[1].id" {
		t.Errorf("two sources of one name: %s", got)
	}
	r = sound("decision")
	r.Fields["cost"] = 1.5
	if got := lines(record.Check(r)); got != "must bad_form ; should unknown_field cost" {
		t.Errorf("a fraction: %s", got)
	}
}

func TestCheckContent(t *testing.T) {
	r := sound("decision")
	content, err := r.Encode(salt)
	if err != nil {
		t.Fatal(err)
	}
	if got, found := record.CheckContent("decision", content); len(found) != 0 || got.Title() != r.Title() {
		t.Errorf("sound content: %+v", found)
	}
	early := time.Date(2026, 5, 13, 0, 0, 0, 0, time.UTC)
	if _, found := record.CheckContentAt("decision", content, early); lines(found) != "should future decided_on" {
		t.Errorf("content from before the decision: %+v", found)
	}
	for name, s := range map[string]any{"none": nil, "short": salt[:15], "text": "0123456789abcdef"} {
		fields := maps.Clone(r.Fields)
		if s != nil {
			fields["salt"] = s
		}
		content, err := protocol.EncodeContent(fields)
		if err != nil {
			t.Fatal(err)
		}
		if _, found := record.CheckContent("decision", content); len(found) != 1 || found[0].Code != record.CodeNoSalt || !record.HasMust(found) {
			t.Errorf("salt %s: %+v", name, found)
		}
	}
	if got, found := record.CheckContent("decision", []byte{0xff}); got != nil || len(found) != 1 || found[0].Code != record.CodeUnreadable {
		t.Errorf("what is no content: %+v", found)
	}
}

// However much is wrong, the list stays short and the severe is on it.
func TestCheckIsBounded(t *testing.T) {
	r := sound("lesson")
	for i := range 5000 {
		r.Fields["field_"+strconv.Itoa(i)] = true
	}
	r.Fields["from"] = slices.Repeat([]any{"nothing"}, 5000)
	if found := record.Check(r); len(found) != record.MaxFindings || !record.HasMust(found) {
		t.Errorf("%d findings", len(found))
	}
	r = sound("report")
	r.Fields["not_found"] = slices.Repeat([]any{"a\nb"}, 5000)
	delete(r.Fields, "signed_as")
	found := record.Check(r)
	if len(found) != record.MaxFindings+1 || found[record.MaxFindings].Field != "signed_as" {
		t.Errorf("%d findings, the last %+v", len(found), found[len(found)-1])
	}
}

func TestKinds(t *testing.T) {
	seen := map[protocol.Kind]bool{}
	for _, k := range record.Kinds() {
		if _, err := protocol.ParseKind(string(k.Kind)); err != nil || seen[k.Kind] || k.Kind.HasAct() || k.Label == "" || k.By == "" || !strings.HasSuffix(k.Hint, ".") {
			t.Errorf("%+v %v", k, err)
		}
		if got, ok := record.Describe(k.Kind); !ok || got.Label != k.Label || len(got.Fields) == 0 {
			t.Errorf("%s is not described", k.Kind)
		}
		seen[k.Kind] = true
	}
	if len(seen) != 14 {
		t.Errorf("%d kinds", len(seen))
	}
}

func TestReferences(t *testing.T) {
	a, b := protocol.EntryID{1}, protocol.EntryID{2}
	refs := record.References(map[string]any{
		"z": a.String(), "m": []any{map[string]any{"y": b.String(), "x": a.String()}, a.String()},
		"title": "see " + a.String(), "bytes": a[:], a.String(): "a name is no reference", "upper": strings.ToUpper(a.String()),
	})
	want := []record.Ref{{Field: "m", ID: a}, {Field: "m", ID: b}, {Field: "z", ID: a}}
	if !slices.Equal(refs, want) {
		t.Errorf("got %v, want %v", refs, want)
	}
	var many []any
	for i := range 200 {
		many = append(many, protocol.EntryID{byte(i), 1}.String())
	}
	if refs := record.References(map[string]any{"a": many}); len(refs) != record.MaxReferences || refs[0].ID != (protocol.EntryID{0, 1}) {
		t.Errorf("%d references", len(refs))
	}
}
