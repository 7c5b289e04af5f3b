package register

import (
	"bytes"
	"slices"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Limits on what follows from one decision. What goes beyond them is passed
// over: it is more than any body can mean.
const (
	// maxDutyAsks is how many asks of a version of a decision are looked at, the
	// first, and maxAllDutyAsks of all its versions together.
	maxDutyAsks    = 64
	maxAllDutyAsks = 256
	// maxAnswered is how many answers to a decision that cannot be read are
	// looked at, in the order of bodies and of their logs.
	maxAnswered = 1024
	// maxDays is the longest time for an answer that a mandate can set.
	maxDays = 3650
)

// ask is what one body is asked, with what decides whether it owes an answer.
type ask struct {
	ref    string
	of     protocol.BodyID
	action string
	// live: the version of the decision that counts asks it.
	live  bool
	asked uint64
	terms terms
}

// terms are what a mandate obliges the body that granted it to.
type terms struct {
	mandate protocol.EntryID
	owed    bool
	binding bool
	// days is the time for an answer, implementation that for a commitment; 0 is
	// no limit.
	days           int
	implementation int
}

// asks lists what a decision asks: what the version that counts does, and then
// what only others did, the last first. What nobody was asked is left out.
func (d *dutyReader) asks() ([]ask, error) {
	counts, err := d.v.current(d.versions[0])
	if err != nil {
		return nil, err
	}
	var order []int
	for n, version := range slices.Backward(d.versions) {
		if version.ID == counts.ID {
			order = slices.Insert(order, 0, n)
		} else {
			order = append(order, n)
		}
	}
	var out []ask
	for _, n := range order {
		version, decision := d.versions[n], &d.decisions[n]
		t, err := d.terms(version, decision)
		if err != nil {
			return nil, err
		}
		for _, a := range firstAsks(decision) {
			known := slices.ContainsFunc(out, func(k ask) bool { return k.ref == a.Ref && k.of == a.Of })
			if known || len(out) >= maxAllDutyAsks {
				continue
			}
			own := t
			own.owed = t.owed && a.Of == t.grantor
			out = append(out, ask{
				ref: a.Ref, of: a.Of, action: a.Action, live: version.State == Standing,
				asked: d.askedAt(version, a, decision.Mandate), terms: own.terms,
			})
		}
	}
	return out, nil
}

// firstAsks are the asks of a decision that are looked at.
func firstAsks(d *record.Decision) []record.Ask {
	asks := d.Asks[:min(len(d.Asks), maxDutyAsks)]
	return slices.DeleteFunc(slices.Clone(asks), func(a record.Ask) bool { return a.Of.IsZero() })
}

// askedAt is when the body was first asked under a mandate: a later version that
// asks the same does not give it more time, and one that first cites the mandate
// does not give it less.
func (d *dutyReader) askedAt(in *Item, a record.Ask, mandate protocol.EntryID) uint64 {
	for n, version := range d.versions {
		if version.State == Withdrawn || d.decisions[n].Mandate != mandate {
			continue
		}
		if slices.ContainsFunc(firstAsks(&d.decisions[n]), func(b record.Ask) bool { return b.Ref == a.Ref && b.Of == a.Of }) {
			return version.At
		}
	}
	return in.At
}

// granted are the terms of a mandate and who is bound by them.
type granted struct {
	terms
	grantor protocol.BodyID
}

// terms reads the mandate that a version of a decision cites (G9, G10). Nothing
// is owed under one that was not granted to the decision's author, or that was
// out of force when the decision was taken.
func (d *dutyReader) terms(version *Item, decision *record.Decision) (granted, error) {
	none := granted{terms: terms{mandate: decision.Mandate}}
	if decision.Mandate.IsZero() {
		return none, nil
	}
	i, err := d.v.item(decision.Mandate)
	if err != nil {
		return granted{}, err
	}
	if i.Kind != record.KindMandate || i.Record == nil || i.State == Disowned {
		return none, nil
	}
	m := record.Read[record.Mandate](i.Record)
	on := decision.DecidedOn
	if on.IsZero() {
		on = dayOf(version.At)
	}
	if i.State == Withdrawn {
		by, err := d.v.item(i.Changed)
		if err != nil {
			return granted{}, err
		}
		if dayOf(by.At).Before(on) {
			return none, nil
		}
	}
	if m.To != version.Body || m.Until.Before(on) || on.Before(m.From) {
		return none, nil
	}
	g := granted{grantor: i.Body, terms: terms{
		mandate: i.ID, owed: true, binding: m.Method == record.BindingDeliberation, days: record.DefaultResponseDays,
	}}
	given := m.ResponseDays > 0 && m.ResponseDays <= maxDays
	if given {
		g.days = int(m.ResponseDays)
	}
	if g.binding {
		g.days = record.BindingResponseDays
		if given {
			g.days = min(g.days, int(m.ResponseDays))
		}
	}
	if m.ImplementationDays > 0 && m.ImplementationDays <= maxDays {
		g.implementation = int(m.ImplementationDays)
	}
	return g, nil
}

// dayOf is the day of a time that an entry claims.
func dayOf(at uint64) record.Date { return record.DateOf(time.Unix(int64(at), 0)) }

// answeredAsks makes asks of the answers to a decision that cannot be read.
func (d *dutyReader) answeredAsks() []ask {
	bodies := make([]protocol.BodyID, 0, len(d.replies))
	for body := range d.replies {
		bodies = append(bodies, body)
	}
	slices.SortFunc(bodies, func(a, b protocol.BodyID) int { return bytes.Compare(a[:], b[:]) })
	var out []ask
	for _, body := range bodies {
		known := map[string]bool{}
		for _, reply := range d.replies[body].given {
			for _, ref := range reply.refs {
				if !known[ref] && len(out) < maxAnswered {
					known[ref] = true
					out = append(out, ask{ref: ref, of: body})
				}
			}
		}
	}
	return out
}
