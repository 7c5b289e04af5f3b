package record

import "regexp"

// Limits of the fields common to all content, in characters.
const (
	MaxTitle   = 120
	MaxSummary = 600
)

// commonFields stand in the order in which a form asks for them; those of a kind
// come before the sources.
var commonFields = []Field{
	{
		Name: FieldTitle, Label: "Title", Type: OneLine, Need: Required, Max: MaxTitle,
		Hint: "Say in one line what the record is about.", Example: "Lamps and drainage first on the allotment path",
	},
	{
		Name: FieldSummary, Label: "Summary", Type: Prose, Max: MaxSummary,
		Hint: "Say in a few sentences of plain language what a neighbour would want to know.", Example: "Of four things that could be done, the meeting put the two lamps first.",
	},
	{
		Name: FieldPlaces, Label: "Places", Type: Group, List: true, Fields: placeFields, rule: (*checker).place,
		Hint: "Name the place or places that it is about.", Why: "Nobody will find it by place.",
	},
	{
		Name: FieldService, Label: "Service", Type: Group, Fields: serviceFields,
		Hint: "Say which service it is about.", Why: "Nobody will find it by service.",
	},
	{
		Name: FieldSources, Label: "Sources", Type: Group, List: true, Fields: sourceFields,
		Hint: "Name what the record relies on: minutes, papers, articles.",
	},
	{
		Name: FieldSignedAs, Label: "Signed as", Type: OneLine, Need: Required, Pattern: officePattern,
		Hint: "Name the office that signs, never a person.", Example: "clerk",
	},
	{
		Name: FieldLang, Label: "Language", Type: OneLine, Need: Required, Pattern: langPattern,
		Hint: "Write the language of the text as a tag (BCP 47), such as en for English or cy for Welsh.", Example: "en",
	},
	{
		Name: FieldLicence, Label: "Licence", Type: OneLine, Need: Required, Pattern: licencePattern,
		Hint: "Say under which licence others may use the text, as an SPDX identifier.", Example: DefaultLicence,
	},
	{
		Name: FieldRevises, Label: "Revises", Type: EntryLink,
		Hint: "Give the identifier of your earlier record that this one replaces, or leave the field out.", Example: exampleID,
	},
}

// exampleID is an identifier of the right form that names nothing.
const exampleID = "bafyreif7dlxxgr7xupyxzgvujrl2jks7vbv52in34vqmkaa5hk3ukotmfu"

// Forms of values. They look at the shape alone: whether a tag or a code exists
// changes over time.
const (
	// langPattern is RFC 5646 section 2.1 without the grandfathered tags.
	langPattern = `^([A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?` +
		`(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[0-9A-WYZa-wyz](-[A-Za-z0-9]{2,8})+)*(-[Xx](-[A-Za-z0-9]{1,8})+)?$`
	licencePattern  = `^[A-Za-z0-9][A-Za-z0-9.+-]*( (AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*$`
	currencyPattern = `^[A-Z]{3}$`
	orgPattern      = `^[A-Z]{2}-[A-Z0-9_]{2,12}$`
	lgslPattern     = `^[0-9]{1,5}$`
	officePattern   = `^[^@]*$`
	gssPattern      = `^[EWSNK][0-9]{8}$`
	regionPattern   = `^[A-Z]{2}-[A-Z0-9]{1,3}$`
)

// patterns holds every pattern that a field has, ready to use.
var patterns = compile(langPattern, licencePattern, currencyPattern, orgPattern, lgslPattern, officePattern, gssPattern, regionPattern)

// placeForms are the patterns of the codes in lists of places.
var placeForms = map[string]string{"gss": gssPattern, "iso3166-2": regionPattern}

func compile(list ...string) map[string]*regexp.Regexp {
	out := make(map[string]*regexp.Regexp, len(list))
	for _, p := range list {
		out[p] = regexp.MustCompile(p)
	}
	return out
}

var placeFields = []Field{
	{
		Name: "scheme", Label: "List of places", Type: Coded, Need: Required, Codes: Schemes,
		Hint: "Say from which list the code comes.", Example: "gss",
	},
	{
		Name: "code", Label: "Code of the place", Type: OneLine, Need: Required,
		Hint: "Give the code of the place in that list.", Example: "E08000032",
	},
	{
		Name: "name", Label: "Name of the place", Type: OneLine,
		Hint: "Give the name that people use.", Example: "Bradford",
	},
}

var serviceFields = []Field{
	{
		Name: "label", Label: "Service", Type: OneLine, Need: Required,
		Hint: "Say what the service is, in the words that people use for it.", Example: "Footpaths and small green spaces",
	},
	{
		Name: "lgsl", Label: "Number in the Local Government Services List", Type: OneLine, Pattern: lgslPattern,
		Hint: "Give the number, if you know it.", Example: "567",
	},
	{
		Name: "duty", Label: "Duty to provide", Type: Coded, Codes: Duties,
		Hint: "Say whether the law asks for the service.", Example: "statutory",
	},
}

var sourceFields = []Field{
	{
		Name: "id", Label: "Short name of the source", Type: OneLine, Need: Required,
		Hint: "Give the source a short name by which figures refer to it.", Example: "minutes",
	},
	{
		Name: "title", Label: "Title of the source", Type: OneLine, Need: Required,
		Hint: "Give the title of the source.", Example: "Minutes of the meeting of 14 May 2026",
	},
	{
		Name: "url", Label: "Address of the source", Type: WebAddress,
		Hint: "Give the address of the page.", Example: "https://example.org/minutes",
	},
	{
		Name: "accessed", Label: "Read on", Type: Calendar,
		Hint: "Give the day on which you read it.", Example: "2026-05-14",
	},
	{
		Name: "sha256", Label: "SHA-256 of the file", Type: Hash,
		Hint: "Give the hash of the file as you read it, so that a change shows.", Example: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	},
}
