package api_test

import (
	"bytes"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// TestHiddenInAnswers: no answer to the public says what a hidden record says, and
// each counts what it leaves out.
func TestHiddenInAnswers(t *testing.T) {
	a := openAffair(t)
	ctx, public, own := t.Context(), a.client(), api.InProcess(a.node.Local())
	hide := func(id protocol.EntryID) {
		t.Helper()
		if err := own.Hide(ctx, id, "a try"); err != nil {
			t.Fatal(err)
		}
	}
	hide(a.response.ID)
	owed, err := public.Owed(ctx, api.OwedQuery{All: true})
	if err != nil || owed.Hidden == 0 || slices.ContainsFunc(owed.Duties, func(d api.Duty) bool { return d.Response != nil }) {
		t.Errorf("owed: %+v, %v", owed, err)
	}
	assessed, err := public.Assessment(ctx, a.decision.ID, time.Time{})
	if err != nil || assessed.Hidden == 0 || slices.ContainsFunc(assessed.Duties, func(d api.Duty) bool { return d.Response != nil }) {
		t.Errorf("assessment: %+v, %v", assessed, err)
	}
	address := "/api/v1/entries/" + a.lesson.ID.String() + "/spread"
	before, _ := a.do(t, http.MethodGet, address, nil)
	hide(a.adoption.ID)
	if after, _ := a.do(t, http.MethodGet, address, map[string]string{"If-None-Match": before.Header.Get("ETag")}); after.StatusCode != http.StatusOK {
		t.Errorf("a reader is told that nothing changed: %d", after.StatusCode)
	}
	spread, err := public.Spread(ctx, a.lesson.ID)
	if err != nil || spread.Hidden != 1 || len(spread.Tries) != 0 || spread.Bodies != 1 {
		t.Errorf("spread: %+v, %v", spread, err)
	}
	hide(a.mandate.ID)
	path, err := public.Path(ctx, "E08000032", "")
	if err != nil || path.Hidden != 1 || len(path.Steps) != 0 {
		t.Errorf("path: %+v, %v", path, err)
	}
	thread, err := public.Thread(ctx, a.decision.ID)
	shown := func(s api.ThreadStep) bool {
		return s.ID == a.response.ID || s.ID == a.adoption.ID || s.ID == a.mandate.ID
	}
	if err != nil || thread.Hidden != 3 || slices.ContainsFunc(thread.Steps, shown) || len(thread.Steps) == 0 {
		t.Errorf("thread: %+v, %v", thread, err)
	}
	for _, path := range []string{"", "/raw", "/thread"} {
		if resp, b := a.do(t, http.MethodGet, "/api/v1/entries/"+a.response.ID.String()+path, nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%q of what is hidden: %d %s", path, resp.StatusCode, b)
		}
	}
}

// TestHiddenInExport: the public gets the log of a body whole, without what is
// hidden in it, and none of a body that is blocked; the owner gets all.
func TestHiddenInExport(t *testing.T) {
	a := openAffair(t)
	own := api.InProcess(a.node.Local())
	if err := own.Hide(t.Context(), a.response.ID, "a try"); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{api.FormatJSONL, api.FormatCAR} {
		of := func(c *api.Client) (api.Report, []byte) {
			t.Helper()
			var b bytes.Buffer
			if err := c.Export(t.Context(), format, protocol.BodyID{}, &b); err != nil {
				t.Fatal(err)
			}
			r, err := api.VerifyExport(bytes.NewReader(b.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			return r, b.Bytes()
		}
		whole, _ := of(own)
		r, file := of(a.client())
		if r.Missing != 1 || whole.Missing != 0 || r.Entries != whole.Entries || bytes.Contains(file, a.response.Content) {
			t.Errorf("%s: %+v, of the owner %+v", format, r, whole)
		}
	}
	before, _ := a.do(t, http.MethodGet, "/api/v1/bodies", nil)
	if err := own.Block(t.Context(), a.council.Body(), "a try"); err != nil {
		t.Fatal(err)
	}
	if after, _ := a.do(t, http.MethodGet, "/api/v1/bodies", map[string]string{"If-None-Match": before.Header.Get("ETag")}); after.StatusCode != http.StatusOK {
		t.Errorf("a reader is told that nothing changed: %d", after.StatusCode)
	}
	if r, err := api.VerifyExport(bytes.NewReader(export(t, a.fixture, api.FormatJSONL, protocol.BodyID{}))); err != nil || r.Bodies != 2 {
		t.Errorf("with a blocked body: %+v, %v", r, err)
	}
	if resp, b := a.do(t, http.MethodGet, "/api/v1/export?body="+a.council.Body().String(), nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("of a blocked body: %d %s", resp.StatusCode, b)
	}
}
