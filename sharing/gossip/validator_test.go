package gossip

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

const bearer = peer.ID("bearer")

// bench is a Gossip whose validator a test calls itself, with its callbacks
// recorded.
type bench struct {
	*Gossip
	t       testing.TB
	now     time.Time
	asked   []protocol.BodyID
	faults  []protocol.Code
	brought int
}

func newBench(t testing.TB) *bench {
	t.Helper()
	h, err := libp2p.New(libp2p.NoListenAddrs, libp2p.DisableMetrics(), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, now: time.Unix(vectors.Epoch, 0).Add(365 * 24 * time.Hour)}
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Now: func() time.Time { return b.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Gossip, err = New(Config{
		Network: vectors.NetworkName, Host: h, Ledger: l, Now: func() time.Time { return b.now },
		Ask:     func(_ peer.ID, body protocol.BodyID) { b.asked = append(b.asked, body) },
		Invalid: func(_ peer.ID, code protocol.Code) { b.faults = append(b.faults, code) },
		Joined:  func(_ peer.ID, n int) { b.brought += n },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hold puts entries into the ledger by another way than gossip.
func (b *bench) hold(run ...*protocol.Entry) {
	b.t.Helper()
	outcomes, err := b.cfg.Ledger.Join(b.t.Context(), []ledger.Run{run})
	if err != nil || outcomes[0].Err != nil {
		b.t.Fatal(err, outcomes)
	}
}

// receive judges a message as the topic would.
func (b *bench) receive(data []byte) pubsub.ValidationResult {
	b.t.Helper()
	return b.validate(b.t.Context(), bearer, &pubsub.Message{Message: message(data), ReceivedFrom: bearer})
}

// flush lets the writer write what is queued.
func (b *bench) flush() {
	b.t.Helper()
	for len(b.queue) > 0 {
		if err := b.commit(b.t.Context(), b.gather(<-b.queue)); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) want(what string, got, want pubsub.ValidationResult) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: %s, want %s", what, verdictNames[got], verdictNames[want])
	}
}

const (
	accepted = pubsub.ValidationAccept
	ignored  = pubsub.ValidationIgnore
	rejected = pubsub.ValidationReject
)

// complete reports whether an entry can be taken now: with its content, and not
// from the future.
func (b *bench) complete(e *protocol.Entry) bool {
	return (e.Envelope.Content.IsZero() || e.Content != nil) && e.Envelope.At <= uint64(b.now.Add(ledger.MaxAhead).Unix())
}

func TestVectors(t *testing.T) {
	cases, err := vectors.Entries()
	if err != nil || len(cases) < 40 {
		t.Fatalf("%d vectors, %v", len(cases), err)
	}
	blamed := 0
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			b := newBench(t)
			var prefix ledger.Run
			for _, raw := range c.Prefix {
				e, err := protocol.ParseEntry(raw)
				if err != nil {
					t.Fatal(err)
				}
				prefix = append(prefix, e)
			}
			if len(prefix) > 0 {
				b.hold(prefix...)
			}
			last := b.cfg.Ledger.Last()
			result := b.receive(c.Entry)
			b.flush()
			e, parsing := protocol.ParseEntry(c.Entry)
			if c.Code == "" && b.complete(e) || parsing == nil && e.Envelope.Kind == protocol.KindCharter && c.Code == protocol.WrongBody.String() {
				// A charter is good by itself, whatever log it was offered to.
				b.want("a valid entry", result, accepted)
				if b.cfg.Ledger.Last() != last+1 {
					t.Error("it was not added")
				}
				return
			}
			if b.cfg.Ledger.Last() != last || b.brought != 0 {
				t.Error("the ledger changed")
			}
			if c.Code == "" {
				b.want("a valid entry that has to wait", result, ignored)
				return
			}
			code, err := protocol.ParseCode(c.Code)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case parsing != nil && !code.Waits(), code == protocol.BadSignature:
				b.want(c.Code, result, rejected)
				if !slices.Equal(b.faults, []protocol.Code{code}) {
					t.Errorf("the bearer is charged with %v, want %v", b.faults, code)
				}
				blamed++
			case code.Waits():
				if result == rejected {
					t.Error("an entry that waits was held against its bearer")
				}
			}
		})
	}
	if blamed < 10 {
		t.Errorf("only %d vectors were held against their bearer", blamed)
	}
}

func TestEntriesExtendALog(t *testing.T) {
	b := newBench(t)
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(5, 100)
	for i, e := range a.Log {
		b.want("the next entry", b.receive(e.Encode()), accepted)
		if i == 2 {
			b.flush() // the tip must agree with what is written meanwhile
		}
	}
	b.flush()
	if got := b.length(a.Body()); got != 6 || b.brought != 6 {
		t.Errorf("%d entries are held, %d were brought", got, b.brought)
	}
	b.want("the same again", b.receive(a.Log[3].Encode()), ignored)
	forged := *a.Log[3]
	forged.Signature[5] ^= 1
	b.want("the same with a bad signature", b.receive(forged.Encode()), rejected)
}

func TestTheTipFollowsOtherWaysIn(t *testing.T) {
	b := newBench(t)
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(6, 100)
	b.hold(a.Log[:2]...)
	b.want("entry 2", b.receive(a.Log[2].Encode()), accepted)
	b.flush()
	b.hold(a.Log[3:5]...) // by reconcile
	b.want("entry 5", b.receive(a.Log[5].Encode()), accepted)
	b.flush()
	if got := b.length(a.Body()); got != 6 {
		t.Errorf("%d entries are held", got)
	}
}

func TestAGapIsRememberedAndAskedForOnce(t *testing.T) {
	b := newBench(t)
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(4, 100)
	b.hold(a.Log[0])
	b.want("an entry too far", b.receive(a.Log[4].Encode()), accepted)
	b.want("another", b.receive(a.Log[3].Encode()), accepted)
	due := func() int { return len(b.hints.due(b.now, b.length)) }
	if due() != 0 {
		t.Error("asked before the gap could close by itself")
	}
	b.now = b.now.Add(grace)
	if due() != 1 || due() != 0 {
		t.Error("not asked exactly once")
	}
	b.now = b.now.Add(askEvery)
	if due() != 1 {
		t.Error("not asked again after a minute")
	}
	forged := *a.Log[4]
	forged.Signature[5] ^= 1
	b.want("a gap with a bad signature", b.receive(forged.Encode()), rejected)
	b.hold(a.Log[1:]...)
	if due() != 0 || len(b.hints.of) != 0 || b.hints.held != 0 {
		t.Error("the hint outlives the gap")
	}
}

func TestALateEntryClosesTheGap(t *testing.T) {
	b := newBench(t)
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(2, 100)
	b.hold(a.Log[0])
	b.want("the second first", b.receive(a.Log[2].Encode()), accepted)
	b.want("the first", b.receive(a.Log[1].Encode()), accepted)
	b.flush()
	if got := b.length(a.Body()); got != 3 {
		t.Errorf("%d entries are held", got)
	}
}

func TestAContradictionIsAskedFor(t *testing.T) {
	b := newBench(t)
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(2, 100)
	other := a.Clone()
	b.hold(a.Log...)
	a.PublishN(1, 100)
	other.PublishN(1, 200)
	b.hold(a.Log[3])
	b.want("another entry at a position that is held", b.receive(other.Log[3].Encode()), ignored)
	b.want("a second time", b.receive(other.Log[3].Encode()), ignored)
	if len(b.asked) != 1 || len(b.faults) != 0 {
		t.Errorf("asked %d times, faults %v", len(b.asked), b.faults)
	}
}

func TestAnUnknownBodyIsAHint(t *testing.T) {
	b := newBench(t)
	a := vectors.NewAuthor("forum", 0, nil)
	a.PublishN(1, 100)
	b.want("an entry of an unknown body", b.receive(a.Log[1].Encode()), ignored)
	b.now = b.now.Add(grace)
	if len(b.hints.due(b.now, b.length)) != 1 {
		t.Error("nobody is asked for the body")
	}
}

func TestAFullQueueLosesOnlyTheEntry(t *testing.T) {
	b := newBench(t)
	a := vectors.NewAuthor("forum", 0, nil)
	b.hold(a.Log[0])
	for _, e := range a.PublishN(queueSize+3, 20) {
		b.want("an entry of a burst", b.receive(e.Encode()), accepted)
	}
	b.flush()
	if got := b.length(a.Body()); got != queueSize+1 {
		t.Errorf("%d entries are held", got)
	}
	b.now = b.now.Add(grace)
	if len(b.hints.due(b.now, b.length)) != 1 {
		t.Error("nobody is asked for the rest")
	}
}

func TestEntriesFromTheFutureWait(t *testing.T) {
	b := newBench(t)
	a := vectors.NewAuthor("forum", 0, nil)
	b.hold(a.Log[0])
	a.Clock = uint64(b.now.Add(ledger.MaxAhead + time.Minute).Unix())
	a.PublishN(1, 50)
	b.want("an entry from the future", b.receive(a.Log[1].Encode()), ignored)
	b.now = b.now.Add(2 * time.Minute)
	b.want("when its time has come", b.receive(a.Log[1].Encode()), accepted)
}

func TestHintsAreBounded(t *testing.T) {
	h := newHints()
	big := &protocol.Entry{Content: make([]byte, protocol.MaxContent)}
	for i := range maxHints + 10 {
		var body protocol.BodyID
		body[0], body[1] = byte(i), byte(i>>8)
		h.add(body, bearer, 7, big, time.Unix(0, 0))
	}
	if len(h.of) > maxHints || h.held > maxHeld {
		t.Errorf("%d hints, %d bytes", len(h.of), h.held)
	}
	for body := range h.of {
		h.drop(body)
	}
	if h.held != 0 {
		t.Errorf("%d bytes are still counted", h.held)
	}
}

func BenchmarkValidate(b *testing.B) {
	bn := newBench(b)
	a := vectors.NewAuthor("forum", 0, nil)
	bn.hold(a.Log[0])
	log := a.PublishN(256, 600)
	data := make([][]byte, len(log))
	for i, e := range log {
		data[i] = e.Encode()
	}
	for i := 0; b.Loop(); i++ {
		if i%len(data) == 0 {
			for len(bn.queue) > 0 {
				<-bn.queue
			}
			bn.tips.forget(a.Body())
		}
		if v := bn.judge(bearer, data[i%len(data)]); v.result != accepted {
			b.Fatal(v.reason)
		}
	}
}

// TestNewcomersAreLimited: of new bodies a few a second are taken after a while,
// and what is known goes on.
func TestNewcomersAreLimited(t *testing.T) {
	b := newBench(t)
	known := vectors.NewAuthor("known", 0, nil)
	b.hold(known.Log[0])
	n := 0
	founded := func(many int) (taken int) {
		for range many {
			n++
			if b.receive(vectors.NewAuthor(fmt.Sprint("newcomer ", n), 0, nil).Log[0].Encode()) == pubsub.ValidationAccept {
				taken++
			}
		}
		return taken
	}
	if got := founded(newcomersAtOnce + 10); got != newcomersAtOnce {
		t.Errorf("%d newcomers at once, want %d", got, newcomersAtOnce)
	}
	known.PublishN(1, 60)
	b.want("an entry of a known body", b.receive(known.Log[1].Encode()), pubsub.ValidationAccept)
	if b.now = b.now.Add(time.Second); founded(newcomersEach+10) != newcomersEach {
		t.Errorf("not %d newcomers a second later", newcomersEach)
	}
	if len(b.faults) > 0 {
		t.Errorf("peers are blamed for %v", b.faults)
	}
}
