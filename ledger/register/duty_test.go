package register_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// grant has the council grant the forum a mandate on the first of January.
func (w *town) grant(pairs ...any) *protocol.Entry {
	return on(w.council, "2026-01-01", record.KindMandate, append([]any{
		"to", w.forum, "method", record.NonBindingDeliberation, "from", "2026-01-01",
	}, pairs...)...)
}

// decide has the forum ask the council for a on the first of February.
func (w *town) decide(pairs ...any) *protocol.Entry {
	return on(w.forum, "2026-02-01", record.KindDecision, append([]any{
		"decided_on", "2026-01-31", "asks", asks("a", w.council),
	}, pairs...)...)
}

func (w *town) respond(day string, d *protocol.Entry, answers ...map[string]any) *protocol.Entry {
	return on(w.council, day, record.KindResponse, "decision", d, "answers", answers)
}

func (w *town) tell(day string, r *protocol.Entry, status string, pairs ...any) *protocol.Entry {
	return on(w.council, day, record.KindProgress, append([]any{
		"response", r, "ref", "a", "status", status, "as_of", day,
	}, pairs...)...)
}

func (w *town) receive(by *vectors.Author, day string, what *protocol.Entry) *protocol.Entry {
	return on(by, day, record.KindAttestation, "subject", what, "claim", record.ClaimReceived, "basis", "we walked it")
}

func withdraw(a *vectors.Author, day string, of *protocol.Entry) *protocol.Entry {
	return on(a, day, record.KindCorrection, "of", of, "action", record.ActionWithdraw, "reason", "error")
}

func erase(a *vectors.Author, e *protocol.Entry) {
	a.Erase(protocol.ReasonMistake, 1, e.Envelope.Seq)
}

// sketch says in a line what a duty is and how it stands on a day.
func sketch(d *register.Duty, day string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", d.Kind, d.Ref, d.State(date(day).Start()))
	if d.Owed {
		b.WriteString(" owed")
	}
	if !d.Due.IsZero() {
		fmt.Fprintf(&b, " due %s", d.Due)
	}
	for _, m := range d.Moved {
		fmt.Fprintf(&b, " moved %s", m.Due)
	}
	if d.Answered != 0 {
		fmt.Fprintf(&b, " answered %s", record.DateOf(at(d.Answered)))
	}
	if len(d.Lost) > 0 {
		fmt.Fprintf(&b, " lost %d", len(d.Lost))
	}
	return b.String()
}

func TestDuties(t *testing.T) {
	for name, c := range map[string]struct {
		// tell publishes and returns the decision that is asked about.
		tell func(w *town) *protocol.Entry
		day  string
		want []string
	}{
		"owed and waiting": {func(w *town) *protocol.Entry {
			return w.decide("mandate", w.grant())
		}, "2026-04-02", []string{"answer a waiting owed due 2026-04-02"}},
		"owed and late": {func(w *town) *protocol.Entry {
			return w.decide("mandate", w.grant())
		}, "2026-04-03", []string{"answer a no_response owed due 2026-04-02"}},
		"the mandate's own time": {func(w *town) *protocol.Entry {
			return w.decide("mandate", w.grant("response_days", 10))
		}, "2026-02-12", []string{"answer a no_response owed due 2026-02-11"}},
		"an absurd time": {func(w *town) *protocol.Entry {
			return w.decide("mandate", w.grant("response_days", 100_000))
		}, "2026-04-03", []string{"answer a no_response owed due 2026-04-02"}},
		"a negative time": {func(w *town) *protocol.Entry {
			return w.decide("mandate", w.grant("response_days", -1))
		}, "2026-02-03", []string{"answer a waiting owed due 2026-04-02"}},
		"no mandate": {func(w *town) *protocol.Entry {
			return w.decide()
		}, "2030-01-01", []string{"answer a asked"}},
		"another body's mandate": {func(w *town) *protocol.Entry {
			m := on(w.other, "2026-01-01", record.KindMandate, "to", w.forum, "method", record.NonBindingDeliberation)
			return w.decide("mandate", m)
		}, "2030-01-01", []string{"answer a asked"}},
		"a mandate to another body": {func(w *town) *protocol.Entry {
			return w.decide("mandate", w.grant("to", w.other))
		}, "2030-01-01", []string{"answer a asked"}},
		"a mandate that is no mandate": {func(w *town) *protocol.Entry {
			return w.decide("mandate", on(w.council, "2026-01-01", record.KindDecision, "to", w.forum))
		}, "2030-01-01", []string{"answer a asked"}},
		"a mandate that ended before": {func(w *town) *protocol.Entry {
			return w.decide("mandate", w.grant("until", "2026-01-30"))
		}, "2030-01-01", []string{"answer a asked"}},
		"a mandate that ended on the day": {func(w *town) *protocol.Entry {
			return w.decide("mandate", w.grant("until", "2026-01-31"))
		}, "2026-04-03", []string{"answer a no_response owed due 2026-04-02"}},
		"a mandate that began later": {func(w *town) *protocol.Entry {
			return w.decide("mandate", w.grant("from", "2026-02-01"))
		}, "2030-01-01", []string{"answer a asked"}},
		"a mandate withdrawn before": {func(w *town) *protocol.Entry {
			m := w.grant()
			withdraw(w.council, "2026-01-30", m)
			return w.decide("mandate", m)
		}, "2030-01-01", []string{"answer a asked"}},
		"a mandate withdrawn after": {func(w *town) *protocol.Entry {
			m := w.grant()
			d := w.decide("mandate", m)
			withdraw(w.council, "2026-02-02", m)
			return d
		}, "2026-04-03", []string{"answer a no_response owed due 2026-04-02"}},
		"a mandate withdrawn by another": {func(w *town) *protocol.Entry {
			m := w.grant()
			withdraw(w.other, "2026-01-30", m)
			return w.decide("mandate", m)
		}, "2026-04-03", []string{"answer a no_response owed due 2026-04-02"}},
		"a withdrawal that was withdrawn": {func(w *town) *protocol.Entry {
			m := w.grant()
			withdraw(w.council, "2026-01-03", withdraw(w.council, "2026-01-02", m))
			return w.decide("mandate", m)
		}, "2026-04-03", []string{"answer a no_response owed due 2026-04-02"}},
		"a mandate revised after counts as cited": {func(w *town) *protocol.Entry {
			m := w.grant("response_days", 10)
			d := w.decide("mandate", m)
			on(w.council, "2026-02-02", record.KindMandate, "revises", m, "to", w.forum, "response_days", 300)
			return d
		}, "2026-02-12", []string{"answer a no_response owed due 2026-02-11"}},
		"a mandate erased": {func(w *town) *protocol.Entry {
			m := w.grant()
			d := w.decide("mandate", m)
			erase(w.council, m)
			return d
		}, "2030-01-01", []string{"answer a asked"}},
		"a mandate erased after a commitment": {func(w *town) *protocol.Entry {
			m := w.grant()
			d := w.decide("mandate", m)
			w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"))
			erase(w.council, m)
			return d
		}, "2026-05-02", []string{
			"answer a answered owed answered 2026-02-10", "commitment a overdue owed due 2026-05-01 answered 2026-02-10",
		}},
		"a refusal with reasons": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-02-10", d, reply("a", "reject", "", "reasons", "no money"))
			return d
		}, "2030-01-01", []string{"answer a answered owed due 2026-04-02 answered 2026-02-10"}},
		"a refusal without": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-02-10", d, reply("a", "reject", "", "reasons", " "))
			return d
		}, "2030-01-01", []string{"answer a no_response owed due 2026-04-02"}},
		"an answer that is none leaves the one before": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"))
			w.respond("2026-02-11", d, reply("a", "perhaps", ""))
			return d
		}, "2026-02-12", []string{
			"answer a answered owed due 2026-04-02 answered 2026-02-10", "commitment a underway owed due 2026-05-01 answered 2026-02-10",
		}},
		"already doing it, without reasons": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-02-10", d, reply("a", "already_doing", ""))
			return d
		}, "2026-02-12", []string{"answer a waiting owed due 2026-04-02"}},
		"another body answers": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			on(w.other, "2026-02-10", record.KindResponse, "decision", d, "answers", list(reply("a", "accept", "2026-05-01")))
			return d
		}, "2026-02-12", []string{"answer a waiting owed due 2026-04-02"}},
		"what was not asked": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-02-10", d, reply("b", "accept", "2026-05-01"))
			return d
		}, "2026-02-12", []string{"answer a waiting owed due 2026-04-02"}},
		"late": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-06-10", d, reply("a", "accept", ""))
			return d
		}, "2026-07-01", []string{"answer a answered owed due 2026-04-02 answered 2026-06-10"}},
		"put off": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-03-01", d, reply("a", "defer", "", "until", "2026-06"))
			return d
		}, "2026-06-30", []string{"answer a waiting owed due 2026-06"}},
		"put off and forgotten": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-03-01", d, reply("a", "defer", "", "until", "2026-06"))
			return d
		}, "2026-07-01", []string{"answer a no_response owed due 2026-06"}},
		"put off twice": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-03-01", d, reply("a", "defer", "", "until", "2026-06"))
			w.respond("2026-05-01", d, reply("a", "defer", "", "until", "2026-12"))
			return d
		}, "2026-07-01", []string{"answer a no_response owed due 2026-06 moved 2026-12"}},
		"put off too late": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-04-03", d, reply("a", "defer", "", "until", "2026-06"))
			return d
		}, "2026-04-04", []string{"answer a no_response owed due 2026-04-02 moved 2026-06"}},
		"put off without a date": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-03-01", d, reply("a", "defer", ""))
			return d
		}, "2026-04-03", []string{"answer a no_response owed due 2026-04-02"}},
		"put off to an earlier day": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-03-01", d, reply("a", "defer", "", "until", "2026-03-10"))
			return d
		}, "2026-03-11", []string{"answer a waiting owed due 2026-04-02 moved 2026-03-10"}},
		"put off and then answered": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-03-01", d, reply("a", "defer", "", "until", "2026-06"))
			w.respond("2026-05-01", d, reply("a", "reject", "", "reasons", "no money"))
			return d
		}, "2026-07-01", []string{"answer a answered owed due 2026-06 answered 2026-05-01"}},
		"answered and then put off": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-03-01", d, reply("a", "accept", ""))
			w.respond("2026-05-01", d, reply("a", "defer", "", "until", "2026-06"))
			return d
		}, "2026-05-20", []string{"answer a waiting owed due 2026-06 answered 2026-03-01"}},
		"not owed and put off": {func(w *town) *protocol.Entry {
			d := w.decide()
			w.respond("2026-03-01", d, reply("a", "defer", "", "until", "2026-06"))
			return d
		}, "2026-07-20", []string{"answer a asked moved 2026-06"}},
		"withdrawn": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			withdraw(w.council, "2026-03-01", w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"), reply("b", "accept", "")))
			return d
		}, "2026-04-03", []string{"answer a no_response owed due 2026-04-02 lost 1"}},
		"withdrawn of two": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-02-10", d, reply("a", "reject", "", "reasons", "no money"))
			withdraw(w.council, "2026-03-01", w.respond("2026-02-11", d, reply("a", "accept", "2026-05-01")))
			return d
		}, "2026-04-03", []string{"answer a answered owed due 2026-04-02 answered 2026-02-10 lost 1"}},
		"erased": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			erase(w.council, w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01")))
			return d
		}, "2026-04-03", []string{"answer a no_response owed due 2026-04-02 lost 1"}},
		"amended": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			r := w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"))
			on(w.council, "2026-03-01", record.KindResponse, "decision", d, "revises", r, "answers", list(reply("a", "accept_modified", "2026-12-01")))
			return d
		}, "2026-05-02", []string{
			"answer a answered owed due 2026-04-02 answered 2026-02-10",
			"commitment a overdue owed due 2026-05-01 moved 2026-12-01 answered 2026-02-10",
		}},
		"amended, and the old version taken back": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			r := w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"))
			on(w.council, "2026-03-01", record.KindResponse, "decision", d, "revises", r, "answers", list(reply("a", "accept", "2026-12-01")))
			withdraw(w.council, "2026-03-02", r)
			return d
		}, "2026-05-02", []string{
			"answer a answered owed due 2026-04-02 answered 2026-03-01 lost 1",
			"commitment a overdue owed due 2026-05-01 moved 2026-12-01 answered 2026-03-01",
		}},
		"a commitment outlives a later refusal": {func(w *town) *protocol.Entry {
			d := w.decide("mandate", w.grant())
			w.respond("2026-02-10", d, reply("a", "accept", "2026-05-01"))
			w.respond("2026-02-20", d, reply("a", "reject", "", "reasons", "no money"))
			return d
		}, "2026-05-02", []string{
			"answer a answered owed due 2026-04-02 answered 2026-02-10", "commitment a overdue owed due 2026-05-01 answered 2026-02-10",
		}},
		"a date given later is the first": {func(w *town) *protocol.Entry {
			d := w.decide()
			r := w.respond("2026-02-10", d, reply("a", "accept", "-"))
			w.tell("2026-02-20", r, "scheduled", "due", "2026-05")
			w.tell("2026-03-20", r, "started", "due", "2026-06")
			return d
		}, "2026-05-31", []string{
			"answer a answered owed answered 2026-02-10", "commitment a underway owed due 2026-05 moved 2026-06 answered 2026-02-10",
		}},
		"a month is over at its end": {func(w *town) *protocol.Entry {
			d := w.decide()
			w.respond("2026-02-10", d, reply("a", "accept", "2026-05"))
			return d
		}, "2026-06-01", []string{"answer a answered owed answered 2026-02-10", "commitment a overdue owed due 2026-05 answered 2026-02-10"}},
	} {
		t.Run(name, func(t *testing.T) { checkDuties(t, c.tell, c.day, c.want) })
	}
}

func checkDuties(t *testing.T, tell func(w *town) *protocol.Entry, day string, want []string) {
	t.Helper()
	w := newTown()
	d := tell(w)
	duties, err := register.Duties(holding(t, w.authors()...), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, duty := range duties {
		got = append(got, sketch(&duty, day))
		if duty.By != w.council.Body() || duty.To != w.forum.Body() || duty.Decision != d.ID {
			t.Errorf("%s: by %s, to %s, decision %s", sketch(&duty, day), duty.By, duty.To, duty.Decision)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("on %s:\n%s\nwant:\n%s", day, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
