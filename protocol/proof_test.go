package protocol_test

import (
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestControlShownTwice: the controls of a freeze proof ascend, so none can be
// repeated to lengthen it.
func TestControlShownTwice(t *testing.T) {
	a := vectors.NewAuthor("twice", 0, nil)
	a.Recover(0, 0, "rotation")
	var ids []protocol.EntryID
	p := new(protocol.FreezeProof)
	for _, e := range a.Log {
		ids = append(ids, e.ID)
	}
	for i, e := range a.Log {
		path, err := protocol.ProveInclusion(uint64(i), uint64(len(ids)), protocol.NodesOf(ids))
		if err != nil {
			t.Fatal(err)
		}
		p.Controls = append(p.Controls, protocol.ControlProof{Entry: e, Paths: [2][]protocol.Digest{path, path}})
	}
	for i, title := range []string{"Yes", "No"} {
		p.Entries[i] = a.Clone().Publish("decision", map[string]any{"title": title})
	}
	if f, err := p.Verify(); err != nil || f.Kind != protocol.Forked {
		t.Fatalf("%v, %v", f, err)
	}
	p.Controls = append(p.Controls, p.Controls[1])
	if _, err := p.Verify(); err == nil {
		t.Error("a control was shown twice, and the proof was taken")
	}
}

// TestUnderComesFirst: an envelope alone shows that it cannot stand under
// itself or a later entry.
func TestUnderComesFirst(t *testing.T) {
	a := vectors.NewAuthor("under", 0, nil)
	for _, under := range []uint64{1, 2} {
		env := *a.Draft("decision", []byte("x"))
		env.Under = under
		if _, err := env.Encode(); protocol.CodeOf(err) != protocol.WrongUnder {
			t.Errorf("position 1 under %d: %v", under, err)
		}
	}
}
