package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestApprovals publishes decisions with none, one and two of the two approvals
// that they need, and tries to use two approvals twice.
func TestApprovals(t *testing.T) {
	a := vectors.NewAuthor("approvals", 3, map[protocol.Kind]uint64{"decision": 2})
	var entries []*protocol.Entry
	publish := func(kind protocol.Kind, content []byte, approve func(*protocol.Envelope) []protocol.Approval) {
		env := a.Draft(kind, content)
		env.Approvals = approve(env)
		e, err := protocol.SignEntry(a.Key, env, content)
		if err != nil {
			t.Fatal(err)
		}
		if a.Chain, _, err = a.Chain.Extend(e, nil); err != nil {
			t.Fatal(err)
		}
		a.Log, a.Clock, entries = append(a.Log, e), a.Clock+60, append(entries, e)
	}
	some := func(n int) func(*protocol.Envelope) []protocol.Approval {
		return func(env *protocol.Envelope) []protocol.Approval { return a.Approvals(env, n) }
	}
	for i := range 3 {
		publish("decision", a.Record(map[string]any{"title": fmt.Sprint(i)}), some(i))
	}
	approved := entries[2]
	reuse := func(*protocol.Envelope) []protocol.Approval { return approved.Envelope.Approvals }
	publish("decision", approved.Content, reuse)
	publish("decision", a.Record(map[string]any{"title": "other"}), reuse)
	publish("lesson", a.Record(map[string]any{"title": "a lesson"}), some(0))
	l := open(t, "")
	join(t, l, a.Log)
	for i, want := range []struct {
		needed   uint64
		short    bool
		offices  []string
		verdicts []protocol.ApprovalVerdict
	}{
		{2, true, nil, nil},
		{2, true, []string{"officer 1"}, []protocol.ApprovalVerdict{"counts"}},
		{2, false, []string{"officer 1", "officer 2"}, []protocol.ApprovalVerdict{"counts", "counts"}},
		{2, true, nil, []protocol.ApprovalVerdict{"replayed", "replayed"}},
		{2, true, nil, []protocol.ApprovalVerdict{"bad_signature", "bad_signature"}},
		{0, false, nil, nil},
	} {
		got, err := l.Approvals(entries[i])
		if err != nil || got.Needed != want.needed || got.Short() != want.short || !slices.Equal(got.Offices, want.offices) || !slices.Equal(got.Verdicts, want.verdicts) {
			t.Errorf("%d: %+v, %v; want %+v", i, got, err, want)
		}
	}
	if got, err := l.Approvals(a.Log[0]); err != nil || got.Short() || got.Needed != 0 {
		t.Error("a charter", got, err)
	}
	if _, err := l.Approvals(vectors.NewAuthor("a stranger", 0, nil).PublishN(1, 20)[0]); err == nil {
		t.Error("an entry that is not held is judged")
	}
}
