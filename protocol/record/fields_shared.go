package record

// figureFields are the members of a figure whose unit is the field given.
func figureFields(unit Field) []Field {
	return []Field{
		{
			Name: "values", Label: "Values", Type: Group, List: true, Need: Required, Fields: valueFields,
			Hint: "Give the value, and its rivals where sources differ.",
		},
		unit,
		{
			Name: "approx", Label: "About", Type: Flag,
			Hint: "Say true if the number is rounded or a guess.", Example: "true",
		},
	}
}

var valueFields = []Field{
	{
		Name: "value", Label: "Value", Type: OneLine, Need: Required,
		Hint: `Write digits and a point, without commas or signs of currency; a date where the unit is "date".`, Example: "130000",
	},
	{
		Name: "source", Label: "Source", Type: OneLine,
		Hint: "Give the short name of one of the sources of this record.", Example: "minutes",
	},
	{
		Name: "note", Label: "Note", Type: OneLine,
		Hint: "Say what readers should know about this value.", Example: "before the panel",
	},
}

var countFields = figureFields(Field{
	Name: "unit", Label: "Unit", Type: OneLine, Need: Required,
	Hint: "Say what is counted; for money give the code of the currency.", Example: "people",
})

var moneyFields = figureFields(Field{
	Name: "unit", Label: "Currency", Type: OneLine, Need: Required, Pattern: currencyPattern,
	Hint: "Give the code of the currency in three capital letters (ISO 4217).", Example: "GBP",
})

var identifierFields = []Field{
	{
		Name: "scheme", Label: "Register", Type: OneLine, Need: Required, Codes: OrgSchemes, Pattern: orgPattern,
		Hint: "Give the code of the register as org-id.guide has it, such as GB-CHC for charities in England and Wales.", Example: "GB-CHC",
	},
	{
		Name: "id", Label: "Number in the register", Type: OneLine, Need: Required,
		Hint: "Give the number under which the register has the organisation.", Example: "1234567",
	},
}

var networkFields = []Field{
	{
		Name: "basis", Label: "What members share", Type: Coded, Codes: NetworkBases, Need: Wanted,
		Hint: "Say what holds the network together.", Example: "place", Why: "Records cannot be compared by the nature of the network.",
	},
	{
		Name: "open_to", Label: "Who may join", Type: Coded, Codes: Openings, Need: Wanted,
		Hint: "Say who may join.", Example: "all", Why: "Nobody sees for whom the network speaks.",
	},
	{
		Name: "definition", Label: "Who they are", Type: OneLine,
		Hint: "Say in your own words who belongs to it.", Example: "residents of the streets between the canal and the park",
	},
}

var thresholdFields = []Field{
	{
		Name: "kind", Label: "Kind of threshold", Type: Coded, Need: Required, Codes: Thresholds,
		Hint: "Say how much support a decision needs to bind.", Example: ThresholdSupermajority,
	},
	{
		Name: "percent", Label: "Percentage", Type: Number, Need: Conditional, Most: 100,
		When: "when the threshold is a supermajority", when: is("kind", ThresholdSupermajority),
		Hint: "Give the share of support that binds, from 0 to 100.", Example: "80",
	},
}

// What is lost when a check of formal governance is not answered.
const whyCheck = "The safeguards of formal governance are not complete."

var checkFields = []Field{
	{
		Name: "members_share", Label: "Residents or users among members, in percent", Type: Number, Need: Wanted, Most: 100, Why: whyCheck,
		Hint: "Give the percentage, from 0 to 100.", Example: "51",
	},
	{
		Name: "votes_share", Label: "Residents' or users' share of votes, in percent", Type: Number, Need: Wanted, Most: 100, Why: whyCheck,
		Hint: "Give the percentage, from 0 to 100.", Example: "51",
	},
	{
		Name: "conflicts_policy", Label: "Conflicts of interest", Type: Prose, Need: Wanted, Why: whyCheck,
		Hint: `Say how conflicts of interest are handled; "none" is an answer.`, Example: "Members declare interests at each meeting and leave the room.",
	},
	{
		Name: "finances_to", Label: "Who sees the finances", Type: Coded, Codes: Audiences, Need: Wanted, Why: whyCheck,
		Hint: "Say to whom the finances are disclosed.", Example: "public",
	},
	{
		Name: "finances_every", Label: "How often finances are disclosed", Type: Coded, Codes: Frequencies, Need: Wanted, Why: whyCheck,
		Hint: "Say how often.", Example: "quarterly",
	},
	{
		Name: "asset_lock", Label: "Asset lock", Type: Coded, Codes: AssetLocks, Need: Wanted, Why: whyCheck,
		Hint: "Say what keeps the assets for their purpose.", Example: "statutory",
	},
	{
		Name: "on_failure", Label: "Assets on failure", Type: Coded, Codes: Reversions, Need: Wanted, Why: whyCheck,
		Hint: "Say what becomes of the assets if the body fails.", Example: "to_grantor",
	},
	{
		Name: "complaints", Label: "Complaints", Type: Prose, Need: Wanted, Why: whyCheck,
		Hint: `Say how somebody can complain, and to whom; "none" is an answer.`, Example: "In writing to the secretary, then to the council's ombudsman link officer.",
	},
	{
		Name: "rotation", Label: "Rotation of offices", Type: Prose, Need: Wanted, Why: whyCheck,
		Hint: `Say how long offices are held and how they change hands; "none" is an answer.`, Example: "Three years, twice at most.",
	},
	{
		Name: "review", Label: "Review date", Type: Calendar, Need: Wanted, Why: whyCheck,
		Hint: "Say when the arrangement is next reviewed.", Example: "2027-03-31",
	},
}

// is decides whether a member is one of the codes.
func is(name string, codes ...string) func(map[string]any) bool {
	return func(in map[string]any) bool {
		s, ok := in[name].(string)
		for _, c := range codes {
			if ok && s == c {
				return true
			}
		}
		return false
	}
}
