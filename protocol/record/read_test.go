package record_test

import (
	"reflect"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

func TestRead(t *testing.T) {
	to, after := protocol.BodyID{1}, protocol.EntryID{2}
	r := &record.Record{Kind: "mandate", Fields: map[string]any{
		"to": to.String(), "after": after.String(), "method": "binding_deliberation", "from": "2026-03", "response_days": int64(14),
		"implementation_days": 30, // as an author's own program may hold it
		"budget":              map[string]any{"unit": "GBP", "approx": true, "values": []any{map[string]any{"value": "12.50", "source": "a"}}},
		"threshold":           map[string]any{"kind": "supermajority", "percent": "80"},
		"checks":              map[string]any{"review": "2027", "finances_to": "nobody"},
	}}
	m := record.Read[record.Mandate](r)
	want := record.Mandate{
		To: to, After: after, Method: "binding_deliberation", From: record.Date{Year: 2026, Month: 3}, ResponseDays: 14, ImplementationDays: 30,
		Budget:    record.Figure{Unit: "GBP", Approx: true, Values: []record.FigureValue{{Value: "12.50", Source: "a"}}},
		Threshold: record.Threshold{Kind: "supermajority", Percent: "80"},
		Checks:    record.Checks{Review: record.Date{Year: 2027}, FinancesTo: "nobody"},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got %+v\nwant %+v", m, want)
	}
	about := record.Read[record.Report](sound("report")).About
	if about.Place != (record.Place{Scheme: "gss", Code: "E08000032", Name: "Bradford"}) {
		t.Errorf("the place of a report is %+v", about.Place)
	}
}

func TestReadIsLenient(t *testing.T) {
	id := protocol.EntryID{3}
	d := record.Read[record.Decision](&record.Record{Kind: "decision", Fields: map[string]any{
		"decided_on": "yesterday", "decision": int64(1), "mandate": "that one", "support": "most of us",
		"challenges": []any{"x", id.String(), int64(1)}, "asks": []any{"x", map[string]any{"ref": "a", "of": true}, map[string]any{}},
		"process": map[string]any{"sessions": "3", "hours": int64(3), "inclusion": []any{"childcare", false}}, "": "nameless",
	}})
	want := record.Decision{
		Challenges: []protocol.EntryID{id}, Asks: []record.Ask{{Ref: "a"}}, Process: record.Process{Inclusion: []string{"childcare"}},
	}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got %+v\nwant %+v", d, want)
	}
	type loose struct {
		Untagged string
		Title    string `record:"title"`
	}
	if got := record.Read[loose](&record.Record{Fields: map[string]any{"": "nameless", "Untagged": "x", "title": "t"}}); got != (loose{Title: "t"}) {
		t.Errorf("a member without a tag is filled: %+v", got)
	}
	if got := record.Read[record.Decision](nil); !reflect.DeepEqual(got, record.Decision{}) {
		t.Errorf("no record is read as %+v", got)
	}
}

// Every member of every Go type is filled from the examples: none is left at zero.
func TestReadEveryField(t *testing.T) {
	var zero func(t *testing.T, at string, v reflect.Value)
	zero = func(t *testing.T, at string, v reflect.Value) {
		if v.IsZero() && v.Kind() != reflect.Int64 {
			t.Errorf("%s is left at zero", at)
			return
		}
		if v.Kind() == reflect.Slice {
			v = v.Index(0)
		}
		if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[record.Date]() {
			for i := range v.NumField() {
				zero(t, at+"."+v.Type().Field(i).Name, v.Field(i))
			}
		}
	}
	for kind, read := range readers {
		zero(t, string(kind), reflect.ValueOf(read(sound(kind))))
	}
	if len(readers) != len(record.Kinds()) {
		t.Errorf("%d readers", len(readers))
	}
}

var readers = map[protocol.Kind]func(*record.Record) any{
	"body": reading[record.Body], "mandate": reading[record.Mandate], "acceptance": reading[record.Acceptance],
	"challenge": reading[record.Challenge], "decision": reading[record.Decision], "response": reading[record.Response],
	"progress": reading[record.Progress], "outcome": reading[record.Outcome], "lesson": reading[record.Lesson],
	"adoption": reading[record.Adoption], "attestation": reading[record.Attestation], "report": reading[record.Report],
	"witness": reading[record.Witness], "correction": reading[record.Correction],
}

func reading[T any](r *record.Record) any { return record.Read[T](r) }
