package catalogue

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// life is bodies that grant, ask, answer, amend, withdraw, erase and fork, and of
// which some are dropped and come again.
type life struct {
	t       *rapid.T
	l       *ledger.Ledger
	authors []*vectors.Author
	// all are the entries published so far by any, whether the ledger has them.
	all []*protocol.Entry
	// late is an author whose log comes last, -1 for none.
	late int
}

func (l *life) pick(kind protocol.Kind) string {
	var ids []string
	for _, e := range l.all {
		if e.Envelope.Kind == kind {
			ids = append(ids, e.ID.String())
		}
	}
	if len(ids) == 0 {
		return l.authors[0].Log[0].ID.String()
	}
	return rapid.SampledFrom(ids).Draw(l.t, "one "+string(kind))
}

// own is an earlier entry of an author, or of anybody once in a while.
func (l *life) own(a *vectors.Author) string {
	if rapid.IntRange(0, 9).Draw(l.t, "foreign") == 0 {
		return rapid.SampledFrom(l.all).Draw(l.t, "anything").ID.String()
	}
	return rapid.SampledFrom(a.Log).Draw(l.t, "own").ID.String()
}

func (l *life) body() string {
	return protocol.EntryID(rapid.SampledFrom(l.authors).Draw(l.t, "of").Body()).String()
}

// common adds what all kinds may have.
func (l *life) common(a *vectors.Author, kind protocol.Kind, f map[string]any) map[string]any {
	f["title"], f["lang"] = "A lesson of the council", "en"
	if rapid.Bool().Draw(l.t, "placed") {
		f["places"] = []any{map[string]any{"scheme": "gss", "code": rapid.SampledFrom([]string{"E1", "E2"}).Draw(l.t, "place")}}
		f["service"] = map[string]any{"label": rapid.SampledFrom([]string{"Paths", "paths", "Parks"}).Draw(l.t, "service")}
	}
	if rapid.IntRange(0, 3).Draw(l.t, "revises") == 0 {
		for i := len(a.Log) - 1; i >= 0; i-- {
			if a.Log[i].Envelope.Kind == kind {
				f["revises"] = a.Log[i].ID.String()
				if rapid.Bool().Draw(l.t, "that one") {
					break
				}
			}
		}
	}
	return f
}

func (l *life) step(a *vectors.Author) {
	t := l.t
	a.Clock += uint64(rapid.SampledFrom([]int{1, 3600, 86400, 20 * 86400}).Draw(t, "later"))
	date := func(name string) string {
		return fmt.Sprintf("2026-%02d-%02d", rapid.IntRange(1, 12).Draw(t, name), rapid.IntRange(1, 28).Draw(t, name))
	}
	method := func() string {
		return rapid.SampledFrom([]string{"binding_deliberation", "formal_governance", "operational_engagement"}).Draw(t, "method")
	}
	refs := []string{"a", "b"}
	publish := func(kind protocol.Kind, f map[string]any) {
		l.all = append(l.all, a.Publish(kind, l.common(a, kind, f)))
	}
	switch rapid.IntRange(0, 12).Draw(t, "what") {
	case 0:
		publish("body", map[string]any{"name": "Body", "role": "council", "network": map[string]any{
			"basis": rapid.SampledFrom([]string{"place", "need", ""}).Draw(t, "basis"),
		}})
	case 1, 2:
		publish("mandate", map[string]any{
			"to": l.body(), "method": method(), "from": "2020",
			"response_days": int64(rapid.IntRange(0, 40).Draw(t, "days")),
		})
	case 3, 4:
		var asks []any
		for _, ref := range refs[:rapid.IntRange(0, 2).Draw(t, "asks")] {
			asks = append(asks, map[string]any{"ref": ref, "of": l.body(), "action": "Mend it"})
		}
		publish("decision", map[string]any{
			"mandate": l.pick("mandate"), "asks": asks, "method": method(),
			"process": map[string]any{"depth": rapid.SampledFrom([]string{"inform", "empower"}).Draw(t, "depth")},
		})
	case 5, 6, 7:
		answer := map[string]any{
			"ref":    rapid.SampledFrom(refs).Draw(t, "ref"),
			"answer": rapid.SampledFrom([]string{"accept", "reject", "defer", "already_doing"}).Draw(t, "answer"), "reasons": "Because", "until": date("until"),
		}
		if rapid.Bool().Draw(t, "committed") {
			answer["commitment"] = map[string]any{"action": "Mend it", "due": date("due"), "office": "clerk"}
		}
		publish("response", map[string]any{"decision": l.pick("decision"), "answers": []any{answer}})
	case 8:
		response := l.pick("response")
		if a == l.authors[0] {
			response = a.Log[2].ID.String()
		}
		publish("progress", map[string]any{
			"response": response, "ref": rapid.SampledFrom(refs).Draw(t, "ref"), "as_of": "2026",
			"status": rapid.SampledFrom([]string{"started", "met", "partly_met", "not_met"}).Draw(t, "status"), "due": date("moved"), "reasons": "Rain",
		})
	case 9:
		publish("attestation", map[string]any{"subject": l.body(), "claim": "is_who_it_says", "interest": "none"})
	case 10:
		publish("attestation", map[string]any{"subject": l.pick("response"), "claim": "received_this", "interest": "none"})
	case 11:
		publish("correction", map[string]any{"of": l.own(a), "action": "withdraw", "reason": "error", "explanation": "Wrong"})
	default:
		seq := rapid.Uint64Range(0, a.Chain.Length()-1).Draw(t, "erased")
		if !a.Log[seq].Envelope.Kind.HasAct() {
			a.Erase("mistake", 0, seq)
		}
	}
}

func (l *life) join(i int, log ledger.Run) {
	if i == l.late {
		return
	}
	if _, err := l.l.Join(context.Background(), []ledger.Run{log}); err != nil {
		l.t.Fatal(err)
	}
}

// live lets the bodies live, calling between now and then.
func (l *life) live(between func()) {
	t := l.t
	for i := range rapid.IntRange(2, 3).Draw(t, "bodies") {
		a := vectors.NewAuthor(fmt.Sprint("body ", i), 0, nil)
		l.authors, l.all = append(l.authors, a), append(l.all, a.Log[0])
	}
	// Something that is owed, so that what is said later bears on it.
	council, forum := l.authors[0], l.authors[1]
	to := protocol.EntryID(council.Body()).String()
	mandate := council.Publish("mandate", map[string]any{"to": protocol.EntryID(forum.Body()).String(), "method": "binding_deliberation", "from": "2020"})
	decision := forum.Publish("decision", map[string]any{"mandate": mandate.ID.String(), "asks": []any{
		map[string]any{"ref": "a", "of": to, "action": "Mend it"}, map[string]any{"ref": "b", "of": to, "action": "Mend it"},
	}})
	response := council.Publish("response", map[string]any{"decision": decision.ID.String(), "answers": []any{map[string]any{
		"ref": "a", "answer": "accept", "commitment": map[string]any{"action": "Mend it", "due": "2026-05-05", "office": "clerk"},
	}}})
	l.all = append(l.all, mandate, decision, response)
	recovered := map[int]bool{}
	l.late = rapid.IntRange(-1, len(l.authors)-1).Draw(t, "late")
	for range rapid.IntRange(4, 25).Draw(t, "steps") {
		i := rapid.IntRange(0, len(l.authors)-1).Draw(t, "who")
		a := l.authors[i]
		if rapid.IntRange(0, 11).Draw(t, "fork") == 0 {
			thief := a.Clone()
			thief.Clock += 7
			l.step(thief)
			l.join(i, thief.Log)
			between()
			if !recovered[i] && rapid.Bool().Draw(t, "recover") {
				recovered[i] = true
				a.Recover(0, 0, "fork")
			}
		}
		if rapid.IntRange(0, 7).Draw(t, "drop") == 0 {
			l.drop(a)
			between()
		}
		l.step(a)
		if rapid.Bool().Draw(t, "publish") {
			l.join(i, a.Log)
			between()
		}
	}
	last := l.late
	l.late = -1
	for i, a := range l.authors {
		if i != last || rapid.Bool().Draw(t, "comes") {
			l.join(i, a.Log)
		}
	}
	between()
	if rapid.Bool().Draw(t, "drop in the end") {
		l.drop(rapid.SampledFrom(l.authors).Draw(t, "dropped"))
	}
}

func (l *life) drop(a *vectors.Author) {
	if err := l.l.Drop(context.Background(), a.Body()); err != nil && !errors.Is(err, ledger.ErrNotFound) {
		l.t.Fatal(err)
	}
}

// TestAnyHistory: whatever bodies say to each other, and however it is taken in,
// the tables are those of one pass and say what the register says.
func TestAnyHistory(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		led, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = led.Close() }()
		n++
		path := filepath.Join(dir, fmt.Sprint(n))
		opened := func(path string) *Catalogue {
			c, err := Open(Config{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		at := func(c *Catalogue, src Source) {
			if err := c.CatchUp(context.Background(), src); err != nil {
				t.Fatal(err)
			}
		}
		once, parts, live := opened(":memory:"), opened(path), opened(":memory:")
		defer func() { _, _, _ = once.Close(), parts.Close(), live.Close() }()
		l := &life{t: t, l: led}
		l.live(func() {
			if rapid.Bool().Draw(t, "look") {
				at(live, led)
			}
		})
		at(live, led)
		at(once, led)
		for last := uint64(0); last < led.Last(); {
			last = rapid.Uint64Range(last+1, led.Last()).Draw(t, "to")
			at(parts, part{led, last})
			if rapid.Bool().Draw(t, "again") {
				if err := parts.Close(); err != nil {
					t.Fatal(err)
				}
				parts = opened(path)
			}
		}
		whole := tables(t, once)
		if b := tables(t, parts); whole != b {
			t.Fatalf("one pass gives\n%s\nparts give\n%s", whole, b)
		}
		if b := tables(t, live); whole != b {
			t.Fatalf("one pass gives\n%s\nfollowing gives\n%s", whole, b)
		}
		newModel(t, led).check(live)
	})
}
