package ledger_test

import (
	"errors"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestRestoredChainFollowsTheLog reads the chain of a body that the writer does
// not keep at hand: each time it is that of the log as it is stored.
func TestRestoredChainFollowsTheLog(t *testing.T) {
	l := open(t, t.TempDir())
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(3, 60)
	for length := 1; length <= len(a.Log); length++ {
		join(t, l, a.Log[:length])
		for range 2 {
			ledger.ForgetTips(l)
			if chain, err := l.Chain(a.Body()); err != nil || chain.Length() != uint64(length) {
				t.Fatalf("%d entries read as %v, %v", length, chain, err)
			}
		}
	}
	if err := l.Drop(t.Context(), a.Body()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Chain(a.Body()); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("the chain of a dropped log: %v", err)
	}
}
