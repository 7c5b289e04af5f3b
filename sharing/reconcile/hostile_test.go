package reconcile_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"iter"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

func frame(kind byte, message any) []byte {
	payload, ok := message.([]byte)
	if !ok {
		var err error
		if payload, err = cbor.Marshal(message); err != nil {
			panic(err)
		}
	}
	b := binary.AppendUvarint(nil, uint64(len(payload)+1))
	return append(append(b, kind), payload...)
}

func helloFrame(count uint64, all bool) []byte {
	total := []any{count, make([]byte, 16)}
	return frame('H', []any{reconcile.Version, vectors.NetworkName, total, make([]byte, 16), total, all, []any{}, []byte{}})
}

func replyFrame(version int, network string, count uint64, parts []byte) []byte {
	total := []any{count, make([]byte, 16)}
	return frame('h', []any{version, network, total, total, []byte{}, parts})
}

// liar answers an opener with fixed bytes, then with the same ones over and over.
type liar struct {
	first, again []byte
	rest         []byte
}

func (l *liar) Write(b []byte) (int, error) { return len(b), nil }

func (l *liar) Read(b []byte) (int, error) {
	if len(l.first) > 0 {
		n := copy(b, l.first)
		l.first = l.first[n:]
		return n, nil
	}
	if len(l.again) == 0 {
		return 0, io.EOF
	}
	if len(l.rest) == 0 {
		l.rest = l.again
	}
	n := copy(b, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func entriesFrame(part byte, entries ...*protocol.Entry) []byte {
	b := []byte{part}
	for _, e := range entries {
		raw := e.Encode()
		b = append(binary.AppendUvarint(b, uint64(len(raw))), raw...)
	}
	return frame('E', b)
}

func stateFrame(e *protocol.Entry, length uint64) []byte {
	body, root := e.Body(), protocol.HashOf([]byte("a root"))
	return frame('B', []any{[]any{body[:], length, root[:], 0, 0, 0}, 0, false})
}

// TestLiars lets a ledger pull from peers that break the rules in every way: the
// session ends, within its bounds, and the ledger takes nothing that is not
// sound.
func TestLiars(t *testing.T) {
	author := vectors.NewAuthor("a", 0, nil)
	author.PublishN(5, 200)
	stranger := vectors.NewAuthor("b", 0, nil)
	forged := *author.Log[2]
	forged.Signature[1] ^= 4
	end := frame('X', []byte{0})
	greet := replyFrame(reconcile.Version, vectors.NetworkName, 1000, []byte{})
	for name, c := range map[string]struct {
		peer     liar
		fails    bool
		unkept   int
		offences map[protocol.Code]int
		length   uint64
	}{
		"silence":           {peer: liar{}, fails: true},
		"noise":             {peer: liar{again: []byte{0x80, 0x01, 0x55}}, fails: true},
		"a huge frame":      {peer: liar{first: binary.AppendUvarint(nil, 1<<40)}, fails: true},
		"an endless number": {peer: liar{again: []byte{0xff}}, fails: true},
		"another network":   {peer: liar{first: replyFrame(1, "elsewhere", 1, []byte{})}, fails: true},
		"another version":   {peer: liar{first: replyFrame(2, vectors.NetworkName, 1, []byte{})}, fails: true},
		"entries of a body that was not named": {
			peer:  liar{first: concat(greet, stateFrame(author.Log[0], 6), entriesFrame(0, stranger.Log[0]))},
			fails: true,
		},
		"entries out of order": {
			peer:  liar{first: concat(greet, stateFrame(author.Log[0], 6), entriesFrame(0, author.Log[0], author.Log[2]))},
			fails: true,
		},
		"promises": {
			peer:   liar{first: concat(greet, stateFrame(author.Log[0], 6), entriesFrame(0, author.Log[:2]...), end, frame('Z', []byte{}))},
			unkept: 1, length: 2,
		},
		"a forged signature": {
			peer: liar{first: concat(
				greet, stateFrame(author.Log[0], 4),
				entriesFrame(0, author.Log[0], author.Log[1], &forged, author.Log[3]), end, frame('Z', []byte{}))},
			offences: map[protocol.Code]int{protocol.BadSignature: 1}, length: 2,
		},
		"not an entry": {
			peer: liar{first: concat(
				greet, stateFrame(author.Log[0], 4),
				frame('E', []byte{0, 3, 1, 2, 3}), end, frame('Z', []byte{}))},
			offences: map[protocol.Code]int{protocol.Malformed: 1},
		},
		"the same body again": {
			peer:  liar{first: greet, again: concat(stateFrame(author.Log[0], 6), entriesFrame(0, author.Log...), end)},
			fails: true,
		},
		"entries without end": {
			peer: liar{first: concat(greet, stateFrame(author.Log[0], 6)), again: entriesFrame(0)},
			// Ends by the bound on bytes.
		},
		"a claim that is taken back": {
			peer:   liar{first: concat(greet, stateFrame(author.Log[0], 6), frame('X', []byte{2}), frame('Z', []byte{}))},
			unkept: 1,
		},
		"a list without end": {
			peer:  liar{first: greet, again: frame('L', []any{[]any{}, true})},
			fails: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := open(t)
			cfg := config
			cfg.MaxBytes = 1 << 20
			report, err := reconcile.Pull(t.Context(), &c.peer, l, indexOf(t, l), cfg)
			if (err != nil) != c.fails {
				t.Fatalf("error %v, want one: %v", err, c.fails)
			}
			if report.Unkept != c.unkept || len(report.Offences) != len(c.offences) {
				t.Errorf("%+v", report)
			}
			for code, n := range c.offences {
				if report.Offences[code] != n {
					t.Errorf("%d offences of %s", report.Offences[code], code)
				}
			}
			if report.Read > cfg.MaxBytes+1<<20 {
				t.Errorf("%d bytes were read", report.Read)
			}
			if h, err := l.Head(author.Body()); c.length > 0 && (err != nil || h.Length != c.length) {
				t.Errorf("the log has length %d, want %d (%v)", h.Length, c.length, err)
			}
		})
	}
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// TestEndlessDifference answers every question for parts with parts that differ
// again: the session ends by its bounds.
func TestEndlessDifference(t *testing.T) {
	l := open(t)
	for i := range 40 {
		join(t, l, vectors.NewAuthor(string(rune('a'+i)), 0, nil).Log)
	}
	parts := make([]byte, 0, 64*18)
	for i := range 64 {
		parts = binary.AppendUvarint(parts, 1_000_000)
		digest := protocol.HashOf([]byte{byte(i)})
		parts = append(parts, digest[:16]...)
	}
	cfg := config
	cfg.MaxBodies, cfg.MaxBytes = 1000, 8<<20
	peer := &liar{first: replyFrame(1, vectors.NetworkName, 64_000_000, parts), again: frame('P', parts)}
	report, err := reconcile.Pull(t.Context(), peer, l, indexOf(t, l), cfg)
	if err != nil || !report.Deferred || report.Read > cfg.MaxBytes+1<<20 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestServeBounds asks for as much as requests allow: a responder sends no more
// than it may, and reads no more requests than it may.
func TestServeBounds(t *testing.T) {
	l := open(t)
	var bodies []protocol.BodyID
	for i := range 20 {
		a := vectors.NewAuthor(string(rune('a'+i)), 0, nil)
		a.PublishN(100, 500)
		join(t, l, a.Log)
		bodies = append(bodies, a.Body())
	}
	x := indexOf(t, l)
	var greedy []any
	for i := range 500 {
		greedy = append(greedy, []any{bodies[i%20][:], 0, protocol.EmptyRoot[:], 0})
	}
	var everything []any
	for range 2000 {
		everything = append(everything, []byte{})
	}
	greet := helloFrame(3, false)
	for name, peer := range map[string]*liar{
		"wants":           {first: concat(greet, frame('W', []any{greedy}))},
		"lists":           {first: concat(greet, frame('A', []any{true, []any{}, everything}))},
		"divisions":       {first: concat(greet, frame('A', []any{false, everything, []any{}}))},
		"requests":        {first: greet, again: frame('A', []any{true, []any{[]byte{}}, []any{}})},
		"everything":      {first: helloFrame(0, true)},
		"empty wants":     {first: greet, again: frame('W', []any{[]any{}})},
		"empty questions": {first: greet, again: frame('A', []any{false, []any{}, []any{}})},
		"empty roots":     {first: greet, again: frame('Q', []any{[]any{}})},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config
			cfg.MaxBytes = 64 << 10
			report, _ := reconcile.Serve(t.Context(), peer, l, x, cfg)
			if report.Written > cfg.MaxBytes+256<<10 || report.Read > 1<<20 {
				t.Errorf("%d bytes sent, %d read", report.Written, report.Read)
			}
		})
	}
}

// damagedStore cannot read one of its logs.
type damagedStore struct {
	*ledger.Ledger
	broken protocol.BodyID
}

func (d damagedStore) Encoded(body protocol.BodyID, from, to uint64) iter.Seq2[[]byte, error] {
	if body == d.broken {
		return func(yield func([]byte, error) bool) { yield(nil, ledger.ErrDamaged) }
	}
	return d.Ledger.Encoded(body, from, to)
}

func TestServeGoesOnAfterDamage(t *testing.T) {
	a, b := open(t), open(t)
	var broken protocol.BodyID
	for i := range 5 {
		author := vectors.NewAuthor(string(rune('a'+i)), 0, nil)
		author.PublishN(3, 50)
		join(t, b, author.Log)
		broken = author.Body()
	}
	c := pull(t, a, damagedStore{b, broken}, indexOf(t, a), indexOf(t, b))
	if c.report.Entries != 16 || len(c.report.Fruitless) != 1 {
		t.Errorf("%+v", c.report)
	}
}

// TestNewcomerWithItsOwnBody pulls, as after setup, with nothing but an own body:
// everything comes in one round trip.
func TestNewcomerWithItsOwnBody(t *testing.T) {
	a, b := open(t), open(t)
	own := vectors.NewAuthor("own", 0, nil)
	join(t, a, own.Log)
	shared := vectors.NewAuthor("shared", 0, nil)
	shared.PublishN(20, 50)
	join(t, a, shared.Log[:7])
	join(t, b, shared.Log)
	for i := range 200 {
		author := vectors.NewAuthor(string(rune('a'+i)), 0, nil)
		author.PublishN(3, 50)
		join(t, b, author.Log)
	}
	c := pull(t, a, b, indexOf(t, a), indexOf(t, b))
	if c.turns != 1 || c.report.Entries != 14+200*4 || c.report.Deferred {
		t.Errorf("%d round trips, %+v", c.turns, c.report)
	}
}

// TestManyPartings lets a hundred histories part: they are searched together.
func TestManyPartings(t *testing.T) {
	a, b := open(t), open(t)
	for i := range 100 {
		author := vectors.NewAuthor(string(rune('a'+i)), 0, nil)
		author.PublishN(30, 50)
		other := author.Clone()
		other.Clock += 7
		author.PublishN(3, 50)
		other.PublishN(3, 50)
		join(t, a, author.Log)
		join(t, b, other.Log)
	}
	c := pull(t, a, b, indexOf(t, a), indexOf(t, b))
	if c.turns > 8 {
		t.Errorf("%d round trips", c.turns)
	}
	settle(t, a, b)
}

func fuzzLedger(f *testing.F) (*ledger.Ledger, *reconcile.Index, *vectors.Author) {
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = l.Close() })
	author := vectors.NewAuthor("a", 0, nil)
	author.PublishN(5, 100)
	if _, err := l.Join(f.Context(), []ledger.Run{author.Log[:4]}); err != nil {
		f.Fatal(err)
	}
	x, err := reconcile.NewIndex(l.Heads())
	if err != nil {
		f.Fatal(err)
	}
	return l, x, author
}

// FuzzServe sends anything at all to a responder: it answers or refuses.
func FuzzServe(f *testing.F) {
	l, x, author := fuzzLedger(f)
	body := author.Body()
	root := author.Log[2].Envelope.Root
	f.Add(concat(helloFrame(0, true)))
	f.Add(concat(helloFrame(3, false), frame('A', []any{false, []any{[]byte{}}, []any{[]byte{1, 2}}})))
	f.Add(concat(helloFrame(3, false), frame('W', []any{[]any{[]any{body[:], 2, root[:], 0}}})))
	f.Add(concat(helloFrame(3, false), frame('Q', []any{[]any{[]any{body[:], []uint64{0, 1, 9}}}})))
	cfg := config
	cfg.MaxBytes = 1 << 20
	f.Fuzz(func(t *testing.T, b []byte) {
		report, _ := reconcile.Serve(t.Context(), &liar{first: b}, l, x, cfg)
		if report.Written > 4<<20 {
			t.Errorf("%d bytes were sent in answer to %d", report.Written, len(b))
		}
	})
}

// FuzzPull answers an opener with anything at all: the ledger keeps only what is
// sound.
func FuzzPull(f *testing.F) {
	l, x, author := fuzzLedger(f)
	f.Add(true, concat(replyFrame(1, vectors.NetworkName, 9, []byte{}), stateFrame(author.Log[0], 5), entriesFrame(0, author.Log...), frame('X', []byte{0}), frame('Z', []byte{})))
	f.Add(false, concat(replyFrame(1, vectors.NetworkName, 9, make([]byte, 64)), frame('L', []any{[]any{}, false})))
	f.Fuzz(func(t *testing.T, fresh bool, b []byte) {
		index := x
		if fresh {
			index = crowdIndex(0)
		}
		_, _ = reconcile.Pull(t.Context(), &liar{first: b}, l, index, config)
		h, err := l.Head(author.Body())
		if err != nil || h.Length > 6 || h.Root != author.Chain.Root() && h.Length == 6 {
			t.Fatal(h, err)
		}
	})
}

func TestBackoff(t *testing.T) {
	b := reconcile.NewBackoff()
	now := time.Unix(vectors.Epoch, 0)
	body, leaf := protocol.BodyID{1}, protocol.Digest{2}
	if b.Rests("p", body, leaf, now) {
		t.Error("a claim rests that was never asked for")
	}
	b.Note("p", body, leaf, now)
	if !b.Rests("p", body, leaf, now.Add(59*time.Second)) || b.Rests("p", body, leaf, now.Add(61*time.Second)) {
		t.Error("the first rest is a minute")
	}
	b.Note("p", body, leaf, now)
	if !b.Rests("p", body, leaf, now.Add(119*time.Second)) {
		t.Error("the second rest is longer")
	}
	if b.Rests("p", body, protocol.Digest{3}, now) || b.Rests("q", body, leaf, now) {
		t.Error("another state, or another peer, rests too")
	}
	for i := range 10_000 {
		b.Note("q", body, protocol.HashOf(binary.AppendUvarint(nil, uint64(i))), now.Add(time.Hour))
	}
	if b.Rests("p", body, leaf, now) {
		t.Error("the memory does not forget what may be asked for soonest")
	}
}
