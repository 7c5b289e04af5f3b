package catalogue

import (
	"context"
	"reflect"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// network is the basis of a body's network by its last profile that stands.
func (m *model) network(body protocol.BodyID) string {
	var last *register.Item
	for n := range m.items {
		i := &m.items[n]
		if i.Body == body && i.Kind == record.KindBody && i.Counts() && i.Record != nil && (last == nil || i.Seq > last.Seq) {
			last = i
		}
	}
	if last == nil {
		return ""
	}
	return record.Read[record.Body](last.Record).Network.Basis
}

// checkSummary draws a question and counts one by one.
func (m *model) checkSummary(c *Catalogue) {
	queries := []SummaryQuery{{}, {
		Place: rapid.SampledFrom([]string{"", "E1"}).Draw(m.t, "place"), Service: rapid.SampledFrom([]string{"", "Paths"}).Draw(m.t, "service"),
		Network: rapid.SampledFrom([]string{"", "need"}).Draw(m.t, "network"), Depth: rapid.SampledFrom([]string{"", "empower"}).Draw(m.t, "depth"),
		Method: rapid.SampledFrom([]string{"", "formal_governance"}).Draw(m.t, "method"), Kind: rapid.SampledFrom([]protocol.Kind{"", "mandate"}).Draw(m.t, "kind"),
		From: 1,
	}}
	for _, q := range queries {
		counts := map[point]int{}
		for _, i := range m.items {
			if !i.Counts() || i.Record == nil || i.Kind != q.Kind && (q.Kind != "" || i.Kind != record.KindDecision) {
				continue
			}
			d := record.Read[record.Decision](i.Record)
			network, service := m.network(i.Body), i.Record.Service().Label
			if (q.Place != "" && !inPlace(i.Record, q.Place)) || (q.Service != "" && service != q.Service) ||
				(q.Network != "" && network != q.Network) || (q.Depth != "" && d.Process.Depth != q.Depth) || (q.Method != "" && d.Method != q.Method) {
				continue
			}
			counts[point{axisAll, ""}]++
			counts[point{axisService, service}]++
			counts[point{axisMethod, d.Method}]++
			counts[point{axisDepth, d.Process.Depth}]++
			counts[point{axisNetwork, network}]++
			counts[point{axisYear, year(i.At)}]++
			if len(i.Record.Places()) == 0 {
				counts[point{axisPlace, ""}]++
			}
			for _, p := range i.Record.Places() {
				counts[point{axisPlace, p.Code}]++
			}
		}
		want := &Summary{}
		want.take(counts)
		got, err := c.Summarise(context.Background(), q)
		if err != nil || !reflect.DeepEqual(got, want) {
			m.t.Fatalf("%+v: %+v, want %+v: %v", q, got, want, err)
		}
	}
}
