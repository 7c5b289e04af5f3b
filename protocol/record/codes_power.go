package record

// Methods are the four ways of giving power away.
var Methods = Codes{
	{OperationalEngagement, "Operational engagement", "open conversations about day-to-day provision, led by what the community raises"},
	{NonBindingDeliberation, "Non-binding deliberation", "people deliberate and advise; the public body decides and answers"},
	{BindingDeliberation, "Binding deliberation", "what people decide is carried out"},
	{FormalGovernance, "Formal governance", "a body of residents or users runs the service or owns the asset"},
}

// Bases says what a mandate rests on.
var Bases = Codes{
	{"statute", "An Act or regulations", ""},
	{"constitution", "The council's constitution", ""},
	{"committee_delegation", "A decision of the council, its executive or a committee", ""},
	{"officer_delegation", "The scheme of delegation to officers", ""},
	{BasisExecutivePledge, "A promise of the leader, mayor or executive", "a political promise, not law"},
	{"contract_or_grant", "A contract or a grant agreement", ""},
	{"lease_or_transfer", "A lease or a transfer of property", ""},
	{"funder_agreement", "An agreement with a funder", ""},
}

// Thresholds says how much support binds.
var Thresholds = Codes{
	{"none", "No threshold", "whatever is decided binds"},
	{"majority", "More than half", ""},
	{ThresholdSupermajority, "More than a set share", "give the percentage"},
	{"unanimity", "Everybody", ""},
	{"consensus", "No objection remains", ""},
}

// YesNo is yes or no.
var YesNo = Codes{
	{"yes", "Yes", ""},
	{"no", "No", ""},
}

// Raisers says who raised a challenge.
var Raisers = Codes{
	{"community", "Residents, users or their body", ""},
	{"public_body", "The council or another public body", ""},
	{"joint", "Both together", ""},
	{"third_party", "Somebody else", "such as a funder or a provider"},
}

// Answers says how a body answers what it was asked.
var Answers = Codes{
	{AnswerAccept, "Accepted", "as it was asked"},
	{AnswerAcceptInPart, "Accepted in part", "say which part, and why not the rest"},
	{AnswerAcceptModified, "Accepted with a change", "say what is different, and why"},
	{AnswerAlreadyDoing, "Already being done", "say where this can be seen"},
	{AnswerDefer, "Put off", "say why, and until when"},
	{AnswerReject, "Rejected", "say why"},
}

// Statuses says how far a commitment has come.
var Statuses = Codes{
	{StatusScheduled, "Planned", "it has a date and has not begun"},
	{StatusStarted, "Begun", ""},
	{StatusMet, "Done", ""},
	{StatusPartlyMet, "Done in part", "say what is missing, and why"},
	{StatusNotMet, "Not done", "say why"},
}
