package record

var bodyFields = []Field{
	{
		Name: "name", Label: "Name", Type: OneLine, Need: Required,
		Hint: "Give the name under which the body is known.", Example: "Marsh Lane Residents' Forum",
	},
	{
		Name: "role", Label: "Role", Type: Coded, Need: Required, Codes: Roles,
		Hint: "Say what the body is.", Example: RoleCommunityBody,
	},
	{
		Name: "identifiers", Label: "Registered as", Type: Group, List: true, Fields: identifierFields,
		Hint: "Name the registers that have the body, such as the Charity Commission's.",
	},
	{
		Name: "legal_form", Label: "Legal form", Type: Coded, Codes: LegalForms, Need: Wanted,
		When: "when the body is a community body", when: is("role", RoleCommunityBody),
		Hint: "Say what the body is in law.", Example: "unincorporated", Why: "Formal governance rests on it.",
	},
	{
		Name: "asset_lock", Label: "Asset lock", Type: Coded, Codes: AssetLocks,
		Hint: "Say what keeps its assets for their purpose.", Example: "statutory",
	},
	{
		Name: "network", Label: "Network", Type: Group, Fields: networkFields, Need: Wanted,
		When: "when the body is a community body", when: is("role", RoleCommunityBody),
		Hint: "Say for whom the body speaks and who may join.", Why: "Nobody sees for whom the body speaks.",
	},
	{
		Name: "fiscal_host", Label: "Fiscal host", Type: BodyLink,
		Hint: "Give the identifier of the body that holds money for this one.", Example: exampleID,
	},
	{
		Name: "succeeds", Label: "Takes the place of", Type: BodyLink,
		Hint: "Give the identifier of the body whose keys were lost and that this one takes the place of.", Example: exampleID,
	},
	{
		Name: "website", Label: "Website", Type: WebAddress,
		Hint: "Give the https address of the body's own pages; the body is shown with its domain once these name it in return.", Example: "https://example.org/",
	},
	{
		Name: "contact_url", Label: "Contact form", Type: WebAddress,
		Hint: "Give the address of a page with a contact form, never an e-mail address.", Example: "https://example.org/contact",
	},
}

// claims decides whether a record claims one of the methods.
func claims(methods ...string) func(map[string]any) bool { return is("method", methods...) }

const (
	whenBinding = "when the method is binding deliberation"
	whenFormal  = "when the method is formal governance"
)

var mandateFields = []Field{
	{
		Name: "to", Label: "Granted to", Type: BodyLink, Need: Required,
		Hint: "Give the identifier of the body that receives the mandate.", Example: exampleID,
	},
	{
		Name: "method", Label: "Method", Type: Coded, Need: Required, Codes: Methods,
		Hint: "Say how power is shared.", Example: NonBindingDeliberation,
	},
	{
		Name: "scope", Label: "Scope", Type: Prose, Need: Required,
		Hint: "Say what the mandate covers, and what it does not.", Example: "Repair and upkeep of the paths between Marsh Lane and the allotments.",
	},
	{
		Name: "basis", Label: "Basis", Type: Coded, Need: Required, Codes: Bases,
		Hint: "Say what gives you the right to grant it.", Example: "officer_delegation",
	},
	{
		Name: "basis_ref", Label: "Reference of the basis", Type: OneLine, Need: Wanted,
		When: "when the method is binding deliberation or formal governance", when: claims(BindingDeliberation, FormalGovernance),
		Hint: "Name the minute, the section or the agreement, so that others can look it up.", Example: "Scheme of delegation, part 3",
		Why: "Nobody can check that the mandate binds.",
	},
	{
		Name: "from", Label: "In force from", Type: Calendar, Need: Required,
		Hint: "Give the first day on which it holds.", Example: "2026-03-02",
	},
	{
		Name: "until", Label: "In force until", Type: Calendar,
		Hint: "Give the last day on which it holds; leave it out if it has no end.", Example: "2028-03-31",
	},
	{
		Name: "review_due", Label: "Review due", Type: Calendar,
		Hint: "Say when you will look at it again.", Example: "2027-03-31",
	},
	{
		Name: "budget", Label: "Budget", Type: Group, Fields: moneyFields, rule: (*checker).figure,
		Hint: "Give the money that comes with it.",
	},
	{
		Name: "threshold", Label: "Threshold", Type: Group, Fields: thresholdFields, Need: Wanted,
		When: whenBinding, when: claims(BindingDeliberation),
		Hint: "Say how much support a decision needs to bind.", Why: "Nobody can tell which decisions bind.",
	},
	{
		Name: "response_days", Label: "Days to answer", Type: Whole, Least: 1, Most: 3650,
		Hint: "Say within how many days requests are answered; 60 where nothing is said.", Example: "60",
	},
	{
		Name: "implementation_days", Label: "Days to carry out", Type: Whole, Least: 1, Most: 3650, Need: Wanted,
		When: whenBinding, when: claims(BindingDeliberation),
		Hint: "Say within how many days a decision is carried out.", Example: "365", Why: "Nobody can tell when a binding decision is overdue.",
	},
	{
		Name: "reserved_powers", Label: "Reserved powers", Type: Prose, Need: Required,
		Hint: `Say what you keep for yourself; "none" is an answer.`, Example: "The budget, and anything that the law reserves to the full council.",
	},
	{
		Name: "after", Label: "Builds on", Type: EntryLink,
		Hint: "Give the identifier of the mandate that this one follows.", Example: exampleID,
	},
	{
		Name: "checks", Label: "Safeguards", Type: Group, Fields: checkFields, Need: Wanted,
		When: whenFormal, when: claims(FormalGovernance),
		Hint: "Say what the body under formal governance answers for.", Why: whyCheck,
	},
}

var acceptanceFields = []Field{
	{
		Name: "mandate", Label: "Mandate", Type: EntryLink, Need: Required,
		Hint: "Give the identifier of the mandate that this answers.", Example: exampleID,
	},
	{
		Name: "accepted", Label: "Accepted", Type: Coded, Need: Required, Codes: YesNo,
		Hint: "Say whether you take it on.", Example: "yes",
	},
	{
		Name: "conditions", Label: "Conditions", Type: Prose,
		Hint: "Say on what conditions.", Example: "The council's answers are published here, with dates.",
	},
}

var challengeFields = []Field{
	{
		Name: "question", Label: "Question", Type: Prose, Need: Required,
		Hint: "Ask what commissioning should answer, as a question.", Example: "What would make the allotment path safe enough to be used all winter?",
	},
	{
		Name: "raised_by", Label: "Raised by", Type: Coded, Need: Required, Codes: Raisers,
		Hint: "Say who raised it.", Example: "community",
	},
	{
		Name: "how", Label: "How it came up", Type: Prose,
		Hint: "Say how and where people raised it.", Example: "Twelve evenings at the school gate and the bus stop.",
	},
	{
		Name: "mandate", Label: "Mandate", Type: EntryLink,
		Hint: "Give the identifier of the mandate that it falls under, if there is one.", Example: exampleID,
	},
}
