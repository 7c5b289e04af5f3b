package register

import (
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// legalForm is rule FG1.
func (q *inquiry) legalForm() error {
	p, err := q.profile(q.item.Body)
	if err != nil {
		return err
	}
	if p.says == nil || !p.says.Counts() {
		q.find("FG1", Unmet, "The author has no body record that counts.")
		return nil
	}
	stated := p.body.LegalForm != "" && p.body.LegalForm != none
	named := slices.ContainsFunc(p.body.Identifiers, func(i record.Identifier) bool { return i.Scheme != "" && i.ID != "" })
	switch host := p.body.FiscalHost; {
	case stated && named:
		q.find("FG1", Holds, "The author states its legal form and an identifier.", p.says.ID)
	case !host.IsZero() && !q.w.Same(host, q.item.Body):
		q.find("FG1", Holds, "The author names the body that holds money for it.", p.says.ID, host.Charter())
	case stated:
		q.find("FG1", Unmet, "The author states its legal form, and no identifier.", p.says.ID)
	default:
		q.find("FG1", Unmet, "The author states no legal form, and nobody who holds money for it.", p.says.ID)
	}
	return nil
}

// checks is rule FG3.
func (q *inquiry) checks() error {
	if q.granted != "" {
		q.find("FG3", Unmet, q.granted+".", q.decision.Mandate)
		return nil
	}
	c := &q.terms.Checks
	var missing []string
	for _, m := range []struct {
		told bool
		name string
	}{
		{c.MembersShare != "", "share of residents or users among members"},
		{c.VotesShare != "", "their share of votes"},
		{c.ConflictsPolicy != "", "conflicts of interest"},
		{c.FinancesTo != "", "to whom finances are disclosed"},
		{c.FinancesEvery != "", "how often"},
		{c.AssetLock != "", "asset lock"},
		{c.OnFailure != "", "assets on failure"},
		{c.Complaints != "", "complaints"},
		{c.Rotation != "", "rotation of offices"},
		{!c.Review.IsZero(), "date of review"},
	} {
		if !m.told {
			missing = append(missing, m.name)
		}
	}
	q.told("FG3", len(missing) == 0, "The mandate answers every check.",
		"The mandate leaves open: "+strings.Join(missing, ", ")+".", q.mandate.ID)
	return nil
}

// assets is rule FG4.
func (q *inquiry) assets() error {
	if q.granted != "" {
		q.find("FG4", Unmet, q.granted+".", q.decision.Mandate)
		return nil
	}
	c := &q.terms.Checks
	evidence := []protocol.EntryID{q.mandate.ID, q.item.ID}
	if c.FinancesTo == "" || c.FinancesTo == record.AudienceNobody {
		q.find("FG4", Unmet, "Finances are disclosed to nobody.", evidence...)
		return nil
	}
	lock := c.AssetLock
	if lock == "" {
		p, err := q.profile(q.item.Body)
		if err != nil {
			return err
		}
		lock = p.body.AssetLock
	}
	kind := q.decision.Award.Kind
	passed := kind == "lease" || kind == "transfer" || q.terms.Basis == "lease_or_transfer"
	open := lock == "" || lock == none
	lost := !slices.Contains([]string{"to_grantor", "to_similar_body", "no_assets"}, c.OnFailure)
	q.told("FG4", !passed || !open || !lost, "Finances are disclosed, and no assets are passed on without a lock or a way back.",
		"Assets are passed on without a lock, and do not come back if the body fails.", evidence...)
	return nil
}
