package record

var outcomeFields = []Field{
	{
		Name: "about", Label: "About", Type: EntryLink, List: true, Need: Required,
		Hint: "Give the identifier of each decision or mandate that this came of.", Example: exampleID,
	},
	{
		Name: "direction", Label: "Which way it went", Type: Coded, Need: Required, Codes: Directions,
		Hint: "Say whether things became better or worse for people.", Example: "better",
	},
	{
		Name: "indicators", Label: "Indicators", Type: Group, List: true, Fields: indicatorFields, rule: (*checker).indicator,
		Hint: "Name what was measured.",
	},
	{
		Name: "harms", Label: "Harms", Type: Prose, Need: Required,
		Hint: `Say what it did that nobody wanted; "none known" is an answer.`, Example: "none known",
	},
	{
		Name: "evaluator", Label: "Who evaluated", Type: Coded, Need: Required, Codes: Evaluators,
		Hint: "Say who looked at what came of it.", Example: "self",
	},
	{
		Name: "evaluator_body", Label: "Independent evaluator", Type: BodyLink, Need: Wanted,
		When: "when the evaluator is independent", when: is("evaluator", EvaluatorIndependent),
		Hint: "Give the identifier of the body that evaluated.", Example: exampleID, Why: "Nobody can ask whether it is independent.",
	},
	{
		Name: "evidence_grade", Label: "Grade of evidence", Type: Whole, Least: 0, Most: 5, Codes: EvidenceGrades, Need: Wanted,
		Hint: "Say from 0 (told to us) to 5 (ready to spread) how well it is known.", Example: "2", Why: "Nobody can tell how far to rely on it.",
	},
}

var indicatorFields = []Field{
	{
		Name: "title", Label: "Indicator", Type: OneLine, Need: Required,
		Hint: "Say what was measured.", Example: "People counted on the path between five and seven",
	},
	{
		Name: "measure", Label: "Kind of measure", Type: Coded, Need: Required, Codes: Measures,
		Hint: "Say what the values are.", Example: "unit",
	},
	{
		Name: "ascending", Label: "More is better", Type: Flag,
		Hint: "Say true if more is better, false if less is.", Example: "true",
	},
	{
		Name: "vocabulary", Label: "Defined in", Type: Group, Fields: vocabularyFields,
		Hint: "Name the list that defines the indicator, if one does.",
	},
	{
		Name: "baseline", Label: "Before", Type: Group, Fields: baselineFields,
		Hint: "Give what was measured before.",
	},
	{
		Name: "periods", Label: "Periods", Type: Group, List: true, Fields: periodFields, rule: (*checker).period,
		Hint: "Give what was aimed at and what came of it, for each span of time.",
	},
}

var vocabularyFields = []Field{
	{
		Name: "name", Label: "Name of the list", Type: OneLine, Need: Required,
		Hint: "Name the list.", Example: "HACT UK Social Value Bank",
	},
	{
		Name: "code", Label: "Code in the list", Type: OneLine,
		Hint: "Give the code that it has there.", Example: "ENV1001",
	},
	{
		Name: "uri", Label: "Address of the list", Type: WebAddress,
		Hint: "Give the address of its page.", Example: "https://example.org/list",
	},
}

var baselineFields = []Field{
	{
		Name: "date", Label: "Date", Type: Calendar, Need: Wanted,
		Hint: "Say when it was measured.", Example: "2026-09", Why: "Nobody can tell from when the change counts.",
	},
	{
		Name: "value", Label: "Value before", Type: Number,
		Hint: "Give the number; leave it out for a measure in words.", Example: "11",
	},
	{
		Name: "comment", Label: "Comment", Type: Prose,
		Hint: "Say what readers should know.", Example: "Counted on four evenings.",
	},
}

var periodFields = []Field{
	{
		Name: "start", Label: "First day", Type: Calendar, Need: Required,
		Hint: "Say when the period begins.", Example: "2026-10-19",
	},
	{
		Name: "end", Label: "Last day", Type: Calendar, Need: Required,
		Hint: "Say when the period ends.", Example: "2026-11-01",
	},
	{
		Name: "target", Label: "Target", Type: Number,
		Hint: "Give the number that was aimed at; leave it out for a measure in words.", Example: "30",
	},
	{
		Name: "actual", Label: "Result", Type: Number,
		Hint: "Give the number that was measured; leave it out for a measure in words.", Example: "38",
	},
	{
		Name: "comment", Label: "Comment", Type: Prose,
		Hint: "Say what readers should know.", Example: "It rained on two of the evenings.",
	},
	{
		Name: "by", Label: "By group", Type: Group, List: true, Fields: breakdownFields,
		Hint: "Give the result of each group, without counts of 1 to 4.",
	},
}

var breakdownFields = []Field{
	{
		Name: "dimension", Label: "Dimension", Type: OneLine, Need: Required,
		Hint: "Say what sets the groups apart.", Example: "age",
	},
	{
		Name: "value", Label: "Group", Type: OneLine, Need: Required,
		Hint: "Say which group this is.", Example: "65 and over",
	},
	{
		Name: "actual", Label: "Result of the group", Type: Number,
		Hint: "Give the number that was measured.", Example: "12",
	},
	{
		Name: "suppressed", Label: "Left out", Type: Flag,
		Hint: "Say true if the number is left out because it is small enough to point at people.", Example: "true",
	},
}

var lessonFields = []Field{
	{
		Name: "from", Label: "Learned from", Type: EntryLink, List: true, Need: Required,
		Hint: "Give the identifier of each decision, outcome or report that it was learned from.", Example: exampleID,
	},
	{
		Name: "worked", Label: "Did it work", Type: Coded, Need: Required, Codes: Verdicts,
		Hint: "Say whether it worked.", Example: "partly",
	},
	{
		Name: "learned", Label: "What we learned", Type: Prose, Need: Required,
		Hint: "Say what others should know.", Example: "A dated request for one small thing got a dated answer.",
	},
	{
		Name: "would_do", Label: "What we would do next time", Type: Prose, Need: Required,
		Hint: "Say what you would do again, and what otherwise.", Example: "Count users before asking, so that the effect can be shown.",
	},
	{
		Name: "conditions", Label: "What must hold elsewhere", Type: Prose, Need: Wanted,
		Hint: "Say what another area needs for it to work there.", Example: "An officer who may decide alone about small repairs.",
		Why: "Nobody can tell whether it would work elsewhere.",
	},
	{
		Name: "cost", Label: "Cost", Type: Group, Fields: moneyFields, rule: (*checker).figure,
		Hint: "Say what it cost.",
	},
}

var adoptionFields = []Field{
	{
		Name: "lesson", Label: "Lesson", Type: EntryLink, Need: Required,
		Hint: "Give the identifier of the other area's lesson.", Example: exampleID,
	},
	{
		Name: "status", Label: "What became of it", Type: Coded, Need: Required, Codes: AdoptionStatuses,
		Hint: "Say what you did with it.", Example: AdoptionAdapted,
	},
	{
		Name: "why", Label: "Why", Type: Prose, Need: Required,
		Hint: "Say why.", Example: "We asked three times and never had an answer.",
	},
	{
		Name: "changes", Label: "Changes", Type: Prose, Need: Conditional,
		When: "when you do it with changes", when: is("status", AdoptionAdapted),
		Hint: "Say what you do otherwise than they did.", Example: "We put the request to both owners on the same day.",
	},
	{
		Name: "outcome", Label: "Outcome", Type: EntryLink,
		Hint: "Give the identifier of the outcome that you published about it.", Example: exampleID,
	},
}
