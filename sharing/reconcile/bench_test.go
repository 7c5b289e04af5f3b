package reconcile_test

import (
	"fmt"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

func BenchmarkIndexSet(b *testing.B) {
	x := crowdIndex(100_000)
	body := protocol.BodyID(protocol.HashOf([]byte("body 7")))
	n := uint64(0)
	for b.Loop() {
		n++
		x.Set(reconcile.State{Body: body, Length: n})
	}
}

// BenchmarkFindOne measures what it takes to find and repair one changed log,
// and to find that nothing changed.
func BenchmarkFindOne(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var c cost
			for b.Loop() {
				c = findOne(b, n)
			}
			b.ReportMetric(float64(c.bytes), "bytes/session")
			b.ReportMetric(float64(c.turns), "roundtrips/session")
		})
	}
}

// BenchmarkUnequal measures a session between nodes that each keep a third of
// 100,000 bodies for themselves: when nothing changed, and when one log did.
func BenchmarkUnequal(b *testing.B) {
	var nothing, one cost
	for b.Loop() {
		nothing, one = unequal(b, 100_000)
	}
	b.ReportMetric(float64(nothing.bytes), "bytes/unchanged")
	b.ReportMetric(float64(one.bytes), "bytes/session")
	b.ReportMetric(float64(one.turns), "roundtrips/session")
}
