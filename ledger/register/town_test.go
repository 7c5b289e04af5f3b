package register_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// town has a council, a forum of residents and a stranger, who publish on the
// days that a story says.
type town struct {
	council, forum, other *vectors.Author
}

func newTown() *town {
	return &town{
		council: vectors.NewAuthor("Quernmore District Council (example)", 1, nil),
		forum:   vectors.NewAuthor("Marsh Lane Residents' Forum (example)", 1, nil),
		other:   vectors.NewAuthor("Weir Street Allotments (example)", 1, nil),
	}
}

func (w *town) authors() []*vectors.Author { return []*vectors.Author{w.council, w.forum, w.other} }

// openTest returns a ledger in memory that takes entries up to 2035.
func openTest(t testing.TB, dir string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{
		Dir: dir, Network: vectors.NetworkName, Floor: 1,
		Now: func() time.Time { return time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// joinRuns adds entries to a ledger.
func joinRuns(t testing.TB, l *ledger.Ledger, runs ...ledger.Run) {
	t.Helper()
	outcomes, err := l.Join(t.Context(), runs)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
}

// holding returns a ledger that holds the logs of authors.
func holding(t testing.TB, authors ...*vectors.Author) *ledger.Ledger {
	t.Helper()
	l := openTest(t, "")
	for _, a := range authors {
		joinRuns(t, l, a.Log)
	}
	return l
}

// on publishes a record at noon of a day; fields come in pairs of name and value.
func on(a *vectors.Author, day string, kind protocol.Kind, pairs ...any) *protocol.Entry {
	a.Clock = max(a.Clock, uint64(date(day).Start().Unix())+12*3600)
	fields := map[string]any{"title": string(kind) + " (example)", "lang": "en", "licence": "CC-BY-4.0", "signed_as": "clerk"}
	for n := 0; n < len(pairs); n += 2 {
		name, _ := pairs[n].(string)
		switch v := pairs[n+1].(type) {
		case *protocol.Entry:
			fields[name] = v.ID.String()
		case *vectors.Author:
			fields[name] = v.Body().String()
		case []*protocol.Entry:
			var list []any
			for _, e := range v {
				list = append(list, e.ID.String())
			}
			fields[name] = list
		case []map[string]any:
			var list []any
			for _, m := range v {
				list = append(list, m)
			}
			fields[name] = list
		case int:
			fields[name] = int64(v)
		default:
			fields[name] = v
		}
	}
	return a.Publish(kind, fields)
}

func date(s string) record.Date {
	d, err := record.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// asks makes the asks of a decision: pairs of ref and body.
func asks(pairs ...any) []map[string]any {
	var out []map[string]any
	for n := 0; n < len(pairs); n += 2 {
		of, _ := pairs[n+1].(*vectors.Author)
		out = append(out, map[string]any{"ref": pairs[n], "of": of.Body().String(), "action": "mend the path"})
	}
	return out
}

// reply makes an answer to an ask; due is the date of a commitment, "-" one
// without a date, and empty none.
func reply(ref, answer, due string, pairs ...any) map[string]any {
	m := map[string]any{"ref": ref, "answer": answer}
	if due != "" {
		c := map[string]any{"action": "the path will be mended", "office": "highways"}
		if due != "-" {
			c["due"] = due
		}
		m["commitment"] = c
	}
	for n := 0; n < len(pairs); n += 2 {
		name, _ := pairs[n].(string)
		m[name] = pairs[n+1]
	}
	return m
}

// list makes a list of maps.
func list(maps ...map[string]any) []map[string]any { return maps }

// at is a time in Unix seconds.
func at(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

// asJSON is how answers are compared.
func asJSON(t interface{ Fatal(...any) }, v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
