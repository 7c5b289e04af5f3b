package register_test

import (
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// stateIn reads an entry's state from the thread of another.
func stateIn(t *testing.T, r register.Reader, thread, id protocol.EntryID) register.State {
	t.Helper()
	th, err := register.ReadThread(r, thread)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range th.Steps {
		if s.ID == id {
			return s.State
		}
	}
	return "not part of it"
}

func TestVersions(t *testing.T) {
	w := newTown()
	revise := func(a *vectors.Author, of *protocol.Entry) *protocol.Entry {
		return on(a, "2026-02-02", record.KindDecision, "revises", of)
	}
	first := w.decide()
	b, c := revise(w.forum, first), revise(w.forum, first)
	foreign := revise(w.other, first)
	other := on(w.forum, "2026-02-02", record.KindOutcome, "revises", first)
	d := revise(w.forum, b)
	withdraw(w.forum, "2026-02-03", d)
	again := withdraw(w.forum, "2026-02-03", first)
	withdraw(w.forum, "2026-02-03", again)
	r := holding(t, w.authors()...)
	for _, s := range []struct {
		name string
		id   protocol.EntryID
		want register.State
	}{
		{"the first", first.ID, register.Amended},
		{"an earlier revision", b.ID, register.Amended},
		{"the last that was not withdrawn", c.ID, register.Standing},
		{"the withdrawn one", d.ID, register.Withdrawn},
		{"a withdrawn withdrawal", again.ID, register.Withdrawn},
	} {
		if got := stateIn(t, r, c.ID, s.id); got != s.want {
			t.Errorf("%s is %s, want %s", s.name, got, s.want)
		}
	}
	for _, e := range []*protocol.Entry{foreign, other} {
		if got := stateIn(t, r, e.ID, e.ID); got != register.Standing {
			t.Errorf("what revises another's record, or one of another kind, is %s", got)
		}
		if got := stateIn(t, r, first.ID, e.ID); got != "not part of it" {
			t.Errorf("what is no version of the first is %s in its thread", got)
		}
	}
}

// A chain of revisions counts as far as it is followed, whichever version is
// asked about first.
func TestVersionsBeyondTheLimit(t *testing.T) {
	w := newTown()
	chain := []*protocol.Entry{w.decide()}
	for range 70 {
		chain = append(chain, on(w.forum, "2026-02-02", record.KindDecision, "revises", chain[len(chain)-1], "asks", asks("a", w.council)))
	}
	r := holding(t, w.authors()...)
	for n, want := range map[int]register.State{
		0: register.Amended, 63: register.Amended, 64: register.Standing, 65: register.Standing, 70: register.Standing,
	} {
		if got := stateIn(t, r, chain[n].ID, chain[n].ID); got != want {
			t.Errorf("version %d is %s, want %s", n, got, want)
		}
	}
	for n, first := range map[int]int{0: 0, 64: 0, 65: 65, 70: 70} {
		duties, err := register.Duties(r, chain[n].ID)
		if err != nil || len(duties) != 1 || duties[0].Decision != chain[first].ID {
			t.Errorf("duties from version %d: %+v, %v", n, duties, err)
		}
	}
}

// A withdrawal of a withdrawal of a withdrawal, and so on, ends somewhere.
func TestWithdrawalsOfWithdrawals(t *testing.T) {
	for n, want := range []register.State{
		register.Standing, register.Withdrawn, register.Standing, register.Withdrawn, register.Standing, register.Withdrawn, register.Withdrawn,
	} {
		w := newTown()
		d := w.decide()
		of := d
		for range n {
			of = withdraw(w.forum, "2026-02-02", of)
		}
		if got := stateIn(t, holding(t, w.forum), d.ID, d.ID); got != want {
			t.Errorf("after %d it is %s, want %s", n, got, want)
		}
	}
}

// What a body says of itself in circles and in vain breaks nothing.
func TestHostileRecords(t *testing.T) {
	w := newTown()
	d := on(w.forum, "2026-02-01", record.KindDecision, "asks", "x", "mandate", 7, "revises", list(map[string]any{"a": "b"}))
	on(w.council, "2026-02-02", record.KindResponse, "decision", d, "answers", list(map[string]any{"ref": 7, "answer": []any{}}))
	same := map[string]any{"ref": "a", "of": w.council.Body().String()}
	many := make([]map[string]any, 500)
	for i := range many {
		many[i] = same
	}
	e := on(w.forum, "2026-02-01", record.KindDecision, "asks", many)
	for range 300 {
		w.respond("2026-02-02", e, reply("a", "accept", "2026-05-01"))
	}
	r := holding(t, w.authors()...)
	duties, err := register.Duties(r, d.ID)
	if err != nil || len(duties) != 0 {
		t.Errorf("%+v, %v", duties, err)
	}
	duties, err = register.Duties(r, e.ID)
	if err != nil || len(duties) != 2 {
		t.Fatalf("%d duties, %v", len(duties), err)
	}
	if want := w.council.Log[1+256].ID; duties[1].Response != want {
		t.Errorf("the response that counts is %s, want %s, the 256th", duties[1].Response, want)
	}
	for _, id := range []protocol.EntryID{d.ID, e.ID, w.forum.Body().Charter()} {
		if _, err := register.ReadThread(r, id); err != nil {
			t.Error(err)
		}
		if _, err := register.ReadPath(r, []protocol.EntryID{id, id}); err != nil {
			t.Error(err)
		}
	}
}

var _ register.Reader = (*ledger.Ledger)(nil)
