package record

import "strings"

var decisionFields = []Field{
	{
		Name: "decided_on", Label: "Decided on", Type: Calendar, Need: Required,
		Hint: "Give the day of the decision.", Example: "2026-05-14",
	},
	{
		Name: "decision", Label: "Decision", Type: Prose, Need: Required,
		Hint: "Say what was decided.", Example: "We ask the council to mend two lamps and clear the drain before the clocks go back.",
	},
	{
		Name: "reasons", Label: "Reasons", Type: Prose, Need: Required,
		Hint: "Say why.", Example: "The lamps and the drain cost least and decide whether the path is used at all.",
	},
	{
		Name: "alternatives", Label: "Alternatives", Type: Group, List: true, Need: Required, Fields: alternativeFields,
		Hint: `Name what else could have been decided; an option "none considered" is an answer.`,
	},
	{
		Name: "interests", Label: "Interests", Type: Group, List: true, Need: Required, Empty: true, Fields: interestFields,
		Hint: "Name the interests of those who decided, by office; an empty list says that there were none.",
	},
	{
		Name: "challenges", Label: "Challenges", Type: EntryLink, List: true, Need: Wanted,
		When: "when the method is operational engagement or non-binding deliberation", when: claims(OperationalEngagement, NonBindingDeliberation),
		Hint: "Give the identifier of each challenge that this answers.", Example: exampleID, Why: "Nobody can tell whose question it answers.",
	},
	{
		Name: "mandate", Label: "Mandate", Type: EntryLink, Need: Wanted,
		When: "when the method is binding deliberation or formal governance", when: claims(BindingDeliberation, FormalGovernance),
		Hint: "Give the identifier of the mandate under which it was decided.", Example: exampleID, Why: "The method that it claims rests on a mandate.",
	},
	{
		Name: "method", Label: "Method", Type: Coded, Codes: Methods,
		Hint: "Say by which method power was shared, if it was.", Example: NonBindingDeliberation,
	},
	{
		Name: "stage", Label: "Stage", Type: Coded, Codes: Stages,
		Hint: "Say where in commissioning this stands.", Example: "plan",
	},
	{
		Name: "process", Label: "Process", Type: Group, Fields: processFields(Wanted), rule: (*checker).process, Need: Wanted,
		When: "when a method is claimed", when: claims(OperationalEngagement, NonBindingDeliberation, BindingDeliberation, FormalGovernance),
		Hint: "Say how the decision came about.", Why: "The method that it claims rests on how it came about.",
	},
	{
		Name: "support", Label: "Support", Type: Group, Fields: supportFields, Need: Wanted,
		When: "when the method is binding deliberation and there is a decision to vote on", when: concludes(BindingDeliberation),
		Hint: "Say how many were for it and against it.", Why: "Nobody can tell whether it met the threshold.",
	},
	{
		Name: "minority_view", Label: "Minority view", Type: Prose, Need: Wanted,
		When: "when the method is binding deliberation and there is a decision to disagree with", when: concludes(BindingDeliberation),
		Hint: `Say what those thought who were against it; "none" is an answer.`, Example: "Four of us would rather have the surface done at once.",
		Why: "Nobody hears those who lost.",
	},
	{
		Name: "asks", Label: "What we ask", Type: Group, List: true, Fields: askFields, Need: Wanted,
		When: "when the method is non-binding or binding deliberation and something was decided", when: concludes(NonBindingDeliberation, BindingDeliberation),
		Hint: "Name each thing that you ask, and of whom.", Why: "Nobody owes an answer.",
	},
	{
		Name: "award", Label: "Award", Type: Group, Fields: awardFields,
		Hint: "Name the money or property that the decision gives, if it gives any.",
	},
}

// concludes decides whether a record claims one of the methods and is past the
// stage at which a process opens.
func concludes(methods ...string) func(map[string]any) bool {
	claimed, opening := claims(methods...), is("stage", StageAnalyse)
	return func(in map[string]any) bool { return claimed(in) && !opening(in) }
}

// NoneConsidered is the option that says that there was no alternative.
const NoneConsidered = "none considered"

var alternativeFields = []Field{
	{
		Name: "option", Label: "Option", Type: OneLine, Need: Required,
		Hint: `Say what else could have been done, or "` + NoneConsidered + `".`, Example: "Resurface the whole path",
	},
	{
		Name: "why_not", Label: "Why not", Type: Prose, Need: Conditional,
		When: "when an option is named", when: func(in map[string]any) bool {
			s, _ := in["option"].(string)
			return !strings.EqualFold(strings.TrimRight(strings.TrimSpace(s), "."), NoneConsidered)
		},
		Hint: "Say why it was not chosen.", Example: "It takes the whole budget and does not drain the low end.",
	},
}

var interestFields = []Field{
	{
		Name: "role", Label: "Office", Type: OneLine, Need: Required,
		Hint: "Name the office of the one who has the interest, never the person.", Example: "treasurer",
	},
	{
		Name: "nature", Label: "Nature of the interest", Type: OneLine, Need: Required,
		Hint: "Say what the interest is.", Example: "rents an allotment beside the path",
	},
	{
		Name: "handling", Label: "How it was handled", Type: OneLine, Need: Required,
		Hint: "Say what was done about it.", Example: "spoke, and did not vote",
	},
}

var supportFields = []Field{
	{
		Name: "for", Label: "For", Type: Number, Most: maxCount,
		Hint: "Give the number who were for it.", Example: "31",
	},
	{
		Name: "against", Label: "Against", Type: Number, Most: maxCount,
		Hint: "Give the number who were against it.", Example: "4",
	},
	{
		Name: "abstain", Label: "Abstained", Type: Number, Most: maxCount,
		Hint: "Give the number who did neither.", Example: "2",
	},
	{
		Name: "percent", Label: "Support in percent", Type: Number, Most: 100,
		Hint: "Give the share that was for it, from 0 to 100.", Example: "84",
	},
	{
		Name: "how", Label: "How support was found out", Type: Coded, Codes: SupportForms, Need: Wanted,
		Hint: "Say how you know.", Example: "vote", Why: "Nobody can tell what the numbers mean.",
	},
}

// maxCount bounds counts of people and votes.
const maxCount = 10_000_000_000

var askFields = []Field{
	{
		Name: "ref", Label: "Short name", Type: OneLine, Need: Required,
		Hint: "Give it a short name, by which answers refer to it.", Example: "lamps",
	},
	{
		Name: "of", Label: "Of whom", Type: BodyLink, Need: Required,
		Hint: "Give the identifier of the body that you ask.", Example: exampleID,
	},
	{
		Name: "action", Label: "What we ask for", Type: Prose, Need: Required,
		Hint: "Say what should be done.", Example: "Mend the two lamps by the allotment gate",
	},
	{
		Name: "by", Label: "By when", Type: Calendar,
		Hint: "Say by when you would like it done.", Example: "2026-10-20",
	},
}

var awardFields = []Field{
	{
		Name: "kind", Label: "Kind of award", Type: Coded, Need: Required, Codes: AwardKinds,
		Hint: "Say what is given.", Example: "grant",
	},
	{
		Name: "to", Label: "Given to", Type: Group, Need: Required, Fields: partyFields,
		Hint: "Say which organisation receives it.",
	},
	{
		Name: "amount", Label: "Amount", Type: Group, Fields: moneyFields, rule: (*checker).figure,
		Hint: "Give the amount of money.",
	},
	{
		Name: "external_id", Label: "Number elsewhere", Type: Group, Fields: externalFields,
		Hint: "Say under which number another register has the award.",
	},
}

var partyFields = []Field{
	{
		Name: "body", Label: "Body", Type: BodyLink,
		Hint: "Give its identifier if it keeps a log here.", Example: exampleID,
	},
	{
		Name: "identifiers", Label: "Registered as", Type: Group, List: true, Fields: identifierFields,
		Hint: "Name the registers that have it, such as the Charity Commission's.",
	},
	{
		Name: "name", Label: "Name", Type: OneLine, Need: Wanted,
		When: "when no body is named", when: func(in map[string]any) bool { _, ok := in["body"]; return !ok },
		Hint: "Give the name of the organisation, never a person's.", Example: "Marsh Lane Residents' Forum", Why: "Nobody can tell who received it.",
	},
}

var externalFields = []Field{
	{
		Name: "scheme", Label: "Register of awards", Type: OneLine, Need: Required,
		Hint: "Name the register.", Example: "360G",
	},
	{
		Name: "id", Label: "Number in the register", Type: OneLine, Need: Required,
		Hint: "Give the number there.", Example: "360G-example-0001",
	},
}
