package record_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func sound(kind protocol.Kind) *record.Record {
	return &record.Record{Kind: kind, Fields: map[string]any{
		"title": "A path (example)", "lang": "en", "licence": "CC-BY-4.0", "signed_as": "clerk",
		"places":  []any{map[string]any{"scheme": "gss", "code": "E08000032", "name": "Bradford"}},
		"service": map[string]any{"label": "Footpaths", "duty": "statutory"},
		"name":    "Marsh Lane Residents' Forum (example)", "role": "community_body",
	}}
}

func TestCheck(t *testing.T) {
	place := func(scheme, code any) any { return []any{map[string]any{"scheme": scheme, "code": code}} }
	for _, c := range []struct {
		kind  protocol.Kind
		field string
		value any // nil leaves the field out
		want  string
	}{
		{"decision", "title", nil, "must missing title"},
		{"decision", "title", "  ", "must missing title"},
		{"decision", "title", int64(1), "must wrong_type title"},
		{"decision", "title", strings.Repeat("é", 120), ""},
		{"decision", "title", strings.Repeat("é", 121), "must too_long title"},
		{"decision", "summary", strings.Repeat("é", 600), ""},
		{"decision", "summary", strings.Repeat("é", 601), "must too_long summary"},
		{"decision", "lang", nil, "must missing lang"},
		{"decision", "lang", "english language", "must bad_form lang"},
		{"decision", "lang", "e", "must bad_form lang"},
		{"decision", "lang", "zh-Hant-TW", ""},
		{"decision", "lang", "sl-rozaj-biske-1994", ""},
		{"decision", "lang", "de-CH-x-phonebk", ""},
		{"decision", "licence", nil, "must missing licence"},
		{"decision", "licence", "free for all!", "must bad_form licence"},
		{"decision", "licence", "OGL-UK-3.0 OR CC0-1.0", ""},
		{"decision", "signed_as", nil, "must missing signed_as"},
		{"decision", "signed_as", "clerk@example.org", "must bad_form signed_as"},
		{"decision", "places", nil, "should not_filed places"},
		{"attestation", "places", nil, ""},
		{"attestation", "places", "Leeds", "must wrong_type places"},
		{"attestation", "places", []any{"Leeds"}, "must wrong_type places[0]"},
		{"decision", "places", place("gss", "E0800003"), "must bad_form places[0].code"},
		{"decision", "places", place("gss", "S12000036"), ""},
		{"decision", "places", place("iso3166-2", "PL-22"), ""},
		{"decision", "places", place("iso3166-2", "Poland"), "must bad_form places[0].code"},
		{"decision", "places", place("other", "the fen"), ""},
		{"decision", "places", place("os", "TL4557"), "must bad_code places[0].scheme"},
		{"decision", "places", place("gss", nil), "must wrong_type places[0].code"},
		{"decision", "service", nil, "should not_filed service"},
		{"attestation", "service", "paths", "must wrong_type service"},
		{"decision", "service", map[string]any{"label": "Paths", "duty": "maybe"}, "must bad_code service.duty"},
		{"decision", "service", map[string]any{"label": "Paths"}, ""},
		{"attestation", "service", map[string]any{}, "must missing service.label"},
		{"decision", "sources", []any{map[string]any{"id": "a", "title": "A", "url": "https://a.example/"}}, ""},
		{"decision", "sources", []any{map[string]any{"title": "A"}}, "must missing sources[0].id"},
		{"decision", "sources", []any{map[string]any{"id": "a"}}, "must missing sources[0].title"},
		{"decision", "sources", []any{map[string]any{"id": "a", "title": "A"}, map[string]any{"id": "a", "title": "B"}}, "must twice sources[1].id"},
		{"decision", "sources", []any{map[string]any{"id": "a", "title": "A", "url": "see the shelf"}}, "should bad_form sources[0].url"},
		{"decision", "revises", "the last one", "must bad_form revises"},
		{"decision", "revises", protocol.EntryID{1}.String(), ""},
		{"body", "name", nil, "must missing name"},
		{"body", "role", nil, "must missing role"},
		{"body", "role", "king", "must bad_code role"},
		{"body", "role", "council", ""},
		{"sighting", "summary", nil, "should unknown_kind kind"},
		{"keys", "summary", nil, "must not_a_record "},
		{"decision", "kind", "report", "must reserved kind"},
		{"decision", "salt", salt, "must reserved salt"},
		{"decision", "cost", 1.5, "must bad_form "},
		{"decision", "reasons", strings.Repeat("a", protocol.MaxContent), "must too_large "},
	} {
		r := sound(c.kind)
		if c.value == nil {
			delete(r.Fields, c.field)
		} else {
			r.Fields[c.field] = c.value
		}
		if scheme, ok := c.value.([]any); ok && strings.Contains(c.want, "wrong_type places[0].code") {
			scheme[0].(map[string]any)["code"] = int64(1)
		}
		var got []string
		for _, f := range record.Check(r) {
			got = append(got, string(f.Severity)+" "+f.Code+" "+f.Field)
			if f.Message == "" || f.Remedy == "" {
				t.Errorf("%s %s: a finding without words: %+v", c.kind, c.field, f)
			}
		}
		if c.kind == "keys" {
			got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "should unknown") })
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s with %s = %v: found %q, want %q", c.kind, c.field, c.value, s, c.want)
		}
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

func TestTables(t *testing.T) {
	for name, list := range map[string]record.Codes{"schemes": record.Schemes, "duties": record.Duties, "roles": record.Roles} {
		seen := map[string]bool{}
		for _, c := range list {
			if c.Code == "" || c.Label == "" || seen[c.Code] || !list.Has(c.Code) || !strings.Contains(list.String(), c.Code) {
				t.Errorf("%s: %+v", name, c)
			}
			seen[c.Code] = true
		}
	}
	seen := map[protocol.Kind]bool{}
	for _, k := range record.Kinds() {
		if _, err := protocol.ParseKind(string(k.Kind)); err != nil || seen[k.Kind] || k.Kind.HasAct() || k.Label == "" || k.By == "" || !strings.HasSuffix(k.Hint, ".") {
			t.Errorf("%+v %v", k, err)
		}
		if got, ok := record.Describe(k.Kind); !ok || got != k {
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

// Whatever shape the fields have, a check neither panics nor depends on chance,
// and content that an author signed checks as the record did.
func TestCheckAnything(t *testing.T) {
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		options := []*rapid.Generator[any]{
			rapid.String().AsAny(), rapid.Bool().AsAny(), rapid.Int64Range(-9, 9).AsAny(),
			rapid.SliceOfN(rapid.Byte(), 0, 4).AsAny(), rapid.SampledFrom([]string{"gss", "E08000032", "en", "council"}).AsAny(),
		}
		if depth > 0 {
			options = append(options,
				rapid.Map(rapid.SliceOfN(value(depth-1), 0, 3), func(v []any) any { return v }),
				rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"scheme", "code", "id", "title", "label", "duty"}), value(depth-1), 0, 4),
					func(v map[string]any) any { return v }))
		}
		return rapid.OneOf(options...)
	}
	name := rapid.SampledFrom([]string{"title", "summary", "lang", "licence", "signed_as", "places", "service", "sources", "revises", "name", "role"})
	author := vectors.NewAuthor("check", 0, nil)
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.MapOfN(name, value(3), 0, 8).Draw(t, "fields")
		kind := rapid.SampledFrom([]protocol.Kind{"body", "decision", "sighting"}).Draw(t, "kind")
		found := record.Check(&record.Record{Kind: kind, Fields: fields})
		_, again := record.CheckContent(kind, author.Record(fields))
		if !slices.Equal(found, again) {
			t.Fatalf("%v\n%v", found, again)
		}
	})
}
