package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// A stranger's entries that name as many others as are followed fit into the
// store like any: what one transaction takes is bounded by keys, not by entries.
func TestManyReferences(t *testing.T) {
	a := vectors.NewAuthor("references", 0, nil)
	publishReferring(a, 600)
	l := open(t, t.TempDir())
	join(t, l, a.Log)
	checkLog(t, l, a)
}

// The same holds for a branch that takes the place of a log.
func TestManyReferencesInARecoveredBranch(t *testing.T) {
	honest := vectors.NewAuthor("recovered references", 0, nil)
	thief := honest.Clone()
	thief.PublishN(5, 200)
	honest.Recover(0, 0, protocol.ReasonKeyStolen)
	publishReferring(honest, 600)
	l := open(t, t.TempDir())
	join(t, l, thief.Log)
	join(t, l, honest.Log)
	checkLog(t, l, honest)
}

// publishReferring adds n entries with as many references as are followed, in a
// field whose name is as long as one that is followed.
func publishReferring(a *vectors.Author, n int) {
	for i := range n {
		var list []any
		for j := range record.MaxReferences {
			list = append(list, protocol.EntryID(protocol.HashOf(fmt.Append(nil, i, j))).String())
		}
		a.Publish("x", map[string]any{strings.Repeat("y", 64): list, strings.Repeat("z", 500): list})
	}
}

// TestReferencesByField asks for what refers in some fields: each comes once for
// each field, in the order of arrival where fields are named.
func TestReferencesByField(t *testing.T) {
	l := open(t, "")
	a, b := vectors.NewAuthor("named", 0, nil), vectors.NewAuthor("naming", 0, nil)
	id := a.Publish("lesson", map[string]any{"title": "A lesson (example)"}).ID
	var want []protocol.EntryID
	for i := range 6 {
		fields := map[string]any{[]string{"from", "about", "of"}[i%3]: id.String()}
		if i == 4 {
			fields["z"] = id.String()
		}
		want = append(want, b.Publish("outcome", fields).ID)
	}
	join(t, l, b.Log, a.Log)
	ask := func(fields ...string) (out []string) {
		for ref, err := range l.References(id, fields...) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprintf("%d %s", slices.Index(want, ref.From), ref.Field))
		}
		return out
	}
	for _, c := range []struct {
		fields, want []string
	}{
		{[]string{"of"}, []string{"2 of", "5 of"}},
		{[]string{"of", "from", "of", "nowhere", strings.Repeat("x", 300)}, []string{"0 from", "2 of", "3 from", "5 of"}},
		{[]string{"z", "about"}, []string{"1 about", "4 z", "4 about"}},
		{[]string{"nowhere"}, nil},
		{nil, []string{"4 z", "2 of", "5 of", "0 from", "3 from", "1 about", "4 about"}},
	} {
		if got := ask(c.fields...); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.fields, got, c.want)
		}
	}
	for range l.References(id) {
		break // leaving early is allowed
	}
}
