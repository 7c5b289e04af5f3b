package register_test

import (
	"testing"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// bind has the forum decide under a mandate of binding deliberation.
func (w *town) bind(pairs ...any) *protocol.Entry {
	return w.decide("mandate", w.grant(append([]any{"method", record.BindingDeliberation}, pairs...)...))
}

func TestBindingDuties(t *testing.T) {
	for name, c := range map[string]struct {
		tell func(w *town) *protocol.Entry
		day  string
		want []string
	}{
		"28 days": {func(w *town) *protocol.Entry {
			return w.bind("response_days", 60)
		}, "2026-03-02", []string{"answer a obligation_missing owed due 2026-03-01"}},
		"waiting": {func(w *town) *protocol.Entry {
			return w.bind()
		}, "2026-03-01", []string{"answer a waiting owed due 2026-03-01"}},
		"fewer days": {func(w *town) *protocol.Entry {
			return w.bind("response_days", 7)
		}, "2026-02-09", []string{"answer a obligation_missing owed due 2026-02-08"}},
		"a commitment": {func(w *town) *protocol.Entry {
			d := w.bind()
			w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"))
			return d
		}, "2026-04-01", []string{
			"answer a answered owed due 2026-03-01 answered 2026-02-10", "commitment a underway owed due 2026-05-01 answered 2026-02-10",
		}},
		"accepted without one": {func(w *town) *protocol.Entry {
			d := w.bind()
			w.respond("2026-02-10", d, reply("a", "accept", ""))
			return d
		}, "2026-02-11", []string{"answer a obligation_missing owed due 2026-03-01 answered 2026-02-10"}},
		"a commitment without a date": {func(w *town) *protocol.Entry {
			d := w.bind()
			w.respond("2026-02-10", d, reply("a", "accept", "-"))
			return d
		}, "2026-02-11", []string{
			"answer a obligation_missing owed due 2026-03-01 answered 2026-02-10", "commitment a underway owed answered 2026-02-10",
		}},
		"refused with reasons": {func(w *town) *protocol.Entry {
			d := w.bind()
			w.respond("2026-02-10", d, reply("a", "reject", "", "reasons", "reserved powers"))
			return d
		}, "2026-02-11", []string{"answer a obligation_missing owed due 2026-03-01 answered 2026-02-10"}},
		"due on the last day": {func(w *town) *protocol.Entry {
			d := w.bind("implementation_days", 10)
			w.respond("2026-02-10", d, reply("a", "accept", "2026-02-20"))
			return d
		}, "2026-02-11", []string{
			"answer a answered owed due 2026-03-01 answered 2026-02-10", "commitment a underway owed due 2026-02-20 answered 2026-02-10",
		}},
		"due too late": {func(w *town) *protocol.Entry {
			d := w.bind("implementation_days", 10)
			w.respond("2026-02-10", d, reply("a", "accept", "2026-02-21"))
			return d
		}, "2026-02-11", []string{
			"answer a obligation_missing owed due 2026-03-01 answered 2026-02-10", "commitment a underway owed due 2026-02-21 answered 2026-02-10",
		}},
		"cannot be put off": {func(w *town) *protocol.Entry {
			d := w.bind()
			w.respond("2026-02-10", d, reply("a", "defer", "", "until", "2026-06"))
			return d
		}, "2026-03-02", []string{"answer a obligation_missing owed due 2026-03-01 moved 2026-06"}},
	} {
		t.Run(name, func(t *testing.T) { checkDuties(t, c.tell, c.day, c.want) })
	}
}

func TestCommitments(t *testing.T) {
	const answered = "answer a answered owed answered 2026-02-10"
	promise := func(w *town) (*protocol.Entry, *protocol.Entry) {
		d := w.decide()
		return d, w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"), reply("b", "accept", "2026-05-01"))
	}
	line := func(state, more string) []string {
		return []string{answered, "commitment a " + state + " owed due 2026-05-01" + more + " answered 2026-02-10"}
	}
	for name, c := range map[string]struct {
		tell func(w *town, r *protocol.Entry)
		day  string
		want []string
	}{
		"underway":         {func(*town, *protocol.Entry) {}, "2026-05-01", line("underway", "")},
		"overdue":          {func(*town, *protocol.Entry) {}, "2026-05-02", line("overdue", "")},
		"met by own word":  {func(w *town, r *protocol.Entry) { w.tell("2026-04-01", r, "met") }, "2026-06-01", line("met_by_own_word", "")},
		"not met":          {func(w *town, r *protocol.Entry) { w.tell("2026-04-01", r, "not_met") }, "2026-05-01", line("not_met", "")},
		"not met and late": {func(w *town, r *protocol.Entry) { w.tell("2026-04-01", r, "not_met") }, "2026-05-02", line("overdue", "")},
		"partly met":       {func(w *town, r *protocol.Entry) { w.tell("2026-04-01", r, "partly_met") }, "2026-05-01", line("partly_met", "")},
		"another ref": {func(w *town, r *protocol.Entry) {
			w.tell("2026-04-01", r, "met", "ref", "b")
		}, "2026-05-02", line("overdue", "")},
		"told by another": {func(w *town, r *protocol.Entry) {
			on(w.other, "2026-04-01", record.KindProgress, "response", r, "ref", "a", "status", "met")
		}, "2026-05-02", line("overdue", "")},
		"attested": {func(w *town, r *protocol.Entry) {
			w.receive(w.forum, "2026-04-02", w.tell("2026-04-01", r, "met"))
		}, "2026-06-01", line("met", "")},
		"the response attested": {func(w *town, r *protocol.Entry) {
			w.tell("2026-04-01", r, "met")
			w.receive(w.forum, "2026-04-02", r)
		}, "2026-06-01", line("met", "")},
		"attested by another": {func(w *town, r *protocol.Entry) {
			w.receive(w.other, "2026-04-02", w.tell("2026-04-01", r, "met"))
		}, "2026-06-01", line("met_by_own_word", "")},
		"attested by itself": {func(w *town, r *protocol.Entry) {
			w.receive(w.council, "2026-04-02", w.tell("2026-04-01", r, "met"))
		}, "2026-06-01", line("met_by_own_word", "")},
		"attested and taken back": {func(w *town, r *protocol.Entry) {
			withdraw(w.forum, "2026-04-03", w.receive(w.forum, "2026-04-02", w.tell("2026-04-01", r, "met")))
		}, "2026-06-01", line("met_by_own_word", "")},
		"something else attested": {func(w *town, r *protocol.Entry) {
			on(w.forum, "2026-04-02", record.KindAttestation, "subject", w.tell("2026-04-01", r, "met"), "claim", record.ClaimDisputed)
		}, "2026-06-01", line("met_by_own_word", "")},
		"received before it is said to be met": {func(w *town, r *protocol.Entry) {
			w.receive(w.forum, "2026-02-11", r)
		}, "2026-05-02", line("overdue", "")},
		"met and then not": {func(w *town, r *protocol.Entry) {
			w.tell("2026-04-01", r, "met")
			w.tell("2026-04-02", r, "started")
		}, "2026-05-02", line("overdue", "")},
		"met and taken back": {func(w *town, r *protocol.Entry) {
			withdraw(w.council, "2026-04-02", w.tell("2026-04-01", r, "met"))
		}, "2026-05-02", line("overdue", "")},
		"met and erased": {func(w *town, r *protocol.Entry) {
			erase(w.council, w.tell("2026-04-01", r, "met"))
		}, "2026-05-02", line("overdue", "")},
		"moved": {func(w *town, r *protocol.Entry) {
			w.tell("2026-04-01", r, "scheduled", "due", "2026-08-01")
			w.tell("2026-04-02", r, "scheduled", "due", "2026-08-01")
			w.tell("2026-04-03", r, "scheduled", "due", "2026-09")
		}, "2026-05-02", line("overdue", " moved 2026-08-01 moved 2026-09")},
		"no status": {func(w *town, r *protocol.Entry) {
			w.tell("2026-04-01", r, "done")
		}, "2026-05-02", line("overdue", "")},
	} {
		t.Run(name, func(t *testing.T) {
			checkDuties(t, func(w *town) *protocol.Entry {
				d, r := promise(w)
				c.tell(w, r)
				return d
			}, c.day, c.want)
		})
	}
}

func TestDutiesFromChangedDecisions(t *testing.T) {
	const kept = "commitment a overdue owed due 2026-05-01 answered 2026-02-10"
	answer := func(w *town, d *protocol.Entry) {
		w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"))
	}
	for name, c := range map[string]struct {
		tell func(w *town) *protocol.Entry
		day  string
		want []string
	}{
		"withdrawn": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant(), "asks", asks("a", w.council, "b", w.council))
			answer(w, d)
			withdraw(w.forum, "2026-03-01", d)
			return d
		}, "2026-06-01", []string{"answer a answered owed due 2026-04-02 answered 2026-02-10", kept}},
		"erased": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant(), "asks", asks("a", w.council, "b", w.council))
			answer(w, d)
			erase(w.forum, d)
			return d
		}, "2026-06-01", []string{"answer a answered owed answered 2026-02-10", kept}},
		"revised": {func(w *town) *protocol.Entry {
			m := w.grant()
			d := w.decide("mandate", m)
			answer(w, d)
			on(w.forum, "2026-03-01", record.KindDecision, "revises", d, "mandate", m, "asks", asks("a", w.council, "b", w.council))
			return d
		}, "2026-05-01", []string{
			"answer a answered owed due 2026-04-02 answered 2026-02-10", "commitment a underway owed due 2026-05-01 answered 2026-02-10",
			"answer b no_response owed due 2026-04-30",
		}},
		"revised to ask less": {func(w *town) *protocol.Entry {
			d := w.decide("asks", asks("a", w.council, "b", w.council))
			answer(w, d)
			on(w.forum, "2026-03-01", record.KindDecision, "revises", d, "asks", asks("c", w.council))
			return d
		}, "2026-06-01", []string{"answer c asked", "answer a answered owed answered 2026-02-10", kept}},
		"a later version answered": {func(w *town) *protocol.Entry {
			d := w.decide()
			answer(w, on(w.forum, "2026-02-02", record.KindDecision, "revises", d, "asks", asks("a", w.council)))
			return d
		}, "2026-06-01", []string{"answer a answered owed answered 2026-02-10", kept}},
		"asked twice": {func(w *town) *protocol.Entry {
			return w.decide("asks", asks("a", w.council, "a", w.council))
		}, "2026-06-01", []string{"answer a asked"}},
	} {
		t.Run(name, func(t *testing.T) { checkDuties(t, c.tell, c.day, c.want) })
	}
}

func TestDutiesFromWhatIsNotHeld(t *testing.T) {
	w := newTown()
	d := w.decide("mandate", w.grant())
	w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"), reply("b", "reject", "", "reasons", "so"))
	l := holding(t, w.council)
	duties, err := register.Duties(l, d.ID)
	if err != nil || len(duties) != 1 || !duties[0].To.IsZero() || duties[0].By != w.council.Body() || duties[0].Decision != d.ID {
		t.Fatalf("%+v, %v", duties, err)
	}
	if got := sketch(&duties[0], "2026-05-02"); got != "commitment a overdue owed due 2026-05-01 answered 2026-02-10" {
		t.Error(got)
	}
	if duties, err := register.Duties(l, w.council.Log[1].ID); err != nil || duties != nil {
		t.Errorf("duties from a mandate: %+v, %v", duties, err)
	}
}

// A council that takes another branch of its log to lose a response still owes
// the answer, and the forum's decision on a lost branch binds nobody.
func TestDutiesFromDisowned(t *testing.T) {
	w := newTown()
	d := w.decide("mandate", w.grant())
	before := w.council.Clone()
	w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"))
	before.Recover(0, 0, protocol.ReasonKeyStolen)
	l := holding(t, w.council, w.forum)
	duties, err := register.Duties(l, d.ID)
	if err != nil || len(duties) != 2 {
		t.Fatalf("%+v, %v", duties, err)
	}
	joinRuns(t, l, before.Log)
	duties, err = register.Duties(l, d.ID)
	if err != nil || len(duties) != 1 || duties[0].State(date("2026-04-03").Start()) != register.NoResponse {
		t.Errorf("%+v, %v", duties, err)
	}
}

// A body that asks itself for something does not attest to itself that it did it.
func TestDutiesToOneself(t *testing.T) {
	w := newTown()
	d := w.decide("asks", asks("a", w.forum))
	r := on(w.forum, "2026-02-10", record.KindResponse, "decision", d, "answers", list(reply("a", "accept", "2026-05-01")))
	p := on(w.forum, "2026-03-01", record.KindProgress, "response", r, "ref", "a", "status", "met")
	w.receive(w.forum, "2026-03-02", p)
	duties, err := register.Duties(holding(t, w.forum), d.ID)
	if err != nil || len(duties) != 2 || duties[1].State(date("2026-06-01").Start()) != register.MetByOwnWord {
		t.Errorf("%+v, %v", duties, err)
	}
}
