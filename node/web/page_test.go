package web_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/node/web"
)

func render(t *testing.T, path string, p web.Page, err error) *httptest.ResponseRecorder {
	t.Helper()
	h := web.Handler(func(context.Context) (web.Page, error) { return p, err }, slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

const hostile = `"><img src=x onerror=alert(1)></title><script>alert(2)</script>`

func TestHostileTextStaysText(t *testing.T) {
	w := render(t, "/", web.Page{
		Network: hostile, Version: hostile, Body: hostile, Name: hostile, Role: hostile, Bodies: 1, Frozen: 2,
		Missing: []string{hostile},
		Newest:  []web.Entry{{ID: hostile, Title: hostile, Kind: hostile, Body: hostile, BodyName: hostile, At: time.Unix(0, 0)}},
		List:    []web.Body{{ID: hostile, Name: hostile, Role: hostile, Freeze: hostile}},
	}, nil)
	page := w.Body.String()
	if w.Code != http.StatusOK || strings.Contains(page, "<img") || strings.Contains(page, "<script") {
		t.Errorf("%d %s", w.Code, page)
	}
}

func TestErasedIsExplained(t *testing.T) {
	w := render(t, "/", web.Page{
		Newest: []web.Entry{{ID: "id", Kind: "decision", Content: "erased", Erasure: &web.Erasure{At: time.Unix(0, 0), Reason: "privacy", Offices: []string{"clerk", hostile}}}},
		List:   []web.Body{{ID: "id", Name: "Council", Length: 5, Erased: 2}},
	}, nil)
	page := w.Body.String()
	for _, want := range []string{"Erased by its author on 1 January 1970", "reason: privacy", "approved by clerk,", "(2 erased)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "<img") {
		t.Error("an office's text is markup")
	}
}

func TestPageOfAnObserverWithNothing(t *testing.T) {
	w := render(t, "/", web.Page{Network: "main"}, nil)
	page := w.Body.String()
	for _, want := range []string{"An observer", "Nothing has arrived yet.", "No body is known yet.", `lang="en"`, "<main>", `name="viewport"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "role=\"alert\"") {
		t.Error("the page warns of nothing")
	}
}

func TestPolicyAllowsWhatThePageLoads(t *testing.T) {
	w := render(t, "/", web.Page{}, nil)
	if p := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none'; style-src 'self'") {
		t.Errorf("policy %q", p)
	}
	link := regexp.MustCompile(`href="(/style\.css\?v=\w+)"`).FindStringSubmatch(w.Body.String())
	if link == nil {
		t.Fatal("no stylesheet")
	}
	style := render(t, link[1], web.Page{}, nil)
	if style.Code != http.StatusOK || !strings.HasPrefix(style.Header().Get("Content-Type"), "text/css") || strings.Contains(style.Body.String(), "url(") {
		t.Errorf("%d %v", style.Code, style.Header())
	}
	if strings.Contains(w.Body.String(), "style=") || strings.Contains(w.Body.String(), "<style") {
		t.Error("the page has styles that its policy blocks")
	}
}

func TestFailureIsKeptFromThePublic(t *testing.T) {
	w := render(t, "/", web.Page{}, errors.New("open /home/someone/secret: denied"))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := render(t, "/nothing", web.Page{}, nil); w.Code != http.StatusNotFound {
		t.Errorf("another path: %d", w.Code)
	}
}
