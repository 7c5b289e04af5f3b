package register

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// use is a key that a numbered body uses.
type use struct {
	key  protocol.Digest
	body int32
}

// sameness is which bodies count as one.
type sameness struct {
	// groups lists, in order, the groups that a body belongs to: one at most if
	// it is reached.
	groups map[int32][]int32
	// members lists the bodies of a group that are reached.
	members map[int32][]int32
}

// newSameness joins bodies that share a key. dist is far for those that are not
// reached.
func newSameness(uses []use, dist []int) sameness {
	slices.SortFunc(uses, func(a, b use) int {
		return cmp.Or(bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.body, b.body))
	})
	uses = slices.Compact(uses)
	leader := map[int32]int32{}
	find := func(n int32) int32 {
		for {
			up, ok := leader[n]
			if !ok || up == n {
				return n
			}
			if top, ok := leader[up]; ok {
				leader[n] = top
			}
			n = up
		}
	}
	var runs [][]use
	for rest := uses; len(rest) > 0; {
		end := 1
		for end < len(rest) && rest[end].key == rest[0].key {
			end++
		}
		if end > 1 {
			runs = append(runs, rest[:end])
		}
		rest = rest[end:]
	}
	for _, run := range runs {
		first := firstReached(run, dist)
		for _, u := range run {
			if dist[u.body] != far && find(u.body) != find(first) {
				leader[find(u.body)] = find(first)
			}
		}
	}
	s := sameness{groups: map[int32][]int32{}, members: map[int32][]int32{}}
	for i, run := range runs {
		// A key that nobody who is reached uses makes a group of its own, which
		// no number of a body can be.
		group := int32(-1 - i) //nolint:gosec // a node holds far fewer keys
		if first := firstReached(run, dist); first >= 0 {
			group = find(first)
		}
		for _, u := range run {
			s.groups[u.body] = append(s.groups[u.body], group)
		}
	}
	for n, list := range s.groups {
		slices.Sort(list)
		s.groups[n] = slices.Compact(list)
		if dist[n] != far {
			for _, g := range s.groups[n] {
				s.members[g] = append(s.members[g], n)
			}
		}
	}
	return s
}

// firstReached is the first body of a run that is reached, or -1.
func firstReached(run []use, dist []int) int32 {
	if i := slices.IndexFunc(run, func(u use) bool { return dist[u.body] != far }); i >= 0 {
		return run[i].body
	}
	return -1
}

func (s *sameness) same(a, b int32) bool {
	x, y := s.groups[a], s.groups[b]
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0] == y[0]:
			return true
		case x[0] < y[0]:
			x = x[1:]
		default:
			y = y[1:]
		}
	}
	return false
}

// mates calls f with every body that is reached and counts as one with n.
func (s *sameness) mates(n int32, f func(int32)) {
	for _, g := range s.groups[n] {
		for _, m := range s.members[g] {
			f(m)
		}
	}
}
