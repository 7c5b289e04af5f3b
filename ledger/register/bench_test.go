package register_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

var benchDecisions = flag.Int("decisions", 20_000, "how many decisions the benchmarks' ledger has")

// benchSample is how many decisions are asked about.
const benchSample = 2000

// district is a council and a forum that asks it for something in 20 decisions
// under each mandate. Three of four are answered with a commitment, and every
// other of those is told of.
func district(n, decisions int) []*vectors.Author {
	council := vectors.NewAuthor(fmt.Sprint("council ", n), 0, nil)
	forum := vectors.NewAuthor(fmt.Sprint("forum ", n), 0, nil)
	var mandate *protocol.Entry
	for i := range decisions {
		if i%20 == 0 {
			mandate = on(council, "2026-01-01", record.KindMandate, "to", forum, "method", record.NonBindingDeliberation)
		}
		d := on(forum, "2026-02-01", record.KindDecision,
			"decided_on", "2026-01-31", "mandate", mandate, "asks", asks("a", council, "b", council),
			"reasons", "The path by the allotments floods every winter, and wheelchairs cannot pass.",
		)
		if i%4 == 0 {
			continue
		}
		r := on(council, "2026-03-01", record.KindResponse, "decision", d, "answers",
			list(reply("a", "accept", "2026-06-01"), reply("b", "reject", "", "reasons", "There is no money for it.")))
		if i%2 == 0 {
			on(council, "2026-05-01", record.KindProgress, "response", r, "ref", "a", "status", "started", "as_of", "2026-05-01")
		}
	}
	return []*vectors.Author{council, forum}
}

// BenchmarkRegister measures questions about random decisions of a ledger on
// disk: go test ./ledger/register -run - -bench Register -decisions 100000.
func BenchmarkRegister(b *testing.B) {
	const each = 200
	l := openTest(b, b.TempDir())
	var ids []protocol.EntryID
	entries := 0
	err := l.JoinStream(b.Context(), func(yield func(ledger.Run, error) bool) {
		for n := range (*benchDecisions + each - 1) / each {
			for _, a := range district(n, min(each, *benchDecisions-n*each)) {
				for _, e := range a.Log {
					if e.Envelope.Kind == record.KindDecision {
						ids = append(ids, e.ID)
					}
				}
				entries += len(a.Log)
				if !yield(a.Log, nil) {
					return
				}
			}
		}
	}, func(_ ledger.Run, o ledger.Outcome) error { return o.Err })
	if err != nil {
		b.Fatal(err)
	}
	for name, ask := range map[string]func(protocol.EntryID) error{
		"Duties": func(id protocol.EntryID) error {
			duties, err := register.Duties(l, id)
			if err == nil && len(duties) < 2 {
				err = fmt.Errorf("%d duties", len(duties))
			}
			return err
		},
		"Thread": func(id protocol.EntryID) error {
			t, err := register.ReadThread(l, id)
			if err == nil && len(t.Steps) < 2 {
				err = fmt.Errorf("%d steps", len(t.Steps))
			}
			return err
		},
		"Affected": func(id protocol.EntryID) error {
			ev, err := l.Entry(id)
			if err != nil {
				return err
			}
			_, err = register.Affected(l, ev.Entry)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				for range benchSample {
					id := ids[rand.IntN(len(ids))]
					start := time.Now()
					if err := ask(id); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(start))
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
			b.ReportMetric(float64(entries), "entries")
		})
	}
}
