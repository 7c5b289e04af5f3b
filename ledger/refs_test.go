package ledger_test

import (
	"fmt"
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
