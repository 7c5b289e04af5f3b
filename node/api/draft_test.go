package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// owner is a client of the local API.
func (f *fixture) owner() *api.Client { return api.InProcess(f.node.Local()) }

func TestDraftCalls(t *testing.T) {
	c := openEmpty(t).owner()
	ctx := t.Context()
	if list, err := c.Drafts(ctx, ""); err != nil || list == nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	d, err := c.CreateDraft(ctx, casebook.Revision{Text: "kind: lesson\ntitle: Buses # not sure", By: "chair"})
	if err != nil || d.Revision != 1 || d.State != casebook.StateOpen {
		t.Fatalf("%+v, %v", d, err)
	}
	got, err := c.Draft(ctx, d.ID[:3], 0)
	if err != nil || got.Draft != d || got.Revision.Format != casebook.FormatYAML || got.Revision.Text != "kind: lesson\ntitle: Buses # not sure" {
		t.Errorf("%+v, %v", got, err)
	}
	// The text does not look like YAML, but that is what its author says it is.
	if d, err = c.SaveDraft(ctx, d.ID, 1, casebook.Revision{Text: "{kind: lesson}", Format: casebook.FormatYAML}); err != nil || d.Revision != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	if got, err = c.Draft(ctx, d.ID, 0); err != nil || got.Revision.Format != casebook.FormatYAML {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = c.Draft(ctx, d.ID, 1); err != nil || got.Draft != d || got.Revision.By != "chair" {
		t.Errorf("%+v, %v", got, err)
	}
	if d, err = c.DiscardDraft(ctx, d.ID); err != nil || d.State != casebook.StateDiscarded {
		t.Errorf("%+v, %v", d, err)
	}
	if list, err := c.Drafts(ctx, casebook.StateOpen); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if d, err = c.ReopenDraft(ctx, d.ID); err != nil || d.State != casebook.StateOpen {
		t.Errorf("%+v, %v", d, err)
	}
	if list, err := c.Confirmations(ctx, protocol.EntryID{}); err != nil || list == nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := c.ConfirmedIn(ctx, d.ID); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

// TestDraftErrors come through the API as those of the casebook.
func TestDraftErrors(t *testing.T) {
	c := openEmpty(t).owner()
	ctx := t.Context()
	d, err := c.CreateDraft(ctx, casebook.Revision{Text: "{}"})
	if err != nil {
		t.Fatal(err)
	}
	if d, err = c.SaveDraft(ctx, d.ID, 1, casebook.Revision{Text: "{ }"}); err != nil {
		t.Fatal(err)
	}
	_, err = c.SaveDraft(ctx, d.ID, 1, casebook.Revision{Text: "{  }"})
	var conflict *casebook.ConflictError
	if !errors.As(err, &conflict) || conflict.Draft != d || conflict.Present.Text != "{ }" || conflict.Kept != 3 {
		t.Errorf("%+v, %v", conflict, err)
	}
	if kept, err := c.Draft(ctx, d.ID, 3); err != nil || kept.Revision.Text != "{  }" || !kept.Revision.NotTaken {
		t.Errorf("%+v, %v", kept, err)
	}
	for name, test := range map[string]struct {
		call func() error
		want error
		code api.Code
	}{
		"no such draft":    {func() error { _, err := c.Draft(ctx, "zzz/../..", 0); return err }, casebook.ErrNotFound, api.CodeNoDraft},
		"no such revision": {func() error { _, err := c.Draft(ctx, d.ID, 9); return err }, casebook.ErrNotFound, api.CodeNoDraft},
		"conflict":         {func() error { _, err := c.SaveDraft(ctx, d.ID, 1, casebook.Revision{Text: "x"}); return err }, casebook.ErrConflict, api.CodeConflict},
		"too long": {func() error {
			_, err := c.CreateDraft(ctx, casebook.Revision{Text: strings.Repeat("x", casebook.MaxText+1)})
			return err
		}, nil, api.CodeTooLarge},
		"not Unicode": {func() error { _, err := c.CreateDraft(ctx, casebook.Revision{Text: "a\xff"}); return err }, nil, api.CodeBadRequest},
		"closed": {func() error {
			d, err := c.CreateDraft(ctx, casebook.Revision{Text: "{}"})
			if err == nil {
				_, err = c.DiscardDraft(ctx, d.ID)
			}
			if err == nil {
				_, err = c.SaveDraft(ctx, d.ID, 1, casebook.Revision{Text: "x"})
			}
			return err
		}, casebook.ErrState, api.CodeDraftClosed},
	} {
		err := test.call()
		var p *api.Problem
		if !errors.As(err, &p) || p.Code != test.code || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d, err := c.CreateDraft(ctx, casebook.Revision{Text: strings.Repeat("x", casebook.MaxText)}); err != nil {
		t.Errorf("a text of the greatest length: %+v, %v", d, err)
	}
}

func TestDraftParameters(t *testing.T) {
	f := openEmpty(t)
	d, err := f.owner().CreateDraft(t.Context(), casebook.Revision{Text: "{}"})
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{
		"GET /local/v1/drafts?state=lost", "GET /local/v1/drafts?limit=3", "POST /local/v1/drafts?id=x",
		"GET /local/v1/drafts/ID?revision=0", "GET /local/v1/drafts/ID?revision=x", "PUT /local/v1/drafts/ID", "PUT /local/v1/drafts/ID?base=-1",
		"GET /local/v1/drafts/ID/history?x=1", "GET /local/v1/drafts/ID/check?x=1", "POST /local/v1/drafts/ID/discard?x=1",
		"POST /local/v1/drafts/ID/publish?revision=x", "POST /local/v1/drafts/ID/publish?check=yes",
		"POST /local/v1/publish?confirm=a&confirm=b", "POST /local/v1/publish?confirm=" + strings.Repeat("a,", api.MaxConfirm+1),
		"GET /local/v1/confirmations?entry=x", "GET /local/v1/confirmations?entry=x&draft=y",
	} {
		method, path, _ := strings.Cut(strings.Replace(call, "ID", d.ID, 1), " ")
		w := httptest.NewRecorder()
		f.node.Local().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader("{}")))
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"bad_request"`) {
			t.Errorf("%s: %d %s", call, w.Code, w.Body)
		}
	}
}
