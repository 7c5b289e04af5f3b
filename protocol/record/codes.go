package record

import (
	"slices"
	"strings"
)

// Code is one answer of a list.
type Code struct {
	// Code is what stands in a record.
	Code string `json:"code"`
	// Label is what people read.
	Label string `json:"label"`
	// Hint says when it applies, where the label does not.
	Hint string `json:"hint,omitempty"`
}

// Codes is a list from which a field takes its value. Adding a code is a line
// in its table; none is ever taken away or given another meaning.
type Codes []Code

// Has reports whether code is one of the list.
func (c Codes) Has(code string) bool {
	return slices.ContainsFunc(c, func(k Code) bool { return k.Code == code })
}

// String lists the codes for a sentence: "a, b or c".
func (c Codes) String() string {
	codes := make([]string, len(c))
	for i, k := range c {
		codes[i] = k.Code
	}
	return sentence(codes, "or")
}

// sentence joins words with commas, and the last with a word such as "or".
func sentence(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

// Source says where the list comes from; empty for a list that is none of [Lists].
func (c Codes) Source() string {
	l, _ := c.list()
	return l.Source
}

// Label is what people read for a code, or the code itself where the list does
// not have it.
func (c Codes) Label(code string) string {
	i := slices.IndexFunc(c, func(k Code) bool { return k.Code == code })
	if i < 0 {
		return code
	}
	return c[i].Label
}

// hint is the hint of a code, or empty.
func (c Codes) hint(code string) string {
	i := slices.IndexFunc(c, func(k Code) bool { return k.Code == code })
	if i < 0 {
		return ""
	}
	return c[i].Hint
}

// list finds the list in the register of lists by where it lies in memory.
func (c Codes) list() (CodeList, bool) {
	i := slices.IndexFunc(lists, func(l CodeList) bool { return len(c) > 0 && &l.Codes[0] == &c[0] })
	if i < 0 {
		return CodeList{}, false
	}
	return lists[i], true
}

// CodeList is a list of codes with its name and its origin.
type CodeList struct {
	// Name is what programs call it, such as "legal_forms".
	Name string `json:"name"`
	// Title is what people read.
	Title string `json:"title"`
	// Source says where the list comes from.
	Source string `json:"source"`
	Codes  Codes  `json:"codes"`
}

// Where lists come from.
const (
	fromFolkmoot = "folkmoot"
	fromArticle  = "Four Ways for Councils to Give Power Away (New Local), the article behind folkmoot"
	fromLaw      = "English law, as GOV.UK explains it"
	fromIAP2     = "IAP2 spectrum of public participation"
	fromCases    = "after the coded fields of Participedia"
	fromIATI     = "IATI 2.03, results"
	fromOrgID    = "org-id.guide"
	fromNesta    = "after Nesta's standards of evidence and the Maryland scale"
	from360      = "after 360Giving 1.4 and OCDS 1.1"
)

var lists = []CodeList{
	{"schemes", "Lists of places", "ONS (GSS codes) and ISO 3166-2", Schemes},
	{"duties", "Duties to provide", fromArticle, Duties},
	{"organisation_registers", "Registers of organisations", fromOrgID, OrgSchemes},
	{"roles", "Roles of bodies", fromFolkmoot, Roles},
	{"legal_forms", "Legal forms", fromLaw, LegalForms},
	{"asset_locks", "Asset locks", fromLaw, AssetLocks},
	{"network_bases", "What holds a network together", fromArticle, NetworkBases},
	{"openings", "Who may join", fromArticle, Openings},
	{"methods", "Methods of giving power away", fromArticle, Methods},
	{"bases", "What a mandate rests on", fromLaw, Bases},
	{"thresholds", "Support that binds", fromFolkmoot, Thresholds},
	{"audiences", "Who sees the finances", fromFolkmoot, Audiences},
	{"frequencies", "How often", fromFolkmoot, Frequencies},
	{"reversions", "What becomes of assets on failure", fromFolkmoot, Reversions},
	{"yes_no", "Yes or no", fromFolkmoot, YesNo},
	{"raisers", "Who raised a challenge", fromArticle, Raisers},
	{"stages", "Stages of commissioning", "the commissioning cycle: analyse, plan, do, review", Stages},
	{"agenda_setters", "Who set the agenda", fromArticle, AgendaSetters},
	{"forms", "Forms of a process", fromCases, Forms},
	{"depths", "Depth of participation", fromIAP2, Depths},
	{"recruitments", "How people were recruited", fromCases, Recruitments},
	{"facilitators", "Who facilitated", fromCases, Facilitators},
	{"decision_rules", "Rules for deciding", fromCases, DecisionRules},
	{"inclusions", "Help with taking part", fromFolkmoot, Inclusions},
	{"support_forms", "How support was found out", "after Popolo's motions and votes", SupportForms},
	{"award_kinds", "Kinds of award", from360, AwardKinds},
	{"answers", "Answers to what is asked", fromFolkmoot, Answers},
	{"statuses", "How far a commitment has come", "after the milestones of OCDS 1.1", Statuses},
	{"directions", "Directions of change", fromFolkmoot, Directions},
	{"measures", "Kinds of measure", fromIATI, Measures},
	{"evaluators", "Who evaluated", fromNesta, Evaluators},
	{"evidence_grades", "Grades of evidence", fromNesta, EvidenceGrades},
	{"verdicts", "Whether it worked", fromFolkmoot, Verdicts},
	{"adoption_statuses", "What became of a lesson", fromFolkmoot, AdoptionStatuses},
	{"claims", "What is vouched for", fromFolkmoot, Claims},
	{"attester_interests", "Interests of those who vouch", fromFolkmoot, AttesterInterests},
	{"actions", "What a correction does", fromFolkmoot, Actions},
	{"correction_reasons", "Reasons for a correction", fromFolkmoot, CorrectionReasons},
}

// Lists are all lists of codes, in the order in which records use them.
func Lists() []CodeList { return slices.Clone(lists) }
