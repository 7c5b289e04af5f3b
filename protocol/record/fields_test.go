package record_test

import (
	"encoding"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// eachField calls f with every field of a table and of its groups.
func eachField(fields []record.Field, path string, f func(path string, field record.Field)) {
	for _, field := range fields {
		at := strings.TrimPrefix(path+"."+field.Name, ".")
		f(at, field)
		eachField(field.Fields, at, f)
	}
}

// goTypes are the types that [record.Read] fills.
var goTypes = map[protocol.Kind]reflect.Type{
	record.KindBody:        reflect.TypeFor[record.Body](),
	record.KindMandate:     reflect.TypeFor[record.Mandate](),
	record.KindAcceptance:  reflect.TypeFor[record.Acceptance](),
	record.KindChallenge:   reflect.TypeFor[record.Challenge](),
	record.KindDecision:    reflect.TypeFor[record.Decision](),
	record.KindResponse:    reflect.TypeFor[record.Response](),
	record.KindProgress:    reflect.TypeFor[record.Progress](),
	record.KindOutcome:     reflect.TypeFor[record.Outcome](),
	record.KindLesson:      reflect.TypeFor[record.Lesson](),
	record.KindAdoption:    reflect.TypeFor[record.Adoption](),
	record.KindAttestation: reflect.TypeFor[record.Attestation](),
	record.KindReport:      reflect.TypeFor[record.Report](),
	record.KindWitness:     reflect.TypeFor[record.Witness](),
	record.KindCorrection:  reflect.TypeFor[record.Correction](),
}

// The tables and the Go types say the same, name by name and shape by shape.
func TestTablesAndTypes(t *testing.T) {
	for _, k := range record.Kinds() {
		goType, ok := goTypes[k.Kind]
		if !ok {
			t.Errorf("%s has no Go type", k.Kind)
			continue
		}
		sameShape(t, string(k.Kind), goType, k.Fields)
	}
	if len(goTypes) != len(record.Kinds()) {
		t.Errorf("%d Go types for %d kinds", len(goTypes), len(record.Kinds()))
	}
}

func sameShape(t *testing.T, at string, goType reflect.Type, fields []record.Field) {
	t.Helper()
	if goType.NumField() != len(fields) {
		t.Errorf("%s: %d fields in Go, %d in the table", at, goType.NumField(), len(fields))
	}
	for i := range goType.NumField() {
		name := goType.Field(i).Tag.Get("record")
		j := slices.IndexFunc(fields, func(f record.Field) bool { return f.Name == name })
		if j < 0 {
			t.Errorf("%s: the table has no %q", at, name)
			continue
		}
		typ, f := goType.Field(i).Type, fields[j]
		if f.List {
			if typ.Kind() != reflect.Slice {
				t.Errorf("%s.%s is a list in the table, and %s", at, name, typ)
				continue
			}
			typ = typ.Elem()
		}
		if f.Type == record.Group {
			if typ.Kind() != reflect.Struct || reflect.PointerTo(typ).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
				t.Errorf("%s.%s is a group in the table, and %s", at, name, typ)
				continue
			}
			sameShape(t, at+"."+name, typ, f.Fields)
			continue
		}
		want := map[record.Type]reflect.Type{
			record.OneLine: reflect.TypeFor[string](), record.Prose: reflect.TypeFor[string](), record.Coded: reflect.TypeFor[string](),
			record.WebAddress: reflect.TypeFor[string](), record.Calendar: reflect.TypeFor[record.Date](), record.Number: reflect.TypeFor[record.Decimal](),
			record.Whole: reflect.TypeFor[int64](), record.Flag: reflect.TypeFor[bool](), record.Hash: reflect.TypeFor[protocol.Digest](),
			record.EntryLink: reflect.TypeFor[protocol.EntryID](), record.BodyLink: reflect.TypeFor[protocol.BodyID](),
		}[f.Type]
		if typ != want {
			t.Errorf("%s.%s is %s, and the table asks for %s", at, name, typ, want)
		}
	}
}

// Every field has the words that people need, and an example that passes.
func TestFieldWords(t *testing.T) {
	for _, k := range record.Kinds() {
		eachField(record.Fields(k.Kind), "", func(path string, f record.Field) {
			at := string(k.Kind) + " " + path
			if f.Type == 0 || f.Label == "" || !strings.HasSuffix(f.Hint, ".") || strings.ToUpper(f.Label[:1]) != f.Label[:1] {
				t.Errorf("%s has not the words it needs: %+v", at, f)
			}
			if (f.Type == record.Group) != (len(f.Fields) > 0) || (f.Type == record.Group) != (f.Example == "") {
				t.Errorf("%s: group, members and example do not go together", at)
			}
			if f.Type == record.Coded && !f.Codes.Has(f.Example) {
				t.Errorf("%s: %q is not on the list", at, f.Example)
			}
			if (f.Need == record.Wanted) != (f.Why != "") && path != "places" && path != "service" && !strings.HasPrefix(path, "process") {
				t.Errorf("%s is wanted and does not say why, or the reverse", at)
			}
			if f.Need == record.Conditional && f.When == "" {
				t.Errorf("%s does not say when it is needed", at)
			}
			if f.Pattern != "" && !regexp.MustCompile(f.Pattern).MatchString(f.Example) {
				t.Errorf("%s: the example %q has not the form it asks for", at, f.Example)
			}
			if got, ok := record.FieldAt(k.Kind, path); !ok || got.Name != f.Name || got.Label != f.Label {
				t.Errorf("%s is not found", at)
			}
		})
	}
}

func TestFieldAt(t *testing.T) {
	for _, c := range []struct{ kind, path, label string }{
		{"decision", "asks[0].of", "What we ask: Of whom"},
		{"decision", "asks.of", "What we ask: Of whom"},
		{"decision", "title", "Title"},
		{"report", "figures[12].figure.values[3].source", "Figures: Figure: Values: Source"},
		{"sighting", "lang", "Language"},
		{"decision", "asks[].of", ""},
		{"decision", "asks[x].of", ""},
		{"decision", "asks[0", ""},
		{"decision", "title[0]", ""},
		{"decision", "title.of", ""},
		{"decision", "asks..of", ""},
		{"decision", "", ""},
		{"sighting", "asks", ""},
	} {
		_, ok := record.FieldAt(protocol.Kind(c.kind), c.path)
		want := c.label
		if want == "" {
			want = c.path
		}
		if got := record.FieldLabel(protocol.Kind(c.kind), c.path); ok != (c.label != "") || got != want {
			t.Errorf("%s %s: %v, %q", c.kind, c.path, ok, got)
		}
	}
}

func TestFieldNeeds(t *testing.T) {
	need := func(kind protocol.Kind, path string) record.Need {
		f, _ := record.FieldAt(kind, path)
		return f.Need
	}
	if need("decision", "places") != record.Wanted || need("lesson", "places") != record.Optional {
		t.Error("places are wanted where records are filed, and only there")
	}
	if need("report", "sources") != record.Required || need("decision", "sources") != record.Optional {
		t.Error("sources are required of reports, and only of them")
	}
	names := func(fields []record.Field) (out []string) {
		for _, f := range fields {
			out = append(out, f.Name)
		}
		return out
	}
	if got := strings.Join(names(record.Fields("challenge")), " "); got != "title summary places service question raised_by how mandate sources signed_as lang licence revises" {
		t.Errorf("a form asks in the order %s", got)
	}
	// What one caller does to the tables, another does not see.
	record.CommonFields()[0].Name, record.Fields("decision")[0].Name = "x", "x"
	if record.CommonFields()[0].Name != "title" || record.Fields("decision")[0].Name != "title" {
		t.Error("the tables can be changed from outside")
	}
}
