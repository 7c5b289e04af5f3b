package register_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

func TestPath(t *testing.T) {
	step := func(w *town, day, method string, pairs ...any) *protocol.Entry {
		return on(w.council, day, record.KindMandate, append([]any{"to", w.forum, "method", method, "from", day}, pairs...)...)
	}
	for name, c := range map[string]struct {
		tell func(w *town) []*protocol.Entry
		want string
	}{
		"by their own word": {func(w *town) []*protocol.Entry {
			a := step(w, "2026-01-01", record.OperationalEngagement)
			b := step(w, "2026-03-01", record.BindingDeliberation, "after", a)
			return []*protocol.Entry{b, step(w, "2026-05-01", record.FormalGovernance, "after", a), a}
		}, "2026-01-01 to 2026-02-28; 2026-03-01 after 0 move 2; 2026-05-01 after 0 move 3"},
		"one after the other": {func(w *town) []*protocol.Entry {
			a := step(w, "2026-01-01", record.BindingDeliberation)
			return []*protocol.Entry{step(w, "2026-03-01", record.NonBindingDeliberation), a}
		}, "2026-01-01; 2026-03-01 after 0 move -1"},
		"after what is missing": {func(w *town) []*protocol.Entry {
			a := step(w, "2026-01-01", record.BindingDeliberation)
			return []*protocol.Entry{a, step(w, "2026-03-01", record.BindingDeliberation, "after", protocol.EntryID{1}.String())}
		}, "2026-01-01; 2026-03-01 after 0 move 0"},
		"withdrawn": {func(w *town) []*protocol.Entry {
			a := step(w, "2026-01-01", record.BindingDeliberation, "until", "2026-12-31")
			withdraw(w.council, "2026-02-10", a)
			return []*protocol.Entry{a}
		}, "2026-01-01 to 2026-02-10"},
		"its own last day": {func(w *town) []*protocol.Entry {
			return []*protocol.Entry{step(w, "2026-01-01", record.BindingDeliberation, "until", "2026-06")}
		}, "2026-01-01 to 2026-06"},
		"erased": {func(w *town) []*protocol.Entry {
			a := step(w, "2026-01-01", record.BindingDeliberation)
			erase(w.council, a)
			return []*protocol.Entry{a, step(w, "2026-03-01", record.FormalGovernance, "after", a)}
		}, "2026-03-01"},
		"revised": {func(w *town) []*protocol.Entry {
			a := step(w, "2026-01-01", record.OperationalEngagement)
			b := step(w, "2026-01-15", record.NonBindingDeliberation, "revises", a)
			return []*protocol.Entry{a, b, step(w, "2026-03-01", record.BindingDeliberation, "after", a)}
		}, "2026-01-15 to 2026-02-28; 2026-03-01 after 0 move 1"},
		"in a circle": {func(w *town) []*protocol.Entry {
			a := step(w, "2026-01-01", record.OperationalEngagement)
			b := step(w, "2026-03-01", record.OperationalEngagement, "after", a)
			step(w, "2026-04-01", record.OperationalEngagement, "revises", a, "after", b, "from", "2026-01-01")
			return []*protocol.Entry{a, b}
		}, "2026-01-01 to 2026-02-28; 2026-03-01 after 0 move 0"},
		"without a date": {func(w *town) []*protocol.Entry {
			return []*protocol.Entry{step(w, "2026-02-02", record.BindingDeliberation, "from", "")}
		}, "2026-02-02"},
		"decisions": {func(w *town) []*protocol.Entry {
			m := step(w, "2026-01-01", record.BindingDeliberation)
			d := w.decide("mandate", m)
			revised := on(w.forum, "2026-02-02", record.KindDecision, "revises", d, "mandate", m, "method", record.BindingDeliberation)
			w.decide("mandate", m)
			withdraw(w.forum, "2026-02-05", w.decide("mandate", m))
			own := w.decide("method", record.OperationalEngagement, "decided_on", "2025")
			gone := w.decide("method", record.OperationalEngagement)
			withdraw(w.forum, "2026-02-06", gone)
			return []*protocol.Entry{d, revised, own, gone, w.decide(), m}
		}, "2025; 2026-01-01 after 0 move 2 decisions 2"},
		"reports": {func(w *town) []*protocol.Entry {
			return []*protocol.Entry{
				on(w.other, "2026-01-01", record.KindReport, "method", record.FormalGovernance,
					"process", map[string]any{"opened": "2016", "closed": "2019"}),
				on(w.other, "2026-01-02", record.KindReport, "method", "by_magic"),
			}
		}, "2016 to 2019 reported"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown()
			var ids []protocol.EntryID
			for _, e := range c.tell(w) {
				ids = append(ids, e.ID)
			}
			r := holding(t, w.authors()...)
			for range 2 {
				path, err := register.ReadPath(r, ids)
				if err != nil {
					t.Fatal(err)
				}
				if got := sketchPath(path); got != c.want {
					t.Errorf("%s\nwant %s", got, c.want)
				}
				slices.Reverse(ids)
			}
		})
	}
}

func sketchPath(p *register.Path) string {
	var out []string
	for _, s := range p.Steps {
		line := s.From.String()
		if !s.Until.IsZero() {
			line += " to " + s.Until.String()
		}
		if !s.After.IsZero() {
			line += fmt.Sprint(" after ", slices.IndexFunc(p.Steps, func(o register.PathStep) bool { return o.ID == s.After }), " move ", s.Move)
		}
		if s.Decisions > 0 {
			line += fmt.Sprint(" decisions ", s.Decisions)
		}
		if s.Reported {
			line += " reported"
		}
		out = append(out, line)
	}
	return strings.Join(out, "; ")
}
