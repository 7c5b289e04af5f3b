package sharing

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestClocks has nodes whose clocks are off by an hour and by ten years, either
// way, and jump back to the right time: what is dated too far ahead of a node's
// clock waits and comes in later, from a peer that is not charged for it; a clock
// that is ahead takes everything.
func TestClocks(t *testing.T) {
	for name, off := range map[string]time.Duration{
		"an hour behind": -time.Hour, "ten years behind": -10 * 365 * 24 * time.Hour,
		"an hour ahead": time.Hour, "ten years ahead": 10 * 365 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			var offset atomic.Int64
			offset.Store(int64(off))
			now := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
			l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			author := startNode(t, "author", nil)
			author.publish(100)
			wrong := startNode(t, "", func(cfg *Config) {
				cfg.Ledger, cfg.Now, cfg.Timing.Pull = l, now, 50*time.Millisecond
			})
			wrong.ledger = l
			wrong.join(author)
			if off < 0 {
				eventually(t, "two attempts to catch up", func() bool { return wrong.metric("folkmoot_sharing_pulls_total") >= 2 })
				if held := l.Last(); held != 0 {
					t.Fatalf("%d events came in that are dated ahead of the clock", held)
				}
				offset.Store(0)
			}
			eventually(t, "the same on both", func() bool { return converged(author, wrong) })
			offset.Store(0)
			author.publish(100)
			eventually(t, "the same on both after the jump", func() bool { return converged(author, wrong) })
			if charged := wrong.metric("folkmoot_sharing_faults_total"); charged != 0 {
				t.Errorf("the peer was charged %v times", charged)
			}
		})
	}
}
