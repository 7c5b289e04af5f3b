package register_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
)

// BenchmarkAssess measures assessments of random decisions with a challenge, an
// opening, an acceptance, an answer and an attestation each, in a ledger on disk:
// go test ./ledger/register -run - -bench Assess -decisions 100000.
func BenchmarkAssess(b *testing.B) {
	l := openTest(b, b.TempDir())
	var ids []protocol.EntryID
	var roots []protocol.BodyID
	var edges []register.Edge
	var keys []register.KeyUse
	n := *benchDecisions
	err := l.JoinStream(b.Context(), func(yield func(ledger.Run, error) bool) {
		// Each moot has one assessed decision among 20 of the same forum.
		for i := range (n + 19) / 20 {
			m := newMootIn(fmt.Sprint(" ", i), methods[i%len(methods)], nil).tell()
			e, k := m.known()
			roots, edges, keys = append(roots, m.root.Body()), append(edges, e...), append(keys, k...)
			ids = append(ids, m.decision.ID)
			m.forum.PublishN(19, 300)
			for _, a := range m.authors() {
				if !yield(a.Log, nil) {
					return
				}
			}
		}
	}, func(_ ledger.Run, o ledger.Outcome) error { return o.Err })
	if err != nil {
		b.Fatal(err)
	}
	web := register.NewWeb(roots, 0, edges, keys, nil)
	var took []time.Duration
	for b.Loop() {
		for range benchSample {
			id := ids[rand.IntN(len(ids))]
			start := time.Now()
			if _, err := register.Assess(l, web, id, day(today)); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
}
