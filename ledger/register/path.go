package register

import (
	"fmt"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Path is the way of a service in a place through the four methods.
type Path struct {
	// Steps are in the order in which they began.
	Steps []PathStep
}

// PathStep is a mandate or, where there was none, a decision or a report that
// names a method.
type PathStep struct {
	Item
	Method string
	From   record.Date
	// Until is when it ended: its own last day, its withdrawal, or the day
	// before a mandate that builds on it; zero while it goes on.
	Until record.Date
	// After is the step it builds on, by its own word or, where it has none, the
	// step of the same service before it; zero for the first.
	After protocol.EntryID
	// Move is how far it goes beyond the step before: 1 for the next method, 0
	// for the same, -1 for one back, by the order of record.Methods.
	Move int
	// Reported: it is a report's account, not the word of the bodies themselves.
	Reported bool
	// Decisions counts the decisions that cite the mandate.
	Decisions int
}

// maxCited is how far the decisions under a mandate are counted.
const maxCited = 10_000

// ReadPath puts the mandates, decisions and reports of one service in one place
// in order. ids are those that the catalogue finds for it, in any order;
// decisions under a mandate among them are part of its step. What was revised
// counts in its last version. A mandate that was withdrawn ended on that day; a
// decision or a report that was is no step, and neither is what cannot be read.
// The cost grows with ids and with the decisions under the mandates, of which
// 10,000 are counted each.
func ReadPath(r Reader, ids []protocol.EntryID) (*Path, error) {
	p := &pathReader{v: newView(r), of: map[protocol.EntryID]protocol.EntryID{}, after: map[protocol.EntryID]protocol.EntryID{}}
	if err := p.read(ids); err != nil {
		return nil, fmt.Errorf("path of %d records: %w", len(ids), err)
	}
	p.order()
	return &Path{Steps: p.steps}, nil
}

// pathReader gathers the steps of a path.
type pathReader struct {
	v     *view
	steps []PathStep
	// after is what the step itself says that it builds on, by its identifier.
	after map[protocol.EntryID]protocol.EntryID
	// of is the step to which each version of a mandate belongs.
	of map[protocol.EntryID]protocol.EntryID
}

func (p *pathReader) read(ids []protocol.EntryID) error {
	seen := map[protocol.EntryID]bool{}
	var others []*Item
	for _, id := range ids {
		i, err := p.v.item(id)
		if err != nil {
			return err
		}
		if i, err = p.v.current(i); err != nil {
			return err
		}
		if seen[i.ID] || i.Record == nil || i.State == Disowned {
			continue
		}
		seen[i.ID] = true
		if i.Kind != record.KindMandate {
			others = append(others, i)
			continue
		}
		if err := p.mandate(i); err != nil {
			return err
		}
	}
	for _, i := range others {
		if i.Counts() {
			p.other(i)
		}
	}
	return nil
}

// mandate makes a step of a mandate.
func (p *pathReader) mandate(i *Item) error {
	m := record.Read[record.Mandate](i.Record)
	step := PathStep{Item: *i, Method: m.Method, From: m.From, Until: m.Until}
	if step.From.IsZero() {
		step.From = dayOf(i.At)
	}
	if i.State == Withdrawn {
		by, err := p.v.item(i.Changed)
		if err != nil {
			return err
		}
		step.end(dayOf(by.At))
	}
	versions, err := p.v.versions(i)
	if err != nil {
		return err
	}
	for _, version := range versions {
		if step.Decisions, err = p.decisions(version, step.Decisions); err != nil {
			return err
		}
		p.of[version.ID] = i.ID
	}
	p.after[i.ID] = m.After
	p.steps = append(p.steps, step)
	return nil
}

// decisions adds to n the decisions that stand and cite a version of a mandate.
func (p *pathReader) decisions(version *Item, n int) (int, error) {
	err := p.v.naming(version.ID, func(ref ledger.Reference) error {
		if n >= maxCited || ref.Kind != record.KindDecision {
			return nil
		}
		i, err := p.v.item(ref.From)
		if err != nil {
			return err
		}
		if i.Counts() && record.Read[record.Decision](i.Record).Mandate == version.ID {
			n++
		}
		return nil
	}, fieldMandate)
	return n, err
}

// other makes a step of a decision without a mandate on the path, or of a report,
// if it names a method.
func (p *pathReader) other(i *Item) {
	step := PathStep{Item: *i}
	switch i.Kind {
	case record.KindDecision:
		d := record.Read[record.Decision](i.Record)
		if _, ok := p.of[d.Mandate]; ok {
			return
		}
		step.Method, step.From = d.Method, d.DecidedOn
	case record.KindReport:
		r := record.Read[record.Report](i.Record)
		step.Method, step.From, step.Until, step.Reported = r.Method, r.Process.Opened, r.Process.Closed, true
	}
	if methodOrder(step.Method) < 0 {
		return
	}
	if step.From.IsZero() {
		step.From = dayOf(i.At)
	}
	p.steps = append(p.steps, step)
}
