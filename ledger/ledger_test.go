package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// noon is when tests take place: after every invented entry.
var noon = time.Unix(vectors.Epoch, 0).Add(365 * 24 * time.Hour)

func open(t testing.TB, dir string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Now: func() time.Time { return noon }, Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// join adds runs and fails the test when one is refused.
func join(t testing.TB, l *ledger.Ledger, runs ...ledger.Run) []ledger.Outcome {
	t.Helper()
	outcomes, err := l.Join(t.Context(), runs)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if o.Err != nil {
			t.Fatalf("run %d: %v", i, o.Err)
		}
	}
	return outcomes
}

// checkLog fails the test unless l holds exactly the author's log.
func checkLog(t testing.TB, l *ledger.Ledger, a *vectors.Author) {
	t.Helper()
	h, err := l.Head(a.Body())
	if err != nil {
		t.Fatal(err)
	}
	if h.Length != a.Chain.Length() || h.Root != a.Chain.Root() || h.Freeze.Kind != protocol.NotFrozen {
		t.Fatalf("head %+v, want length %d and root %s", h, a.Chain.Length(), a.Chain.Root())
	}
	n := 0
	for e, err := range l.Log(a.Body(), 0, h.Length+5) {
		if err != nil {
			t.Fatal(err)
		}
		if !same(a, e.Entry, a.Log[n]) {
			t.Fatalf("position %d is %s, want %s", n, e.Entry.ID, a.Log[n].ID)
		}
		n++
	}
	if n != len(a.Log) {
		t.Fatalf("the log has %d entries, want %d", n, len(a.Log))
	}
}

// checkEvents fails the test unless the arrival order is dense, and returns it.
func checkEvents(t testing.TB, l *ledger.Ledger) []ledger.Event {
	t.Helper()
	var all []ledger.Event
	for e, err := range l.Events(0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Seq != uint64(len(all)+1) {
			t.Fatalf("event %d follows %d", e.Seq, len(all))
		}
		all = append(all, e)
	}
	if uint64(len(all)) != l.Last() {
		t.Fatalf("%d events, the last is %d", len(all), l.Last())
	}
	return all
}

func TestAppendSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	a := vectors.NewAuthor("own", 0, nil)
	a.PublishN(40, 300)
	for i, e := range a.Log {
		body := a.Body()
		if i == 0 {
			body = protocol.BodyID{}
		}
		got, err := l.Append(t.Context(), body, func(c *protocol.Chain) (*protocol.Entry, error) {
			if c.Length() != uint64(i) {
				return nil, fmt.Errorf("chain of length %d, want %d", c.Length(), i)
			}
			return e, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Seq != uint64(i+1) {
			t.Fatalf("event %d, want %d", got.Seq, i+1)
		}
	}
	checkLog(t, l, a)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	checkLog(t, l, a)
	checkEvents(t, l)
	a.PublishN(1, 50)
	join(t, l, a.Log[41:])
	checkLog(t, l, a)
}

func TestAppendRefuses(t *testing.T) {
	l := open(t, "")
	a := vectors.NewAuthor("own", 0, nil)
	a.PublishN(2, 50)
	join(t, l, a.Log[:2])
	build := func(e *protocol.Entry) func(*protocol.Chain) (*protocol.Entry, error) {
		return func(*protocol.Chain) (*protocol.Entry, error) { return e, nil }
	}
	other := vectors.NewAuthor("other", 0, nil)
	other.PublishN(2, 50)
	if _, err := l.Append(t.Context(), other.Body(), build(other.Log[1])); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a body that is not held: %v", err)
	}
	if _, err := l.Append(t.Context(), a.Body(), build(other.Log[2])); protocol.CodeOf(err) != protocol.WrongBody {
		t.Errorf("another body's entry: %v", err)
	}
	if _, err := l.Append(t.Context(), a.Body(), build(a.Log[1])); protocol.CodeOf(err) != protocol.WrongPosition {
		t.Errorf("an entry that is there: %v", err)
	}
	if _, err := l.Append(t.Context(), a.Body(), build(a.Log[2].WithoutContent())); protocol.CodeOf(err) != protocol.ContentMissing {
		t.Errorf("an entry without its content: %v", err)
	}
	forged := *a.Log[2]
	forged.Signature[3] ^= 1
	if _, err := l.Append(t.Context(), a.Body(), build(&forged)); err == nil {
		t.Error("a signature that does not hold was taken")
	}
	if _, err := l.Append(t.Context(), protocol.BodyID{}, build(a.Log[0])); err == nil {
		t.Error("a body was founded twice")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ctx, a.Body(), build(a.Log[2])); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context ended: %v", err)
	}
	if l.Last() != 2 {
		t.Errorf("the refused left %d events", l.Last())
	}
	if _, err := l.Append(t.Context(), a.Body(), build(a.Log[2])); err != nil {
		t.Errorf("a good entry after all those: %v", err)
	}
}

func TestJoinRejects(t *testing.T) {
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(5, 100)
	forged := *a.Log[3]
	forged.Signature[0] ^= 1
	future := a.Clone()
	future.Clock = uint64(noon.Add(time.Hour).Unix())
	future.PublishN(1, 50)
	for name, c := range map[string]struct {
		run  ledger.Run
		want protocol.Code
		held uint64
	}{
		"forged":          {ledger.Run{a.Log[0], a.Log[1], a.Log[2], &forged, a.Log[4]}, protocol.BadSignature, 3},
		"gap":             {ledger.Run{a.Log[0], a.Log[2]}, protocol.WrongPosition, 1},
		"without prefix":  {ledger.Run{a.Log[2]}, protocol.WrongPosition, 0},
		"from the future": {ledger.Run(future.Log), protocol.TooFarAhead, 6},
	} {
		t.Run(name, func(t *testing.T) {
			l := open(t, "")
			outcomes, err := l.Join(t.Context(), []ledger.Run{c.run})
			if err != nil {
				t.Fatal(err)
			}
			if got := protocol.CodeOf(outcomes[0].Err); got != c.want && (got != protocol.MissingPrefix || c.held != 0) {
				t.Errorf("code %s, want %s", got, c.want)
			}
			h, err := l.Head(a.Body())
			if c.held == 0 {
				if !errors.Is(err, ledger.ErrNotFound) {
					t.Errorf("head of a body of which nothing was taken: %+v, %v", h, err)
				}
				return
			}
			if err != nil || h.Length != c.held {
				t.Errorf("length %d, want %d (%v)", h.Length, c.held, err)
			}
		})
	}
}

func TestJoinOtherNetwork(t *testing.T) {
	l, err := ledger.Open(ledger.Config{Network: "elsewhere"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	outcomes, err := l.Join(t.Context(), []ledger.Run{vectors.NewAuthor("a", 0, nil).Log})
	if err != nil || protocol.CodeOf(outcomes[0].Err) != protocol.WrongNetwork {
		t.Fatalf("%v %v", outcomes, err)
	}
}

func TestReferencesAndKinds(t *testing.T) {
	l := open(t, "")
	a := vectors.NewAuthor("a", 0, nil)
	d := a.Publish("decision", map[string]any{"title": "Mend the path (example)"})
	b := vectors.NewAuthor("b", 0, nil)
	r := b.Publish("response", map[string]any{"title": "Yes (example)", "decision": d.ID.String()})
	join(t, l, b.Log, a.Log)
	n := 0
	for ref, err := range l.References(d.ID) {
		if err != nil || ref.From != r.ID || ref.Field != "decision" {
			t.Fatal(ref, err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d references", n)
	}
	for kind, want := range map[protocol.Kind]int{"decision": 1, "response": 1, "charter": 2, "decisio": 0} {
		n := 0
		for e, err := range l.ByKind(kind, vectors.Epoch, vectors.Epoch+1000) {
			if err != nil || e.Entry.Envelope.Kind != kind {
				t.Fatal(e, err)
			}
			n++
		}
		if n != want {
			t.Errorf("%d entries of kind %s, want %d", n, kind, want)
		}
	}
	if _, err := l.Entry(r.ID); err != nil {
		t.Error(err)
	}
	if _, err := l.Entry(protocol.EntryID{1}); !errors.Is(err, ledger.ErrNotFound) {
		t.Error(err)
	}
}

func TestFollowMissesNothing(t *testing.T) {
	l := open(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const bodies, entries = 5, 60
	got := make(chan ledger.Event, 1000)
	ended := make(chan error, 1)
	go func() {
		for e, err := range l.Follow(ctx, 0) {
			if err != nil {
				ended <- err
				return
			}
			got <- e
		}
	}()
	for i := range bodies {
		a := vectors.NewAuthor(fmt.Sprint("body ", i), 0, nil)
		a.PublishN(entries-1, 40)
		go func() {
			for _, e := range a.Log {
				if _, err := l.Join(ctx, []ledger.Run{{e}}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for want := uint64(1); want <= bodies*entries; want++ {
		select {
		case e := <-got:
			if e.Seq != want {
				t.Fatalf("event %d, want %d", e.Seq, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("event %d did not come", want)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNotes(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	if v, err := l.Note("x"); v != nil || err != nil {
		t.Error(v, err)
	}
	if err := l.PutNote("x", []byte("y")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	if v, err := l.Note("x"); string(v) != "y" || err != nil {
		t.Error(v, err)
	}
	if err := l.PutNote("x", nil); err != nil {
		t.Fatal(err)
	}
	if v, err := l.Note("x"); v != nil || err != nil {
		t.Error(v, err)
	}
	for _, name := range []string{"list/b", "list", "list/a", "other"} {
		if err := l.PutNote(name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for n, err := range l.Notes("list/") {
		if err != nil || string(n.Value) != n.Name {
			t.Fatal(n, err)
		}
		names = append(names, n.Name)
	}
	if !slices.Equal(names, []string{"list/a", "list/b"}) {
		t.Errorf("the notes are %v", names)
	}
	for range l.Notes("") {
		break
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	cfg := ledger.Config{Dir: dir, Network: vectors.NetworkName, Floor: 1}
	if _, err := ledger.Open(cfg); !errors.Is(err, ledger.ErrLocked) {
		t.Errorf("a second opening: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(ledger.Config{Network: "Not A Network"}); err == nil {
		t.Error("a bad name of a network was taken")
	}
	full, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Floor: 1 << 60})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = full.Close() }()
	if _, err := full.Join(t.Context(), []ledger.Run{vectors.NewAuthor("a", 0, nil).Log}); !errors.Is(err, ledger.ErrDiskFloor) {
		t.Errorf("writing below the floor: %v", err)
	}
	if err := full.PutNote("x", []byte("y")); !errors.Is(err, ledger.ErrDiskFloor) {
		t.Errorf("a note below the floor: %v", err)
	}
}

// TestValueLogRotatesUnderAReader writes more than a file of the value log holds
// while an iteration is under way: the writer must not wait for the reader, who
// may himself be waiting to see what is written.
func TestValueLogRotatesUnderAReader(t *testing.T) {
	l := open(t, t.TempDir())
	first := vectors.NewAuthor("first", 0, nil)
	first.PublishN(1, 2000) // large enough for the value log
	join(t, l, first.Log)
	a := vectors.NewAuthor("large", 0, nil)
	a.PublishN(1200, 60_000) // 72 MB; a file holds 64
	done := make(chan error, 1)
	go func() {
		for _, err := range l.Events(1) {
			for rest := a.Log; err == nil && len(rest) > 0; {
				n := min(len(rest), 20)
				_, err = l.Join(t.Context(), []ledger.Run{rest[:n]})
				rest = rest[n:]
			}
			done <- err
			return
		}
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the writer waits for the reader")
	}
	checkLog(t, l, a)
}
