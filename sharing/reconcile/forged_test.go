package reconcile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// emptyStore holds nothing and takes nothing: a session shows what it asks for.
type emptyStore struct{}

func (emptyStore) Head(protocol.BodyID) (ledger.Head, error) {
	return ledger.Head{}, ledger.ErrNotFound
}

func (emptyStore) RootAt(protocol.BodyID, uint64) (protocol.Root, error) {
	return protocol.EmptyRoot, nil
}

func (emptyStore) Encoded(protocol.BodyID, uint64, uint64) iter.Seq2[[]byte, error] {
	return func(func([]byte, error) bool) {}
}

func (emptyStore) Erasure(protocol.BodyID, uint64) (ledger.Event, error) {
	return ledger.Event{}, ledger.ErrNotFound
}

func (emptyStore) Lacking(int) ([]ledger.Lack, error) { return nil, nil }

func (emptyStore) Branches(protocol.BodyID) ([2]ledger.Run, error) {
	return [2]ledger.Run{}, ledger.ErrNotFound
}

func (emptyStore) JoinStream(_ context.Context, runs iter.Seq2[ledger.Run, error], _ func(ledger.Run, ledger.Outcome) error) error {
	for _, err := range runs {
		if err != nil {
			return err
		}
	}
	return nil
}

// forge makes the sums of a tree those of another, as if somebody had found
// bodies and entries whose leaves add up to the same.
func forge(to, from *node) {
	to.keep, to.held = from.keep, from.held
	if to.parts == nil {
		return
	}
	for d, part := range to.parts {
		if part != nil && from.parts[d] != nil {
			forge(part, from.parts[d])
		}
	}
}

func session(t *testing.T, x, y *Index, nonces bool) Report {
	t.Helper()
	here, there := net.Pipe()
	var opener, responder Config
	opener.Network, responder.Network = "main", "main"
	if nonces {
		opener.Nonce, responder.Nonce = bytes.Repeat([]byte{7}, nonceSize), bytes.Repeat([]byte{8}, nonceSize)
	}
	done := make(chan error, 1)
	go func() {
		_, err := Serve(t.Context(), there, emptyStore{}, y, responder)
		done <- err
	}()
	report, err := Pull(t.Context(), here, emptyStore{}, x, opener)
	if err != nil {
		t.Fatal(err)
	}
	if err := here.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(err)
	}
	return report
}

// TestAuditFindsForgedSums hides two differences behind equal sums, one of states
// and one of what is kept: a session sees none, an audit both.
func TestAuditFindsForgedSums(t *testing.T) {
	index := func(odd protocol.BodyID, length uint64) *Index {
		x, err := NewIndex(func(func(ledger.Head, error) bool) {})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2000 {
			body := protocol.BodyID(protocol.HashOf(fmt.Append(nil, i)))
			n := uint64(5)
			if i == 77 {
				n = length
			}
			x.Set(State{Body: body, Length: n})
		}
		x.Set(State{Body: odd, Length: 1})
		return x
	}
	x, y := index(protocol.BodyID{1, 2, 3}, 5), index(protocol.BodyID{1, 2, 4}, 6)
	forge(&y.root, &x.root)
	if r := session(t, x, y, false); !r.Agreed {
		t.Fatalf("the sums were made to collide, and the session notices: %+v", r)
	}
	if r := session(t, x, y, true); r.Agreed || !r.Audited || r.Bodies != 2 || len(r.Fruitless) != 2 {
		t.Errorf("%+v", r)
	}
	v := x.view("")
	if !v.theirs.has(protocol.BodyID{1, 2, 4}) || !v.ours.has(protocol.BodyID{1, 2, 3}) {
		t.Error("the audit did not show what the peer keeps")
	}
}

// TestViewsAreBounded introduces more bodies than are remembered: the largest
// view is given up, those of others stay.
func TestViewsAreBounded(t *testing.T) {
	x, err := NewIndex(func(func(ledger.Head, error) bool) {})
	if err != nil {
		t.Fatal(err)
	}
	x.learn("honest", protocol.BodyID{1}, true)
	for i := range maxApart + 1000 {
		x.learn("flood", protocol.BodyID(protocol.HashOf(fmt.Append(nil, i))), true)
	}
	if n := x.apart(); n > maxApart {
		t.Errorf("%d identifiers are remembered", n)
	}
	if !x.views["honest"].theirs.has(protocol.BodyID{1}) {
		t.Error("an honest peer's view was given up for a flood")
	}
	for i := range 2 * maxViews {
		x.learn(fmt.Sprint("peer ", i), protocol.BodyID{1}, true)
	}
	if len(x.views) > maxViews {
		t.Errorf("%d peers are remembered", len(x.views))
	}
}

// TestSalt: neither side knows the sums of an audit beforehand.
func TestSalt(t *testing.T) {
	bodies := []protocol.BodyID{{1}, {2}, {3}}
	one, two, three := []byte("first nonce"), []byte("second nonce"), []byte("third nonce")
	base := saltBodies(saltOf(one, two), bodies).parts(nil)
	for name, salt := range map[string][]byte{"opener": saltOf(three, two), "responder": saltOf(one, three)} {
		if got := saltBodies(salt, bodies).parts(nil); *got == *base {
			t.Errorf("another nonce of the %s gives the same sums", name)
		}
	}
	if got := saltBodies(saltOf(one, two), bodies).parts(nil); *got != *base {
		t.Error("the same nonces give other sums")
	}
}

// TestViewFollowsTheIndex: what is known of a peer stays right when what is kept
// here changes.
func TestViewFollowsTheIndex(t *testing.T) {
	x, err := NewIndex(func(func(ledger.Head, error) bool) {})
	if err != nil {
		t.Fatal(err)
	}
	both, ours, theirs := protocol.BodyID{1}, protocol.BodyID{2}, protocol.BodyID{3}
	x.Set(State{Body: both, Length: 1})
	x.Set(State{Body: ours, Length: 1})
	x.learn("p", both, true)
	x.learn("p", ours, false)
	x.learn("p", theirs, true)
	known := x.greeting("p").known
	for _, change := range []func(){
		func() { x.Remove(both) }, func() { x.Remove(ours) },
		func() { x.Set(State{Body: theirs, Length: 4}) }, func() { x.Set(State{Body: both, Length: 9}) },
		func() { x.Set(State{Body: protocol.BodyID{4}, Length: 1}) },
	} {
		change()
		if g := x.greeting("p"); g.known != known {
			t.Fatalf("the peer keeps %v by what is known now, and %v before", g.known, known)
		}
	}
	// Both now keep the first and the third.
	var want totals
	want.put(State{Body: theirs, Length: 4}.Leaf())
	want.put(State{Body: both, Length: 9}.Leaf())
	if got := x.greeting("p").shared; got != want.summary() {
		t.Errorf("shared: %+v, want %+v", got, want.summary())
	}
}
