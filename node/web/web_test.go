package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// site is the pages of a node without a network that holds some logs.
type site struct {
	t       *testing.T
	node    *node.Node
	handler http.Handler
}

func open(t *testing.T, runs ...ledger.Run) *site {
	t.Helper()
	cfg := node.DefaultConfig()
	cfg.Data, cfg.Network, cfg.Offline, cfg.Trust = t.TempDir(), vectors.NetworkName, true, "open"
	n, err := node.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := n.Ledger().Join(t.Context(), runs)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	// Opened anew its catalogue has taken everything in.
	if n, err = node.NewOffline(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{t: t, node: n, handler: n.Public()}
}

func (s *site) get(path string) *httptest.ResponseRecorder {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, path, http.NoBody))
	return w
}

// hostile is text that wants to be more than text: markup, a script, overrides of
// the direction of writing, marks piled on each other, and a word without an end.
const hostile = `"><img src=x onerror=alert(1)></title><script>alert(2)</script>&lt;b&gt;` + "\u202edlrow\u202c z\u0351\u0352\u0353\u0354\u0355\u0356\u0357 '`{{.}}"

// hostileLogs are a council and a forum whose records have hostile text in every
// field that takes any.
func hostileLogs() []ledger.Run {
	council, forum := vectors.NewAuthor("council", 1, nil), vectors.NewAuthor("forum", 0, nil)
	say := func(a *vectors.Author, kind protocol.Kind, more map[string]any) *protocol.Entry {
		fields := everything(record.Fields(kind))
		for name, v := range more {
			if e, ok := v.(*protocol.Entry); ok {
				v = e.ID.String()
			}
			fields[name] = v
		}
		delete(fields, record.FieldRevises)
		return a.Publish(kind, fields)
	}
	for _, a := range []*vectors.Author{council, forum} {
		say(a, record.KindBody, map[string]any{"name": hostile, "role": "council", "website": "javascript:alert(3)"})
	}
	mandate := say(council, record.KindMandate, map[string]any{"to": forum.Body().String(), "method": "binding_deliberation", "from": "2020"})
	challenge := say(forum, record.KindChallenge, nil)
	decision := say(forum, record.KindDecision, map[string]any{
		"mandate": mandate, "method": "binding_deliberation", "challenges": []any{challenge.ID.String()}, "decided_on": "2026-01-02",
		"asks": []any{map[string]any{"ref": "a", "of": council.Body().String(), "action": hostile}},
	})
	response := say(council, record.KindResponse, map[string]any{"decision": decision, "answers": []any{map[string]any{
		"ref": "a", "answer": "accept", "reasons": hostile, "commitment": map[string]any{"action": hostile, "due": "2026-02-02", "office": hostile},
	}}})
	say(council, record.KindProgress, map[string]any{"response": response, "ref": "a", "status": "started", "as_of": "2026", "due": "2026-03-03", "reasons": hostile})
	lesson := say(forum, record.KindLesson, map[string]any{"from": []any{decision.ID.String()}})
	say(council, record.KindAdoption, map[string]any{"lesson": lesson, "status": "adapted", "why": hostile, "changes": hostile})
	for _, kind := range []protocol.Kind{record.KindOutcome, record.KindAttestation, record.KindReport, "a_kind_to_come"} {
		say(forum, kind, map[string]any{"subject": decision, "long": strings.Repeat("w", 40_000)})
	}
	secret := say(forum, record.KindChallenge, nil)
	forum.Erase("privacy", 0, secret.Envelope.Seq)
	rogue := vectors.NewAuthor("rogue", 0, nil)
	rogue.PublishN(1, 60)
	branch := rogue.Clone()
	branch.Publish("decision", map[string]any{"title": "One thing"})
	rogue.Publish("decision", map[string]any{"title": hostile})
	return []ledger.Run{council.Log, forum.Log, rogue.Log, branch.Log}
}

// everything is hostile text for every field that takes text, and an address that
// runs for every other.
func everything(fields []record.Field) map[string]any {
	out := make(map[string]any)
	for i := range fields {
		f := &fields[i]
		var v any
		switch f.Type {
		case record.OneLine, record.Prose, record.Coded, record.Calendar, record.Number, record.Hash, record.EntryLink, record.BodyLink:
			v = hostile
		case record.WebAddress:
			v = "javascript:alert(4)"
		case record.Group:
			v = everything(f.Fields)
		default:
			continue
		}
		if f.List {
			v = []any{v, v}
		}
		out[f.Name] = v
	}
	return out
}

// TestEveryPage follows every link from the first page, with records that attack
// their reader, and looks at each page as a browser would.
func TestEveryPage(t *testing.T) {
	s := open(t, hostileLogs()...)
	seen := map[string]bool{"/": true}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		w := s.get(path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
			continue
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for _, next := range lookAt(t, path, w) {
			if !seen[next] && len(seen) < 600 {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d pages were found", len(seen))
	}
}

// lookAt checks one page and returns where it leads on this site.
func lookAt(t *testing.T, path string, w *httptest.ResponseRecorder) (links []string) {
	t.Helper()
	page := w.Body.String()
	if strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "no value") {
		t.Errorf("%s: a template has a gap", path)
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("%s: the policy is %q", path, csp)
	}
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	ids, named := map[string]int{}, []string{}
	count := map[string]int{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
				t.Errorf("%s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "aria-labelledby":
				named = append(named, strings.Fields(a.Val)...)
			case a.Key == "href" && n.Data == "a", a.Key == "action":
				links = append(links, leads(t, path, a.Val)...)
			case a.Key == "href", a.Key == "src":
				if !strings.HasPrefix(a.Val, "/static/") {
					t.Errorf("%s: <%s> loads %q", path, n.Data, a.Val)
				}
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: the id %q is there %d times", path, id, n)
		}
	}
	for _, id := range named {
		if ids[id] == 0 {
			t.Errorf("%s: nothing is called %q", path, id)
		}
	}
	if count["script"]+count["img"]+count["b"] > 0 || count["h1"] != 1 || count["main"] != 1 || count["title"] == 0 {
		t.Errorf("%s: %v", path, count)
	}
	return links
}

// leads is a link on this site without its fragment; others must be to the web.
func leads(t *testing.T, path, href string) []string {
	t.Helper()
	u, err := url.Parse(href)
	switch {
	case err != nil:
		t.Errorf("%s: a link to %q", path, href)
	case u.Scheme == "https" || u.Scheme == "http":
	case u.Scheme != "" || u.Host != "":
		t.Errorf("%s: a link to %q", path, href)
	case u.Path != "" && !strings.HasPrefix(u.Path, "/api/v1/export"):
		u.Fragment = ""
		return []string{u.String()}
	}
	return nil
}

func TestEmptyNode(t *testing.T) {
	s := open(t)
	for path, want := range map[string]string{
		"/": "Nothing has been published here yet.", "/search": "No record fits.", "/bodies": "No body is known here yet.",
		"/owed": "Nothing here.", "/places": "No record here names a place yet.", "/summary": "There is no decision to count yet.",
		"/network": "No node is connected just now.", "/places/E08000032": "No record here names a method for this place.", "/about": "Nobody owns the whole.",
	} {
		if w := s.get(path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, it does not say %q", path, w.Code, want)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	s := open(t)
	stranger := vectors.NewAuthor("stranger", 0, nil)
	for path, want := range map[string]struct {
		code int
		says string
	}{
		"/nothing":          {404, "There is no such page"},
		"/entries/nonsense": {404, "There is no such page"},
		"/entries/" + stranger.Log[0].ID.String(): {404, "Not held here"},
		"/bodies/" + stranger.Body().String():     {404, "Not held here"},
		"/search?year=soon":                       {404, "There is no such page"},
		"/search?kind=NO-KIND":                    {400, "This cannot be asked so"},
		"/search?after=x":                         {400, "This cannot be asked so"},
		"/search?q=" + strings.Repeat("x", 500):   {400, "This cannot be asked so"},
		"/owed?by=x":                              {404, "There is no such page"},
	} {
		w := s.get(path)
		if w.Code != want.code || !strings.Contains(w.Body.String(), want.says) || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%.60s: %d, want %d and %q", path, w.Code, want.code, want.says)
		}
	}
}

// TestHiddenIsNotShown: what the operator hides is on no page.
func TestHiddenIsNotShown(t *testing.T) {
	a := vectors.NewAuthor("a", 0, nil)
	said := a.Publish(record.KindChallenge, map[string]any{"title": "Quagmire", "question": "Whose quagmire?"})
	s := open(t, a.Log)
	if w := s.get("/"); !strings.Contains(w.Body.String(), "Quagmire") {
		t.Fatal("it was not shown before")
	}
	if err := api.InProcess(s.node.Local()).Hide(t.Context(), said.ID, "a try"); err != nil {
		t.Fatal(err)
	}
	for path, code := range map[string]int{"/": 200, "/search": 200, "/bodies/" + a.Body().String(): 200, "/entries/" + said.ID.String(): 404, "/entries/" + said.ID.String() + "/proof": 404} {
		w := s.get(path)
		if w.Code != code || strings.Contains(strings.ToLower(w.Body.String()), "quagmire") {
			t.Errorf("%s: %d, want %d, and not what is hidden", path, w.Code, code)
		}
	}
}

// TestPlaceByNameOrCode: who types a code is led to the place, and who types
// anything else to what is found.
func TestPlaceByNameOrCode(t *testing.T) {
	a := vectors.NewAuthor("a", 0, nil)
	a.Publish(record.KindChallenge, map[string]any{
		"title": "A path", "question": "Which?", "places": []any{map[string]any{"scheme": "gss", "code": "E08000032", "name": "Bradford"}},
	})
	s := open(t, a.Log)
	for typed, want := range map[string]string{
		"E08000032": "/places/E08000032", "+e08000032+": "/places/E08000032", "bradford": "/search?q=bradford", "//evil.example": "/search?q=%2F%2Fevil.example",
	} {
		if w := s.get("/places?code=" + typed); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%q leads to %d %q, want %q", typed, w.Code, w.Header().Get("Location"), want)
		}
	}
	if w := s.get("/places/E08000032"); !strings.Contains(w.Body.String(), "<bdi>Bradford</bdi></h1>") {
		t.Error("the place is shown without its name")
	}
}

// TestLongPath: a place with more steps than a page shows has the last of them, and
// says how many came before.
func TestLongPath(t *testing.T) {
	a := vectors.NewAuthor("a", 0, nil)
	for i := range 103 {
		a.Publish(record.KindDecision, map[string]any{
			"title": fmt.Sprintf("Step %d.", i), "method": record.BindingDeliberation, "decided_on": "2026",
			"places": []any{map[string]any{"scheme": "gss", "code": "E1"}},
		})
	}
	page := open(t, a.Log).get("/places/E1").Body.String()
	table, _, _ := strings.Cut(page[strings.Index(page, "<table"):], "</table>")
	if n := strings.Count(table, "<tr"); n != 101 || strings.Contains(table, "Step 0.") || !strings.Contains(table, "Step 102.") || !strings.Contains(page, "3 earlier steps are not shown.") {
		t.Errorf("%d rows", n)
	}
}

func TestNotModified(t *testing.T) {
	s := open(t, vectors.NewAuthor("a", 0, nil).Log)
	first := s.get("/bodies")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/bodies", http.NoBody)
	r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	w := httptest.NewRecorder()
	if s.handler.ServeHTTP(w, r); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("%d and %d bytes", w.Code, w.Body.Len())
	}
	head := httptest.NewRecorder()
	s.handler.ServeHTTP(head, httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/bodies", http.NoBody))
	if head.Code != http.StatusOK || head.Body.Len() > 0 || head.Header().Get("Content-Length") != first.Header().Get("Content-Length") {
		t.Errorf("HEAD: %d, %v", head.Code, head.Header())
	}
	for _, path := range []string{"/static/folkmoot.css", "/static/folkmoot.svg"} {
		if w := s.get(path); w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
}
