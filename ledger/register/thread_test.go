package register_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// chain is a whole story, from mandate to adoption, with a second decision under
// the same mandate and to the same challenge.
type chain struct {
	*town
	names map[protocol.EntryID]string
	by    map[string]*protocol.Entry
}

func newChain() *chain {
	c := &chain{town: newTown(), names: map[protocol.EntryID]string{}, by: map[string]*protocol.Entry{}}
	m := c.name("mandate", c.grant())
	c.name("acceptance", on(c.forum, "2026-01-02", record.KindAcceptance, "mandate", m, "accepted", "yes"))
	q := c.name("challenge", on(c.forum, "2026-01-03", record.KindChallenge, "mandate", m))
	cites := []any{"mandate", m, "challenges", []*protocol.Entry{q}}
	d := c.name("decision", c.decide(cites...))
	second := c.name("second", c.decide(cites...))
	r := c.name("response", c.respond("2026-02-10", d, reply("a", "accept", "2026-05-01")))
	c.name("second response", c.respond("2026-02-10", second, reply("a", "accept", "2026-05-01")))
	p := c.name("progress", c.tell("2026-03-01", r, "met"))
	c.name("receipt", c.receive(c.forum, "2026-03-02", p))
	o := c.name("outcome", on(c.forum, "2026-04-01", record.KindOutcome, "about", []*protocol.Entry{d}))
	l := c.name("lesson", on(c.forum, "2026-04-02", record.KindLesson, "from", []*protocol.Entry{o}))
	c.name("adoption", on(c.other, "2026-05-01", record.KindAdoption, "lesson", l))
	on(c.other, "2026-05-02", record.KindWitness, "seen", list(map[string]any{"body": c.forum.Body().String(), "of": d.ID.String()}))
	return c
}

func (c *chain) name(name string, e *protocol.Entry) *protocol.Entry {
	c.names[e.ID], c.by[name] = name, e
	return e
}

// thread reads a thread as names, with the states of what does not stand.
func (c *chain) thread(t *testing.T, id protocol.EntryID) string {
	t.Helper()
	thread, err := register.ReadThread(holding(t, c.authors()...), id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range thread.Steps {
		name := c.names[s.ID]
		if s.State != register.Standing {
			name += fmt.Sprintf(" (%s)", s.State)
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

func TestThread(t *testing.T) {
	const whole = "mandate, acceptance, challenge, decision, response, progress, outcome, lesson, adoption, receipt"
	c := newChain()
	for _, name := range []string{"decision", "response", "progress", "receipt", "outcome", "lesson", "adoption"} {
		if got := c.thread(t, c.by[name].ID); got != whole {
			t.Errorf("from the %s: %s", name, got)
		}
	}
	const all = "mandate, acceptance, challenge, decision, second, response, second response, progress, outcome, lesson, adoption, receipt"
	for _, name := range []string{"mandate", "acceptance", "challenge"} {
		if got := c.thread(t, c.by[name].ID); got != all {
			t.Errorf("from the %s: %s", name, got)
		}
	}
}

func TestThreadShowsWhatBecameOfEntries(t *testing.T) {
	c := newChain()
	c.name("correction", withdraw(c.council, "2026-06-01", c.by["response"]))
	c.name("revision", on(c.forum, "2026-06-02", record.KindDecision, "revises", c.by["decision"], "mandate", c.by["mandate"]))
	erase(c.forum, c.by["outcome"])
	erase(c.council, c.by["progress"])
	const want = "mandate, acceptance, challenge, decision (amended), revision, response (withdrawn), progress (erased), outcome (erased), " +
		"lesson, adoption, receipt, correction"
	for _, name := range []string{"decision", "revision", "correction"} {
		if got := c.thread(t, c.by[name].ID); got != want {
			t.Errorf("from the %s: %s\nwant %s", name, got, want)
		}
	}
	// What named an erased entry leads no further back than to it.
	if got := c.thread(t, c.by["lesson"].ID); got != "outcome (erased), lesson, adoption" {
		t.Errorf("from the lesson: %s", got)
	}
}

func TestThreadAroundWhatIsMissing(t *testing.T) {
	c := newChain()
	l := holding(t, c.council, c.other)
	for _, id := range []protocol.EntryID{c.by["decision"].ID, c.by["progress"].ID} {
		thread, err := register.ReadThread(l, id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range thread.Steps {
			got = append(got, fmt.Sprint(c.names[s.ID], " ", s.Stage, " ", s.State))
		}
		if want := "decision decision missing; response response standing; progress progress standing"; strings.Join(got, "; ") != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if _, err := register.ReadThread(l, protocol.EntryID{1}); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("what nobody names: %v", err)
	}
}

func TestThreadLinks(t *testing.T) {
	c := newChain()
	thread, err := register.ReadThread(holding(t, c.authors()...), c.by["decision"].ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(thread.Steps, func(s register.Step) bool { return s.ID == c.by["decision"].ID })
	want := []register.Link{{Field: "challenges", To: c.by["challenge"].ID}, {Field: "mandate", To: c.by["mandate"].ID}}
	if got := thread.Steps[i].Links; !slices.Equal(got, want) {
		t.Errorf("links %v, want %v", got, want)
	}
}

// A stranger who names a decision thousands of times fills neither its thread nor
// the place of others, and a crowd fills it to its limit, the same on every node.
func TestThreadOfACrowd(t *testing.T) {
	w := newTown()
	d := w.decide()
	r := w.respond("2026-02-10", d, reply("a", "accept", ""))
	for range 400 {
		on(w.other, "2026-01-01", record.KindAttestation, "subject", d, "claim", record.ClaimDisputed)
	}
	thread, err := register.ReadThread(holding(t, w.authors()...), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(thread.Steps) != 258 || thread.More || thread.Steps[1].ID != r.ID {
		t.Errorf("%d steps, more %v", len(thread.Steps), thread.More)
	}
	crowd := w.authors()
	for n := range 5 {
		a := vectors.NewAuthor(fmt.Sprint("crowd ", n), 0, nil)
		for range 250 {
			on(a, "2026-01-01", record.KindAttestation, "subject", d, "claim", record.ClaimDisputed)
		}
		crowd = append(crowd, a)
	}
	var seen [2]string
	for n := range seen {
		thread, err = register.ReadThread(holding(t, crowd...), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i := range thread.Steps {
			seen[n] += thread.Steps[i].ID.String()
		}
		slices.Reverse(crowd)
	}
	if len(thread.Steps) != register.MaxThread || !thread.More || seen[0] != seen[1] {
		t.Errorf("%d steps, more %v, the same %v", len(thread.Steps), thread.More, seen[0] == seen[1])
	}
}

func TestThreadOfABody(t *testing.T) {
	w := newTown()
	b := on(w.forum, "2026-01-01", record.KindBody, "name", "Forum")
	a := on(w.council, "2026-01-02", record.KindAttestation, "subject", b, "claim", record.ClaimIdentity)
	w.decide()
	thread, err := register.ReadThread(holding(t, w.authors()...), b.ID)
	if err != nil || len(thread.Steps) != 2 || thread.Steps[0].ID != b.ID || thread.Steps[1].ID != a.ID {
		t.Errorf("%+v, %v", thread, err)
	}
}
