package register_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func body(n int) protocol.BodyID {
	return protocol.BodyID(protocol.HashOf(fmt.Append(nil, "body ", n)))
}

func key(n int) protocol.Digest { return protocol.HashOf(fmt.Append(nil, "key ", n)) }

func vouch(from, to int) register.Edge { return register.Edge{From: body(from), To: body(to)} }

func identify(from, to int) register.Edge {
	return register.Edge{From: body(from), To: body(to), Identity: true}
}

func uses(k int, bodies ...int) []register.KeyUse {
	var out []register.KeyUse
	for _, b := range bodies {
		out = append(out, register.KeyUse{Key: key(k), Body: body(b)})
	}
	return out
}

func TestWebHops(t *testing.T) {
	edges := []register.Edge{vouch(0, 1), vouch(1, 2), vouch(2, 3), vouch(3, 4), identify(4, 5), vouch(9, 8)}
	w := register.NewWeb([]protocol.BodyID{body(0)}, 0, edges, nil, nil)
	for n, want := range []bool{true, true, true, true, true, false} {
		if got := w.Reached(body(n)); got != want {
			t.Errorf("body %d, %d edges from the root: reached is %v", n, n, got)
		}
	}
	if w.Reached(body(8)) || w.Reached(body(100)) || w.Reached(protocol.BodyID{}) {
		t.Error("a body is reached that no root knows of")
	}
	if !w.Verified(body(5)) {
		t.Error("a body that is reached attests who body 5 is, and it is not verified")
	}
	if w.Verified(body(4)) {
		t.Error("a mandate alone makes a body verified")
	}
	if short := register.NewWeb([]protocol.BodyID{body(0)}, 1, edges, nil, nil); short.Reached(body(2)) || !short.Reached(body(1)) {
		t.Error("one hop is not one hop")
	}
}

func TestWebWithout(t *testing.T) {
	root := []protocol.BodyID{body(0)}
	w := register.NewWeb(root, 0, []register.Edge{vouch(0, 1), vouch(1, 2), vouch(0, 3), vouch(3, 4), vouch(4, 2), vouch(1, 5)}, nil, nil)
	for _, c := range []struct {
		to      int
		without []int
		want    bool
	}{
		{2, []int{1}, true},
		{2, []int{1, 3}, false},
		{2, []int{1, 4}, false},
		{2, []int{3}, true},
		{5, []int{1}, false},
		{2, []int{0}, false},
		{2, []int{2}, false},
		{0, []int{0}, false},
		{0, []int{1}, true},
		{2, []int{77}, true},
	} {
		var without []protocol.BodyID
		for _, n := range c.without {
			without = append(without, body(n))
		}
		if got := w.Reached(body(c.to), without...); got != c.want {
			t.Errorf("body %d without %v: reached is %v", c.to, c.without, got)
		}
	}
	// The way around is longer than the web goes.
	if w := register.NewWeb(root, 2, []register.Edge{vouch(0, 1), vouch(1, 2), vouch(0, 3), vouch(3, 4), vouch(4, 2)}, nil, nil); w.Reached(body(2), body(1)) {
		t.Error("body 2 is reached over three edges where two are allowed")
	}
}

func TestWebVerified(t *testing.T) {
	roots := []protocol.BodyID{body(0)}
	edges := []register.Edge{vouch(0, 1), identify(1, 2), identify(2, 1), identify(5, 6), vouch(0, 7), identify(7, 7), identify(7, 8)}
	w := register.NewWeb(roots, 0, edges, slices.Concat(uses(1, 7, 8)), nil)
	for n, want := range map[int]bool{0: true, 1: false, 2: true, 6: false, 7: false, 8: false, 99: false} {
		if got := w.Verified(body(n)); got != want {
			t.Errorf("body %d: verified is %v", n, got)
		}
	}
}

// listed says that a domain names a body: its own, or that of others.
func listed(to int, by ...int) register.Listing {
	l := register.Listing{Body: body(to), Domain: fmt.Sprintf("%v.gov.uk", append(by, to)[0])}
	for _, b := range by {
		l.By = append(l.By, body(b))
	}
	return l
}

func TestWebListings(t *testing.T) {
	listings := []register.Listing{listed(3, 2), listed(2), listed(4, 1), listed(5, 1, 2), listed(6, 6), listed(8, 7), listed(9, 2), listed(9), {}}
	w := register.NewWeb([]protocol.BodyID{body(0)}, 0, nil, uses(1, 7, 8), listings)
	for n, want := range map[int]bool{0: true, 1: false, 2: true, 3: true, 4: true, 5: true, 6: false, 7: false, 8: false, 9: true} {
		if got := w.Verified(body(n)); got != want {
			t.Errorf("body %d: verified is %v", n, got)
		}
		l, ok := w.Listing(body(n))
		if ok != (want && n != 0) || ok && l.Body != body(n) {
			t.Errorf("body %d: listed as %+v, %v", n, l, ok)
		}
		if w.Reached(body(n)) != (n == 0) {
			t.Errorf("body %d is reached by a listing", n)
		}
	}
	if l, _ := w.Listing(body(9)); l.Domain != "9.gov.uk" {
		t.Errorf("body 9 is shown at %s and not at its own domain", l.Domain)
	}
	if w.Verified(protocol.BodyID{}) {
		t.Error("no body is verified")
	}
}

func TestWebSame(t *testing.T) {
	roots := []protocol.BodyID{body(0)}
	edges := []register.Edge{vouch(0, 1), vouch(0, 2), vouch(0, 3), vouch(0, 4), vouch(1, 6)}
	keys := slices.Concat(uses(1, 1, 2), uses(2, 2, 3), uses(3, 4, 10), uses(4, 1, 10), uses(5, 20, 21))
	w := register.NewWeb(roots, 0, edges, keys, nil)
	for _, c := range []struct {
		a, b int
		want bool
	}{
		{1, 2, true},
		{1, 3, true},
		{3, 1, true},
		{1, 1, true},
		{1, 6, false},
		{20, 21, true},
		{20, 1, false},
		// Body 10 is founded by anybody, and names keys of 1 and of 4.
		{4, 10, true},
		{10, 1, true},
		{10, 3, true},
		{1, 4, false},
		{3, 4, false},
	} {
		if got := w.Same(body(c.a), body(c.b)); got != c.want {
			t.Errorf("bodies %d and %d: same is %v", c.a, c.b, got)
		}
	}
	if w.Same(protocol.BodyID{}, protocol.BodyID{}) {
		t.Error("no body is the same as itself")
	}
	// Taking away a body takes those away that share a key with it.
	if w.Reached(body(6), body(3)) || w.Reached(body(6), body(10)) || !w.Reached(body(6), body(4)) {
		t.Error("body 6 is reached through a body that counts as one with what was taken away")
	}
}

// slowReach finds out by brute force whether a body is reached.
func slowReach(roots []int, hops int, edges []register.Edge, same func(a, b protocol.BodyID) bool, to protocol.BodyID, without []protocol.BodyID) bool {
	gone := func(b protocol.BodyID) bool {
		return slices.ContainsFunc(without, func(o protocol.BodyID) bool { return o == b || same(o, b) })
	}
	at := map[protocol.BodyID]bool{}
	for _, r := range roots {
		if !gone(body(r)) {
			at[body(r)] = true
		}
	}
	for range hops {
		next := map[protocol.BodyID]bool{}
		for b := range at {
			next[b] = true
		}
		for _, e := range edges {
			if at[e.From] && !gone(e.To) && !same(e.From, e.To) {
				next[e.To] = true
			}
		}
		at = next
	}
	return at[to]
}

func TestWebAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "bodies")
		number := rapid.IntRange(0, n-1)
		roots := rapid.SliceOfN(number, 1, 3).Draw(t, "roots")
		hops := rapid.IntRange(1, 5).Draw(t, "hops")
		var edges []register.Edge
		for range rapid.IntRange(0, 30).Draw(t, "edges") {
			edges = append(edges, register.Edge{From: body(number.Draw(t, "from")), To: body(number.Draw(t, "to")), Identity: rapid.Bool().Draw(t, "identity")})
		}
		var keys []register.KeyUse
		for range rapid.IntRange(0, 6).Draw(t, "keys") {
			keys = append(keys, uses(rapid.IntRange(0, 4).Draw(t, "key"), number.Draw(t, "user"))...)
		}
		var listings []register.Listing
		for range rapid.IntRange(0, 6).Draw(t, "listings") {
			listings = append(listings, listed(number.Draw(t, "named"), rapid.SliceOfN(number, 0, 2).Draw(t, "by")...))
		}
		var ids []protocol.BodyID
		for _, r := range roots {
			ids = append(ids, body(r))
		}
		w := register.NewWeb(ids, hops, edges, keys, listings)
		for to := range n {
			var without []protocol.BodyID
			for range rapid.IntRange(0, 3).Draw(t, "how many") {
				without = append(without, body(number.Draw(t, "without")))
			}
			want := slowReach(roots, hops, edges, w.Same, body(to), without)
			if got := w.Reached(body(to), without...); got != want {
				t.Fatalf("body %d without %v: reached is %v", to, without, got)
			}
			verified := slices.Contains(roots, to) || slices.ContainsFunc(edges, func(e register.Edge) bool {
				return e.Identity && e.To == body(to) && !w.Same(e.From, e.To) && slowReach(roots, hops, edges, w.Same, e.From, []protocol.BodyID{e.To})
			}) || slices.ContainsFunc(listings, func(l register.Listing) bool {
				return l.Body == body(to) && !slices.ContainsFunc(l.By, func(by protocol.BodyID) bool { return w.Same(by, l.Body) })
			})
			if got := w.Verified(body(to)); got != verified {
				t.Fatalf("body %d: verified is %v", to, got)
			}
		}
		slices.Reverse(edges)
		slices.Reverse(keys)
		slices.Reverse(listings)
		other := register.NewWeb(ids, hops, edges, keys, listings)
		for a := range n {
			for b := range n {
				if w.Same(body(a), body(b)) != w.Same(body(b), body(a)) || w.Same(body(a), body(b)) != other.Same(body(a), body(b)) {
					t.Fatalf("bodies %d and %d: whether they are the same depends on the order", a, b)
				}
			}
			if w.Reached(body(a)) != other.Reached(body(a)) {
				t.Fatalf("body %d: whether it is reached depends on the order", a)
			}
			one, _ := w.Listing(body(a))
			if two, _ := other.Listing(body(a)); !reflect.DeepEqual(one, two) {
				t.Fatalf("body %d: how it is listed depends on the order", a)
			}
		}
	})
}

func TestKeysOf(t *testing.T) {
	a := vectors.NewAuthor("keys", 2, nil)
	c := a.Control(a.Key, nil)
	got := register.KeysOf(c)
	if len(got) != 5 {
		t.Fatalf("%d keys, want the signing key, two officers' and two for recovery", len(got))
	}
	// The same key in another part is the same key.
	for _, k := range append([]protocol.PrivateKey{a.Key}, append(a.Officers, a.Recovery...)...) {
		want := protocol.RecoveryDigest(k.Public())
		if !slices.Contains(got, want) {
			t.Errorf("the key %s is not listed", k.Public())
		}
		other := &protocol.Control{Key: k.Public()}
		if register.KeysOf(other)[0] != want {
			t.Errorf("the key %s as a signing key has another digest", k.Public())
		}
	}
}

func TestEdgeOf(t *testing.T) {
	from, to := body(1), body(2)
	item := func(kind protocol.Kind, state register.State, pairs map[string]any) *register.Item {
		return &register.Item{Body: from, Kind: kind, State: state, Record: &record.Record{Kind: kind, Fields: pairs}}
	}
	mandate := map[string]any{"to": to.String()}
	attest := map[string]any{"subject": to.String(), "claim": record.ClaimIdentity, "interest": "partner"}
	for name, c := range map[string]struct {
		item *register.Item
		want *register.Edge
	}{
		"a mandate":              {item(record.KindMandate, register.Standing, mandate), &register.Edge{From: from, To: to}},
		"an attestation":         {item(record.KindAttestation, register.Standing, attest), &register.Edge{From: from, To: to, Identity: true}},
		"a mandate withdrawn":    {item(record.KindMandate, register.Withdrawn, mandate), nil},
		"an attestation amended": {item(record.KindAttestation, register.Amended, attest), nil},
		"nothing to read":        {&register.Item{Body: from, Kind: record.KindMandate, State: register.Standing}, nil},
		"a mandate to nobody":    {item(record.KindMandate, register.Standing, map[string]any{"to": int64(3)}), nil},
		"a mandate to itself":    {item(record.KindMandate, register.Standing, map[string]any{"to": from.String()}), nil},
		"of itself":              {item(record.KindAttestation, register.Standing, map[string]any{"subject": from.String(), "claim": record.ClaimIdentity}), nil},
		"another claim":          {item(record.KindAttestation, register.Standing, map[string]any{"subject": to.String(), "claim": record.ClaimDisputed}), nil},
		"another kind":           {item(record.KindDecision, register.Standing, mandate), nil},
	} {
		got, ok := register.EdgeOf(c.item)
		if ok != (c.want != nil) || ok && got != *c.want {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}
