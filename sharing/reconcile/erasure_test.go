package reconcile_test

import (
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// contents says of which positions of a log the content is given out.
func contents(t *testing.T, l *ledger.Ledger, body protocol.BodyID) []uint64 {
	t.Helper()
	var held []uint64
	for ev, err := range l.Log(body, 0, 1<<20) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Entry.Content != nil {
			held = append(held, ev.Entry.Envelope.Seq)
		}
	}
	return held
}

// sameLogs fails unless two ledgers hold the same logs, with or without content.
func sameLogs(t *testing.T, a, b *ledger.Ledger) {
	t.Helper()
	if x, y := leaves(t, a), leaves(t, b); !maps.Equal(x, y) {
		t.Errorf("the ledgers differ: %v, %v", x, y)
	}
}

// TestErasureTravels has a node that erased, one that missed it, and a newcomer,
// who ask each other in every order: all come to the same log, and nobody gets
// the content back.
func TestErasureTravels(t *testing.T) {
	author := vectors.NewAuthor("a", 0, nil)
	author.PublishN(40, 3000) // many frames, and more than one between entry and erasure
	missed := slices.Clone(author.Log)
	author.Erase(protocol.ReasonPrivacy, 0, 1, 17)
	author.PublishN(40, 3000)
	for _, order := range [][2]int{{2, 0}, {2, 1}, {1, 0}, {0, 1}} {
		ledgers := []*ledger.Ledger{open(t), open(t), open(t)}
		join(t, ledgers[0], author.Log)
		join(t, ledgers[1], missed)
		pulls := append([][2]int{order}, [2]int{1, 0}, [2]int{2, 1}, [2]int{2, 0}, [2]int{0, 1}, [2]int{0, 2})
		for _, p := range pulls {
			to, from := ledgers[p[0]], ledgers[p[1]]
			c := pull(t, to, from, indexOf(t, to), indexOf(t, from))
			if c.report.Unkept > 0 || len(c.report.Offences) > 0 || len(c.report.Lacking) > 0 {
				t.Errorf("%v pulls: %+v", p, c.report)
			}
		}
		for i, l := range ledgers {
			sameLogs(t, ledgers[0], l)
			held := contents(t, l, author.Body())
			if len(held) != 78 || slices.Contains(held, 1) || slices.Contains(held, 17) {
				t.Errorf("node %d holds %v", i, held)
			}
			if lacking, err := l.Lacking(10); err != nil || len(lacking) > 0 {
				t.Errorf("node %d lacks %v (%v)", i, lacking, err)
			}
		}
	}
}

// keepsBack is a peer that sends no content.
type keepsBack struct{ *ledger.Ledger }

func (k keepsBack) Encoded(body protocol.BodyID, from, to uint64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for ev, err := range k.Log(body, from, to) {
			if err != nil || !yield(ev.Entry.WithoutContent().Encode(), nil) {
				return
			}
		}
	}
}

// TestContentIsFetchedElsewhere pulls from a peer that keeps content back, which
// is charged, and then from one that has it.
func TestContentIsFetchedElsewhere(t *testing.T) {
	author := vectors.NewAuthor("a", 0, nil)
	author.PublishN(5, 300)
	a, b := open(t), open(t)
	join(t, b, author.Log)
	c := pull(t, a, keepsBack{b}, indexOf(t, a), indexOf(t, b))
	if c.report.Unkept != 1 || c.report.Entries != 6 {
		t.Fatalf("%+v", c.report)
	}
	sameLogs(t, a, b)
	c = pull(t, a, keepsBack{b}, indexOf(t, a), indexOf(t, b))
	if len(c.report.Lacking) != 5 {
		t.Fatalf("%+v", c.report)
	}
	c = pull(t, a, b, indexOf(t, a), indexOf(t, b))
	if len(c.report.Lacking) != 0 {
		t.Fatalf("%+v", c.report)
	}
	if held := contents(t, a, author.Body()); len(held) != 5 {
		t.Errorf("holds %v", held)
	}
	quiet := pull(t, a, b, indexOf(t, a), indexOf(t, b))
	if quiet.bytes > 200 {
		t.Errorf("%d bytes when nothing is lacking any more", quiet.bytes)
	}
}

// TestNobodyIsAskedAgainAtOnce leaves out what a peer did not have before.
func TestNobodyIsAskedAgainAtOnce(t *testing.T) {
	author := vectors.NewAuthor("a", 0, nil)
	author.PublishN(2, 300)
	a, b := open(t), open(t)
	join(t, b, author.Log)
	pull(t, a, keepsBack{b}, indexOf(t, a), indexOf(t, b))
	asked := map[protocol.Digest]bool{}
	cfg := config
	cfg.Skip = func(_ protocol.BodyID, leaf protocol.Digest) bool {
		asked[leaf] = true
		return leaf == protocol.Digest(author.Log[1].ID)
	}
	opener, responder := stream()
	go func() { _, _ = reconcile.Serve(t.Context(), responder, keepsBack{b}, indexOf(t, b), config) }()
	report, err := reconcile.Pull(t.Context(), opener, a, indexOf(t, a), cfg)
	opener.close()
	if err != nil || len(report.Lacking) != 1 || report.Lacking[0].ID != author.Log[2].ID || len(asked) != 2 {
		t.Errorf("%+v, %v", report, err)
	}
}
