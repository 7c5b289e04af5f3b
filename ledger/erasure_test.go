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
