package record_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/protocol/record"
)

func TestLists(t *testing.T) {
	form := regexp.MustCompile(`^[a-z_]+$`)
	names, titles := map[string]bool{}, map[string]bool{}
	for _, l := range record.Lists() {
		if !form.MatchString(l.Name) || l.Title == "" || l.Source == "" || len(l.Codes) == 0 || names[l.Name] || titles[l.Title] {
			t.Errorf("the list %+v", l)
		}
		names[l.Name], titles[l.Title] = true, true
		if l.Codes.Source() != l.Source {
			t.Errorf("%s comes from %q and says %q", l.Name, l.Source, l.Codes.Source())
		}
		seen := map[string]bool{}
		for _, c := range l.Codes {
			if c.Code == "" || c.Label == "" || seen[c.Code] || !l.Codes.Has(c.Code) || l.Codes.Label(c.Code) != c.Label {
				t.Errorf("%s: %+v", l.Name, c)
			}
			if open := l.Name == "schemes" || l.Name == "organisation_registers" || l.Name == "evidence_grades"; !open && !form.MatchString(c.Code) {
				t.Errorf("%s: the code %q is not in small letters", l.Name, c.Code)
			}
			if strings.HasSuffix(c.Hint, ".") || strings.HasSuffix(c.Label, ".") {
				t.Errorf("%s: %q ends with a full stop", l.Name, c.Code)
			}
			seen[c.Code] = true
		}
	}
	if len(names) != 38 {
		t.Errorf("%d lists", len(names))
	}
	// Every list that a field has is in the register of lists.
	for _, k := range record.Kinds() {
		eachField(record.Fields(k.Kind), "", func(path string, f record.Field) {
			if len(f.Codes) > 0 && f.Codes.Source() == "" {
				t.Errorf("%s: nobody knows where the list of %s comes from", k.Kind, path)
			}
		})
	}
	for i, c := range record.EvidenceGrades {
		if c.Code != strconv.Itoa(i) {
			t.Errorf("the grade %d is called %q", i, c.Code)
		}
	}
}

func TestCodes(t *testing.T) {
	if s := record.YesNo.String(); s != "yes or no" {
		t.Errorf("yes and no: %q", s)
	}
	if s := record.NetworkBases.String(); s != "place, need or interest" {
		t.Errorf("three codes: %q", s)
	}
	if s := (record.Codes{{Code: "a"}}).String(); s != "a" {
		t.Errorf("one code: %q", s)
	}
	var none record.Codes
	if none.String() != "" || none.Has("") || none.Source() != "" || none.Label("x") != "x" {
		t.Error("an empty list has something")
	}
	if record.Codes(record.YesNo[1:]).Source() != "" {
		t.Error("a part of a list says where it comes from")
	}
}

// The lists are those of the vocabulary: none is taken away.
func TestCodesStay(t *testing.T) {
	for _, c := range []struct {
		list record.Codes
		want string
	}{
		{record.Roles, "community_body, council, parish_council, other_public_body, funder, evaluator or observer"},
		{record.LegalForms, "unincorporated, trust, cio, scio, clg, cic, community_benefit_society, cooperative, statutory, other or none"},
		{record.AssetLocks, "none, constitutional or statutory"},
		{record.Openings, "all, eligible or invited"},
		{record.Methods, "operational_engagement, non_binding_deliberation, binding_deliberation or formal_governance"},
		{record.Bases, "statute, constitution, committee_delegation, officer_delegation, executive_pledge, contract_or_grant, lease_or_transfer or funder_agreement"},
		{record.Thresholds, "none, majority, supermajority, unanimity or consensus"},
		{record.Audiences, "nobody, members, grantor or public"},
		{record.Frequencies, "never, yearly, half_yearly, quarterly, monthly or on_request"},
		{record.Reversions, "to_grantor, to_similar_body, to_members, not_settled or no_assets"},
		{record.Raisers, "community, public_body, joint or third_party"},
		{record.Stages, "analyse, plan, do or review"},
		{record.AgendaSetters, "community, joint or public_body"},
		{record.Forms, "open_conversation, forum, citizens_jury, assembly, participatory_budget, board, ballot or other"},
		{record.Depths, "inform, consult, involve, collaborate or empower"},
		{record.Recruitments, "open, self_selected, captive, random, stratified, appointment or election"},
		{record.Facilitators, "independent, public_body, community or none"},
		{record.DecisionRules, "consensus, majority, supermajority, preferential, unanimous or other"},
		{record.Inclusions, "childcare, travel_paid, payment, interpretation, access_support, offline_route, outreach or none"},
		{record.SupportForms, "vote, consensus or ballot"},
		{record.AwardKinds, "grant, contract, lease, transfer or in_kind"},
		{record.Answers, "accept, accept_in_part, accept_modified, already_doing, defer or reject"},
		{record.Statuses, "scheduled, started, met, partly_met or not_met"},
		{record.Directions, "better, no_change, worse, mixed or unknown"},
		{record.Measures, "unit, percentage, nominal, ordinal or qualitative"},
		{record.Evaluators, "self, partner or independent"},
		{record.Verdicts, "yes, partly, no or too_early"},
		{record.AdoptionStatuses, "considering, adopted, adapted, tried_and_stopped or rejected"},
		{record.Claims, "is_who_it_says, took_part, agenda_was_ours, received_this, figure_checked or disputed"},
		{record.AttesterInterests, "none, funder, funded_by, partner or member"},
		{record.Actions, "amend or withdraw"},
		{record.CorrectionReasons, "error, new_evidence, superseded, unauthorised or legal"},
		{record.Duties, "statutory, discretionary, mixed or not_stated"},
		{record.Schemes, "gss, iso3166-2 or other"},
	} {
		if got := c.list.String(); got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
}
