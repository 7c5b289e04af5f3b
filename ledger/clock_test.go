package ledger_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestClockJumps gives logs to a ledger whose clock jumps by hours and years, back
// and forth. What is dated too far ahead of it waits and comes in later; nothing
// else depends on it, and in the end every log is whole and in its order.
func TestClockJumps(t *testing.T) {
	authors := make([]*vectors.Author, 3)
	for i, name := range []string{"on time", "an hour ahead", "ten years ahead"} {
		a := vectors.NewAuthor(name, 0, nil)
		a.PublishN(15, 200)
		a.Clock += uint64([]time.Duration{0, time.Hour, 10 * 365 * 24 * time.Hour}[i] / time.Second)
		a.PublishN(15, 200)
		authors[i] = a
	}
	end := time.Unix(int64(authors[2].Clock), 0).Add(time.Hour)
	start := time.Unix(int64(authors[0].Clock), 0)
	for seed := range faults.Times(20, 1000) {
		r := rand.New(rand.NewPCG(uint64(seed), 8))
		now := start
		l := openClocked(t, func() time.Time { return now })
		waited := jumpAndJoin(t, l, authors, r, &now, start)
		now = end
		for _, a := range authors {
			join(t, l, a.Log)
			checkLog(t, l, a)
		}
		if waited == 0 {
			t.Fatalf("seed %d: nothing had to wait", seed)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func openClocked(t *testing.T, now func() time.Time) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// jumpAndJoin joins random runs while the clock jumps, and returns how many of
// them were not taken whole. What is held stays held whatever the clock says.
func jumpAndJoin(t *testing.T, l *ledger.Ledger, authors []*vectors.Author, r *rand.Rand, now *time.Time, start time.Time) (waited int) {
	t.Helper()
	jumps := []time.Duration{0, time.Hour, -time.Hour, 10 * 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour}
	for range 40 {
		*now = start.Add(jumps[r.IntN(len(jumps))])
		a := authors[r.IntN(len(authors))]
		held := uint64(0)
		if h, err := l.Head(a.Body()); err == nil {
			held = h.Length
		}
		upTo := held + uint64(r.IntN(len(a.Log)-int(held)+1))
		if upTo == held {
			continue
		}
		out, err := l.Join(t.Context(), []ledger.Run{a.Log[held:upTo]})
		if err != nil {
			t.Fatal(err)
		}
		latest := uint64(now.Add(ledger.MaxAhead).Unix())
		want := held
		for want < upTo && a.Log[want].Envelope.At <= latest {
			want++
		}
		if uint64(out[0].Added) != want-held {
			t.Fatalf("at %s %d entries were taken, want %d", now, out[0].Added, want-held)
		}
		if want < upTo {
			waited++
			if protocol.CodeOf(out[0].Err) != protocol.TooFarAhead {
				t.Fatalf("what is dated ahead is refused for %v", out[0].Err)
			}
		}
	}
	return waited
}
