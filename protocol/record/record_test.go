package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

var salt = bytes.Repeat([]byte{7}, protocol.SaltSize)

// roundTrip encodes, decodes and checks that the same JSON comes out.
func roundTrip(t *testing.T, r *record.Record) *record.Record {
	t.Helper()
	before, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	content, err := r.Encode(salt)
	if err != nil {
		t.Fatal(err)
	}
	again, err := record.Decode(r.Kind, content)
	if err != nil {
		t.Fatal(err)
	}
	after, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Fatalf("the record changed on the way through content:\n%s\n%s", before, after)
	}
	if !reflect.DeepEqual(r.Fields, again.Fields) {
		t.Fatalf("the fields changed on the way through content:\n%v\n%v", r.Fields, again.Fields)
	}
	return again
}

func TestReports(t *testing.T) {
	data, err := os.ReadFile("../../cmd/folkmoot/reports.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []json.RawMessage
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 7 {
		t.Fatalf("%d cases, want 7", len(cases))
	}
	for _, c := range cases {
		r, err := record.FromJSONAs(record.KindReport, c)
		if err != nil {
			t.Fatal(err)
		}
		if found := record.Check(r); len(found) != 0 {
			t.Errorf("%s: %+v", r.Title(), found)
		}
		again := roundTrip(t, r)
		if again.Title() == "" || again.Summary() == "" || again.Lang() != "en" || again.Licence() != record.DefaultLicence ||
			again.SignedAs() != "reading room" || len(again.Places()) == 0 || again.Places()[0].Code == "" ||
			again.Service().Label == "" || len(again.Sources()) == 0 || !again.Revises().IsZero() {
			t.Errorf("%s: a common field is not read", r.Title())
		}
		var want, got map[string]any
		out, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(json.Unmarshal(c, &want), json.Unmarshal(out, &got)); err != nil {
			t.Fatal(err)
		}
		want["kind"] = "report"
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s: what comes out is not what went in", r.Title())
		}
		if _, err := record.FromJSON(out); err != nil {
			t.Errorf("%s: what is written cannot be read: %v", r.Title(), err)
		}
	}
}

func TestFromJSONRefuses(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", ``, "line 1, column 1: the record ends too early"},
		{"unfinished", "{\n \"kind\": \"decision\"", "line 2, column 20: the record ends too early"},
		{"list", `[]`, "a record is an object"},
		{"text", `"a"`, "a record is an object"},
		{"no kind", `{"title":"a"}`, "does not say what kind"},
		{"kind a number", `{"kind":1}`, "kind: the kind is not text"},
		{"kind misspelt", `{"kind":"Decision"}`, "cannot be a kind"},
		{"charter", `{"kind":"charter"}`, "kind: a charter entry is not a record"},
		{"keys", `{"kind":"keys"}`, "a keys entry is not a record"},
		{"erase", `{"kind":"erase"}`, "an erase entry is not a record"},
		{"salt", `{"kind":"report","salt":"AAAA"}`, "salt: the salt is random"},
		{"null", "{\"kind\":\"report\",\n  \"places\": [{\"code\": null}]}", "line 2, column 23: places[0].code: null says nothing; leave the field out"},
		{"float", `{"kind":"report","cost":{"values":[1, 2.5]}}`, "line 1, column 39: cost.values[1]: a number with a fraction or an exponent is not kept exactly; write it as text in quotes"},
		{"exponent", `{"kind":"report","n":1e3}`, "write it as text in quotes"},
		{"beyond 2^53", `{"kind":"report","n":9007199254740992}`, "n: the number is beyond 2^53; write it as text in quotes"},
		{"beyond -2^53", `{"kind":"report","n":-9007199254740992}`, "beyond 2^53"},
		{"beyond 2^64", `{"kind":"report","n":99999999999999999999999}`, "beyond 2^53"},
		{"twice", `{"kind":"report","a":{"é":1, "\u00e9":2}}`, `line 1, column 30: a.é: the member stands twice`},
		{"twice kind", `{"kind":"report","kind":"report"}`, `kind: the member stands twice`},
		{"trailing", "{\"kind\":\"report\"}\n{}", "line 2, column 1: something follows the record"},
		{"trailing comma", `{"kind":"report", }`, `line 1, column 19: this is not JSON: a comma stands before '}'; take the comma away`},
		{"trailing comma in a list", `{"kind":"report","a":[1,]}`, `a[1]: this is not JSON: a comma stands before ']'`},
		{"no comma", `{"kind":"report" "a":1}`, `column 18: this is not JSON: '"' cannot stand here`},
		{"no colon", `{"kind" "report"}`, "kind: this is not JSON: '\"' cannot stand here"},
		{"no bracket", `{"kind":"report","a":[1}`, "a: this is not JSON: '}' cannot stand here"},
		{"curly quotes", "{\u201ckind\u201d:1}", "column 2: this is not JSON: \u201c is not the quote that JSON uses"},
		{"single quotes", "{'kind':1}", "write straight double quotes"},
		{"comment", "{\"kind\":\"report\", // so\n\"a\":1}", "it has no comments"},
		{"line break in text", "{\"kind\":\"report\",\n\"a\":\"b\nc\"}", "line 2, column 5: a: this is not JSON: a line break or tab stands inside the text; write \\n"},
		{"stray backslash", `{"kind":"report","a":"b\q"}`, "a backslash that means nothing"},
		{"not UTF-8", "{\"kind\":\"report\",\"a\":\"\xff\"}", "line 1, column 23: the text is not valid Unicode"},
		{"half a pair", `{"kind":"report","a":"\ud83d"}`, `half of a character`},
		{"pair of unlike halves", `{"kind":"report","a":"\ud83d\u0041"}`, `half of a character`},
		{"second half", `{"kind":"report","a":"\ude00"}`, `half of a character`},
		{"too deep", `{"kind":"report","a":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`, "nest deeper than 15"},
		{"too long", `{"kind":"report","a":"` + strings.Repeat("a", record.MaxInput) + `"}`, "the limit is"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := record.FromJSON([]byte(c.in))
			if in := (*record.InputError)(nil); !errors.As(err, &in) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestFromJSONKeeps(t *testing.T) {
	in := "\ufeff" + `{"kind":"sighting","title":"Fen \ud83d\ude00 \"quoted\" \\ud800","n":-9007199254740991,"yes":true,"": [],"deep":` +
		strings.Repeat("[", 14) + `1` + strings.Repeat("]", 14) + `}`
	r, err := record.FromJSON([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	if r.Kind != "sighting" || r.Title() != `Fen 😀 "quoted" \ud800` || r.Fields["n"] != int64(-9007199254740991) || r.Fields["yes"] != true {
		t.Fatalf("read %+v", r)
	}
	if r.Licence() != record.DefaultLicence {
		t.Errorf("the licence is %q", r.Licence())
	}
	roundTrip(t, r)
	if _, err := record.FromJSONAs("report", []byte(in)); err == nil {
		t.Error("a record of another kind was read as a report")
	}
}

func TestEncodeRefuses(t *testing.T) {
	if _, err := (&record.Record{}).Encode(nil); err == nil {
		t.Error("encoded without salt")
	}
	if _, err := (&record.Record{Fields: map[string]any{"salt": salt}}).Encode(salt); err == nil {
		t.Error("encoded a salt of the record's own")
	}
	if _, err := (&record.Record{Fields: map[string]any{"n": 1.5}}).Encode(salt); err == nil {
		t.Error("encoded a fraction")
	}
}

func TestPlain(t *testing.T) {
	r := &record.Record{Kind: "report", Fields: map[string]any{"salt": salt, "b": []any{[]byte{0xff, 0xfe}}, "n": int64(1)}}
	out, err := json.Marshal(r)
	if err != nil || string(out) != `{"b":["__4"],"kind":"report","n":1}` {
		t.Fatalf("%s %v", out, err)
	}
	if out, err := json.Marshal(&record.Record{Kind: "report"}); err != nil || string(out) != `{"kind":"report"}` {
		t.Fatalf("%s %v", out, err)
	}
}

func FuzzFromJSON(f *testing.F) {
	if data, err := os.ReadFile("../../cmd/folkmoot/reports.json"); err == nil {
		var cases []json.RawMessage
		if err := json.Unmarshal(data, &cases); err != nil {
			f.Fatal(err)
		}
		for _, c := range cases {
			f.Add(append([]byte(`{"kind":"report",`), bytes.TrimPrefix(bytes.TrimSpace(c), []byte("{"))...))
		}
	}
	f.Add([]byte(`{"kind":"body","name":"a","role":"council","places":[{"scheme":"gss","code":"E0"}],"lang":7,"revises":""}`))
	f.Add([]byte(`{"kind":"x","a":[true,-1,"\ud83d\ude00",{"":{}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := record.FromJSON(data)
		if err != nil {
			return
		}
		found := record.Check(r)
		if _, err := r.Encode(salt); err != nil {
			if !record.HasMust(found) {
				t.Fatalf("no finding says that it cannot be encoded: %v", err)
			}
			return
		}
		again := roundTrip(t, r)
		if !reflect.DeepEqual(found, record.Check(again)) {
			t.Fatal("the findings changed on the way through content")
		}
		out, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) > record.MaxInput {
			return
		}
		if _, err := record.FromJSON(out); err != nil {
			t.Fatalf("what is written cannot be read: %v", err)
		}
	})
}
