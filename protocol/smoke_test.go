package protocol_test

import (
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func TestSmoke(t *testing.T) {
	a := vectors.NewAuthor("a", 3, map[protocol.Kind]uint64{"erase": 2})
	a.PublishN(5, 300)
	a.Erase("privacy", 2, 2, 3)
	a.Recover(0, 0, "key_stolen")
	a.PublishN(2, 300)
	v := protocol.NewVerifier(100)
	c, n, err := new(protocol.Chain).ExtendAll(a.Log, nil, v)
	if err != nil || n != len(a.Log) || !c.Equal(a.Chain) {
		t.Fatal(n, err)
	}
	for _, e := range a.Log {
		p, err := protocol.ParseEntry(e.Encode())
		if err != nil || p.ID != e.ID {
			t.Fatal(err)
		}
		t.Logf("%d %s %s raw %d frame %d", e.Envelope.Seq, e.Envelope.Kind, e.ID, len(e.Raw), len(e.Encode()))
	}
	back, err := protocol.ParseEntryID(a.Log[0].ID.String())
	if err != nil || back != a.Log[0].ID {
		t.Fatal(err)
	}
}
