package record

// Schemes says from which list a place's code comes.
var Schemes = Codes{
	{"gss", "ONS code of a place in the UK", "a letter and eight digits, such as E08000032"},
	{"iso3166-2", "ISO code of a region of any country", "such as PL-22"},
	{"other", "Another list", "give the name of the place as well"},
}

// Duties says whether a service must be provided.
var Duties = Codes{
	{"statutory", "Required by law", ""},
	{"discretionary", "At the council's choice", ""},
	{"mixed", "Some of it is required by law", ""},
	{"not_stated", "Not stated", ""},
}

// OrgSchemes are the commonest registers of organisations. The list is open: any
// register of org-id.guide may be named.
var OrgSchemes = Codes{
	{"GB-CHC", "Charity Commission for England and Wales", "the registered charity number"},
	{"GB-COH", "Companies House", "eight characters; community interest companies are there too"},
	{"GB-SC", "Scottish Charity Register (OSCR)", "SC and six digits"},
	{"GB-NIC", "Charity Commission for Northern Ireland", ""},
	{"GB-MPR", "Mutuals Public Register (FCA)", "co-operatives and community benefit societies"},
	{"GB-LAE", "Local authorities of England", "three letters, such as CAM"},
	{"GB-LAS", "Local authorities of Scotland", ""},
	{"GB-PLA", "Principal local authorities of Wales", ""},
	{"GB-LANI", "Local authorities of Northern Ireland", ""},
	{"GB-NHS", "NHS organisations (ODS code)", ""},
	{"GB-EDU", "Schools and colleges (Get Information about Schools)", ""},
	{"GB-GOR", "Government organisations (GOV.UK)", ""},
}

// Roles says what a body is.
var Roles = Codes{
	{RoleCommunityBody, "Community body", "residents, users or people with a shared interest"},
	{"council", "Council", "a principal council: county, district, unitary, borough"},
	{"parish_council", "Parish, town or community council", ""},
	{"other_public_body", "Other public body", "such as an NHS trust or a combined authority"},
	{"funder", "Funder", ""},
	{"evaluator", "Evaluator", ""},
	{"observer", "Observer", "reads and reports, and takes no part"},
}

// LegalForms says what a body is in law.
var LegalForms = Codes{
	{"unincorporated", "Unincorporated association", "a group with rules or a constitution and no registration"},
	{"trust", "Charitable or other trust", ""},
	{"cio", "Charitable incorporated organisation (CIO)", "England and Wales"},
	{"scio", "Scottish charitable incorporated organisation (SCIO)", ""},
	{"clg", "Company limited by guarantee", ""},
	{"cic", "Community interest company (CIC)", ""},
	{"community_benefit_society", "Community benefit society", ""},
	{"cooperative", "Co-operative society", ""},
	{"statutory", "Set up by law", "councils, parish councils, NHS bodies"},
	{"other", "Another form", ""},
	{"none", "None", "people who meet, without rules"},
}

// AssetLocks says what keeps assets for the purpose they were given for.
var AssetLocks = Codes{
	{"none", "None", "assets may be sold or shared out"},
	{"constitutional", "In the body's own rules", "the members could change it"},
	{"statutory", "By law", "charities, CICs, societies with a statutory lock"},
}

// NetworkBases says what the members of a network share.
var NetworkBases = Codes{
	{"place", "A place", "they live or work there"},
	{"need", "A need or a service", "they use it, or look after somebody who does"},
	{"interest", "An interest", "they care about the same thing"},
}

// Openings says who may join.
var Openings = Codes{
	{"all", "Anybody", ""},
	{"eligible", "Anybody who meets a condition", "such as living there or using the service"},
	{"invited", "Those who are invited", "chosen, drawn by lot or appointed"},
}

// Audiences says who sees finances.
var Audiences = Codes{
	{AudienceNobody, "Nobody", ""},
	{"members", "The members", ""},
	{"grantor", "The body that gave the mandate", ""},
	{"public", "Everybody", "published where anybody can read them"},
}

// Frequencies says how often something is done.
var Frequencies = Codes{
	{"never", "Never", ""},
	{"yearly", "Once a year", ""},
	{"half_yearly", "Twice a year", ""},
	{"quarterly", "Every three months", ""},
	{"monthly", "Every month", ""},
	{"on_request", "When somebody asks", ""},
}

// Reversions says what becomes of assets when a body fails.
var Reversions = Codes{
	{"to_grantor", "They go back to the body that gave them", ""},
	{"to_similar_body", "They go to a body with the same purpose", "as charity law asks"},
	{"to_members", "They are shared among the members", ""},
	{"not_settled", "Nobody has settled it", ""},
	{"no_assets", "There are none", ""},
}
