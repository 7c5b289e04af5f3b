package record

// Directions says which way things went for people.
var Directions = Codes{
	{"better", "Better", ""},
	{"no_change", "No change", ""},
	{"worse", "Worse", ""},
	{"mixed", "Better for some, worse for others", ""},
	{"unknown", "Not known", ""},
}

// Measures says what the values of an indicator are.
var Measures = Codes{
	{MeasureUnit, "A count or an amount", ""},
	{"percentage", "A percentage", ""},
	{"nominal", "Categories, numbered", ""},
	{"ordinal", "A scale, numbered", "such as 1 to 5"},
	{MeasureQualitative, "Words", "no values: write in the comments"},
}

// Evaluators says who looked at what came of it.
var Evaluators = Codes{
	{"self", "Those who did it", ""},
	{"partner", "A partner or funder", ""},
	{EvaluatorIndependent, "Somebody independent", "name the body"},
}

// EvidenceGrades are the labels of the grades, which records hold as whole
// numbers.
var EvidenceGrades = Codes{
	{"0", "Told to us", "somebody said so"},
	{"1", "Described", "what was done and why it should help is written down"},
	{"2", "Change shown", "measured before and after"},
	{"3", "With a comparison", "measured against people or places without it"},
	{"4", "Replicated", "shown more than once, independently"},
	{"5", "Ready to spread", "shown, and written down so that others can do it"},
}

// Verdicts says whether it worked.
var Verdicts = Codes{
	{"yes", "Yes", ""},
	{"partly", "Partly", ""},
	{"no", "No", ""},
	{"too_early", "Too early to say", ""},
}

// AdoptionStatuses says what became of another area's lesson.
var AdoptionStatuses = Codes{
	{"considering", "We are considering it", ""},
	{"adopted", "We do it", "as they did"},
	{AdoptionAdapted, "We do it with changes", "say which"},
	{"tried_and_stopped", "We tried it and stopped", "say why: others learn from it"},
	{"rejected", "We decided against it", ""},
}

// Claims says what an attestation vouches for.
var Claims = Codes{
	{ClaimIdentity, "This body is who it says it is", ""},
	{ClaimTookPart, "We took part in this", ""},
	{ClaimAgenda, "The agenda was ours", "signed by the community body whose agenda it was"},
	{ClaimReceived, "We received what was promised", ""},
	{ClaimChecked, "We checked the figures", ""},
	{ClaimDisputed, "We dispute this", "say what is wrong under basis"},
}

// AttesterInterests says what ties the one who vouches to the other.
var AttesterInterests = Codes{
	{"none", "None", ""},
	{"funder", "We fund them", ""},
	{"funded_by", "They fund us", ""},
	{"partner", "We work together", ""},
	{"member", "One of us is a member of the other", ""},
}

// Actions says what a correction does.
var Actions = Codes{
	{ActionAmend, "Amend", "another version replaces it; both stay readable"},
	{ActionWithdraw, "Withdraw", "it no longer counts; it stays readable"},
}

// CorrectionReasons says why a record is corrected.
var CorrectionReasons = Codes{
	{"error", "It was wrong", ""},
	{"new_evidence", "New evidence came up", ""},
	{"superseded", "Something later takes its place", ""},
	{"unauthorised", "It should not have been published", "nobody had decided to"},
	{"legal", "The law asks for it", ""},
}
