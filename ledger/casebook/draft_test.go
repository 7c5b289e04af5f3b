package casebook

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/protocol/record"
)

func TestDraftLife(t *testing.T) {
	c, path := book(t)
	ctx := t.Context()
	d := create(t, c, `{"kind": "challenge", "title": "Buses  after\nsix"}`)
	if d.State != StateOpen || d.Kind != "challenge" || d.Title != "Buses after six" || d.Revision != 1 || len(d.ID) != idLength {
		t.Fatalf("%+v", d)
	}
	// Text in the making says neither; what was known stays.
	d = save(t, c, d, `{"kind": "challenge", "title": "Bus`)
	if d.Title != "Buses after six" || d.Kind != "challenge" || d.Revision != 2 {
		t.Errorf("%+v", d)
	}
	if d = save(t, c, d, `{"kind": "lesson"}`); d.Title != "" || d.Kind != "lesson" || d.Revision != 3 || !d.Saved.After(d.Created) {
		t.Errorf("%+v", d)
	}
	// Every step is there for whoever opens the file next.
	other := reopen(t, path)
	got, r, err := other.Draft(ctx, d.ID)
	if err != nil || got != d || r.Text != `{"kind": "lesson"}` || r.Format != FormatJSON || r.Revision != 3 || !r.Saved.Equal(d.Saved) {
		t.Errorf("%+v, %+v, %v", got, r, err)
	}
	_, first, err := other.Revision(ctx, d.ID, 1)
	if err != nil || first.By != "clerk" || first.Text != `{"kind": "challenge", "title": "Buses  after\nsix"}` {
		t.Errorf("%+v, %v", first, err)
	}
	if d, err = c.Discard(ctx, d.ID); err != nil || d.State != StateDiscarded {
		t.Errorf("%+v, %v", d, err)
	}
	if got, _, err = other.Draft(ctx, d.ID); err != nil || got != d {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := other.Save(ctx, d.ID, 3, Revision{Text: "more"}); !errors.Is(err, ErrState) {
		t.Errorf("saving what was discarded: %v", err)
	}
	if d, err = other.Reopen(ctx, d.ID); err != nil || d.State != StateOpen || d.Revision != 3 {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err = c.MarkPublished(ctx, d.ID, 2, entry("one")); err != nil || d.State != StatePublished || d.Entry != entry("one") || d.Published != 2 {
		t.Errorf("%+v, %v", d, err)
	}
	if got, _, err = reopen(t, path).Draft(ctx, d.ID); err != nil || got != d {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestPublishedTakesNoChanges(t *testing.T) {
	c, _ := book(t)
	ctx := t.Context()
	d := create(t, c, "one")
	if _, err := c.MarkPublished(ctx, d.ID, 2, entry("one")); !errors.Is(err, ErrNotFound) {
		t.Errorf("publishing a revision that there is not: %v", err)
	}
	published, err := c.MarkPublished(ctx, d.ID, 1, entry("one"))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.MarkPublished(ctx, d.ID, 1, entry("one")); err != nil || again != published {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	for what, call := range map[string]func() error{
		"publish": func() error { _, err := c.MarkPublished(ctx, d.ID, 1, entry("two")); return err },
		"save":    func() error { _, err := c.Save(ctx, d.ID, 1, Revision{Text: "two"}); return err },
		"discard": func() error { _, err := c.Discard(ctx, d.ID); return err },
		"reopen":  func() error { _, err := c.Reopen(ctx, d.ID); return err },
		"begin":   func() error { return c.Begin(ctx, Attempt{Draft: d.ID, Revision: 1}, nil) },
	} {
		if err := call(); !errors.Is(err, ErrState) || !strings.Contains(err.Error(), entry("one").String()) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got, r, err := c.Draft(ctx, d.ID); err != nil || got != published || r.Text != "one" {
		t.Errorf("%+v, %+v, %v", got, r, err)
	}
}

func TestConflictKeepsTheText(t *testing.T) {
	c, _ := book(t)
	ctx := t.Context()
	d := create(t, c, "one")
	now := save(t, c, d, "two")
	for range 2 { // a page that is sent twice
		_, err := c.Save(ctx, d.ID, 1, Revision{Text: "mine", By: "chair"})
		var conflict *ConflictError
		if !errors.As(err, &conflict) || !errors.Is(err, ErrConflict) {
			t.Fatalf("error %v", err)
		}
		if conflict.Draft != now || conflict.Present.Text != "two" || conflict.Present.Revision != 2 || conflict.Kept != 3 {
			t.Errorf("%+v", conflict)
		}
	}
	if _, mine, err := c.Revision(ctx, d.ID, 3); err != nil || mine.Text != "mine" || !mine.NotTaken || mine.By != "chair" {
		t.Errorf("%+v, %v", mine, err)
	}
	// The same text is no conflict, and adds nothing.
	for _, base := range []int{1, 2, 3} {
		if got, err := c.Save(ctx, d.ID, base, Revision{Text: "two"}); err != nil || got != now {
			t.Errorf("base %d: %+v, %v", base, got, err)
		}
	}
	// What was not taken is no base.
	if _, err := c.Save(ctx, d.ID, 3, Revision{Text: "mine again"}); !errors.Is(err, ErrConflict) {
		t.Errorf("error %v", err)
	}
	if got := save(t, c, now, "both"); got.Revision != 5 {
		t.Errorf("%+v", got)
	}
	if got := texts(t, c, d.ID); got != "one two ?mine ?mine again both" {
		t.Errorf("history: %s", got)
	}
}

// TestTwoHandlesSave has two processes save the same draft at once, as far as
// the file is concerned.
func TestTwoHandlesSave(t *testing.T) {
	a, path := book(t)
	b := reopen(t, path)
	d := create(t, a, "start")
	want := map[string]bool{"start": true}
	for round := range 20 {
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			c := []*Casebook{a, b}[i%2]
			text := fmt.Sprintf("%d-%d", round, i)
			want[text] = true
			wg.Go(func() { _, errs[i] = c.Save(t.Context(), d.ID, d.Revision, Revision{Text: text}) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, ErrConflict):
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d of %d savings were taken", won, len(errs))
		}
		var err error
		if d, _, err = b.Draft(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range strings.Fields(texts(t, a, d.ID)) {
		delete(want, strings.TrimPrefix(text, "?"))
	}
	if len(want) > 0 {
		t.Errorf("lost: %v", want)
	}
}

func TestDraftsLastFirst(t *testing.T) {
	c, _ := book(t)
	ctx := t.Context()
	// The clock is wrong, and goes back.
	at := epoch
	c.now = func() time.Time { at = at.Add(-1e9); return at }
	one, two, three := create(t, c, "1"), create(t, c, "2"), create(t, c, "3")
	save(t, c, one, "1 again")
	if _, err := c.Discard(ctx, two.ID); err != nil {
		t.Fatal(err)
	}
	for state, want := range map[DraftState][]string{
		"": {two.ID, one.ID, three.ID}, StateOpen: {one.ID, three.ID}, StateDiscarded: {two.ID}, StatePublished: {},
	} {
		list, err := c.Drafts(ctx, state)
		got := []string{}
		for _, d := range list {
			got = append(got, d.ID)
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %v, %v; want %v", state, got, err, want)
		}
	}
}

func TestWhatCannotBeKept(t *testing.T) {
	c, _ := book(t)
	d := create(t, c, "one")
	for name, r := range map[string]Revision{
		"too long": {Text: strings.Repeat("x", MaxText+1)}, "not Unicode": {Text: "a\xffb"},
		"format": {Text: "x", Format: "docx"}, "name": {By: strings.Repeat("x", maxName+1)},
	} {
		var input *record.InputError
		if _, err := c.Create(t.Context(), r); !errors.As(err, &input) || input.Remedy == "" {
			t.Errorf("%s: created: %v", name, err)
		}
		if _, err := c.Save(t.Context(), d.ID, 1, r); !errors.As(err, &input) {
			t.Errorf("%s: saved: %v", name, err)
		}
	}
	for _, text := range []string{"", "\x00a\x00", strings.Repeat("é", MaxText/2), "\ufeff  {", "kind: lesson"} {
		d := create(t, c, text)
		if _, r, err := c.Draft(t.Context(), d.ID); err != nil || r.Text != text || r.Size != len(text) {
			t.Errorf("%.10q came back as %.10q, %v", text, r.Text, err)
		} else if (r.Format == FormatJSON) != strings.Contains(text, "{") {
			t.Errorf("%.10q was taken for %s", text, r.Format)
		}
	}
}

func TestLimits(t *testing.T) {
	c, _ := book(t)
	ctx := t.Context()
	d := create(t, c, "one")
	_, err := c.db.ExecContext(ctx, `WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
		INSERT INTO revisions SELECT ?, n, 0, '', 'json', 1, 'x' FROM n`, MaxRevisions-1, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d, err = c.Save(ctx, d.ID, 1, Revision{Text: "last"}); err != nil || d.Revision != MaxRevisions {
		t.Fatalf("%+v, %v", d, err)
	}
	for _, base := range []int{1, MaxRevisions} {
		if _, err := c.Save(ctx, d.ID, base, Revision{Text: "too many"}); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "new draft") {
			t.Errorf("base %d: %v", base, err)
		}
	}
	if list, err := c.History(ctx, d.ID); err != nil || len(list) != MaxRevisions {
		t.Errorf("%d, %v", len(list), err)
	}
	_, err = c.db.ExecContext(ctx, `WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
		INSERT INTO drafts (id, state, kind, title, revision, created, saved, turn) SELECT 'n' || n, 'open', '', '', 0, 0, 0, 0 FROM n`, MaxDrafts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Create(ctx, Revision{Text: "too many"}); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "discard") {
		t.Errorf("error %v", err)
	}
	if _, err := c.Discard(ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	create(t, c, "in its place")
	if _, err := c.Reopen(ctx, d.ID); !errors.Is(err, ErrFull) {
		t.Errorf("reopened one too many: %v", err)
	}
	if list, err := c.Drafts(ctx, ""); err != nil || len(list) != MaxDrafts {
		t.Errorf("%d, %v", len(list), err)
	}
}
