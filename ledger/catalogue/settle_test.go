package catalogue

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestSettleInterrupted: what was noted when a catch-up ended early is read by
// the next one, in another process, without another event.
func TestSettleInterrupted(t *testing.T) {
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	council, forum := vectors.NewAuthor("council", 0, nil), vectors.NewAuthor("forum", 0, nil)
	council.Publish("mandate", map[string]any{"to": protocol.EntryID(forum.Body()).String(), "method": "formal_governance", "from": "2020"})
	const n = settleMost + 10
	for range n {
		forum.Publish("decision", map[string]any{
			"mandate": council.Log[1].ID.String(),
			"asks":    []any{map[string]any{"ref": "1", "of": protocol.EntryID(council.Body()).String(), "action": "Mend it"}},
		})
	}
	if _, err := l.Join(t.Context(), []ledger.Run{council.Log, forum.Log}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "c.db")
	c, err := Open(Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.CatchUp(ctx, stopping{l, forum.Body(), cancel}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	count := func() (n int) {
		if err := c.read.QueryRow("SELECT count(*) FROM duties").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := count(); got != settleMost || c.Cursor() != l.Last() {
		t.Fatalf("%d duties at %d of %d", got, c.Cursor(), l.Last())
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err = Open(Config{Path: path}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	version := c.WebVersion()
	if err := c.CatchUp(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if got := count(); got != n || c.Cursor() != l.Last() || c.WebVersion() != version {
		t.Fatalf("%d duties at %d of %d", got, c.Cursor(), l.Last())
	}
	council.Publish("correction", map[string]any{"of": council.Log[1].ID.String(), "action": "withdraw"})
	if _, err := l.Join(t.Context(), []ledger.Run{council.Log}); err != nil {
		t.Fatal(err)
	}
	web, err := c.Web(t.Context(), []protocol.BodyID{council.Body()}, 0, nil)
	if err != nil || !web.Reached(forum.Body()) {
		t.Fatal("the mandate does not reach", err)
	}
	if err := c.CatchUp(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	web, err = c.Web(t.Context(), []protocol.BodyID{council.Body()}, 0, nil)
	if err != nil || web.Reached(forum.Body()) || c.WebVersion() == version {
		t.Fatal("a withdrawn mandate reaches", err)
	}
	p, err := c.Search(t.Context(), Query{Kind: "mandate"})
	if err != nil || len(p.Hits) != 1 || p.Hits[0].State != "withdrawn" {
		t.Fatalf("%+v %v", p, err)
	}
	for _, after := range []string{"x", "9.1.1", "1.2", "0.a.1"} {
		if _, err := c.Owed(t.Context(), OwedQuery{After: after}); !errors.Is(err, ErrBadCursor) {
			t.Errorf("cursor %q: %v", after, err)
		}
	}
}

// TestDroppedMandateOfALaterVersion: duties stand under the first version of a
// decision; their days follow from the mandate that the last one cites, also once
// that is held no more.
func TestDroppedMandateOfALaterVersion(t *testing.T) {
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	council, forum := vectors.NewAuthor("council", 0, nil), vectors.NewAuthor("forum", 0, nil)
	mandate := council.Publish("mandate", map[string]any{
		"to": protocol.EntryID(forum.Body()).String(), "method": "binding_deliberation", "from": "2020", "response_days": int64(7),
	})
	asks := func(of protocol.BodyID) map[string]any {
		return map[string]any{"asks": []any{map[string]any{"ref": "1", "of": protocol.EntryID(of).String(), "action": "Mend it"}}}
	}
	// The first version does not name the council.
	first := forum.Publish("decision", asks(forum.Body()))
	second := asks(council.Body())
	second["revises"], second["mandate"] = first.ID.String(), mandate.ID.String()
	forum.Publish("decision", second)
	if _, err := l.Join(t.Context(), []ledger.Run{council.Log, forum.Log}); err != nil {
		t.Fatal(err)
	}
	c, err := Open(Config{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	dated := func() (n int) {
		if err := c.CatchUp(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if err := c.read.QueryRow("SELECT count(*) FROM duties WHERE due < ?", int64(math.MaxInt64)).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := dated(); n != 1 {
		t.Fatalf("%d dated duties with the mandate", n)
	}
	if err := l.Drop(t.Context(), council.Body()); err != nil {
		t.Fatal(err)
	}
	if n := dated(); n != 0 {
		t.Errorf("%d dated duties without the mandate", n)
	}
}

// stopping is a ledger whose reader is told to stop once it asks what a decision
// of a body is worth: while it settles.
type stopping struct {
	*ledger.Ledger
	body protocol.BodyID
	stop func()
}

// Erasure implements [Source].
func (s stopping) Erasure(body protocol.BodyID, seq uint64) (ledger.Event, error) {
	if body == s.body {
		s.stop()
	}
	return s.Ledger.Erasure(body, seq)
}
