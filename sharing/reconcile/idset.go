package reconcile

import (
	"bytes"
	"iter"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// idSet is a set of bodies: sorted lists, one for each first digit, so that a
// change moves little and a range lies together.
type idSet struct {
	lists [fanOut][]protocol.BodyID
	count int
}

func (s *idSet) find(body protocol.BodyID) (list *[]protocol.BodyID, at int, found bool) {
	list = &s.lists[digit(body, 0)]
	at, found = slices.BinarySearchFunc(*list, body, compareBodies)
	return list, at, found
}

func (s *idSet) has(body protocol.BodyID) bool {
	_, _, found := s.find(body)
	return found
}

// add reports whether the body is new in the set.
func (s *idSet) add(body protocol.BodyID) bool {
	list, at, found := s.find(body)
	if !found {
		*list = slices.Insert(*list, at, body)
		s.count++
	}
	return !found
}

// remove reports whether the body was in the set.
func (s *idSet) remove(body protocol.BodyID) bool {
	list, at, found := s.find(body)
	if found {
		*list = slices.Delete(*list, at, at+1)
		s.count--
	}
	return found
}

// within yields the bodies in a range, in order.
func (s *idSet) within(r Range) iter.Seq[protocol.BodyID] {
	return func(yield func(protocol.BodyID) bool) {
		lists := s.lists[:]
		if len(r) > 0 {
			lists = s.lists[r[0] : r[0]+1]
		}
		for _, list := range lists {
			from, _ := slices.BinarySearchFunc(list, r, func(b protocol.BodyID, r Range) int { return r.place(b) })
			for _, b := range list[from:] {
				if r.place(b) > 0 {
					return
				}
				if !yield(b) {
					return
				}
			}
		}
	}
}

func compareBodies(a, b protocol.BodyID) int { return bytes.Compare(a[:], b[:]) }
