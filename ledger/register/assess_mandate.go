package register

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// notGranted says why the mandate is none that another body gave whose public
// role is verified; empty when it is one.
func (q *inquiry) notGranted() (string, error) {
	m := q.mandate
	switch {
	case m.State == Missing:
		return "The mandate is not held here", nil
	case m.Kind != record.KindMandate:
		return "What the decision cites as its mandate is none", nil
	case m.State == Erased:
		return "The mandate was erased by its grantor", nil
	case m.Record == nil:
		return "The mandate cannot be read", nil
	case q.w.Same(m.Body, q.item.Body):
		return "The mandate was given by the author itself, or by a body that shares a key with it", nil
	}
	p, err := q.profile(m.Body)
	switch {
	case err != nil:
		return "", err
	case !p.public():
		return "The body that gave the mandate does not say that it is a public one", nil
	case !p.verified:
		return "The body that gave the mandate is a public one by its own word", nil
	}
	return "", nil
}

// outOfForce says why the mandate was not in force when the decision was taken.
func (q *inquiry) outOfForce() (string, error) {
	m, on := q.mandate, q.decision.DecidedOn
	switch {
	case m.State == Disowned:
		return "The mandate lost its place in the log of the body that gave it", nil
	case m.State == Erased || on.IsZero():
		return "", nil
	case on.Before(q.terms.From):
		return "The mandate began on " + q.terms.From.String() + ", after the decision", nil
	case q.terms.Until.Before(on):
		return "The mandate ended on " + q.terms.Until.String() + ", before the decision", nil
	case m.State != Withdrawn:
		return "", nil
	}
	by, err := q.v.item(m.Changed)
	if err != nil || !moment(by.At).Before(on.Start()) {
		return "", err
	}
	// The date of a withdrawal is the grantor's word. What the grantor wrote
	// about the decision before it in the same log proves that it came later.
	found := false
	_, err = q.v.referringBy(q.item, func(ref ledger.Reference) bool {
		found = found || ref.Body == m.Body && ref.Seq < by.Seq
		return false
	})
	if err != nil || found {
		return "", err
	}
	return "The mandate was withdrawn before the decision", nil
}

// mandated tells whether the mandate is one of a method that holds for the
// decision, and why not.
func (q *inquiry) mandated(method string) (why string, evidence []protocol.EntryID, err error) {
	if q.granted != "" {
		return q.granted, []protocol.EntryID{q.decision.Mandate}, nil
	}
	m := &q.terms
	evidence = []protocol.EntryID{q.mandate.ID}
	switch {
	case q.lapsed != "":
		return q.lapsed, evidence, nil
	case m.To != q.item.Body:
		return "The mandate was given to another body", evidence, nil
	case m.Method != method:
		return "The mandate is one of another method", evidence, nil
	case q.decision.DecidedOn.IsZero():
		return "The decision does not say when it was taken", evidence, nil
	case m.From.IsZero():
		return "The mandate does not say from when it is in force", evidence, nil
	}
	acceptance, err := q.acceptance()
	if err != nil {
		return "", nil, err
	}
	if acceptance == nil {
		return "The author did not accept the mandate", evidence, nil
	}
	return "", append(evidence, acceptance.ID), nil
}

// acceptance is the last that the author said of the mandate, if it said yes.
func (q *inquiry) acceptance() (*Item, error) {
	list, err := q.v.referringBy(q.mandate, func(ref ledger.Reference) bool {
		return ref.Kind == record.KindAcceptance && ref.Body == q.item.Body
	}, "mandate")
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(i *Item) bool { return !i.Counts() })
	if len(list) == 0 {
		return nil, nil
	}
	last := slices.MaxFunc(list, func(a, b *Item) int { return cmp.Compare(a.Seq, b.Seq) })
	if record.Read[record.Acceptance](last.Record).Accepted != yes {
		return nil, nil
	}
	return last, nil
}

// bindingMandate is rule BD1.
func (q *inquiry) bindingMandate() error {
	why, evidence, err := q.mandated(record.BindingDeliberation)
	switch {
	case err != nil:
		return err
	case why != "":
	case q.terms.BasisRef == "":
		why = "The mandate does not say where its basis can be read"
	case !sameService(q.mandate.Record, q.item.Record):
		why = "The mandate and the decision do not name the same service"
	case !samePlace(q.mandate.Record, q.item.Record):
		why = "The mandate and the decision do not name the same place"
	}
	q.told("BD1", why == "", titled("The mandate", q.mandate)+" covers the decision, and was accepted.", why+".", evidence...)
	return nil
}

// formalMandate is rule FG2.
func (q *inquiry) formalMandate() error {
	why, evidence, err := q.mandated(record.FormalGovernance)
	if err != nil {
		return err
	}
	q.told("FG2", why == "", titled("The mandate", q.mandate)+" gives formal governance, and was accepted.", why+".", evidence...)
	return nil
}

// sameService compares the codes of services, or their names where either has
// no code.
func sameService(a, b *record.Record) bool {
	name := func(r *record.Record) (label, code string) {
		if m, ok := r.Fields[record.FieldService].(map[string]any); ok {
			switch c := m["lgsl"].(type) {
			case string:
				code = c
			case int64:
				code = big.NewInt(c).String()
			}
		}
		return strings.Join(strings.Fields(strings.ToLower(r.Service().Label)), " "), code
	}
	labelA, codeA := name(a)
	labelB, codeB := name(b)
	if codeA != "" && codeB != "" {
		return codeA == codeB
	}
	return labelA != "" && labelA == labelB
}

// samePlace reports whether two records share a place.
func samePlace(a, b *record.Record) bool {
	places := b.Places()
	return slices.ContainsFunc(a.Places(), func(p record.Place) bool {
		return slices.ContainsFunc(places, func(o record.Place) bool {
			return o.Scheme == p.Scheme && o.Code == p.Code && (p.Code != "" || o.Name == p.Name && p.Name != "")
		})
	})
}

// threshold is rule BD2.
func (q *inquiry) threshold() error {
	unmet := func(why string) error {
		q.find("BD2", Unmet, why+".", q.decision.Mandate, q.item.ID)
		return nil
	}
	if q.granted != "" {
		return unmet(q.granted)
	}
	if q.lapsed != "" {
		return unmet(q.lapsed)
	}
	if k := q.terms.Threshold.Kind; k == "" || k == none {
		return unmet("The mandate sets no threshold")
	}
	if why := support(q.terms.Threshold, q.decision.Support); why != "" {
		return unmet(why)
	}
	if q.decision.Process.Opened.IsZero() {
		return unmet("The decision does not say when its process opened")
	}
	verdict, by, err := q.before([]*Item{q.mandate}, "mandate")
	switch {
	case err != nil:
		return err
	case verdict == Holds:
		q.find("BD2", Holds, "The support meets the threshold, which the mandate set before the process opened, as another record proves.", q.mandate.ID, by)
	case verdict == ByOwnDates:
		q.find("BD2", ByOwnDates, "The support meets the threshold, which the mandate set before the process opened, by the dates that their authors give.", q.mandate.ID)
	default:
		return unmet("The mandate is no older than the process")
	}
	return nil
}

// support says why a threshold is not met; empty when it is. A percentage alone is
// taken; where votes are counted they decide.
func support(t record.Threshold, s record.Support) string {
	const consensus = "consensus"
	if t.Kind == consensus {
		if s.How != consensus {
			return "The mandate asks for consensus, and the decision does not say that it was reached"
		}
		return ""
	}
	zero, hundred := new(big.Rat), big.NewRat(100, 1)
	var percent *big.Rat
	if in, against := s.For.Rat(), s.Against.Rat(); in != nil && against != nil {
		if in.Sign() < 0 || against.Sign() < 0 || in.Sign() == 0 {
			return "The decision has no vote for it"
		}
		percent = new(big.Rat).Quo(new(big.Rat).Mul(in, hundred), new(big.Rat).Add(in, against))
	} else if percent = s.Percent.Rat(); percent == nil || percent.Cmp(zero) < 0 || percent.Cmp(hundred) > 0 {
		return "The decision does not say how many were for it and against it"
	}
	met := false
	switch t.Kind {
	case "majority":
		met = percent.Cmp(big.NewRat(50, 1)) > 0
	case record.ThresholdSupermajority:
		least := t.Percent.Rat()
		if least == nil {
			return "The mandate does not say how large the majority must be"
		}
		met = percent.Cmp(least) >= 0
	case "unanimity":
		met = percent.Cmp(hundred) == 0
	}
	if !met {
		return "The support does not meet the threshold of the mandate"
	}
	return ""
}
