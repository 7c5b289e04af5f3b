package catalogue_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// noon is when tests take place: after every invented entry.
var noon = time.Unix(vectors.Epoch, 0).Add(365 * 24 * time.Hour)

func newLedger(t testing.TB) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Now: func() time.Time { return noon }, Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func join(t testing.TB, l *ledger.Ledger, runs ...ledger.Run) {
	t.Helper()
	outcomes, err := l.Join(context.Background(), runs)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if o.Err != nil {
			t.Fatalf("run %d: %v", i, o.Err)
		}
	}
}

func open(t testing.TB, path string) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Open(catalogue.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func catchUp(t testing.TB, c *catalogue.Catalogue, l catalogue.Source) {
	t.Helper()
	if err := c.CatchUp(t.Context(), l); err != nil {
		t.Fatal(err)
	}
}

// titles are those of what a query finds, all pages together.
func titles(t testing.TB, c *catalogue.Catalogue, q catalogue.Query) []string {
	t.Helper()
	var out []string
	for {
		p, err := c.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range p.Hits {
			out = append(out, h.Title)
		}
		if q.After = p.Next; q.After == "" {
			return out
		}
	}
}

func want(t testing.TB, c *catalogue.Catalogue, q catalogue.Query, titlesWanted ...string) {
	t.Helper()
	got := titles(t, c, q)
	if strings.Join(got, "; ") != strings.Join(titlesWanted, "; ") {
		t.Errorf("%+v finds %q, want %q", q, got, titlesWanted)
	}
}

func fields(title, text string) map[string]any {
	return map[string]any{"title": title, "lang": "en", "licence": "CC-BY-4.0", "signed_as": "clerk", "decision": text}
}

// forum is a body with records on all axes.
func forum() *vectors.Author {
	a := vectors.NewAuthor("forum", 0, nil)
	a.Publish("body", map[string]any{"title": "About us", "lang": "en", "name": "Marsh Lane Residents' Forum (example)", "role": "community_body"})
	f := fields("Mend the path (example)", "The café by the allotments stays open while the paths are mended.")
	f["places"] = []any{map[string]any{"scheme": "gss", "code": "E08000032", "name": "Bradford"}}
	f["service"], f["method"] = map[string]any{"label": "Footpaths", "duty": "statutory"}, "binding_deliberation"
	f["process"], f["network"] = map[string]any{"depth": "empower"}, map[string]any{"basis": "place"}
	a.Publish("decision", f)
	a.Publish("lesson", fields("Ask early (example)", "Mending a path needs a summer."))
	return a
}

func TestSearch(t *testing.T) {
	for _, path := range []string{":memory:", filepath.Join(t.TempDir(), "odd ?name#&.db")} {
		l := newLedger(t)
		c, err := catalogue.Open(catalogue.Config{Path: path, Entry: l.Entry})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		a := forum()
		join(t, l, a.Log)
		catchUp(t, c, l)
		const mend, ask, about = "Mend the path (example)", "Ask early (example)", "About us"
		for _, q := range []struct {
			q    catalogue.Query
			want []string
		}{
			{catalogue.Query{}, []string{ask, mend, about, ""}},
			{catalogue.Query{Limit: 1}, []string{ask, mend, about, ""}},
			{catalogue.Query{Text: "path"}, []string{ask, mend}},
			{catalogue.Query{Text: "paths MENDED", Order: catalogue.Relevance}, []string{mend, ask}},
			{catalogue.Query{Text: "paths MENDED", Order: catalogue.Relevance, Limit: 1}, []string{mend, ask}},
			{catalogue.Query{Text: "cafe"}, []string{mend}},
			{catalogue.Query{Text: "CAFÉ"}, []string{mend}},
			{catalogue.Query{Text: "path nowhere"}, nil},
			{catalogue.Query{Text: "?!*"}, nil},
			{catalogue.Query{Text: "residents"}, []string{about}},
			{catalogue.Query{Kind: "lesson"}, []string{ask}},
			{catalogue.Query{Kind: "nothing"}, nil},
			{catalogue.Query{Body: a.Body(), Text: "path"}, []string{ask, mend}},
			{catalogue.Query{Body: protocol.BodyID{1}}, nil},
			{catalogue.Query{Place: "E08000032"}, []string{mend}},
			{catalogue.Query{Place: "E08000033"}, nil},
			{catalogue.Query{Service: "Footpaths"}, []string{mend}},
			{catalogue.Query{Service: "footpaths"}, nil},
			{catalogue.Query{Method: "binding_deliberation", Text: "path"}, []string{mend}},
			{catalogue.Query{From: time.Unix(vectors.Epoch+120, 0), To: time.Unix(vectors.Epoch+180, 0)}, []string{mend}},
			{catalogue.Query{From: time.Unix(vectors.Epoch+180, 0)}, []string{ask}},
			{catalogue.Query{To: time.Unix(vectors.Epoch+60, 0)}, []string{""}},
			{catalogue.Query{From: time.Unix(vectors.Epoch+120, 0), Text: "path", Kind: "lesson"}, []string{ask}},
		} {
			want(t, c, q.q, q.want...)
			if p, err := c.Search(t.Context(), q.q); err != nil || p.Total != len(q.want) || p.More {
				t.Errorf("%+v: total %d, more %v, %v; want %d", q.q, p.Total, p.More, err, len(q.want))
			}
		}
		p, err := c.Search(t.Context(), catalogue.Query{Text: "mend CAFÉ", Kind: "decision"})
		if err != nil || len(p.Hits) != 1 {
			t.Fatal(p, err)
		}
		h := p.Hits[0]
		if len(h.TitleSpans) != 2 || h.TitleSpans[0] != (catalogue.Span{Text: "Mend", Match: true}) || h.TitleSpans[1].Match {
			t.Errorf("title %+v", h.TitleSpans)
		}
		if len(h.Snippet) < 4 || h.Snippet[1] != (catalogue.Span{Text: "café", Match: true}) {
			t.Errorf("snippet %+v", h.Snippet)
		}
		if h.Name != "Marsh Lane Residents' Forum (example)" || h.ID != a.Log[2].ID || h.Body != a.Body() || h.Seq != 2 || h.Event != 3 ||
			h.Depth != "empower" || h.Network != "place" || h.Kind != "decision" || h.At.Unix() != vectors.Epoch+120 {
			t.Errorf("hit %+v", h)
		}
		if _, err := c.Search(t.Context(), catalogue.Query{After: "later"}); !errors.Is(err, catalogue.ErrBadCursor) {
			t.Errorf("a bad cursor: %v", err)
		}
	}
}

func TestBodiesAndFacets(t *testing.T) {
	l, c := newLedger(t), open(t, ":memory:")
	a, b := forum(), vectors.NewAuthor("quiet", 0, nil)
	a.Publish("body", map[string]any{"title": "About us", "name": "Marsh Lane Forum (example)", "role": "observer"})
	join(t, l, a.Log, b.Log)
	catchUp(t, c, l)
	got, err := c.Body(t.Context(), a.Body())
	if err != nil || got.Name != "Marsh Lane Forum (example)" || got.Role != "observer" || got.Entries != 5 || got.Frozen ||
		got.Latest.Unix() != int64(a.Chain.At()) {
		t.Errorf("body %+v, %v", got, err)
	}
	if _, err := c.Body(t.Context(), protocol.BodyID{1}); !errors.Is(err, catalogue.ErrNotFound) {
		t.Error(err)
	}
	var after protocol.BodyID
	seen := map[protocol.BodyID]bool{}
	for {
		page, err := c.Bodies(t.Context(), after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		after, seen[page[0].ID] = page[0].ID, true
	}
	if len(seen) != 2 || !seen[a.Body()] || !seen[b.Body()] {
		t.Errorf("bodies %v", seen)
	}
	for name, q := range map[string]catalogue.Query{"counted before": {}, "counted now": {From: time.Unix(1, 0)}} {
		f, err := c.Facets(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		s := fmt.Sprint(f.Kind, f.Place, f.Service, f.Method, f.Year, f.Sampled)
		if s != "[{body  2} {charter  2} {decision  1} {lesson  1}] [{E08000032 Bradford 1}] [{Footpaths  1}] [{binding_deliberation  1}] [{2026  6}] false" {
			t.Errorf("%s: %s", name, s)
		}
		if len(f.Body) != 2 || f.Body[0].N != 5 || f.Body[0].Name != "Marsh Lane Forum (example)" || f.Body[1].N != 1 {
			t.Errorf("%s: bodies %+v", name, f.Body)
		}
	}
	f, err := c.Facets(t.Context(), catalogue.Query{Text: "path", Kind: "decision"})
	if err != nil || fmt.Sprint(f.Kind, f.Year) != "[{decision  1}] [{2026  1}]" {
		t.Errorf("%+v %v", f, err)
	}
}

// TestPlacesAreNamedByMost: a body that calls a place something else, however often,
// does not rename it.
func TestPlacesAreNamedByMost(t *testing.T) {
	l := newLedger(t)
	say := func(name, place string, times int) {
		a := vectors.NewAuthor(name, 0, nil)
		for range times {
			f := fields("A path (example)", "")
			f["places"] = []any{map[string]any{"scheme": "gss", "code": "E08000032", "name": place}}
			a.Publish("challenge", f)
		}
		join(t, l, a.Log)
	}
	say("a", "Bradford", 1)
	say("b", "Bradford", 1)
	say("c", "Nowhere", 9)
	c := open(t, filepath.Join(t.TempDir(), "c.db"))
	catchUp(t, c, l)
	f, err := c.Facets(t.Context(), catalogue.Query{})
	if err != nil || len(f.Place) != 1 || f.Place[0].Name != "Bradford" {
		t.Errorf("%+v, %v", f.Place, err)
	}
}

func TestDisownedAndFrozen(t *testing.T) {
	l, c := newLedger(t), open(t, ":memory:")
	a := vectors.NewAuthor("a", 0, nil)
	a.Publish("decision", fields("Shared", "x"))
	thief := a.Clone()
	a.Publish("body", map[string]any{"title": "Mine", "name": "Honest"})
	thief.Clock += 7
	thief.Publish("body", map[string]any{"title": "Stolen", "name": "Thief"})
	join(t, l, a.Log)
	catchUp(t, c, l)
	want(t, c, catalogue.Query{}, "Mine", "Shared", "")
	join(t, l, thief.Log[2:])
	catchUp(t, c, l)
	want(t, c, catalogue.Query{}, "Shared", "")
	want(t, c, catalogue.Query{Text: "honest"})
	if b, err := c.Body(t.Context(), a.Body()); err != nil || !b.Frozen || b.Name != "" || b.Entries != 2 {
		t.Errorf("frozen: %+v %v", b, err)
	}
	a.Recover(0, 0, "fork")
	join(t, l, a.Log[2:])
	catchUp(t, c, l)
	want(t, c, catalogue.Query{}, "", "Mine", "Shared", "")
	want(t, c, catalogue.Query{Text: "honest"}, "Mine")
	if b, err := c.Body(t.Context(), a.Body()); err != nil || b.Frozen || b.Name != "Honest" || b.Entries != 4 {
		t.Errorf("resolved: %+v %v", b, err)
	}
	owner := a.Clone()
	a.Publish("decision", fields("Sold for nothing", "gone"))
	join(t, l, a.Log[4:])
	catchUp(t, c, l)
	want(t, c, catalogue.Query{Text: "sold"}, "Sold for nothing")
	owner.Recover(0, 3, "key_stolen", a.Chain.Head())
	join(t, l, owner.Log[4:])
	catchUp(t, c, l)
	want(t, c, catalogue.Query{Text: "sold"})
}

func TestErasure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	l, c := newLedger(t), open(t, path)
	a := vectors.NewAuthor("a", 0, nil)
	a.Publish("decision", fields("Quixotic zeppelins", "Whatever else"))
	a.Publish("decision", fields("Bus shelters", "Roofs"))
	join(t, l, a.Log)
	catchUp(t, c, l)
	want(t, c, catalogue.Query{Text: "zeppelin"}, "Quixotic zeppelins")
	owner := a.Clone()
	a.Erase("privacy", 0, 1)
	join(t, l, a.Log[3:])
	catchUp(t, c, l)
	want(t, c, catalogue.Query{Text: "zeppelin"})
	want(t, c, catalogue.Query{Kind: "decision"}, "Bus shelters", "")
	p, err := c.Search(t.Context(), catalogue.Query{Kind: "decision"})
	if err != nil || !p.Hits[1].Erased || p.Hits[0].Erased {
		t.Errorf("%+v %v", p.Hits, err)
	}
	if err := c.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, word := range []string{"zeppelin", "uixot"} {
			if strings.Contains(strings.ToLower(string(b)), word) {
				t.Errorf("%s still holds %q", filepath.Base(name), word)
			}
		}
		if name == path && !strings.Contains(string(b), "Bus shelters") {
			t.Error("the file does not hold what stands: the check above proves nothing")
		}
	}
	want(t, c, catalogue.Query{Text: "roof"}, "Bus shelters")
	owner.Recover(0, 0, "key_stolen", a.Chain.Head()) // the erasure was a thief's
	join(t, l, owner.Log[3:])
	catchUp(t, c, l)
	want(t, c, catalogue.Query{Text: "zeppelin"}, "Quixotic zeppelins")
}

// TestContentThatComesLater takes in an entry without its content, and then that.
func TestContentThatComesLater(t *testing.T) {
	l, c := newLedger(t), open(t, ":memory:")
	a := vectors.NewAuthor("a", 0, nil)
	e := a.Publish("lesson", map[string]any{"title": "Quixotic zeppelins", "lang": "en"})
	join(t, l, ledger.Run{a.Log[0], e.WithoutContent()})
	catchUp(t, c, l)
	want(t, c, catalogue.Query{Text: "zeppelins"})
	join(t, l, a.Log)
	catchUp(t, c, l)
	want(t, c, catalogue.Query{Text: "zeppelins"}, "Quixotic zeppelins")
}

func TestUndecodable(t *testing.T) {
	l, c := newLedger(t), open(t, ":memory:")
	a := vectors.NewAuthor("a", 0, nil)
	content := []byte("\xff not a record")
	e, err := protocol.SignEntry(a.Key, a.Draft("decision", content), content)
	if err != nil {
		t.Fatal(err)
	}
	join(t, l, append(a.Log, e))
	catchUp(t, c, l)
	p, err := c.Search(t.Context(), catalogue.Query{Kind: "decision"})
	if err != nil || len(p.Hits) != 1 || p.Hits[0].ID != e.ID || p.Hits[0].Title != "" || p.Hits[0].Erased {
		t.Errorf("%+v %v", p, err)
	}
	want(t, c, catalogue.Query{Text: "record"})
}

func TestRunFollows(t *testing.T) {
	l, c := newLedger(t), open(t, filepath.Join(t.TempDir(), "c.db"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, l) }()
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(50, 100)
	for _, e := range a.Log {
		join(t, l, ledger.Run{e})
	}
	deadline := time.Now().Add(30 * time.Second)
	for c.Cursor() < l.Last() {
		if time.Now().After(deadline) {
			t.Fatalf("the catalogue stands at %d of %d", c.Cursor(), l.Last())
		}
		if _, err := c.Search(ctx, catalogue.Query{Text: "decision"}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := len(titles(t, c, catalogue.Query{Text: "allotments"})); n != 50 {
		t.Errorf("%d entries", n)
	}
}
