package trust_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/trust"
)

func body(n byte) protocol.BodyID { return protocol.BodyID{n} }

// chain is a web in which 1 is the root and vouches for 2, 2 for 3 and so on.
func chain(hops int) *register.Web {
	var edges []register.Edge
	for n := byte(1); n < 9; n++ {
		edges = append(edges, register.Edge{From: body(n), To: body(n + 1)})
	}
	return register.NewWeb([]protocol.BodyID{body(1)}, hops, edges, nil, nil)
}

func TestVerdicts(t *testing.T) {
	rules := trust.Rules{
		Policy: trust.Vouched, Own: body(50), Roots: []protocol.BodyID{body(1), body(60)}, Listed: []protocol.BodyID{body(70), body(4)},
		Blocked: map[protocol.BodyID]string{body(60): "spam", body(50): "a slip"}, Aside: map[protocol.BodyID]int{body(2): 1, body(3): 3, body(70): 0},
		Web: chain(3),
	}
	for _, c := range []struct {
		policy trust.Policy
		body   byte
		choice trust.Choice
		ground trust.Ground
	}{
		{trust.Vouched, 50, trust.Keep, trust.GroundOwn},       // cannot be blocked
		{trust.Vouched, 60, trust.Refuse, trust.GroundBlocked}, // a block outweighs a root
		{trust.Vouched, 1, trust.Keep, trust.GroundRoot},
		{trust.Vouched, 70, trust.Keep, trust.GroundListed}, // and is not set aside
		{trust.Vouched, 4, trust.Keep, trust.GroundListed},
		{trust.Vouched, 2, trust.Wait, trust.GroundAside},   // no nearer than it was
		{trust.Vouched, 3, trust.Keep, trust.GroundReached}, // nearer than it was
		{trust.Vouched, 5, trust.Wait, trust.GroundStranger},
		{trust.Listed, 3, trust.Wait, trust.GroundAside},
		{trust.Listed, 1, trust.Keep, trust.GroundRoot},
		{trust.Listed, 5, trust.Wait, trust.GroundStranger},
		{trust.Open, 5, trust.Keep, trust.GroundOpen},
		{trust.Open, 60, trust.Refuse, trust.GroundBlocked},
		{trust.Open, 2, trust.Wait, trust.GroundAside},
	} {
		rules.Policy = c.policy
		got := trust.NewView(rules).Verdict(body(c.body))
		if got.Choice != c.choice || got.Ground != c.ground {
			t.Errorf("%s: body %d: %v on the ground %s, want %v on %s", c.policy, c.body, got.Choice, got.Ground, c.choice, c.ground)
		}
		if c.ground == trust.GroundReached && !slices.Equal(got.Path, []protocol.BodyID{body(1), body(2), body(3)}) {
			t.Errorf("body %d is reached on the way %v", c.body, got.Path)
		}
		if c.ground == trust.GroundBlocked && got.Reason != "spam" {
			t.Errorf("body %d is blocked for %q", c.body, got.Reason)
		}
	}
	if got := trust.NewView(rules).Verdict(protocol.BodyID{}); got.Ground == trust.GroundOwn {
		t.Error("an observer's own body is no body at all")
	}
}

// TestGiveWay: what gives way is enough if that is possible, never a body that
// must stay, and never more than needed: nothing nearer goes before what is
// farther.
func TestGiveWay(t *testing.T) {
	v := trust.NewView(trust.Rules{
		Policy: trust.Vouched, Own: body(50), Roots: []protocol.BodyID{body(1)}, Listed: []protocol.BodyID{body(4)},
		Blocked: map[protocol.BodyID]string{body(9): "spam"}, Web: chain(5),
	})
	rapid.Check(t, func(t *rapid.T) {
		var held []trust.Holding
		var total, fixed uint64
		for n := byte(1); n <= 12; n++ {
			h := trust.Holding{Body: body(n), Bytes: rapid.Uint64Range(1, 100).Draw(t, "bytes")}
			held, total = append(held, h), total+h.Bytes
			if n == 1 || n == 4 {
				fixed += h.Bytes
			}
		}
		held = append(held, trust.Holding{Body: body(50), Bytes: 1_000_000})
		most := rapid.Uint64Range(0, 1300).Draw(t, "most")
		drop, ok := v.GiveWay(held, most)
		if ok != (fixed <= most) {
			t.Fatalf("%d bytes cannot go, %d are allowed, and it is said to be enough: %v", fixed, most, ok)
		}
		for i, b := range drop {
			if b == body(50) || v.Distance(b) == 0 {
				t.Fatalf("%v gives way", b)
			}
			if i > 0 && v.Distance(b) > v.Distance(drop[i-1]) {
				t.Fatalf("%v gives way before %v", drop[i-1], b)
			}
			if total <= most {
				t.Fatalf("%v gives way without need", b)
			}
			total -= held[b[0]-1].Bytes
		}
		if ok && total > most {
			t.Fatalf("%d bytes are left, %d allowed", total, most)
		}
		if len(drop) > 0 && drop[0] != body(9) {
			t.Fatalf("%v gives way before the one that is blocked", drop[0])
		}
	})
}
