package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

func TestBodies(t *testing.T) {
	f := open(t)
	seen := map[protocol.BodyID]api.Body{}
	path := "/api/v1/bodies?limit=2"
	for pages := 0; path != ""; pages++ {
		if pages > 3 {
			t.Fatal("the list does not end")
		}
		page := get[api.Bodies](t, f, path)
		for _, b := range page.Bodies {
			seen[b.ID] = b
		}
		path = ""
		if page.Next != nil {
			path = "/api/v1/bodies?limit=2&after=" + page.Next.String()
		}
	}
	forum := seen[f.forum.Body()]
	if len(seen) != 3 || forum.Name != "Forum (example)" || forum.Role != "community_body" || forum.Length != 9 || forum.Freeze != nil {
		t.Errorf("%+v", seen)
	}
	if b := seen[f.rogue.Body()]; b.Freeze == nil || b.Freeze.Kind != "forked" || b.Freeze.Proof != nil {
		t.Errorf("in the list: %+v", b.Freeze)
	}
}

func TestFreezeProof(t *testing.T) {
	f := open(t)
	b := get[api.Body](t, f, "/api/v1/bodies/"+f.rogue.Body().String())
	proof, err := b.Freeze.Proof.Decode()
	if err != nil {
		t.Fatal(err)
	}
	if freeze, err := proof.Verify(); err != nil || freeze.Kind != protocol.Forked {
		t.Errorf("%v, %v", freeze, err)
	}
	for _, e := range proof.Entries {
		if e.Content != nil {
			t.Error("the proof carries content, which could not be erased")
		}
	}
}

func TestLogPages(t *testing.T) {
	f := open(t)
	var seqs []uint64
	path := "/api/v1/bodies/" + f.forum.Body().String() + "/log?limit=4"
	for next := ""; ; {
		page := get[api.Log](t, f, path+next)
		for _, e := range page.Entries {
			seqs = append(seqs, e.Seq)
			if e.ID != f.forum.Log[e.Seq].ID {
				t.Errorf("position %d is %s", e.Seq, e.ID)
			}
		}
		if page.Next == nil {
			break
		}
		next = fmt.Sprintf("&after=%d", *page.Next)
	}
	if fmt.Sprint(seqs) != "[0 1 2 3 4 5 6 7 8]" {
		t.Errorf("positions %v", seqs)
	}
	if past := get[api.Log](t, f, path+"&after=50"); len(past.Entries) != 0 || past.Next != nil {
		t.Errorf("past the end: %+v", past)
	}
}

func TestArrivalOrder(t *testing.T) {
	f := open(t)
	var events []api.Event
	var after uint64
	for {
		page := get[api.Events](t, f, fmt.Sprintf("/api/v1/entries?limit=3&after=%d", after))
		events = append(events, page.Events...)
		after = page.Next
		if !page.More {
			break
		}
	}
	frozen := false
	for i, ev := range events {
		if ev.Event != uint64(i)+1 {
			t.Fatalf("event %d stands at %d", ev.Event, i)
		}
		frozen = frozen || ev.Type == "frozen" && ev.Body == f.rogue.Body()
	}
	if after != f.node.Ledger().Last() || uint64(len(events)) != after || !frozen {
		t.Errorf("%d events, the last is %d, frozen told: %v", len(events), after, frozen)
	}
	page := get[api.Events](t, f, "/api/v1/entries?kind=response&body="+f.council.Body().String())
	if len(page.Events) != 1 || page.Events[0].Entry.Title != "<script>alert(1)</script>" {
		t.Errorf("filtered: %+v", page.Events)
	}
}

// TestEntryChecksItself checks an entry from the answer alone.
func TestEntryChecksItself(t *testing.T) {
	f := open(t)
	want := f.forum.Log[3]
	d := get[api.Detail](t, f, "/api/v1/entries/"+want.ID.String())
	e, err := d.Raw.Decode()
	if err != nil || e.ID != want.ID || !bytes.Equal(e.Encode(), want.Encode()) {
		t.Fatalf("the bytes are not those that were signed: %v", err)
	}
	proof := &protocol.InclusionProof{Head: protocol.Head{Length: d.Proof.Length, Root: d.Proof.Root}, Path: d.Proof.Path}
	if err := proof.Verify(e); err != nil || proof.Head != f.forum.Chain.Head() {
		t.Errorf("proof: %v", err)
	}
	if _, salted := d.Record["salt"]; salted || d.Record["title"] != "Decision 3 (example)" || !d.InLog || len(d.Findings) == 0 {
		t.Errorf("%+v", d)
	}
	if len(d.ReferredBy) != 1 || d.ReferredBy[0].Field != "decision" || *d.ReferredBy[0].Body != f.council.Body() {
		t.Errorf("referred by %+v", d.ReferredBy)
	}
	from := get[api.Detail](t, f, "/api/v1/entries/"+f.council.Log[1].ID.String())
	if len(from.Refers) != 1 || from.Refers[0].ID != want.ID || !from.Refers[0].Held || from.Refers[0].Title != d.Title {
		t.Errorf("refers to %+v", from.Refers)
	}
	keys := get[api.Detail](t, f, "/api/v1/entries/"+f.council.Log[2].ID.String())
	if keys.Envelope.Control == nil || keys.Envelope.Control.Reason != "rotation" || keys.Content != api.ContentNone {
		t.Errorf("%+v", keys.Envelope)
	}
	_, raw := f.do(t, http.MethodGet, "/api/v1/entries/"+want.ID.String()+"/raw", nil)
	if !bytes.Equal(raw, want.Encode()) {
		t.Error("the raw entry differs")
	}
	// The branch that lost is held, and says so.
	side := f.rogue.Log[3]
	if d := get[api.Detail](t, f, "/api/v1/entries/"+side.ID.String()); d.InLog || d.Proof != nil {
		t.Errorf("%+v", d)
	}
}

func TestProblems(t *testing.T) {
	f := open(t)
	nobody := protocol.EntryID(protocol.HashOf([]byte("nobody"))).String()
	for _, c := range []struct {
		method, path string
		status       int
		code         api.Code
	}{
		{"GET", "/api/v1/bodies/" + nobody, 404, api.CodeNotFound},
		{"GET", "/api/v1/bodies/x", 400, api.CodeBadRequest},
		{"GET", "/api/v1/bodies/" + strings.Repeat("%F0%9F%98%80", 200), 400, api.CodeBadRequest},
		{"GET", "/api/v1/bodies/" + nobody + "/log", 404, api.CodeNotFound},
		{"GET", "/api/v1/entries/" + nobody, 404, api.CodeNotFound},
		{"GET", "/api/v1/entries/" + nobody + "/raw", 404, api.CodeNotFound},
		{"GET", "/api/v1/entries/../../etc/passwd", 404, api.CodeNotFound},
		{"GET", "/api/v1/entries?limit=0", 400, api.CodeBadRequest},
		{"GET", "/api/v1/entries?limit=1001", 400, api.CodeBadRequest},
		{"GET", "/api/v1/entries?after=-1", 400, api.CodeBadRequest},
		{"GET", "/api/v1/entries?after=1&after=2", 400, api.CodeBadRequest},
		{"GET", "/api/v1/entries?kind=Decision", 400, api.CodeBadRequest},
		{"GET", "/api/v1/entries?knid=decision", 400, api.CodeBadRequest},
		{"GET", "/api/v1/entries?%zz", 400, api.CodeBadRequest},
		{"GET", "/api/v1/search?q=" + strings.Repeat("a", 500), 400, api.CodeBadRequest},
		{"GET", "/api/v1/search?after=nonsense", 400, api.CodeBadRequest},
		{"GET", "/api/v1/export?format=xml", 400, api.CodeBadRequest},
		{"GET", "/api/v1/export?body=" + nobody, 404, api.CodeNotFound},
		{"GET", "/api/v1/nothing", 404, api.CodeNotFound},
		{"GET", "/local/v1/status", 404, api.CodeNotFound},
		{"POST", "/api/v1/bodies", 405, api.CodeMethod},
		{"DELETE", "/api/v1/entries/" + nobody, 405, api.CodeMethod},
	} {
		resp, b := f.do(t, c.method, c.path, nil)
		var p api.Problem
		if err := json.Unmarshal(b, &p); err != nil {
			t.Errorf("%s %s: %d %s", c.method, c.path, resp.StatusCode, b)
			continue
		}
		if resp.StatusCode != c.status || p.Status != c.status || p.Code != c.code || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %+v", c.method, c.path, resp.StatusCode, p)
		}
		if !strings.HasSuffix(p.Detail, ".") || len(p.Detail) > 600 {
			t.Errorf("%s %s: %q is not a sentence", c.method, c.path, p.Detail)
		}
	}
}

func TestUnchangedIsNotSentAgain(t *testing.T) {
	f := open(t)
	path := "/api/v1/bodies/" + f.forum.Body().String()
	first, _ := f.do(t, http.MethodGet, path, nil)
	tag := first.Header.Get("ETag")
	if again, b := f.do(t, http.MethodGet, path, map[string]string{"If-None-Match": `"other", ` + tag}); again.StatusCode != http.StatusNotModified || len(b) != 0 {
		t.Errorf("unchanged: %d %s", again.StatusCode, b)
	}
	f.forum.PublishN(1, 10)
	f.join(t, f.forum.Log[9:])
	changed, b := f.do(t, http.MethodGet, path, map[string]string{"If-None-Match": tag})
	var body api.Body
	if err := json.Unmarshal(b, &body); err != nil || changed.StatusCode != http.StatusOK || body.Length != 10 {
		t.Errorf("changed: %d %s", changed.StatusCode, b)
	}
}

func TestHeaders(t *testing.T) {
	f := open(t)
	for _, path := range []string{"/api/v1/bodies", "/livez", "/", "/static/folkmoot.css", "/api/v1/export"} {
		resp, b := f.do(t, http.MethodHead, path, nil)
		if resp.StatusCode != http.StatusOK || len(b) != 0 {
			t.Errorf("HEAD %s: %d, %d bytes", path, resp.StatusCode, len(b))
		}
		h := resp.Header
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") ||
			len(resp.Cookies()) != 0 || h.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", path, h)
		}
		if cors := h.Get("Access-Control-Allow-Origin"); (cors == "*") != strings.HasPrefix(path, "/api/") {
			t.Errorf("%s: any origin: %q", path, cors)
		}
	}
	_, metrics := f.do(t, http.MethodGet, "/metrics", nil)
	if !strings.Contains(string(metrics), "folkmoot_ledger_bodies 3\n") {
		t.Errorf("metrics: %s", metrics)
	}
}

func TestFirstPageWarns(t *testing.T) {
	f := open(t)
	resp, page := f.do(t, http.MethodGet, "/", nil)
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "1 body has signed two things that cannot both be true") {
		t.Errorf("%d, it does not warn of a frozen log", resp.StatusCode)
	}
}

func TestProfilesFollow(t *testing.T) {
	f := open(t)
	name := func() string { return get[api.Body](t, f, "/api/v1/bodies/"+f.forum.Body().String()).Name }
	if name() != "Forum (example)" {
		t.Fatal(name())
	}
	f.forum.Publish("body", map[string]any{"title": "Renamed", "name": "Renamed", "role": "community_body"})
	f.join(t, f.forum.Log[9:])
	if name() != "Renamed" {
		t.Errorf("after a new record: %q", name())
	}
}
