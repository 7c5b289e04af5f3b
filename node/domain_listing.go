package node

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/sharing/domain"
)

// listings are whom the domains of public bodies name (G7), in the order of body
// and domain. A domain is a public body's if it lies below a registry of public
// bodies, and names a body that names it and says that it is a public one.
//
// That body is listed by the registry's word, and others that the domain names by
// the body's. What lies below the domain of another public body is that body's
// word as well.
func listings(states map[domain.Name]*domain.State, sites map[protocol.BodyID]site, public []domain.Suffix, now time.Time) []register.Listing {
	owners := make(map[domain.Name][]protocol.BodyID)
	for name, s := range states {
		if !slices.ContainsFunc(public, func(p domain.Suffix) bool { return p.Holds(name) }) {
			continue
		}
		for _, b := range s.Named(now) {
			if site := sites[b]; site.name == name && record.IsPublicRole(site.role) {
				owners[name] = append(owners[name], b)
			}
		}
	}
	var out []register.Listing
	for name, own := range owners {
		var above []protocol.BodyID
		for up, ok := name.Parent(); ok; up, ok = up.Parent() {
			above = append(above, owners[up]...)
		}
		others := sorted(slices.Concat(own, above))
		above = sorted(above)
		for _, b := range states[name].Named(now) {
			p, _ := states[name].Names(b, now)
			l := register.Listing{Body: b, Domain: name.String(), On: p.On, By: others}
			if slices.Contains(own, b) {
				l.By = above
			}
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b register.Listing) int {
		return cmp.Or(bytes.Compare(a.Body[:], b.Body[:]), cmp.Compare(a.Domain, b.Domain))
	})
	return out
}

func sorted(list []protocol.BodyID) []protocol.BodyID {
	slices.SortFunc(list, func(a, b protocol.BodyID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(list)
}
