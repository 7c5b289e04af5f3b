package catalogue

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// model answers by reading the whole ledger each time.
type model struct {
	t      *rapid.T
	l      *ledger.Ledger
	items  []register.Item
	duties []register.Duty
	// about is the version that counts of each decision that has duties.
	about map[protocol.EntryID]*record.Record
}

func newModel(t *rapid.T, l *ledger.Ledger) *model {
	m := &model{t: t, l: l, about: map[protocol.EntryID]*record.Record{}}
	named := map[protocol.EntryID]bool{}
	for ev, err := range l.Events(0) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Entry == nil {
			continue
		}
		item := m.state(ev.Entry.ID)
		m.items = append(m.items, item)
		named[ev.Entry.ID] = true
		for _, ref := range rowOf(ev.Entry).refs {
			named[ref.ID] = true
		}
	}
	for id := range named {
		duties, err := register.Duties(l, id)
		if err != nil {
			t.Fatal(err)
		}
		if len(duties) == 0 || duties[0].Decision != id {
			continue
		}
		m.duties = append(m.duties, duties...)
		item := m.state(id)
		if item.State == register.Amended {
			item = m.state(item.Changed)
		}
		if item.State != register.Disowned {
			m.about[id] = item.Record
		}
	}
	return m
}

func (m *model) state(id protocol.EntryID) register.Item {
	item, err := register.StateOf(m.l, id)
	if err != nil {
		m.t.Fatal(err)
	}
	return item
}

func (m *model) check(c *Catalogue) {
	m.checkStates(c)
	m.checkWeb(c)
	m.checkNamed(c)
	m.checkSummary(c)
	for range 6 {
		m.checkOwed(c)
	}
}

func (m *model) checkStates(c *Catalogue) {
	for _, i := range m.items {
		var state int
		if err := c.read.QueryRow("SELECT state FROM entries WHERE event = ?", int64(i.Event)).Scan(&state); err != nil {
			m.t.Fatal(err)
		}
		want := ""
		if i.State == register.Amended || i.State == register.Withdrawn {
			want = string(i.State)
		}
		if stateNames[state] != want {
			m.t.Fatalf("%s at %d is %q, want %q", i.Kind, i.Seq, stateNames[state], i.State)
		}
	}
}

func (m *model) checkWeb(c *Catalogue) {
	var want, got []string
	for _, i := range m.items {
		if e, ok := register.EdgeOf(&i); ok {
			want = append(want, fmt.Sprint(e))
		}
		ev, err := m.l.Entry(i.ID)
		if err != nil {
			m.t.Fatal(err)
		}
		if ctl := ev.Entry.Control(); ctl != nil && i.State != register.Disowned {
			for _, k := range register.KeysOf(ctl) {
				want = append(want, fmt.Sprint(register.KeyUse{Key: k, Body: i.Body}))
			}
		}
	}
	tx, err := c.read.Begin()
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	edges, err := readEdges(context.Background(), tx)
	if err != nil {
		m.t.Fatal(err)
	}
	keys, err := readKeys(context.Background(), tx)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, e := range edges {
		got = append(got, fmt.Sprint(e))
	}
	for _, k := range keys {
		got = append(got, fmt.Sprint(k))
	}
	slices.Sort(want)
	slices.Sort(got)
	// A control that names a key twice has one row for it.
	if want, got = slices.Compact(want), slices.Compact(got); !slices.Equal(want, got) {
		m.t.Fatalf("the web has\n%v\nwant\n%v", got, want)
	}
}

func (m *model) checkNamed(c *Catalogue) {
	for _, service := range []string{"", "PATHS", "Parks", "none"} {
		var want []protocol.EntryID
		for _, i := range slices.Backward(m.items) {
			kinds := []protocol.Kind{record.KindMandate, record.KindDecision, record.KindReport}
			if i.Counts() && slices.Contains(kinds, i.Kind) && inPlace(i.Record, "E1") && (service == "" || strings.EqualFold(i.Record.Service().Label, service)) {
				want = append(want, i.ID)
			}
		}
		got, more, err := c.Named(context.Background(), "E1", service)
		if err != nil || more || len(got) != len(want) {
			m.t.Fatalf("%q names %v, want %v: %v", service, got, want, err)
		}
		at := func(id protocol.EntryID) uint64 { return m.state(id).At }
		for n, id := range got {
			if !slices.Contains(want, id) || n > 0 && at(got[n-1]) < at(id) {
				m.t.Fatalf("%q names %v, want %v by time", service, got, want)
			}
		}
	}
}

func inPlace(r *record.Record, code string) bool {
	return r != nil && slices.ContainsFunc(r.Places(), func(p record.Place) bool { return p.Code == code })
}

// checkOwed draws a question and compares the answer.
func (m *model) checkOwed(c *Catalogue) {
	t := m.t
	q := OwedQuery{
		Now: int64(vectors.Epoch) + int64(rapid.IntRange(-400, 800).Draw(t, "day"))*43200, Limit: rapid.IntRange(1, 5).Draw(t, "limit"),
		Late: rapid.IntRange(0, 3).Draw(t, "late") == 0, All: rapid.Bool().Draw(t, "all"),
	}
	if len(m.duties) > 0 && rapid.Bool().Draw(t, "edge") {
		d := rapid.SampledFrom(m.duties).Draw(t, "duty")
		if missed := d.Missed(); !missed.IsZero() {
			q.Now = missed.Unix() - int64(rapid.IntRange(0, 1).Draw(t, "before"))
		}
		switch rapid.IntRange(0, 3).Draw(t, "filter") {
		case 0:
			q.By = d.By
		case 1:
			q.To = d.To
		case 2:
			q.DueFrom = q.Now
		case 3:
			q.DueTo = q.Now
		}
	}
	q.State = rapid.SampledFrom(append([]register.DutyState{"", "", "", ""}, dutyStates...)).Draw(t, "state")
	q.Place = rapid.SampledFrom([]string{"", "", "E1"}).Draw(t, "place")
	q.Service = rapid.SampledFrom([]string{"", "", "Paths"}).Draw(t, "service")
	now := time.Unix(q.Now, 0)
	want := map[DutyKey]*register.Duty{}
	for i := range m.duties {
		d := &m.duties[i]
		state := d.State(now)
		late := slices.Contains(lateStates, state)
		wanted := m.filtered(&q, d) && (!q.Late || late)
		if q.State != "" {
			wanted = wanted && state == q.State
		} else {
			wanted = wanted && (q.All || d.Open())
		}
		if wanted {
			want[DutyKey{d.Decision, d.Kind, d.Ref, d.By}] = d
		}
	}
	page := q
	var got []DutyKey
	for {
		p, err := c.Owed(context.Background(), page)
		if err != nil || len(p.Keys) > q.Limit || p.Next != "" && len(p.Keys) == 0 {
			t.Fatalf("%+v: %+v %v", page, p, err)
		}
		got = append(got, p.Keys...)
		if page.After = p.Next; p.Next == "" {
			break
		}
	}
	last := ""
	for _, k := range got {
		d := want[k]
		if d == nil {
			t.Fatalf("%+v: finds %+v, which is not wanted or comes twice", q, k)
		}
		delete(want, k)
		place := orderOf(d, now)
		if place < last {
			t.Fatalf("%+v: %+v at %s comes after %s", q, k, place, last)
		}
		last = place
	}
	if len(want) > 0 {
		t.Fatalf("%+v: does not find %v", q, slices.Collect(maps.Keys(want)))
	}
	m.checkSums(c, q)
}

// orderOf sorts as duties should.
func orderOf(d *register.Duty, now time.Time) string {
	missed := d.Missed()
	switch {
	case slices.Contains(lateStates, d.State(now)):
		return fmt.Sprintf("0 %012d", missed.Unix())
	case d.Open() && !missed.IsZero():
		return fmt.Sprintf("1 %012d", missed.Unix())
	case d.Open():
		return "2"
	default:
		return "3"
	}
}

func (m *model) filtered(q *OwedQuery, d *register.Duty) bool {
	missed := d.Missed()
	dated := !missed.IsZero()
	about := m.about[d.Decision]
	return (q.By.IsZero() || q.By == d.By) && (q.To.IsZero() || q.To == d.To) &&
		(q.Place == "" || inPlace(about, q.Place)) && (q.Service == "" || about != nil && about.Service().Label == q.Service) &&
		(q.DueFrom == 0 || dated && missed.Unix() >= q.DueFrom) && (q.DueTo == 0 || dated && missed.Unix() < q.DueTo)
}

func (m *model) checkSums(c *Catalogue, q OwedQuery) {
	want := map[protocol.BodyID]*OwedSum{}
	now := time.Unix(q.Now, 0)
	for i := range m.duties {
		d := &m.duties[i]
		if !m.filtered(&q, d) {
			continue
		}
		s := want[d.By]
		if s == nil {
			s = &OwedSum{Body: d.By}
			want[d.By] = s
		}
		state := d.State(now)
		switch {
		case state == register.Asked:
			s.Asked++
		case d.Open():
			s.Open++
		default:
			s.Settled++
		}
		switch state {
		case register.Overdue:
			s.Overdue++
		case register.NoResponse:
			s.NoResponse++
		case register.ObligationMissing:
			s.ObligationMissing++
		case register.MetByOwnWord:
			s.MetByOwnWord++
		}
		if slices.Contains(lateStates, state) && (s.OldestDue == 0 || d.Missed().Unix() < s.OldestDue) {
			s.OldestDue = d.Missed().Unix()
		}
		if len(d.Moved) > 0 {
			s.Moved++
		}
	}
	got, err := c.OwedSums(context.Background(), q)
	if err != nil || len(got) != len(want) || !slices.IsSortedFunc(got, func(a, b OwedSum) int { return cmp.Compare(b.late(), a.late()) }) {
		m.t.Fatalf("%+v: %+v %v", q, got, err)
	}
	for _, s := range got {
		s.Name = ""
		if w := want[s.Body]; w == nil || *w != s {
			m.t.Fatalf("%+v: %+v, want %+v", q, s, w)
		}
	}
}
