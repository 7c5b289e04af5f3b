package trust

import (
	"cmp"
	"math"
	"slices"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
)

// Choice is what becomes of a body's log.
type Choice uint8

// Choices.
const (
	// Keep: it is held, served and shown.
	Keep Choice = iota + 1
	// Wait: its beginning may wait outside the ledger.
	Wait
	// Refuse: nothing of it is taken.
	Refuse
)

// Ground is why.
type Ground string

// Grounds, the first that holds counts.
const (
	GroundOwn      Ground = "own"
	GroundBlocked  Ground = "blocked"
	GroundRoot     Ground = "root"
	GroundListed   Ground = "listed"
	GroundAside    Ground = "set_aside"
	GroundReached  Ground = "reached"
	GroundOpen     Ground = "open"
	GroundStranger Ground = "stranger"
)

// Verdict is a choice with its ground.
type Verdict struct {
	Choice Choice
	Ground Ground
	// Path is the way on which the body is reached: a root, the bodies between,
	// and itself; for [GroundReached].
	Path []protocol.BodyID
	// Reason is the operator's, for [GroundBlocked].
	Reason string
}

// Rules are what a view follows from.
type Rules struct {
	Policy Policy
	// Own is the node's own body; zero for an observer.
	Own protocol.BodyID
	// Roots are the bodies whose word counts, Listed those that are kept without.
	Roots, Listed []protocol.BodyID
	// Blocked are refused, each with the operator's reason. The own body cannot be.
	Blocked map[protocol.BodyID]string
	// Aside are bodies that gave way when there was too much, each with how far it
	// was reached then, see [View.Distance]. They wait until they are reached
	// nearer, become a root or are listed.
	Aside map[protocol.BodyID]int
	// Web is who vouches for whom from these roots; nil while it is not known.
	Web *register.Web
}

// View decides about bodies. It never changes and is safe for concurrent use.
type View struct {
	rules  Rules
	roots  map[protocol.BodyID]bool
	listed map[protocol.BodyID]bool
}

// NewView makes a view. It keeps the rules: the caller changes them no more.
func NewView(rules Rules) *View {
	v := &View{rules: rules, roots: make(map[protocol.BodyID]bool), listed: make(map[protocol.BodyID]bool)}
	for _, b := range rules.Roots {
		v.roots[b] = true
	}
	for _, b := range rules.Listed {
		v.listed[b] = true
	}
	return v
}

// Known reports whether it is known who vouches for whom. Before that a body
// that is held and seems a stranger may be none.
func (v *View) Known() bool { return v.rules.Web != nil || v.rules.Policy != Vouched }

// KeepsAll reports whether there is no body that is not kept.
func (v *View) KeepsAll() bool {
	return v.rules.Policy == Open && len(v.rules.Blocked) == 0 && len(v.rules.Aside) == 0
}

// Ground decides about a body without saying how it is reached.
func (v *View) Ground(body protocol.BodyID) (Choice, Ground) {
	if body == v.rules.Own && !body.IsZero() {
		return Keep, GroundOwn
	}
	if _, blocked := v.rules.Blocked[body]; blocked {
		return Refuse, GroundBlocked
	}
	switch {
	case v.roots[body]:
		return Keep, GroundRoot
	case v.listed[body]:
		return Keep, GroundListed
	}
	distance := v.Distance(body)
	if was, aside := v.rules.Aside[body]; aside && distance >= was {
		return Wait, GroundAside
	}
	switch {
	case distance < beyond:
		return Keep, GroundReached
	case v.rules.Policy == Open:
		return Keep, GroundOpen
	}
	return Wait, GroundStranger
}

// Verdict decides about a body and says why.
func (v *View) Verdict(body protocol.BodyID) Verdict {
	var out Verdict
	out.Choice, out.Ground = v.Ground(body)
	switch out.Ground {
	case GroundReached:
		out.Path = v.rules.Web.Path(body)
	case GroundBlocked:
		out.Reason = v.rules.Blocked[body]
	}
	return out
}

// Distances beyond what a web reaches.
const (
	beyond  = math.MaxInt32
	blocked = beyond + 1
)

// Distance is how far from the roots a body is kept for: 0 for the own body, a
// root and one that is listed, else how many mandates and attestations away it is
// reached, and more than any such number for a stranger, and for one that is
// blocked still more.
func (v *View) Distance(body protocol.BodyID) int {
	_, refused := v.rules.Blocked[body]
	switch {
	case body == v.rules.Own && !body.IsZero():
		return 0
	case refused:
		return blocked
	case v.roots[body] || v.listed[body]:
		return 0
	case v.rules.Web != nil && v.rules.Policy != Listed:
		if n, ok := v.rules.Web.Distance(body); ok {
			return n
		}
	}
	return beyond
}

// Holding is how much of a body is held.
type Holding struct {
	Body  protocol.BodyID
	Bytes uint64
}

// GiveWay picks what is dropped so that what is held of others takes no more than
// most bytes: first what is blocked, then strangers, then those reached from
// farthest, and of these the largest. The own body, roots and those listed never
// give way, so that it may not be enough; ok is false then.
func (v *View) GiveWay(held []Holding, most uint64) (drop []protocol.BodyID, ok bool) {
	var total uint64
	type candidate struct {
		Holding
		distance int
	}
	var candidates []candidate
	for _, h := range held {
		if h.Body == v.rules.Own {
			continue
		}
		total += h.Bytes
		if d := v.Distance(h.Body); d > 0 {
			candidates = append(candidates, candidate{h, d})
		}
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.distance, a.distance), cmp.Compare(b.Bytes, a.Bytes), slices.Compare(a.Body[:], b.Body[:]))
	})
	for _, c := range candidates {
		if total <= most {
			break
		}
		drop, total = append(drop, c.Body), total-c.Bytes
	}
	return drop, total <= most
}
