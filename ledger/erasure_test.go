package ledger_test

import (
	"errors"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// An erasure counts while its entry stands in the log: a thief's, who forked the
// log and was overruled, erases nothing.
func TestErasure(t *testing.T) {
	l := open(t, t.TempDir())
	honest := vectors.NewAuthor("erasure", 0, nil)
	honest.PublishN(3, 200)
	thief := honest.Clone()
	thief.Erase(protocol.ReasonPrivacy, 0, 1, 2)
	join(t, l, thief.Log)

	ev, err := l.Erasure(honest.Body(), 2)
	if err != nil || ev.Entry.ID != thief.Log[4].ID {
		t.Fatalf("Erasure of position 2: %v, %v", ev.Entry, err)
	}
	if _, err := l.Erasure(honest.Body(), 3); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("Erasure of a position that none names: %v", err)
	}

	honest.Recover(0, 0, protocol.ReasonKeyStolen)
	join(t, l, honest.Log)
	if ev, err := l.Erasure(honest.Body(), 2); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("Erasure after the log was recovered: %v, %v", ev.Entry, err)
	}
}

// TestManyErasures takes in a log in which each of many erasures names as many
// positions as it can, whole and after it lost and regained its place.
func TestManyErasures(t *testing.T) {
	a := vectors.NewAuthor("many", 0, nil)
	a.PublishN(protocol.MaxErased, 10)
	var all []uint64
	for seq := range protocol.MaxErased {
		all = append(all, uint64(seq)+1)
	}
	for range 60 {
		a.Erase(protocol.ReasonMistake, 0, all...)
	}
	rival := a.Clone()
	rival.Log, rival.Chain = a.Log[:1:1], new(protocol.Chain)
	next, _, err := rival.Chain.Extend(a.Log[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	rival.Chain, rival.Clock = next, vectors.Epoch+1
	rival.PublishN(1, 20)
	l := open(t, t.TempDir())
	join(t, l, a.Log, rival.Log)
	a.Recover(0, 0, protocol.ReasonFork)
	join(t, l, a.Log)
	if h, err := l.Head(a.Body()); err != nil || h.Length != a.Chain.Length() {
		t.Fatalf("%+v, %v", h, err)
	}
	if n, err := l.Erased(a.Body()); err != nil || n != protocol.MaxErased {
		t.Errorf("%d erasures, %v", n, err)
	}
}
