package record

// processFields are the members of a process. In an account of what others did,
// gaps are named under not_found; in one's own decision they are wanted.
func processFields(need Need) []Field {
	fields := []Field{
		{
			Name: "agenda_set_by", Label: "Who set the agenda", Type: Coded, Codes: AgendaSetters, Need: need,
			Hint: "Say who decided what was talked about.", Example: "community", Why: "Operational engagement rests on it.",
		},
		{
			Name: "form", Label: "Form", Type: Coded, Codes: Forms,
			Hint: "Say what kind of process it was.", Example: "forum",
		},
		{
			Name: "opened", Label: "Opened", Type: Calendar, Need: need,
			Hint: "Give the day, the month or the year in which it began.", Example: "2026-02", Why: "Nobody can tell what came before the process and what after.",
		},
		{
			Name: "closed", Label: "Closed", Type: Calendar,
			Hint: "Give the day, the month or the year in which it ended.", Example: "2026-05-14",
		},
		{
			Name: "depth", Label: "Depth of participation", Type: Coded, Codes: Depths, Need: need,
			Hint: "Say how far people shaped what came out.", Example: "collaborate", Why: "Records cannot be compared by depth.",
		},
		{
			Name: "participants", Label: "People who took part", Type: Group, Fields: countFields, rule: (*checker).figure, Need: need,
			Hint: "Give the number, with its source if it has one.", Why: "Nobody can tell how many people it rests on.",
		},
		{
			Name: "invited", Label: "People invited", Type: Group, Fields: countFields, rule: (*checker).figure,
			Hint: "Give the number, with its source if it has one.",
		},
		{
			Name: "recruitment", Label: "How people were recruited", Type: Coded, Codes: Recruitments, Need: need,
			Hint: "Say how those who took part were found.", Example: "open", Why: "Nobody can tell for whom those who took part speak.",
		},
		{
			Name: "sessions", Label: "Sessions", Type: Whole, Most: 10000,
			Hint: "Give the number of meetings.", Example: "3",
		},
		{
			Name: "hours", Label: "Hours", Type: Number, Most: 100000,
			Hint: "Give the hours that one person spent, over all meetings.", Example: "7.5",
		},
		{
			Name: "inclusion", Label: "Help with taking part", Type: Coded, List: true, Codes: Inclusions, Need: need,
			Hint: `Say what was done so that more people could take part; "none" is an answer.`, Example: "childcare",
			Why: "Nobody can tell who was able to take part.",
		},
		{
			Name: "missing_voices", Label: "Missing voices", Type: Prose,
			Hint: "Say who ought to have been there and was not.", Example: "People who work nights.",
		},
		{
			Name: "facilitation", Label: "Who facilitated", Type: Coded, Codes: Facilitators, Need: need,
			Hint: "Say who led the talking.", Example: "independent", Why: "Binding deliberation rests on it.",
		},
		{
			Name: "decided_by", Label: "How it was decided", Type: Coded, Codes: DecisionRules, Need: need,
			Hint: "Say by which rule the decision was reached.", Example: "consensus", Why: "Nobody can tell what the support means.",
		},
	}
	return fields
}
