package node

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// until waits for a condition, and fails the test if it does not come.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// large is a body whose log takes about 7 MB.
func large(name string) *vectors.Author {
	a := vectors.NewAuthor(name, 0, nil)
	text := strings.Repeat("x", 60_000)
	for range 120 {
		a.Publish("decision", map[string]any{"decision": text})
	}
	return a
}

func (n *Node) holding(body protocol.BodyID) uint64 {
	h, err := n.ledger.Head(body)
	if err != nil {
		return 0
	}
	return h.Length
}

// TestStorageCap fills a node that keeps every body beyond its cap: the one that
// is listed stays, one that nobody vouches for gives way, and it is fetched again
// from a peer when there is room.
func TestStorageCap(t *testing.T) {
	open := loopback(t.TempDir())
	open.Trust = "open"
	source, stopSource := run(t, open)
	defer stopSource()
	dir := t.TempDir()
	cfg := loopback(dir)
	cfg.Trust, cfg.StorageCap, cfg.PullInterval = "open", 16<<20, time.Second
	n, stop := run(t, cfg)
	first, second, third := large("first"), large("second"), large("third")
	if err := (backend{n}).AddTrust(t.Context(), first.Body(), api.AsListed); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*vectors.Author{first, second, third} {
		if _, err := n.ledger.Join(t.Context(), []ledger.Run{a.Log}); err != nil {
			t.Fatal(err)
		}
	}
	own, _ := n.Body()
	until(t, "something gives way", func() bool { return n.holding(second.Body())*n.holding(third.Body()) == 0 })
	until(t, "it is enough", func() bool { return n.ledger.Bytes() < 16<<20 })
	if n.holding(first.Body()) != 121 || n.holding(own) == 0 {
		t.Error("what must stay gave way")
	}
	gone := second
	if n.holding(third.Body()) == 0 {
		gone = third
	}
	if n.holding(second.Body())+n.holding(third.Body()) != 121 {
		t.Error("more gave way than was needed")
	}
	why, err := (backend{n}).Why(t.Context(), gone.Body())
	if err != nil || why.Choice != "wait" || why.Ground != "set_aside" || why.Held != 0 {
		t.Errorf("%+v, %v", why, err)
	}
	stop()

	// What gave way is remembered, so that it is not fetched to give way again.
	if _, err := source.ledger.Join(t.Context(), []ledger.Run{gone.Log}); err != nil {
		t.Fatal(err)
	}
	link, err := (backend{source}).Invite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n, stop = run(t, cfg)
	if err := (backend{n}).Join(t.Context(), link.Link); err != nil {
		t.Fatal(err)
	}
	until(t, "the peer was heard", func() bool { return len(n.network.Heard()) > 0 })
	if n.holding(gone.Body()) != 0 {
		t.Error("what gave way came back without room")
	}
	stop()

	// With more room it comes back.
	cfg.StorageCap = 256 << 20
	n, stop = run(t, cfg)
	defer stop()
	if err := (backend{n}).Join(t.Context(), link.Link); err != nil {
		t.Fatal(err)
	}
	until(t, "it comes back", func() bool { return n.holding(gone.Body()) == 121 })
}

// TestListsAreDurable opens a data directory again: what the operator decided
// stands, and what it cannot decide is refused in words.
func TestListsAreDurable(t *testing.T) {
	dir := t.TempDir()
	n, stop := run(t, loopback(dir))
	b := backend{n}
	spam, friend := vectors.NewAuthor("spam", 0, nil), vectors.NewAuthor("friend", 0, nil)
	own, _ := n.Body()
	ctx := t.Context()
	for name, err := range map[string]error{
		"block the own body":    b.Block(ctx, own, "x"),
		"remove the own body":   b.RemoveTrust(ctx, own),
		"remove a stranger":     b.RemoveTrust(ctx, spam.Body()),
		"unblock a stranger":    b.Unblock(ctx, spam.Body()),
		"unhide what is shown":  b.Unhide(ctx, protocol.EntryID(spam.Body())),
		"hide what is not held": b.Hide(ctx, protocol.EntryID(spam.Body()), "x"),
	} {
		var p *api.Problem
		if !errors.As(err, &p) && !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := errors.Join(b.Block(ctx, spam.Body(), "advertising"), b.AddTrust(ctx, friend.Body(), api.AsRoot),
		b.Hide(ctx, protocol.EntryID(own), "a try")); err != nil {
		t.Fatal(err)
	}
	stop()
	n, stop = run(t, loopback(dir))
	defer stop()
	got, err := (backend{n}).Trust(ctx)
	if err != nil || len(got.Blocked) != 1 || got.Blocked[0].Reason != "advertising" || len(got.Roots) != 2 || len(got.Hidden) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if !n.trust.Hides(spam.Body(), protocol.EntryID{}) || n.trust.Hides(friend.Body(), protocol.EntryID{}) {
		t.Error("what is hidden was forgotten")
	}
	public := api.InProcess(n.Public())
	var p *api.Problem
	if _, err := public.Entry(ctx, protocol.EntryID(own)); !errors.As(err, &p) || p.Code != api.CodeHidden || strings.Contains(p.Detail, "a try") {
		t.Errorf("the public asks for what is hidden: %v", err)
	}
	if kept, err := public.Kept(ctx); err != nil || kept.Policy != "vouched" || kept.Blocked != 1 || kept.Hidden != 1 || len(kept.NotHeld) != 0 {
		t.Errorf("%+v, %v", kept, err)
	}
	if page, err := public.Entries(ctx, api.EventQuery{}); err != nil || page.Hidden != 1 || len(page.Events) != 1 {
		t.Errorf("%+v, %v", page, err)
	}
	client, err := api.Dial(filepath.Clean(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Entry(ctx, protocol.EntryID(own)); err != nil {
		t.Errorf("the owner does not see what is hidden: %v", err)
	}
}
