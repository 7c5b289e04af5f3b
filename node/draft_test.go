package node

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

func TestDraftFromCreateToPublish(t *testing.T) {
	n, c := founded(t)
	ctx := t.Context()
	d, err := c.CreateDraft(ctx, casebook.Revision{Text: `{"kind": "challenge", "title": "Buses"}`, By: "secretary"})
	if err != nil || d.Title != "Buses" || d.Revision != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	var findings *api.FindingsError
	if _, err := c.PublishDraft(ctx, d.ID, 1, api.Confirm{}); !errors.As(err, &findings) {
		t.Errorf("half a record was published: %v", err)
	}
	if d, err = c.SaveDraft(ctx, d.ID[:4], 1, casebook.Revision{Text: challenge, By: "chair"}); err != nil || d.Revision != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	checked, err := c.CheckDraft(ctx, d.ID)
	if err != nil || checked.Entry != nil || checked.Draft == nil || *checked.Draft != d {
		t.Errorf("%+v, %v", checked, err)
	}
	if _, err := c.PublishDraft(ctx, d.ID, 1, api.Confirm{}); !errors.Is(err, casebook.ErrConflict) {
		t.Errorf("a revision that was read before it was changed: %v", err)
	}
	before := n.ledger.Last()
	out, err := c.PublishDraft(ctx, d.ID, 2, api.Confirm{})
	if err != nil || out.Entry == nil || out.Draft == nil || out.Draft.State != casebook.StatePublished || out.Draft.Entry != out.Entry.ID || out.Draft.Published != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	if n.ledger.Last() != before+1 {
		t.Error("not one entry was added")
	}
	if _, err := c.PublishDraft(ctx, d.ID, 2, api.Confirm{}); !errors.Is(err, casebook.ErrState) || n.ledger.Last() != before+1 {
		t.Errorf("published twice: %v", err)
	}
	history, err := c.DraftHistory(ctx, d.ID)
	if err != nil || len(history) != 2 || history[0].By != "secretary" || history[1].By != "chair" {
		t.Errorf("%+v, %v", history, err)
	}
	list, err := c.Drafts(ctx, casebook.StatePublished)
	if err != nil || len(list) != 1 || list[0] != *out.Draft {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestConfirmationsHoldInTheDraft confirms one passage after the other.
func TestConfirmationsHoldInTheDraft(t *testing.T) {
	_, c := founded(t)
	ctx := t.Context()
	d, err := c.CreateDraft(ctx, casebook.Revision{Text: asking("Ring 0113 496 0182. Or write to help@example.org today.")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.PublishDraft(ctx, d.ID, 0, api.Confirm{})
	hits := refusal(t, err, "0113 496 0182", "help@example.org").Hits
	_, err = c.PublishDraft(ctx, d.ID, 0, api.Confirm{Hits: []string{hits[0].ID}, By: "clerk"})
	refusal(t, err, "help@example.org")
	checked, err := c.CheckDraft(ctx, d.ID)
	if err != nil || len(checked.Hits) != 2 || len(checked.Confirmed) != 1 || checked.Confirmed[0] != hits[0].ID {
		t.Errorf("%+v, %v", checked, err)
	}
	// In another draft nobody has looked at it.
	other, err := c.CreateDraft(ctx, casebook.Revision{Text: asking("Ring 0113 496 0182. Or write to help@example.org today.")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.PublishDraft(ctx, other.ID, 0, api.Confirm{})
	refusal(t, err, "0113 496 0182", "help@example.org")
	// Nor at what the passage says after a change.
	if d, err = c.SaveDraft(ctx, d.ID, 1, casebook.Revision{Text: asking("Ring 0113 496 0555. Or write to help@example.org today.")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.PublishDraft(ctx, d.ID, 0, api.Confirm{Hits: []string{hits[1].ID}})
	left := refusal(t, err, "0113 496 0555").Hits
	out, err := c.PublishDraft(ctx, d.ID, 0, api.Confirm{Hits: []string{left[0].ID}, Reason: "the council's line"})
	if err != nil || len(out.Confirmed) != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	in := confirmations(t, c, out.Entry.ID)
	if len(in) != 2 || in[0].Excerpt != "0113 496 0555" || in[0].Reason != "the council's line" || in[1].Excerpt != "help@example.org" {
		t.Errorf("%+v", in)
	}
	all, err := c.ConfirmedIn(ctx, d.ID)
	if err != nil || len(all) != 3 || !all[2].Entry.IsZero() || all[2].By != "clerk" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestOneOfManyPublishesADraft(t *testing.T) {
	n, c := founded(t)
	d, err := c.CreateDraft(t.Context(), casebook.Revision{Text: challenge})
	if err != nil {
		t.Fatal(err)
	}
	before := n.ledger.Last()
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() { _, errs[i] = c.PublishDraft(t.Context(), d.ID, 1, api.Confirm{}) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, casebook.ErrState) {
			t.Error(err)
		}
	}
	if won != 1 || n.ledger.Last() != before+1 {
		t.Errorf("%d published it, %d entries", won, n.ledger.Last()-before)
	}
}

// holds names the files below dir that have the text in them.
func holds(t *testing.T, dir, text string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = append(found, d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestDraftsStayHere looks for a word of a draft wherever it must not be.
func TestDraftsStayHere(t *testing.T) {
	dir := t.TempDir()
	n, stop := run(t, loopback(dir))
	defer stop()
	const marker = "zwischenwasser"
	c, public := api.InProcess(n.Local()), api.InProcess(n.Public())
	ctx := t.Context()
	d, err := c.CreateDraft(ctx, casebook.Revision{Text: asking("Where does " + marker + " lie?")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CheckDraft(ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	seen := func() string {
		var out strings.Builder
		if err := public.Export(ctx, api.FormatJSONL, protocol.BodyID{}, &out); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/", "/api/v1/bodies", "/api/v1/entries", "/api/v1/search?q=" + marker, "/metrics", "/livez", "/readyz"} {
			w := httptest.NewRecorder()
			n.Public().ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody))
			out.WriteString(strings.ReplaceAll(w.Body.String(), "q="+marker, ""))
		}
		return out.String()
	}
	if strings.Contains(seen(), marker) {
		t.Error("the public sees the draft")
	}
	for _, name := range holds(t, dir, marker) {
		if !strings.HasPrefix(name, casebookFile) {
			t.Errorf("the draft is in %s", name)
		}
	}
	if len(holds(t, dir, marker)) == 0 {
		t.Error("the search for files finds nothing at all")
	}
	if _, err := c.PublishDraft(ctx, d.ID, 0, api.Confirm{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(seen(), marker) {
		t.Error("the public does not see what was published")
	}
}

// TestDraftsAreNotPublic asks the public handler for all that there is.
func TestDraftsAreNotPublic(t *testing.T) {
	n, c := founded(t)
	d, err := c.CreateDraft(t.Context(), casebook.Revision{Text: challenge})
	if err != nil {
		t.Fatal(err)
	}
	before := n.ledger.Last()
	for _, path := range []string{
		"/local/v1/drafts", "/local/v1/drafts/" + d.ID, "/local/v1/drafts/" + d.ID + "/history", "/local/v1/drafts/" + d.ID + "/check",
		"/local/v1/drafts/" + d.ID + "/discard", "/local/v1/drafts/" + d.ID + "/reopen", "/local/v1/drafts/" + d.ID + "/publish",
		"/local/v1/confirmations", "/local/v1/publish", "/api/v1/drafts", "/api/v1/drafts/" + d.ID, "//local/v1/drafts", "/local/../local/v1/drafts",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete} {
			w := httptest.NewRecorder()
			n.Public().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(challenge)))
			if w.Code/100 == 2 || strings.Contains(w.Body.String(), d.ID) && strings.Contains(w.Body.String(), "Buses") {
				t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
			}
			local := httptest.NewRecorder()
			if method == http.MethodGet && path == "/local/v1/drafts" {
				n.Local().ServeHTTP(local, httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody))
				if local.Code != http.StatusOK || !strings.Contains(local.Body.String(), d.ID) {
					t.Errorf("its owner: %d %s", local.Code, local.Body)
				}
			}
		}
	}
	if got, err := c.Draft(t.Context(), d.ID, 0); err != nil || got.Draft != d || n.ledger.Last() != before {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNodeRefusesADamagedCasebook(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, casebookFile)
	garbage := bytes.Repeat([]byte("garbage "), 1000)
	if err := os.WriteFile(path, garbage, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time shows that the first left nothing open
		if _, err := NewOffline(loopback(dir)); !errors.Is(err, casebook.ErrUnusable) || !strings.Contains(err.Error(), path) {
			t.Fatalf("error %v", err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, garbage) {
		t.Errorf("the file was changed: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	offline(t, dir, "test")
}

func TestObserverKeepsDrafts(t *testing.T) {
	cfg := loopback(t.TempDir())
	cfg.Offline = true
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	c := api.InProcess(n.Local())
	d, err := c.CreateDraft(t.Context(), casebook.Revision{Text: challenge})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CheckDraft(t.Context(), d.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.PublishDraft(t.Context(), d.ID, 0, api.Confirm{}); !errors.Is(err, api.ErrNoBody) {
		t.Errorf("an observer published: %v", err)
	}
}

// TestRefusedByTheLedger leaves the draft as it was.
func TestRefusedByTheLedger(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	cfg := loopback(dir)
	cfg.Now = func() time.Time { return now }
	n, err := NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	c := api.InProcess(n.Local())
	d, err := c.CreateDraft(t.Context(), casebook.Revision{Text: challenge})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(-2 * ledger.MaxAhead)
	if _, err := c.PublishDraft(t.Context(), d.ID, 1, api.Confirm{}); !errors.Is(err, api.ErrClock) {
		t.Errorf("error %v", err)
	}
	if left, err := n.casebook.Attempts(t.Context(), ""); err != nil || len(left) != 0 {
		t.Errorf("left behind: %+v, %v", left, err)
	}
	now = time.Now()
	if out, err := c.PublishDraft(t.Context(), d.ID, 1, api.Confirm{}); err != nil || out.Draft.State != casebook.StatePublished {
		t.Errorf("%+v, %v", out, err)
	}
}
