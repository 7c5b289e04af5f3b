package record

import "github.com/folkmoot/folkmoot/protocol"

var attestationFields = []Field{
	{
		Name: "subject", Label: "About", Type: EntryLink, Need: Required,
		Hint: "Give the identifier of the record or the body.", Example: exampleID,
	},
	{
		Name: "claim", Label: "What we say", Type: Coded, Need: Required, Codes: Claims,
		Hint: "Say what you vouch for.", Example: ClaimReceived,
	},
	{
		Name: "basis", Label: "How we know", Type: Prose, Need: Required,
		Hint: "Say how you know.", Example: "Two of us walked the path after dark.",
	},
	{
		Name: "interest", Label: "Our interest", Type: Coded, Need: Required, Codes: AttesterInterests,
		Hint: "Say what ties you to them.", Example: "none",
	},
}

var reportFields = []Field{
	{
		Name: "about", Label: "Who did it", Type: Group, Need: Required, Fields: aboutFields,
		Hint: "Say whose work this is an account of.",
	},
	{
		Name: "account", Label: "Account", Type: Prose, Need: Required,
		Hint: "Say what was done, and how you know.", Example: "Residents ranked the projects at a public meeting and shared out the fund.",
	},
	{
		Name: "method", Label: "Method", Type: Coded, Codes: Methods,
		Hint: "Say which of the four methods it was, as far as the sources tell.", Example: BindingDeliberation,
	},
	{
		Name: "network", Label: "Network", Type: Group, Fields: networkFields,
		Hint: "Say what kind of community took part.",
	},
	{
		Name: "process", Label: "Process", Type: Group, Fields: processFields(Optional), rule: (*checker).process,
		Hint: "Say how it came about.",
	},
	{
		Name: "mandate_text", Label: "Mandate, as told", Type: Group, Fields: mandateTextFields,
		Hint: "Say what power the sources say was handed over.",
	},
	{
		Name: "figures", Label: "Figures", Type: Group, List: true, Fields: namedFigureFields,
		Hint: "Give the numbers that the sources have.",
	},
	{
		Name: "outcome_text", Label: "What came of it", Type: Prose,
		Hint: "Say what came of it, as far as the sources tell.", Example: "Part was carried out within half a year.",
	},
	{
		Name: "not_found", Label: "Not found", Type: OneLine, List: true,
		Hint: "Name what you looked for and did not find.", Example: "the final evaluation",
	},
	{
		Name: "imported_from", Label: "Imported from", Type: Group, Fields: importFields,
		Hint: "Say from which dataset the report was made, if it was.",
	},
}

var aboutFields = []Field{
	{
		Name: "name", Label: "Name", Type: OneLine, Need: Required,
		Hint: "Give the name of the organisation or group, never a person's.", Example: "City of Gdansk",
	},
	{
		Name: "identifiers", Label: "Registered as", Type: Group, List: true, Fields: identifierFields,
		Hint: "Name the registers that have it, such as the Charity Commission's.",
	},
	{
		Name: "place", Label: "Place", Type: Group, Fields: placeFields, rule: (*checker).place,
		Hint: "Say where it is.",
	},
}

var mandateTextFields = []Field{
	{
		Name: "basis", Label: "Basis", Type: Coded, Codes: Bases,
		Hint: "Say what it rested on.", Example: BasisExecutivePledge,
	},
	{
		Name: "threshold", Label: "Threshold", Type: Group, Fields: thresholdFields,
		Hint: "Say how much support was to bind.",
	},
	{
		Name: "note", Label: "In words", Type: Prose,
		Hint: "Say in words what the sources tell of it.", Example: "The mayor's declaration before the panel met.",
	},
}

var namedFigureFields = []Field{
	{
		Name: "title", Label: "What it is", Type: OneLine, Need: Required,
		Hint: "Say what the number is.", Example: "Fund",
	},
	{
		Name: "figure", Label: "Figure", Type: Group, Need: Required, Fields: countFields, rule: (*checker).figure,
		Hint: "Give the number with its unit and source.",
	},
}

var importFields = []Field{
	{
		Name: "format", Label: "Format", Type: OneLine, Need: Required,
		Hint: "Name the standard or the format of the dataset.", Example: "360Giving 1.4",
	},
	{
		Name: "dataset", Label: "Dataset", Type: OneLine,
		Hint: "Name the dataset or give its address.", Example: "https://example.org/grants.json",
	},
	{
		Name: "id", Label: "Number in the dataset", Type: OneLine,
		Hint: "Give the number that it has there.", Example: "360G-example-0001",
	},
}

var witnessFields = []Field{
	{
		Name: "seen", Label: "Logs held", Type: Group, List: true, Need: Required, Fields: sightingFields,
		Hint: "Name each log that you hold and how far.",
	},
}

var sightingFields = []Field{
	{
		Name: "body", Label: "Body", Type: BodyLink, Need: Required,
		Hint: "Give the identifier of the body whose log it is.", Example: exampleID,
	},
	{
		Name: "length", Label: "Entries held", Type: Whole, Need: Required, Least: 1, Most: protocol.MaxInt,
		Hint: "Give the number of entries.", Example: "12",
	},
	{
		Name: "root", Label: "Root of the log", Type: Hash, Need: Required,
		Hint: "Give the Merkle root over these entries, in hexadecimal.", Example: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	},
}

var correctionFields = []Field{
	{
		Name: "of", Label: "Which record", Type: EntryLink, Need: Required,
		Hint: "Give the identifier of your record that this corrects.", Example: exampleID,
	},
	{
		Name: "action", Label: "What happens to it", Type: Coded, Need: Required, Codes: Actions,
		Hint: "Say whether it is amended or withdrawn.", Example: ActionAmend,
	},
	{
		Name: "reason", Label: "Reason", Type: Coded, Need: Required, Codes: CorrectionReasons,
		Hint: "Say why.", Example: "error",
	},
	{
		Name: "explanation", Label: "Explanation", Type: Prose, Need: Required,
		Hint: "Say what was wrong and what is right.", Example: "The meeting was on the 14th, not on the 15th.",
	},
}
