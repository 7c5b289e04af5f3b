package catalogue

import (
	"context"
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
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
	queries := []SummaryQuery{{}, {Network: "need"}, {Network: "place"}, {Depth: "empower"}, {Method: "formal_governance"}, {Method: "made up"}, {
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

// TestNetworkOfABodyChanges: entries count under the network that their body says
// it is of now, each change taken in by itself.
func TestNetworkOfABodyChanges(t *testing.T) {
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c, err := Open(Config{Path: filepath.Join(t.TempDir(), "c.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	forum := vectors.NewAuthor("forum", 0, nil)
	profile := func(basis string) *protocol.Entry {
		return forum.Publish("body", map[string]any{"name": "Forum", "network": map[string]any{"basis": basis}})
	}
	check := func(what, network string) {
		t.Helper()
		if _, err := l.Join(t.Context(), []ledger.Run{forum.Log}); err != nil {
			t.Fatal(err)
		}
		if err := c.CatchUp(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		for _, q := range []SummaryQuery{{}, {Method: "formal_governance"}, {Network: network}, {Network: network, From: 1}} {
			s, err := c.Summarise(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if n := s.Network.Counts; network != "" && (s.Total != 1 || len(n) != 1 || n[0] != (Count{Value: network, N: 1})) {
				t.Errorf("%s: %+v: %+v", what, q, s)
			}
			if network == "" && s.Network.Missing != 1 {
				t.Errorf("%s: %+v: %+v", what, q, s)
			}
		}
	}
	forum.Publish("decision", map[string]any{"decision": "Mend it.", "method": "formal_governance"})
	check("no profile", "")
	profile("place")
	check("a profile", "place")
	second := profile("need")
	check("another", "need")
	forum.Publish("correction", map[string]any{"of": second.ID.String(), "action": "withdraw"})
	check("taken back", "place")
	third := profile("interest")
	check("a third", "interest")
	forum.Erase("privacy", 0, third.Envelope.Seq)
	check("erased", "place")
	before := forum.Clone()
	profile("need")
	check("a thief's", "need")
	before.Recover(0, 0, protocol.ReasonKeyStolen)
	forum = before
	check("disowned", "place")
}
