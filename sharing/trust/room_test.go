package trust_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/trust"
)

var small = trust.Quotas{Entries: 5, Bytes: 4000, PerPeer: 3, PerPrefix: 5, Bodies: 8, Total: 9000}

var noon = time.Unix(vectors.Epoch, 0)

func strangers(n int) []ledger.Run {
	var out []ledger.Run
	for i := range n {
		a := vectors.NewAuthor(fmt.Sprint("stranger ", i), 0, nil)
		a.PublishN(i%9, 300)
		out = append(out, a.Log)
	}
	return out
}

// TestRoomIsBounded lets peers bring strangers in any order: no quota is ever
// exceeded, and what waits is the beginning of a log.
func TestRoomIsBounded(t *testing.T) {
	runs := strangers(30)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		room := trust.NewRoom(vectors.NetworkName, small, rand.New(rand.NewPCG(seed, 1)).IntN)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			run := runs[rapid.IntRange(0, len(runs)-1).Draw(t, "who")]
			peer := rapid.IntRange(0, 9).Draw(t, "peer")
			from := trust.Origin{
				Peer:   fmt.Sprint(peer),
				Prefix: trust.PrefixOf(netip.AddrFrom4([4]byte{192, 0, byte(peer % 3), byte(peer)})),
			}
			if room.Entries(run[0].Body()) > 0 {
				if n := room.Add(from, run, noon); n < 1 || n > small.Entries {
					t.Fatalf("%d entries of a sound log wait", n)
				}
			}
			peers, prefixes, total := map[string]int{}, map[netip.Prefix]int{}, 0
			for _, w := range room.Waiting() {
				peers[w.From.Peer]++
				prefixes[w.From.Prefix]++
				total += w.Bytes
				if w.Bytes > small.Bytes || peers[w.From.Peer] > small.PerPeer || prefixes[w.From.Prefix] > small.PerPrefix {
					t.Fatalf("beyond its quota: %+v", w)
				}
			}
			if total != room.Bytes() || total > small.Total || len(room.Waiting()) > small.Bodies {
				t.Fatalf("%d bodies take %d bytes, counted as %d", len(room.Waiting()), total, room.Bytes())
			}
		}
	})
}

// TestRoomRefuses what does not verify, and what does not begin at the beginning.
func TestRoomRefuses(t *testing.T) {
	a := vectors.NewAuthor("a", 0, nil)
	a.PublishN(4, 100)
	forged := *a.Log[2]
	forged.Signature[3] ^= 1
	for name, c := range map[string]struct {
		run  ledger.Run
		want int
	}{
		"nothing":            {nil, 0},
		"a forged signature": {ledger.Run{a.Log[0], a.Log[1], &forged}, 2},
		"no charter":         {a.Log[1:], 0},
		"a gap":              {ledger.Run{a.Log[0], a.Log[2]}, 1},
		"sound":              {a.Log, 5},
	} {
		room := trust.NewRoom(vectors.NetworkName, small, func(int) int { return 0 })
		if got := room.Add(trust.Origin{Peer: "p"}, c.run, noon); got != c.want {
			t.Errorf("%s: %d entries wait, want %d", name, got, c.want)
		}
	}
	elsewhere := trust.NewRoom("elsewhere", small, func(int) int { return 0 })
	if elsewhere.Add(trust.Origin{Peer: "p"}, a.Log, noon) != 0 {
		t.Error("a body of another network waits")
	}
}

// TestFloodDrivesOutItself lets one peer bring a thousand strangers: that of
// another is still there.
func TestFloodDrivesOutItself(t *testing.T) {
	room := trust.NewRoom(vectors.NetworkName, small, rand.IntN)
	honest := vectors.NewAuthor("honest", 0, nil)
	room.Add(trust.Origin{Peer: "honest", Prefix: netip.MustParsePrefix("198.51.100.0/24")}, honest.Log, noon)
	for _, run := range strangers(100) {
		room.Add(trust.Origin{Peer: "flood", Prefix: netip.MustParsePrefix("192.0.2.0/24")}, run[:1], noon)
	}
	admitted := room.Admit(func(b protocol.BodyID) bool { return b == honest.Body() })
	if len(admitted) != 1 || len(admitted[0]) != 1 || len(room.Waiting()) != small.PerPeer {
		t.Errorf("%d were admitted, %d wait", len(admitted), len(room.Waiting()))
	}
}

func TestPrefixOf(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24",
		"2001:db8:1:2ff:3::4": "2001:db8:1:200::/56", "fe80::1%eth0": "fe80::/56",
	} {
		if got := trust.PrefixOf(netip.MustParseAddr(addr)); got.String() != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
	if trust.PrefixOf(netip.Addr{}).IsValid() {
		t.Error("no address has a prefix")
	}
}

// TestHeardIsBounded lets a peer tell of 100,000 bodies: they drive out each
// other, and not what another peer told.
func TestHeardIsBounded(t *testing.T) {
	h := trust.NewHeard(rand.IntN)
	h.Note(trust.Rumour{Body: body(1), Length: 7, Peer: "honest"})
	for p := range 10 {
		for i := range 10_000 {
			h.Note(trust.Rumour{Body: protocol.BodyID(protocol.HashOf(fmt.Append(nil, p, i))), Length: 1, Peer: fmt.Sprint(p)})
		}
	}
	h.Note(trust.Rumour{Body: body(1), Length: 9, Peer: "0"})
	list := h.List()
	if len(list) > 4096 || len(list) < 4000 {
		t.Errorf("%d bodies are remembered", len(list))
	}
	if !found(list, body(1), 9) {
		t.Error("what an honest peer told was driven out")
	}
	h.Forget(func(protocol.BodyID) bool { return true })
	if len(h.List()) != 0 {
		t.Error("forgotten bodies are remembered")
	}
}

func found(list []trust.Rumour, b protocol.BodyID, length uint64) bool {
	for _, r := range list {
		if r.Body == b && r.Length == length {
			return true
		}
	}
	return false
}
