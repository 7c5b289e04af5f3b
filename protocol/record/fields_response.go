package record

var responseFields = []Field{
	{
		Name: "decision", Label: "Decision", Type: EntryLink, Need: Required,
		Hint: "Give the identifier of the decision that you answer.", Example: exampleID,
	},
	{
		Name: "answers", Label: "Answers", Type: Group, List: true, Need: Required, Fields: answerFields,
		Hint: "Answer each thing that was asked.",
	},
}

var answerFields = []Field{
	{
		Name: "ref", Label: "Short name", Type: OneLine, Need: Required,
		Hint: "Give the short name by which the decision calls what it asks.", Example: "lamps",
	},
	{
		Name: "answer", Label: "Answer", Type: Coded, Need: Required, Codes: Answers,
		Hint: "Say what you will do about it.", Example: AnswerAccept,
	},
	{
		Name: "reasons", Label: "Reasons", Type: Prose, Need: Conditional,
		When: "unless it is accepted as it was asked",
		when: is("answer", AnswerAcceptInPart, AnswerAcceptModified, AnswerAlreadyDoing, AnswerDefer, AnswerReject),
		Hint: "Say why.", Example: "The contractor for drains is booked until the end of October.",
	},
	{
		Name: "until", Label: "Put off until", Type: Calendar, Need: Conditional,
		When: "when the answer is put off", when: is("answer", AnswerDefer),
		Hint: "Say when you will answer.", Example: "2026-09-30",
	},
	{
		Name: "commitment", Label: "Commitment", Type: Group, Fields: commitmentFields, Need: Conditional,
		When: "when it is accepted, wholly, in part or with a change", when: is("answer", AnswerAccept, AnswerAcceptInPart, AnswerAcceptModified),
		Hint: "Say what you will do, by when, and which office is responsible.",
	},
}

var commitmentFields = []Field{
	{
		Name: "action", Label: "What we will do", Type: Prose, Need: Required,
		Hint: "Say what will be done.", Example: "Both lamps mended",
	},
	{
		Name: "due", Label: "Due", Type: Calendar, Need: Required,
		Hint: "Say by when.", Example: "2026-10-16",
	},
	{
		Name: "office", Label: "Office", Type: OneLine, Need: Wanted,
		Hint: "Name the office that is responsible, never a person.", Example: "street lighting", Why: "Nobody knows whom to ask.",
	},
}

var progressFields = []Field{
	{
		Name: "response", Label: "Response", Type: EntryLink, Need: Required,
		Hint: "Give the identifier of the response in which you committed yourself.", Example: exampleID,
	},
	{
		Name: "ref", Label: "Short name", Type: OneLine, Need: Required,
		Hint: "Give the short name by which the decision calls what it asks.", Example: "lamps",
	},
	{
		Name: "status", Label: "How far it has come", Type: Coded, Need: Required, Codes: Statuses,
		Hint: "Say how far it has come.", Example: StatusMet,
	},
	{
		Name: "as_of", Label: "As of", Type: Calendar, Need: Required,
		Hint: "Give the day on which it stood so.", Example: "2026-10-12",
	},
	{
		Name: "reasons", Label: "Reasons", Type: Prose, Need: Conditional,
		When: "when it was not done, or only in part, or when the date has moved", when: func(in map[string]any) bool {
			_, moved := in["due"]
			return moved || is("status", StatusPartlyMet, StatusNotMet)(in)
		},
		Hint: "Say why.", Example: "The parts came late.",
	},
	{
		Name: "due", Label: "New date", Type: Calendar,
		Hint: "Give the new date if it has moved; leave it out otherwise.", Example: "2026-12-01",
	},
	{
		Name: "evidence", Label: "Evidence", Type: OneLine, List: true, Need: Wanted,
		When: "when it is done, wholly or in part", when: is("status", StatusMet, StatusPartlyMet),
		Hint: "Say where it can be seen: a page, a photograph, an inspection.", Example: "https://example.org/works/1234",
		Why: "It stands on your word alone.",
	},
}
