package reconcile_test

import (
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// askFor lets one store ask another about a body, over a stream in memory, and
// returns how many bytes passed.
func askFor(t *testing.T, body protocol.BodyID, to, from reconcile.Store, toIndex, fromIndex *reconcile.Index) (reconcile.Answer, int) {
	t.Helper()
	opener, responder := stream()
	failed := make(chan error, 1)
	go func() {
		defer responder.close()
		_, err := reconcile.Serve(t.Context(), responder, from, fromIndex, config)
		failed <- err
	}()
	a, err := reconcile.Ask(t.Context(), opener, to, toIndex, body, config)
	if err != nil {
		t.Fatal(err)
	}
	opener.close()
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return a, opener.in.total + opener.out.total
}

// TestAsk asks about one body in every state of the two sides.
func TestAsk(t *testing.T) {
	short := vectors.NewAuthor("forum", 0, nil)
	short.PublishN(3, 50)
	long, fork := short.Clone(), short.Clone()
	long.PublishN(4, 50)
	fork.PublishN(2, 60)
	recovered := fork.Clone()
	recovered.Recover(0, 0, protocol.ReasonFork)
	for name, c := range map[string]struct {
		own, theirs ledger.Run
		claimed     uint64
		length      uint64
		freeze      protocol.FreezeKind
	}{
		"the same":            {short.Log, short.Log, 0, 4, protocol.NotFrozen},
		"nothing there":       {short.Log, nil, 0, 4, protocol.NotFrozen},
		"nothing here":        {nil, long.Log, 8, 8, protocol.NotFrozen},
		"longer there":        {short.Log, long.Log, 8, 8, protocol.NotFrozen},
		"shorter there":       {long.Log, short.Log, 0, 8, protocol.NotFrozen},
		"a fork there":        {long.Log, fork.Log, 6, 4, protocol.Forked},
		"a longer fork there": {fork.Log, long.Log, 8, 4, protocol.Forked},
		"a stronger one":      {long.Log, recovered.Log, 7, 7, protocol.NotFrozen},
		"a weaker one":        {recovered.Log, long.Log, 8, 7, protocol.NotFrozen},
	} {
		t.Run(name, func(t *testing.T) {
			own, theirs := open(t), open(t)
			other := vectors.NewAuthor("council", 0, nil)
			join(t, theirs, other.Log)
			if c.own != nil {
				join(t, own, c.own)
			}
			if c.theirs != nil {
				join(t, theirs, c.theirs)
			}
			a, _ := askFor(t, short.Body(), own, theirs, indexOf(t, own), indexOf(t, theirs))
			h, err := own.Head(short.Body())
			if err != nil || h.Length != c.length || h.Freeze.Kind != c.freeze {
				t.Errorf("%d entries, %v, %v", h.Length, h.Freeze.Kind, err)
			}
			if !a.Kept || a.Claimed.Length != c.claimed {
				t.Errorf("%+v", a)
			}
			if _, err := own.Head(other.Body()); err == nil {
				t.Error("another body came with it")
			}
		})
	}
}

// TestAskLiars are those that claim what they do not deliver.
func TestAskLiars(t *testing.T) {
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(3, 50)
	own, theirs := open(t), open(t)
	join(t, own, a.Log)
	join(t, theirs, a.Log[:2])
	for name, claim := range map[string]reconcile.State{
		"longer":          {Body: a.Body(), Length: 9, Root: protocol.Root{1}},
		"as long":         {Body: a.Body(), Length: 4, Root: protocol.Root{1}},
		"shorter":         {Body: a.Body(), Length: 3, Root: protocol.Root{1}},
		"frozen":          {Body: a.Body(), Length: 4, Root: a.Chain.Root(), Freeze: protocol.Freeze{Kind: protocol.Forked}},
		"longer than any": {Body: a.Body(), Length: protocol.MaxInt, Root: protocol.Root{1}},
	} {
		index := indexOf(t, theirs)
		index.Set(claim)
		if answer, _ := askFor(t, a.Body(), own, theirs, indexOf(t, own), index); answer.Kept || answer.Claimed != claim || answer.Entries != 0 {
			t.Errorf("%s: %+v", name, answer)
		}
	}
}

// TestAskCost is that of one log, whatever else the two sides hold.
func TestAskCost(t *testing.T) {
	own, theirs := open(t), open(t)
	for i := range 300 {
		join(t, theirs, vectors.NewAuthor(string(rune('a'+i%26))+string(rune('a'+i/26)), 0, nil).Log)
	}
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(3, 50)
	join(t, own, a.Log)
	join(t, theirs, a.Log)
	if answer, bytes := askFor(t, a.Body(), own, theirs, indexOf(t, own), indexOf(t, theirs)); !answer.Kept || bytes > 2048 {
		t.Errorf("%d bytes passed: %+v", bytes, answer)
	}
}
