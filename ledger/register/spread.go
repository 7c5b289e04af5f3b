package register

import (
	"fmt"
	"maps"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Spread is what became of a lesson elsewhere.
type Spread struct {
	Lesson protocol.EntryID
	// Bodies counts the distinct bodies that adopted or adapted it (G6): without
	// the author, its fiscal host and those it funds; bodies that share a key
	// count as one.
	Bodies int
	// Known is how many of Bodies are reached from the roots without the author's
	// help: anybody can found a body that adopts.
	Known int
	// Tries are all adoptions, whether they count or not, in the order of time.
	Tries []Try
}

// Try is one body's adoption of a lesson: the last that it published.
type Try struct {
	Item
	Status  string
	Why     string
	Changes string
	// Outcome is the outcome that the adopter names, and Direction what it says;
	// Worked is what lessons drawn from the adoption say.
	Outcome   protocol.EntryID
	Direction string
	Worked    string
	// Adopts is whether it is among Bodies; Excluded says in a sentence why not.
	Adopts   bool
	Excluded string
	// Known is whether the body is reached from the roots without the author's
	// help.
	Known bool
}

// ReadSpread gathers the adoptions of a lesson. w says which bodies count as one;
// without it none do, and none is known. It returns [ledger.ErrNotFound] when the lesson is not held
// and [ErrKind] for an entry of another kind. The cost grows with the number of
// entries that name the lesson, its author and those who adopted it.
func ReadSpread(r Reader, w *Web, lesson protocol.EntryID) (*Spread, error) {
	s := &spreader{v: newView(r), web: w}
	out, err := s.spread(lesson)
	if err != nil {
		return nil, fmt.Errorf("spread of %s: %w", lesson, err)
	}
	return out, nil
}

// spreader reads what became of one lesson.
type spreader struct {
	v      *view
	web    *Web
	author protocol.BodyID
	// funders are the bodies that fund the author.
	funders map[protocol.BodyID]bool
}

func (s *spreader) spread(id protocol.EntryID) (*Spread, error) {
	lesson, err := s.v.item(id)
	if err != nil {
		return nil, err
	}
	switch {
	case lesson.State == Missing:
		return nil, ledger.ErrNotFound
	case lesson.Kind != record.KindLesson:
		return nil, ErrKind
	}
	s.author = lesson.Body
	if s.funders, err = s.funding(s.author, nil); err != nil {
		return nil, err
	}
	adoptions, err := s.adoptions(lesson)
	if err != nil {
		return nil, err
	}
	out := &Spread{Lesson: id}
	var counted []protocol.BodyID
	for _, i := range adoptions {
		try, err := s.try(i)
		if err != nil {
			return nil, err
		}
		if try.Excluded == "" && slices.ContainsFunc(counted, func(b protocol.BodyID) bool { return s.same(b, i.Body) }) {
			try.Excluded = "It shares a key with another body that adopted the lesson, and counts as one with it."
		}
		if try.Excluded == "" {
			try.Adopts = true
			counted = append(counted, i.Body)
			if try.Known {
				out.Known++
			}
		}
		out.Tries = append(out.Tries, *try)
	}
	out.Bodies = len(counted)
	return out, nil
}

// adoptions lists the last adoption of each body in the order of time: the last
// that stands, or the last of all where none does.
func (s *spreader) adoptions(lesson *Item) ([]*Item, error) {
	versions, err := s.v.versions(lesson)
	if err != nil {
		return nil, err
	}
	items, err := s.v.referringBy(lesson, func(ref ledger.Reference) bool { return ref.Kind == record.KindAdoption }, fieldLesson)
	if err != nil {
		return nil, err
	}
	last := map[protocol.BodyID]*Item{}
	for _, i := range items {
		of := record.Read[record.Adoption](i.Record).Lesson
		if i.Record != nil && !slices.ContainsFunc(versions, func(v *Item) bool { return v.ID == of }) {
			continue
		}
		old := last[i.Body]
		if old == nil || i.Counts() && !old.Counts() || i.Counts() == old.Counts() && i.Seq > old.Seq {
			last[i.Body] = i
		}
	}
	out := slices.Collect(maps.Values(last))
	sortItems(out)
	return out, nil
}

// try reads one body's adoption.
func (s *spreader) try(i *Item) (*Try, error) {
	a := record.Read[record.Adoption](i.Record)
	t := &Try{Item: *i, Status: a.Status, Why: a.Why, Changes: a.Changes, Outcome: a.Outcome}
	t.Known = s.web != nil && s.web.Reached(i.Body, s.author)
	named := []*Item{i}
	if !a.Outcome.IsZero() {
		o, err := s.v.item(a.Outcome)
		if err != nil {
			return nil, err
		}
		if o, err = s.v.current(o); err != nil {
			return nil, err
		}
		if o.Counts() && o.Kind == record.KindOutcome {
			t.Direction = record.Read[record.Outcome](o.Record).Direction
			named = append(named, o)
		}
	}
	for _, of := range named {
		lessons, err := s.v.referringBy(of, func(ref ledger.Reference) bool {
			return ref.Kind == record.KindLesson && ref.Body == i.Body
		}, fieldFrom)
		if err != nil {
			return nil, err
		}
		var last *Item
		for _, l := range lessons {
			if l.Counts() && (last == nil || l.Seq > last.Seq) {
				last = l
			}
		}
		if last != nil && t.Worked == "" {
			t.Worked = record.Read[record.Lesson](last.Record).Worked
		}
	}
	var err error
	t.Excluded, err = s.excluded(i, a.Status)
	return t, err
}

func (s *spreader) same(a, b protocol.BodyID) bool { return a == b || s.web != nil && s.web.Same(a, b) }
