package register

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// Listing says that the domain of a public body names a body (G7).
type Listing struct {
	Body protocol.BodyID
	// Domain is the domain, and On when it was last seen to name the body.
	Domain string
	On     time.Time
	// By are the listed public bodies whose domain it is, or whose domain it is
	// a part of. None: it is the body's own, which a registry gives to public
	// bodies alone, and nobody's word but the registry's.
	By []protocol.BodyID
}

// list numbers the bodies of listings and keeps them by body, a body's own
// domain first, whatever order they come in.
func (w *Web) list(listings []Listing) {
	w.listed = make(map[int32][]Listing)
	for _, l := range listings {
		if !l.Body.IsZero() {
			n := w.number(l.Body)
			w.listed[n] = append(w.listed[n], l)
		}
		for _, b := range l.By {
			w.number(b)
		}
	}
	for _, list := range w.listed {
		slices.SortFunc(list, func(a, b Listing) int {
			return cmp.Or(min(len(a.By), 1)-min(len(b.By), 1), cmp.Compare(a.Domain, b.Domain), b.On.Compare(a.On),
				slices.CompareFunc(a.By, b.By, func(x, y protocol.BodyID) int { return bytes.Compare(x[:], y[:]) }))
		})
	}
}

// Listing returns the listing by which a body's role is verified, and false where
// there is none: it may be verified otherwise.
func (w *Web) Listing(body protocol.BodyID) (Listing, bool) { return w.listing(body, nil) }

// listing is the first one that counts when others are taken away. A domain's
// word does not count if any of those whose domain it is, is taken away or counts
// as one with the body that it names: it has one webmaster.
func (w *Web) listing(body protocol.BodyID, without []protocol.BodyID) (Listing, bool) {
	n, ok := w.nodes[body]
	if !ok {
		return Listing{}, false
	}
	i := slices.IndexFunc(w.listed[n], func(l Listing) bool {
		return !slices.ContainsFunc(l.By, func(by protocol.BodyID) bool {
			return w.Same(by, body) || slices.ContainsFunc(without, func(o protocol.BodyID) bool { return w.Same(by, o) })
		})
	})
	if i < 0 {
		return Listing{}, false
	}
	return w.listed[n][i], true
}
