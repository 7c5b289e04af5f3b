package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// Whatever content an entry carries, checking and reading it neither panics nor
// takes long, and the list of findings stays short and the same.
func FuzzCheck(f *testing.F) {
	for _, k := range record.Kinds() {
		content, err := sound(k.Kind).Encode(salt)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(k.Kind), content, int64(1_800_000_000))
	}
	f.Add("sighting", []byte{0xa0}, int64(0))
	f.Add("decision", []byte{0xa1, 0x61, 'a', 0x01}, int64(-1))
	f.Fuzz(func(t *testing.T, kind string, content []byte, at int64) {
		begin := time.Now()
		r, found := record.CheckContentAt(protocol.Kind(kind), content, time.Unix(at, 0))
		if took := time.Since(begin); took > 5*time.Second {
			t.Fatalf("%d bytes took %v", len(content), took)
		}
		if len(found) > record.MaxFindings+2 {
			t.Fatalf("%d findings", len(found))
		}
		for _, finding := range found {
			if finding.Code == "" || finding.Message == "" || finding.Remedy == "" || len(finding.Field) > 1000 {
				t.Fatalf("a finding without words: %+v", finding)
			}
		}
		if r == nil {
			return
		}
		if _, again := record.CheckContentAt(protocol.Kind(kind), content, time.Unix(at, 0)); !slices.Equal(found, again) {
			t.Fatalf("%v\n%v", found, again)
		}
		for _, read := range readers {
			read(r)
		}
	})
}

// anyValue draws a value that content may hold, with names that the tables have
// and names that they do not.
func anyValue(names []string, depth int) *rapid.Generator[any] {
	options := []*rapid.Generator[any]{
		rapid.String().AsAny(), rapid.Bool().AsAny(), rapid.Int64Range(-9, 9).AsAny(),
		rapid.SampledFrom([]string{"gss", "E08000032", "en", "council", "date", "12", "2026", "qualitative", "@", "defer", ""}).AsAny(),
	}
	if depth > 0 {
		options = append(
			options,
			rapid.Map(rapid.SliceOfN(anyValue(names, depth-1), 0, 3), func(v []any) any {
				if v == nil {
					v = []any{}
				}
				return v
			}),
			rapid.Map(rapid.MapOfN(rapid.SampledFrom(names), anyValue(names, depth-1), 0, 5), func(v map[string]any) any { return v }),
		)
	}
	return rapid.OneOf(options...)
}

func knownNames() []string {
	names := map[string]bool{"x": true, "": true, "Title": true, "a.b[0]": true, "тест": true}
	for _, k := range record.Kinds() {
		eachField(record.Fields(k.Kind), "", func(_ string, f record.Field) { names[f.Name] = true })
	}
	return slices.Sorted(maps.Keys(names))
}

// Whatever shape the fields have, a check neither panics nor depends on chance,
// content that an author signed checks as the record did, and reading agrees
// with what the check passed.
func TestCheckAnything(t *testing.T) {
	names := knownNames()
	author := vectors.NewAuthor("check", 0, nil)
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(record.Kinds()).Draw(t, "kind").Kind
		r := sound(kind)
		own := slices.Sorted(maps.Keys(r.Fields))
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			r.Fields[rapid.SampledFrom(own).Draw(t, "name")] = anyValue(names, 4).Draw(t, "value")
		}
		found := record.Check(r)
		if _, again := record.CheckContent(kind, author.Record(r.Fields)); !slices.Equal(found, again) {
			t.Fatalf("%v\n%v", found, again)
		}
		readers[kind](r)
		for _, finding := range found {
			if finding.Code == record.CodeUnknownField || finding.Field == "" {
				continue
			}
			if _, ok := record.FieldAt(kind, finding.Field); !ok {
				t.Fatalf("no field at %q", finding.Field)
			}
		}
	})
}

// What this version does not know survives: JSON, content and JSON again are the
// same to the byte.
func TestUnknownFieldsSurvive(t *testing.T) {
	names := knownNames()
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,12}`), anyValue(names, 4), 0, 6).Draw(t, "fields")
		kind := rapid.SampledFrom([]string{"decision", "sighting", "lesson"}).Draw(t, "kind")
		delete(fields, "salt")
		fields["kind"], fields["licence"] = kind, "CC0-1.0"
		in, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.FromJSON(in)
		if err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		content, err := r.Encode(salt)
		if err != nil {
			t.Fatal(err)
		}
		record.Check(r)
		again, err := record.Decode(protocol.Kind(kind), content)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r, again) {
			t.Fatalf("%v\n%v", r, again)
		}
		out, err := json.Marshal(again)
		if err != nil || !bytes.Equal(in, out) {
			t.Fatalf("%s\n%s %v", in, out, err)
		}
	})
}

// The worst that 64 KiB can hold is checked in a moment.
func TestCheckHostile(t *testing.T) {
	long := strings.Repeat("a", 20)
	many := map[string]any{}
	for i := range 2500 {
		many[fmt.Sprintf("%s%d", long, i)] = "x"
	}
	asks := make([]any, 6000)
	for i := range asks {
		asks[i] = map[string]any{"ref": "a"}
	}
	for name, fields := range map[string]map[string]any{
		"many names": many,
		"many asks":  {"asks": asks},
		"one text":   {"title": strings.Repeat("é", 30000), "lang": strings.Repeat("en-", 20000), "decided_on": strings.Repeat("2", 60000)},
		"many codes": {"process": map[string]any{"inclusion": slices.Repeat([]any{"childcares"}, 5000)}},
	} {
		begin := time.Now()
		found := record.Check(&record.Record{Kind: "decision", Fields: fields})
		if took := time.Since(begin); took > 2*time.Second || !record.HasMust(found) || len(found) > record.MaxFindings+1 {
			t.Errorf("%s: %d findings in %v", name, len(found), took)
		}
	}
}
