package casebook

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

func hits(t *testing.T, list []Confirmation, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, k := range list {
		out = append(out, k.Hit)
	}
	return out
}

func TestConfirmations(t *testing.T) {
	c, path := book(t)
	ctx := t.Context()
	d := create(t, c, "one")
	given := Confirmation{
		Hit: "a", Draft: d.ID, Excerpt: "0113 496 0000", Field: "decision", Rule: "telephone",
		Reason: "the office's own number", By: "clerk", At: epoch.Add(time.Minute), Entry: entry("one"),
	}
	if err := c.Confirm(ctx, []Confirmation{given, {Hit: "b", Entry: entry("two")}}); err != nil {
		t.Fatal(err)
	}
	other := reopen(t, path)
	list, err := other.Confirmations(ctx, entry("one"))
	if err != nil || len(list) != 1 || list[0] != given {
		t.Errorf("%+v, %v", list, err)
	}
	list, err = other.Confirmations(ctx, protocol.EntryID{})
	if got := hits(t, list, err); !slices.Equal(got, []string{"b", "a"}) || list[0].At.IsZero() {
		t.Errorf("%v", got)
	}
	list, err = other.ConfirmedIn(ctx, d.ID[:3])
	if got := hits(t, list, err); !slices.Equal(got, []string{"a"}) {
		t.Errorf("%v", got)
	}
	var input *record.InputError
	if err := c.Confirm(ctx, []Confirmation{{Hit: "c"}, {Hit: "d", Reason: strings.Repeat("x", maxReason+1)}}); !errors.As(err, &input) {
		t.Errorf("error %v", err)
	}
	if err := c.Confirm(ctx, []Confirmation{{Hit: "c"}, {Hit: "d", Draft: "zzzzzz"}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v", err)
	}
	list, err = c.Confirmations(ctx, protocol.EntryID{})
	if got := hits(t, list, err); len(got) != 2 {
		t.Errorf("half of a list was kept: %v", got)
	}
}

func TestAttempt(t *testing.T) {
	c, path := book(t)
	ctx := t.Context()
	d := create(t, c, "one")
	if err := c.Confirm(ctx, []Confirmation{{Hit: "kept", Draft: d.ID}, {Hit: "changed since", Draft: d.ID}}); err != nil {
		t.Fatal(err)
	}
	a := Attempt{Content: protocol.HashOf([]byte("a")), Draft: d.ID, Revision: 1, Position: 7}
	for _, bad := range []Attempt{{Draft: "zzzzzz"}, {Draft: d.ID, Revision: 2}} {
		if err := c.Begin(ctx, bad, nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := c.Begin(ctx, a, []Confirmation{{Hit: "kept", Draft: d.ID}, {Hit: "new", Draft: d.ID}}); err != nil {
		t.Fatal(err)
	}
	// The machine stops here; the next start finds it.
	c = reopen(t, path)
	for _, draft := range []string{"", d.ID} {
		if list, err := c.Attempts(ctx, draft); err != nil || len(list) != 1 || list[0] != a {
			t.Errorf("%+v, %v", list, err)
		}
	}
	if list, err := c.Attempts(ctx, "other"); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	published, err := c.Finish(ctx, a.Content, entry("one"))
	if err != nil || published.State != StatePublished || published.Entry != entry("one") || published.Published != 1 {
		t.Errorf("%+v, %v", published, err)
	}
	list, err := c.Confirmations(ctx, entry("one"))
	if got := hits(t, list, err); !slices.Equal(got, []string{"new", "kept"}) {
		t.Errorf("confirmed in the entry: %v", got)
	}
	list, err = c.ConfirmedIn(ctx, d.ID)
	if got := hits(t, list, err); len(got) != 3 {
		t.Errorf("confirmed in the draft: %v", got)
	}
	if again, err := c.Finish(ctx, a.Content, entry("two")); err != nil || again != (Draft{}) {
		t.Errorf("%+v, %v", again, err)
	}
	if got, _, err := c.Draft(ctx, d.ID); err != nil || got.Entry != entry("one") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAttemptWithoutDraft(t *testing.T) {
	c, _ := book(t)
	ctx := t.Context()
	a := Attempt{Content: protocol.HashOf([]byte("a"))}
	b := Attempt{Content: protocol.HashOf([]byte("b"))}
	for _, a := range []Attempt{a, b} {
		// The same passage, let stand twice.
		if err := c.Begin(ctx, a, []Confirmation{{Hit: "x"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Abandon(ctx, b.Content); err != nil {
		t.Fatal(err)
	}
	if d, err := c.Finish(ctx, a.Content, entry("one")); err != nil || d != (Draft{}) {
		t.Errorf("%+v, %v", d, err)
	}
	if list, err := c.Attempts(ctx, ""); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	list, err := c.Confirmations(ctx, protocol.EntryID{})
	if err != nil || len(list) != 2 || !list[0].Entry.IsZero() || list[1].Entry != entry("one") {
		t.Errorf("%+v, %v", list, err)
	}
}
