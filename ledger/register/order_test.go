package register_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// chronicle is what a few bodies happened to publish about each other.
type chronicle struct {
	t       *rapid.T
	authors []*vectors.Author
	// branches are the authors and those who forked one of them.
	branches []*vectors.Author
	said     map[protocol.Kind][]*protocol.Entry
	// erased are approvals that were used: they count once.
	erased map[protocol.Digest]bool
}

func drawChronicle(t *rapid.T, steps int) *chronicle {
	c := &chronicle{t: t, said: map[protocol.Kind][]*protocol.Entry{}, erased: map[protocol.Digest]bool{}}
	for n := range 3 {
		c.authors = append(c.authors, vectors.NewAuthor(fmt.Sprint("body ", n), 1, nil))
	}
	c.branches = slices.Clone(c.authors)
	forked := map[*vectors.Author]bool{}
	for range steps {
		a := c.branches[rapid.IntRange(0, len(c.branches)-1).Draw(t, "author")]
		if n := rapid.IntRange(0, 40).Draw(t, "fork"); n == 0 && !forked[a] && slices.Contains(c.authors, a) {
			forked[a] = true
			c.branches = append(c.branches, a.Clone())
			a.Recover(0, 0, protocol.ReasonKeyStolen)
		}
		a.Clock += uint64(rapid.IntRange(0, 20).Draw(t, "days")) * 86400
		c.publish(a)
	}
	return c
}

func (c *chronicle) pick(kind protocol.Kind, by *vectors.Author) string {
	list := c.said[kind]
	if by != nil {
		list = slices.DeleteFunc(slices.Clone(list), func(e *protocol.Entry) bool { return e.Body() != by.Body() })
	}
	if len(list) == 0 {
		return protocol.EntryID(protocol.HashOf([]byte("nothing"))).String()
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(c.t, "which")].ID.String()
}

func (c *chronicle) body() string {
	return c.authors[rapid.IntRange(0, len(c.authors)-1).Draw(c.t, "body")].Body().String()
}

func (c *chronicle) code(codes ...string) string {
	return rapid.SampledFrom(codes).Draw(c.t, "code")
}

func (c *chronicle) publish(a *vectors.Author) {
	kind := protocol.Kind(c.code(
		"mandate", "decision", "decision", "response", "response", "response", "progress", "progress", "attestation",
		"correction", "correction", "erase", "lesson", "adoption", "outcome", "acceptance", "challenge",
	))
	if kind == protocol.KindErase {
		seq := rapid.Uint64Range(1, max(1, a.Chain.Length()-1)).Draw(c.t, "seq")
		if seq >= a.Chain.Length() || a.Log[seq].Envelope.Kind.IsControl() || a.Log[seq].Envelope.Kind == protocol.KindErase {
			return
		}
		if key := protocol.HashOf(fmt.Append(nil, a.Body(), seq)); !c.erased[key] {
			c.erased[key] = true
			a.Erase(protocol.ReasonMistake, 1, seq)
		}
		return
	}
	fields := c.fields(kind, a)
	if rapid.IntRange(0, 3).Draw(c.t, "revision") == 0 {
		fields["revises"] = c.pick(kind, a)
	}
	e := a.Publish(kind, fields)
	c.said[kind] = append(c.said[kind], e)
	if kind == "correction" || kind == "erase" {
		return
	}
	c.said["any"] = append(c.said["any"], e)
}

func (c *chronicle) fields(kind protocol.Kind, a *vectors.Author) map[string]any {
	switch kind {
	case "mandate":
		return map[string]any{
			"to": c.body(), "method": c.code("non_binding_deliberation", "binding_deliberation"), "response_days": int64(30),
			"after": c.pick("mandate", nil), "from": c.code("2026-01-05", "2025"),
		}
	case "acceptance":
		return map[string]any{"mandate": c.pick("mandate", nil), "accepted": "yes"}
	case "challenge":
		return map[string]any{"mandate": c.pick("mandate", nil)}
	case "decision":
		d := map[string]any{
			"asks":       []any{map[string]any{"ref": "a", "of": c.body()}, map[string]any{"ref": "b", "of": c.body()}},
			"challenges": []any{c.pick("challenge", nil)}, "method": "formal_governance",
			"award": map[string]any{"to": map[string]any{"body": c.body()}},
		}
		if rapid.Bool().Draw(c.t, "mandated") {
			d["mandate"] = c.pick("mandate", nil)
		}
		return d
	case "response":
		kind := protocol.Kind(c.code("decision", "decision", "decision", "mandate"))
		return map[string]any{"decision": c.pick(kind, nil), "answers": []any{c.answer(), c.answer()}}
	case "progress":
		return map[string]any{
			"response": c.pick("response", a), "ref": c.code("a", "b"), "status": c.code("met", "started", "not_met"),
			"due": c.code("2026-07", "2026-08-01", ""),
		}
	case "attestation":
		return map[string]any{"subject": c.pick(protocol.Kind(c.code("response", "progress", "any")), nil), "claim": "received_this"}
	case "correction":
		return map[string]any{"of": c.pick(protocol.Kind(c.code("any", "any", "response", "correction")), a), "action": "withdraw"}
	case "outcome":
		return map[string]any{"about": []any{c.pick("decision", nil)}, "direction": "better"}
	case "lesson":
		return map[string]any{"from": []any{c.pick(protocol.Kind(c.code("outcome", "adoption")), nil)}, "worked": "yes"}
	case "adoption":
		return map[string]any{"lesson": c.pick("lesson", nil), "outcome": c.pick("outcome", a), "status": c.code("adopted", "rejected")}
	default:
		return map[string]any{"about": c.pick("any", nil)}
	}
}

func (c *chronicle) answer() map[string]any {
	m := map[string]any{"ref": c.code("a", "b"), "answer": c.code("accept", "accept", "reject", "defer"), "until": "2026-06", "reasons": "so"}
	if rapid.Bool().Draw(c.t, "committed") {
		m["commitment"] = map[string]any{"action": "act", "due": c.code("2026-05", "2026-07-01")}
	}
	return m
}

// arrivals draws an order in which the branches' logs come, piece by piece.
func (c *chronicle) arrivals() []ledger.Run {
	var order []int
	for n := range c.branches {
		for range rapid.IntRange(1, 4).Draw(c.t, "pieces") {
			order = append(order, n)
		}
	}
	order = rapid.Permutation(order).Draw(c.t, "order")
	left, held := map[int]int{}, map[int]int{}
	for _, n := range order {
		left[n]++
	}
	var runs []ledger.Run
	for _, n := range order {
		log := c.branches[n].Log
		if left[n]--; left[n] == 0 {
			held[n] = len(log)
		} else {
			held[n] = rapid.IntRange(max(held[n], 1), len(log)).Draw(c.t, "length")
		}
		runs = append(runs, log[:held[n]])
	}
	return runs
}

// ids lists all that anybody published, and one entry that nobody did.
func (c *chronicle) ids() []protocol.EntryID {
	out := []protocol.EntryID{protocol.EntryID(protocol.HashOf([]byte("nothing")))}
	for _, a := range c.branches {
		for _, e := range a.Log {
			if !slices.Contains(out, e.ID) {
				out = append(out, e.ID)
			}
		}
	}
	return out
}

func openDrawn(t *rapid.T) *ledger.Ledger {
	l, err := ledger.Open(ledger.Config{
		Network: vectors.NetworkName, Floor: 1, Now: func() time.Time { return time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func joinDrawn(t *rapid.T, l *ledger.Ledger, run ledger.Run) {
	outcomes, err := l.Join(t.Context(), []ledger.Run{run})
	if err != nil {
		t.Fatal(err)
	}
	if outcomes[0].Err != nil {
		t.Fatal(outcomes[0].Err)
	}
}

// noted are the duties that a follower notes under a decision.
func noted(t *rapid.T, l *ledger.Ledger, id protocol.EntryID) string {
	duties, err := register.Duties(l, id)
	if err != nil {
		t.Fatal(err)
	}
	duties = slices.DeleteFunc(duties, func(d register.Duty) bool { return d.Decision != id })
	if len(duties) == 0 {
		return ""
	}
	return asJSON(t, duties)
}

// TestAffectedMissesNothing follows the arrival order and works out again only
// what Affected names: in the end that is what working out everything gives.
func TestAffectedMissesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawChronicle(t, 30)
		l := openDrawn(t)
		notes := map[protocol.EntryID]string{}
		f := follower{l: l, said: map[protocol.EntryID]*protocol.Entry{}}
		for _, run := range c.arrivals() {
			joinDrawn(t, l, run)
			for _, e := range f.changed(t) {
				ids, err := register.Affected(l, e)
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range ids {
					notes[id] = noted(t, l, id)
				}
			}
		}
		for _, id := range c.ids() {
			if want := noted(t, l, id); notes[id] != want {
				t.Fatalf("a follower notes of %s\n%s\nwant\n%s", id, notes[id], want)
			}
		}
	})
}

// follower remembers what entries said: the ledger withholds what is erased.
type follower struct {
	l    *ledger.Ledger
	last uint64
	said map[protocol.EntryID]*protocol.Entry
}

func (f *follower) remember(e *protocol.Entry) *protocol.Entry {
	if e.Content != nil || f.said[e.ID] == nil {
		f.said[e.ID] = e
	}
	return f.said[e.ID]
}

// changed lists the entries to which something happened since the last event.
func (f *follower) changed(t *rapid.T) []*protocol.Entry {
	l := f.l
	var out []*protocol.Entry
	for ev, err := range l.Events(f.last) {
		if err != nil {
			t.Fatal(err)
		}
		f.last = ev.Seq
		if ev.Kind == ledger.EventEntry {
			out = append(out, f.remember(ev.Entry))
		}
		for _, id := range ev.Entries {
			e, err := l.Entry(id)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, f.remember(e.Entry))
		}
	}
	for _, e := range slices.Clone(out) {
		if e.Erase() == nil {
			continue
		}
		// What an erasure names stands before it on its own branch.
		for ev, err := range l.Events(0) {
			if err != nil {
				t.Fatal(err)
			}
			if ev.Kind == ledger.EventEntry && ev.Body == e.Body() && slices.Contains(e.Erase().Positions, ev.Entry.Envelope.Seq) {
				out = append(out, f.remember(ev.Entry))
			}
		}
	}
	return out
}

// TestOrderOfArrival reads two ledgers that got the same entries in two orders.
func TestOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawChronicle(t, 40)
		var ledgers []*ledger.Ledger
		for range 2 {
			l := openDrawn(t)
			for _, run := range c.arrivals() {
				joinDrawn(t, l, run)
			}
			ledgers = append(ledgers, l)
		}
		for _, id := range c.ids() {
			a, b := everything(t, ledgers[0], id), everything(t, ledgers[1], id)
			if a != b {
				t.Fatalf("two answers about %s: %s", id, difference(a, b))
			}
		}
	})
}

// everything is what the register says about an entry, without what follows from
// the order of arrival: the numbers of events, and whether what lost its place in
// a log is held.
func everything(t *rapid.T, l *ledger.Ledger, id protocol.EntryID) string {
	duties, err := register.Duties(l, id)
	if err != nil {
		t.Fatal(err)
	}
	out := asJSON(t, duties)
	e, err := l.Entry(id)
	if err != nil {
		return out
	}
	if in, err := l.InLog(e.Entry); err != nil || !in {
		return out
	}
	thread, err := register.ReadThread(l, id)
	if err != nil {
		t.Fatal(err)
	}
	var gone []string
	thread.Steps = slices.DeleteFunc(thread.Steps, func(s register.Step) bool {
		lost := s.State == register.Missing || s.State == register.Disowned
		if lost {
			gone = append(gone, s.ID.String())
		}
		return lost
	})
	for n := range thread.Steps {
		thread.Steps[n].Event = 0
	}
	slices.Sort(gone)
	out += asJSON(t, gone) + asJSON(t, thread)
	switch e.Entry.Envelope.Kind {
	case record.KindLesson:
		spread, err := register.ReadSpread(l, nil, id)
		if err != nil {
			t.Fatal(err)
		}
		for n := range spread.Tries {
			spread.Tries[n].Event = 0
		}
		out += asJSON(t, spread)
	case record.KindMandate:
		path, err := register.ReadPath(l, standing(t, l))
		if err != nil {
			t.Fatal(err)
		}
		for n := range path.Steps {
			path.Steps[n].Event = 0
		}
		out += asJSON(t, path)
	}
	return out
}

// standing lists the mandates and decisions that stand, in the order of arrival.
func standing(t *rapid.T, l *ledger.Ledger) []protocol.EntryID {
	var out []protocol.EntryID
	for _, kind := range []protocol.Kind{record.KindDecision, record.KindMandate} {
		for ev, err := range l.ByKind(kind, 0, 1<<40) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, ev.Entry.ID)
		}
	}
	return out
}

// difference shows where two texts part.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for n := range min(len(x), len(y)) {
		if x[n] != y[n] {
			return fmt.Sprintf("line %d of %d and %d:\n%s\nand\n%s", n, len(x), len(y), x[n], y[n])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}
