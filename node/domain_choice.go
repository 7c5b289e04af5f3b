package node

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/folkmoot/folkmoot/sharing/domain"
)

const (
	// maxDomains is how many domains are asked, and maxStrange how many of those
	// that one owner has and that nobody known here names.
	maxDomains = 1000
	maxStrange = 8
)

// claim is a domain that bodies name as theirs.
type claim struct {
	name   domain.Name
	bodies int
	// first: somebody whom the node knows is among them; proven: the domain names
	// one of them.
	first, proven bool
}

// choice chooses which domains are asked where there are too many: those of
// bodies that are known, then those that are proven, then others in an order of
// this process's own, which strangers cannot aim at. Nobody has a website asked
// under a thousand names.
type choice struct{ seed maphash.Seed }

func newChoice() choice { return choice{maphash.MakeSeed()} }

func (c choice) of(claims []*claim) map[domain.Name]bool {
	rank := func(c *claim) int {
		switch {
		case c.first:
			return 0
		case c.proven:
			return 1
		}
		return 2
	}
	slices.SortFunc(claims, func(a, b *claim) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(maphash.String(c.seed, a.name.String()), maphash.String(c.seed, b.name.String())))
	})
	out := make(map[domain.Name]bool)
	strange := make(map[domain.Name]int)
	for _, cl := range claims {
		if len(out) == maxDomains {
			break
		}
		if rank(cl) == 2 {
			owner := cl.name.Owned()
			if strange[owner] == maxStrange {
				continue
			}
			strange[owner]++
		}
		out[cl.name] = true
	}
	return out
}
