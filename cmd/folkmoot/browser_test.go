package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// browserEnv names the file of axe-core, which .ci/run fetches.
const browserEnv = "AXE_CORE"

// newBrowser starts a Chromium, and returns it with the text of axe-core. It skips
// the test where there is none of them.
func newBrowser(t *testing.T) (ctx context.Context, axe string) {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium")
	}
	b, err := os.ReadFile(os.Getenv(browserEnv))
	if err != nil {
		t.Skipf("%s does not name the file of axe-core: %v", browserEnv, err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("force-color-profile", "srgb"))
	alloc, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	return ctx, string(b)
}

// pageAddress finds the addresses of pages in what the demo says.
var pageAddress = regexp.MustCompile(`^ +(.+?) +(http://127\.0\.0\.1:\d+)/$`)

// startDemo runs the demo until the test ends, and returns where the pages of its
// nodes are, by their names.
func startDemo(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.Command("folkmoot", "demo")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait() // its pipe is closed by then
	})
	pages := map[string]string{}
	for in := bufio.NewScanner(out); in.Scan(); {
		if m := pageAddress.FindStringSubmatch(in.Text()); m != nil {
			pages[m[1]] = m[2]
		}
		if strings.Contains(in.Text(), "until Ctrl-C.") {
			return pages
		}
	}
	t.Fatalf("the demo ended early, with pages at %v", pages)
	return nil
}

// pagesOf are addresses of every kind of page of a node.
func pagesOf(t *testing.T, base string) []string {
	t.Helper()
	c := api.Remote(http.DefaultClient, base)
	pages := []string{
		"/", "/search", "/search?q=path", "/search?q=nothing+has+this", "/bodies", "/owed", "/owed?show=all", "/places",
		"/summary", "/network", "/about", "/nothing",
	}
	for _, kind := range []protocol.Kind{record.KindBody, record.KindMandate, record.KindChallenge, record.KindDecision, record.KindResponse, record.KindLesson, record.KindReport} {
		found, err := c.Search(t.Context(), api.SearchQuery{Kind: kind, Limit: 2})
		if err != nil || len(found.Hits) == 0 {
			t.Fatalf("no %s: %v", kind, err)
		}
		for _, hit := range found.Hits {
			pages = append(pages, "/entries/"+hit.ID.String())
		}
		pages = append(pages, "/entries/"+found.Hits[0].ID.String()+"/proof", "/bodies/"+found.Hits[0].Body.String())
	}
	facets, err := c.Facets(t.Context(), api.SearchQuery{})
	if err != nil || len(facets.Place) == 0 {
		t.Fatalf("no places: %v", err)
	}
	for _, place := range facets.Place[:min(3, len(facets.Place))] {
		pages = append(pages, "/places/"+place.Value)
	}
	return pages
}

// fault is what axe finds.
type fault struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

const runAxe = `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify({Wide: document.documentElement.scrollWidth > window.innerWidth,
	Faults: r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))}))}))`

// TestAccessible looks at every kind of page of the demo in a real browser, on a
// phone and on a desk, light and dark: axe-core finds nothing, and no page is wider
// than the window.
func TestAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs a browser")
	}
	ctx, axe := newBrowser(t)
	base := startDemo(t)["Researcher, without a body"]
	looked := 0
	for _, path := range pagesOf(t, base) {
		for _, look := range []struct {
			width  int64
			scheme string
		}{{320, "light"}, {1280, "dark"}} {
			media := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(look.width, 900), chromedp.Navigate(base+path)); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: media}); err != nil {
				t.Fatal(err)
			}
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](axe+`; "loaded"`)); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			said, err := chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			var found struct {
				Wide   bool
				Faults []fault
			}
			if err := json.Unmarshal([]byte(said), &found); err != nil {
				t.Fatal(err)
			}
			where := fmt.Sprintf("%s at %d pixels, %s", path, look.width, look.scheme)
			if found.Wide {
				t.Errorf("%s is wider than the window", where)
			}
			for _, f := range found.Faults {
				t.Errorf("%s: %s: %s\n%.300s\n%s", where, f.ID, f.Help, f.Nodes[0].HTML, f.Nodes[0].FailureSummary)
			}
			looked++
		}
	}
	t.Logf("axe looked %d times", looked)
}

// TestByKeyboard searches without a mouse: the first key skips to the content, and
// what is typed into the box is found.
func TestByKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs a browser")
	}
	ctx, _ := newBrowser(t)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	base := startDemo(t)["Researcher, without a body"]
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/"), chromedp.KeyEvent("\t")); err != nil {
		t.Fatal(err)
	}
	focused, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.activeElement.textContent`))
	if err != nil || focused != "Skip to main content" {
		t.Fatalf("the first key leads to %q: %v", focused, err)
	}
	// It skips, goes on to the box, and types.
	if err := chromedp.Do(ctx, chromedp.KeyEvent("\r"), chromedp.KeyEvent("\t"), chromedp.KeyEvent("lamps\r"), chromedp.WaitVisible(".columns")); err != nil {
		t.Fatal(err)
	}
	heading, err := chromedp.Run(ctx, chromedp.Text("h1"))
	if err != nil || heading != "Search: lamps" {
		t.Errorf("what was typed leads to %q: %v", heading, err)
	}
}
