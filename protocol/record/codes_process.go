package record

// Stages are those of the commissioning cycle.
var Stages = Codes{
	{StageAnalyse, "Analyse", "finding out what is needed; publish one when a process opens"},
	{"plan", "Plan", "choosing what to do"},
	{"do", "Do", "buying, building or providing it"},
	{"review", "Review", "looking at what came of it"},
}

// AgendaSetters says who decided what was talked about.
var AgendaSetters = Codes{
	{"community", "The community", ""},
	{"joint", "The community and the public body together", ""},
	{"public_body", "The public body", "this is shown as a consultation"},
}

// Forms are those of a process.
var Forms = Codes{
	{"open_conversation", "Open conversation", "at doors, in streets, in cafes"},
	{"forum", "Forum or public meeting", ""},
	{"citizens_jury", "Citizens' jury", "some 12 to 30 people, drawn by lot"},
	{"assembly", "Citizens' assembly or panel", "some 40 people or more, drawn by lot"},
	{"participatory_budget", "Participatory budget", "people share out money"},
	{"board", "Board or committee", ""},
	{"ballot", "Ballot", "a vote of all who may vote"},
	{"other", "Another form", ""},
}

// Depths are the steps of the IAP2 spectrum.
var Depths = Codes{
	{"inform", "Inform", "people are told"},
	{"consult", "Consult", "people are heard"},
	{"involve", "Involve", "people's concerns show in the options"},
	{"collaborate", "Collaborate", "people help to make the options and to choose"},
	{"empower", "Empower", "people decide"},
}

// Recruitments says how those who took part were found.
var Recruitments = Codes{
	{"open", "Open to all", ""},
	{"self_selected", "People put themselves forward", ""},
	{"captive", "People who were there anyway", "such as a class or a waiting room"},
	{"random", "Drawn by lot", ""},
	{"stratified", "Drawn by lot to mirror the population", ""},
	{"appointment", "Appointed", ""},
	{"election", "Elected", ""},
}

// Facilitators says who led the talking.
var Facilitators = Codes{
	{"independent", "Somebody independent", ""},
	{"public_body", "The public body", ""},
	{"community", "The community", ""},
	{"none", "Nobody", ""},
}

// DecisionRules says how it was decided.
var DecisionRules = Codes{
	{"consensus", "Consensus", "no objection remained"},
	{"majority", "Majority", ""},
	{"supermajority", "More than a set share", ""},
	{"preferential", "Ranked votes", ""},
	{"unanimous", "Everybody agreed", ""},
	{"other", "Another way", ""},
}

// Inclusions says what was done so that more people could take part.
var Inclusions = Codes{
	{"childcare", "Childcare", ""},
	{"travel_paid", "Travel paid", ""},
	{"payment", "Payment for time", ""},
	{"interpretation", "Interpretation or translation", "British Sign Language among them"},
	{"access_support", "Support for disabled people", ""},
	{"offline_route", "A way without the internet", ""},
	{"outreach", "Going to people who are seldom heard", ""},
	{InclusionNone, "None of these", ""},
}

// SupportForms says how support was found out.
var SupportForms = Codes{
	{"vote", "A vote in a meeting", ""},
	{"consensus", "Consensus, without a count", ""},
	{"ballot", "A ballot", "of all who may vote, in secret"},
}

// AwardKinds says what a decision gives.
var AwardKinds = Codes{
	{"grant", "Grant", ""},
	{"contract", "Contract", ""},
	{"lease", "Lease", ""},
	{"transfer", "Transfer of property", ""},
	{"in_kind", "Help in kind", "such as staff time, rooms or equipment"},
}
