package catalogue

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// part is a ledger that has come only so far.
type part struct {
	*ledger.Ledger
	last uint64
}

// Events implements [Source].
func (p part) Events(after uint64) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		for ev, err := range p.Ledger.Events(after) {
			if err == nil && ev.Seq > p.last || !yield(ev, err) {
				return
			}
		}
	}
}

// history draws the logs of bodies that fork, recover and erase.
func history(t *rapid.T) []ledger.Run {
	var runs []ledger.Run
	for i := range rapid.IntRange(1, 3).Draw(t, "bodies") {
		a := vectors.NewAuthor(fmt.Sprint("body ", i), 0, nil)
		grow(t, a)
		b := a.Clone()
		runs = append(runs, a.Log)
		grow(t, a)
		runs = append(runs, a.Log)
		b.Clock += 7
		grow(t, b)
		runs = append(runs, b.Log)
		if rapid.Bool().Draw(t, "recover") {
			from := rapid.SampledFrom([]*vectors.Author{a, b}).Draw(t, "who")
			from.Recover(0, 0, "fork")
			grow(t, from)
			runs = append(runs, from.Log)
		}
	}
	return runs
}

func grow(t *rapid.T, a *vectors.Author) {
	for range rapid.IntRange(1, 4).Draw(t, "entries") {
		switch rapid.IntRange(0, 3).Draw(t, "what") {
		case 0:
			a.Publish("body", map[string]any{"title": "About us", "name": fmt.Sprintf("Body %d", a.Chain.Length()), "role": "council"})
		case 1:
			a.Publish("lesson", map[string]any{
				"title": "Lesson", "service": map[string]any{"label": "Paths"}, "method": "formal_governance",
				"places": []any{map[string]any{"scheme": "gss", "code": "E08000032"}},
				"from":   []any{a.Log[0].ID.String()},
			})
		case 2:
			seq := rapid.Uint64Range(0, a.Chain.Length()-1).Draw(t, "erased")
			if !a.Log[seq].Envelope.Kind.HasAct() {
				a.Erase("mistake", 0, seq)
			}
		default:
			a.PublishN(1, 60)
		}
	}
}

// tables is all that a catalogue holds, and what its index finds. Numbers that
// depend on the order of reading are shown as what they stand for.
func tables(t *rapid.T, c *Catalogue) string {
	var out strings.Builder
	for _, query := range []string{
		"SELECT cursor FROM state", "SELECT * FROM bodies", "SELECT * FROM entries", "SELECT * FROM places", "SELECT * FROM refs",
		"SELECT * FROM erasures", "SELECT * FROM profiles", "SELECT * FROM counts ORDER BY axis, value", "SELECT rowid FROM words",
		"SELECT rowid FROM words WHERE words MATCH 'council OR lesson OR decision' ORDER BY rowid",
		"SELECT * FROM keys", "SELECT * FROM dirty", "SELECT * FROM pending", "SELECT id FROM unheld ORDER BY id",
		`SELECT e.entry, hex(g.id), hex(t.id), e.identity FROM edges e JOIN parties g ON g.n = e.giver JOIN parties t ON t.n = e.taker ORDER BY e.entry`,
		`SELECT CASE WHEN d.row < 0 THEN hex(u.id) ELSE d.row >> 16 END AS decision, d.row & 65535 AS place, d.version, d.kind, d.ref,
			hex(p.id), hex(a.id), d.lane, d.due, d.moved FROM duties d JOIN parties p ON p.n = d.party
			LEFT JOIN parties a ON a.n = d.asker LEFT JOIN unheld u ON u.n = d.row >> 16 ORDER BY 1, 2`,
	} {
		rows, err := c.read.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		for rows.Next() {
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				fmt.Fprintf(&out, "%v|", *v.(*any))
			}
			out.WriteByte('\n')
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, "--", query)
	}
	return out.String()
}

// checkModel compares the catalogue with the logs as the ledger has them.
func checkModel(t *rapid.T, c *Catalogue, l *ledger.Ledger) {
	for h, err := range l.Heads() {
		if err != nil {
			t.Fatal(err)
		}
		b, err := c.Body(context.Background(), h.Body)
		if err != nil || b.Entries != int(h.Length) || b.Frozen != (h.Freeze.Kind != protocol.NotFrozen) {
			t.Fatalf("%+v %v, want %d entries and freeze %v", b, err, h.Length, h.Freeze)
		}
		erased := map[uint64]bool{}
		shown := map[protocol.EntryID]Hit{}
		p, err := c.Search(context.Background(), Query{Body: h.Body, Limit: MaxLimit})
		if err != nil || p.Total != int(h.Length) || len(p.Hits) != int(h.Length) {
			t.Fatalf("%d of %d hits, want %d: %v", len(p.Hits), p.Total, h.Length, err)
		}
		for _, hit := range p.Hits {
			shown[hit.ID] = hit
		}
		var log []*protocol.Entry
		for ev, err := range l.Log(h.Body, 0, h.Length) {
			if err != nil {
				t.Fatal(err)
			}
			log = append(log, ev.Entry)
			if act := ev.Entry.Erase(); act != nil {
				for _, seq := range act.Positions {
					erased[seq] = true
				}
			}
		}
		for seq, e := range log {
			hit, ok := shown[e.ID]
			if !ok || hit.Erased != erased[uint64(seq)] || hit.Erased != (hit.Title == "" && !e.Envelope.Kind.HasAct()) {
				t.Fatalf("position %d: %+v, erased in the log: %v", seq, hit, erased[uint64(seq)])
			}
		}
	}
}

// TestAnyBatching: however the events are divided, and wherever the catalogue is
// closed and opened again, the tables are those of one pass, and say what the
// logs say.
func TestAnyBatching(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		for _, run := range history(t) {
			if _, err := l.Join(context.Background(), []ledger.Run{run}); err != nil {
				t.Fatal(err)
			}
		}
		n++
		path := filepath.Join(dir, fmt.Sprint(n))
		at := func(c *Catalogue, last uint64) {
			if err := c.CatchUp(context.Background(), part{l, last}); err != nil {
				t.Fatal(err)
			}
		}
		opened := func(path string) *Catalogue {
			c, err := Open(Config{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		once, parts := opened(":memory:"), opened(path)
		defer func() { _, _ = once.Close(), parts.Close() }()
		at(once, l.Last())
		for last := uint64(0); last < l.Last(); {
			last = rapid.Uint64Range(last+1, l.Last()).Draw(t, "to")
			at(parts, last)
			if rapid.Bool().Draw(t, "again") {
				if err := parts.Close(); err != nil {
					t.Fatal(err)
				}
				parts = opened(path)
			}
		}
		if a, b := tables(t, once), tables(t, parts); a != b {
			t.Fatalf("one pass gives\n%s\nparts give\n%s", a, b)
		}
		checkModel(t, once, l)
	})
}

// TestErased gives events that a ledger makes on its own schedule: bytes that are
// deleted.
func TestErased(t *testing.T) {
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(2, 60)
	var events []ledger.Event
	for i, e := range a.Log {
		events = append(events, ledger.Event{Seq: uint64(i + 1), Kind: ledger.EventEntry, Body: a.Body(), Entry: e})
	}
	e := a.Log[1]
	events = append(events, ledger.Event{
		Seq: uint64(len(events) + 1), Kind: ledger.EventErased, Body: a.Body(),
		Positions: []uint64{e.Envelope.Seq}, Entries: []protocol.EntryID{e.ID},
	})
	c, err := Open(Config{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.CatchUp(t.Context(), list(events)); err != nil {
		t.Fatal(err)
	}
	p, err := c.Search(t.Context(), Query{})
	if err != nil || p.Total != 3 || len(p.Hits) != 3 || p.Hits[1].ID != a.Log[1].ID || !p.Hits[1].Erased || p.Hits[1].Title != "" {
		t.Fatalf("%+v %v", p, err)
	}
	if p, err = c.Search(t.Context(), Query{Text: "allotments"}); err != nil || p.Total != 1 {
		t.Fatalf("%+v %v", p, err)
	}
}

// list is a ledger that is only events.
type list []ledger.Event

// Events implements [Source].
func (l list) Events(after uint64) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		for _, ev := range l[min(after, uint64(len(l))):] {
			if !yield(ev, nil) {
				return
			}
		}
	}
}

// Follow implements [Source].
func (l list) Follow(_ context.Context, after uint64) iter.Seq2[ledger.Event, error] {
	return l.Events(after)
}

// Entry implements [register.Reader].
func (l list) Entry(id protocol.EntryID) (ledger.Event, error) {
	for _, ev := range l {
		if ev.Kind == ledger.EventEntry && ev.Entry.ID == id {
			return ev, nil
		}
	}
	return ledger.Event{}, ledger.ErrNotFound
}

// InLog implements [register.Reader].
func (l list) InLog(*protocol.Entry) (bool, error) { return true, nil }

// Erasure implements [register.Reader].
func (l list) Erasure(protocol.BodyID, uint64) (ledger.Event, error) {
	return ledger.Event{}, ledger.ErrNotFound
}

// References implements [register.Reader].
func (l list) References(id protocol.EntryID, fields ...string) iter.Seq2[ledger.Reference, error] {
	return func(yield func(ledger.Reference, error) bool) {
		for _, ev := range l {
			if ev.Kind != ledger.EventEntry {
				continue
			}
			for _, ref := range rowOf(ev.Entry).refs {
				if ref.ID == id && (len(fields) == 0 || slices.Contains(fields, ref.Field)) &&
					!yield(ledger.Reference{
						From: ev.Entry.ID, Event: ev.Seq, Field: ref.Field,
						Body: ev.Body, Seq: ev.Entry.Envelope.Seq, At: ev.Entry.Envelope.At, Kind: ev.Entry.Envelope.Kind,
					}, nil) {
					return
				}
			}
		}
	}
}

// Named implements [register.Reader].
func (l list) Named(id protocol.EntryID) ([]record.Ref, error) {
	ev, err := l.Entry(id)
	if err != nil {
		return nil, err
	}
	return rowOf(ev.Entry).refs, nil
}

// RootAt implements [register.Reader].
func (l list) RootAt(protocol.BodyID, uint64) (protocol.Root, error) {
	return protocol.Root{}, ledger.ErrNotFound
}

// Profile implements [register.Reader].
func (l list) Profile(protocol.BodyID) (ledger.Event, error) {
	return ledger.Event{}, ledger.ErrNotFound
}

func FuzzSearch(f *testing.F) {
	c, err := Open(Config{Path: ":memory:"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = c.Close() })
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(3, 60)
	var events list
	for i, e := range a.Log {
		events = append(events, ledger.Event{Seq: uint64(i + 1), Kind: ledger.EventEntry, Body: a.Body(), Entry: e})
	}
	if err := c.CatchUp(f.Context(), events); err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		``, `"`, `""`, `"a`, `'; DROP TABLE entries; --`, `a AND`, `NOT path`, `NEAR(a b, 2)`, `title:path`, `tags : k1`, `^path*`, `(((`, `-a +b`,
		"a\x00b", "\xff\xfe", "😀", "{title} : a", "path OR", "?1", "\x01a\x02", strings.Repeat("a ", 3000), strings.Repeat("ä", 3000), "E08000032",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, q := range []Query{{Text: s}, {Text: s, Order: Relevance, Kind: "decision"}, {Place: s, Service: s, Method: s}} {
			p, err := c.Search(context.Background(), q)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if p.Total != len(p.Hits) {
				t.Fatalf("%q: %d hits, total %d", s, len(p.Hits), p.Total)
			}
			if _, err := c.Facets(context.Background(), q); err != nil {
				t.Fatalf("%q: %v", s, err)
			}
		}
	})
}
