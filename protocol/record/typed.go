package record

import "github.com/folkmoot/folkmoot/protocol"

// The kinds as Go types. [Read] fills them from a record; the names in the tags
// are those of CBOR, JSON and CSV alike. What a record does not say, or says in
// another form than its field asks for, is the zero value: [Check] tells the
// difference.

// Body is what a body says of itself.
type Body struct {
	// Name is what people know it by, Role one of [Roles].
	Name string `record:"name"`
	Role string `record:"role"`
	// Identifiers are those of registers such as the Charity Commission's.
	Identifiers []Identifier `record:"identifiers"`
	// LegalForm is one of [LegalForms], AssetLock one of [AssetLocks].
	LegalForm string  `record:"legal_form"`
	AssetLock string  `record:"asset_lock"`
	Network   Network `record:"network"`
	// FiscalHost holds money for the body; Succeeds is the body whose keys were
	// lost and that this one takes the place of.
	FiscalHost protocol.BodyID `record:"fiscal_host"`
	Succeeds   protocol.BodyID `record:"succeeds"`
	// Website and ContactURL are addresses of pages; the second has a form.
	Website    string `record:"website"`
	ContactURL string `record:"contact_url"`
}

// Identifier names an organisation in a register (org-id.guide).
type Identifier struct {
	// Scheme is the register, such as GB-CHC; ID the number there.
	Scheme string `record:"scheme"`
	ID     string `record:"id"`
}

// Network is the nature of a community network.
type Network struct {
	// Basis is one of [NetworkBases], OpenTo one of [Openings].
	Basis      string `record:"basis"`
	OpenTo     string `record:"open_to"`
	Definition string `record:"definition"`
}

// Figure is a number as its sources give it; rival values stand side by side.
type Figure struct {
	Values []FigureValue `record:"values"`
	// Unit is what is counted; an ISO 4217 code for money.
	Unit   string `record:"unit"`
	Approx bool   `record:"approx"`
}

// FigureValue is one source's value.
type FigureValue struct {
	// Value is decimal text, or a date where the unit says so.
	Value string `record:"value"`
	// Source is the id of one of the record's sources.
	Source string `record:"source"`
	Note   string `record:"note"`
}

// Mandate hands a stated share of power over a service to another body.
type Mandate struct {
	To protocol.BodyID `record:"to"`
	// Method is one of [Methods], Basis one of [Bases].
	Method   string `record:"method"`
	Scope    string `record:"scope"`
	Basis    string `record:"basis"`
	BasisRef string `record:"basis_ref"`
	// From is the first day in force and Until the last; a zero Until is open.
	From      Date      `record:"from"`
	Until     Date      `record:"until"`
	ReviewDue Date      `record:"review_due"`
	Budget    Figure    `record:"budget"`
	Threshold Threshold `record:"threshold"`
	// ResponseDays is how long an answer may take, [DefaultResponseDays] when
	// 0; ImplementationDays how long a commitment.
	ResponseDays       int64  `record:"response_days"`
	ImplementationDays int64  `record:"implementation_days"`
	ReservedPowers     string `record:"reserved_powers"`
	// After is the mandate that this one builds on.
	After  protocol.EntryID `record:"after"`
	Checks Checks           `record:"checks"`
}

// Threshold is the support that a binding decision needs.
type Threshold struct {
	// Kind is one of [Thresholds]; Percent is for a supermajority.
	Kind    string  `record:"kind"`
	Percent Decimal `record:"percent"`
}

// Checks are what a body under formal governance answers for.
type Checks struct {
	// MembersShare and VotesShare are the percentages of residents or users
	// among members and among votes.
	MembersShare Decimal `record:"members_share"`
	VotesShare   Decimal `record:"votes_share"`
	// ConflictsPolicy says how conflicts of interest are handled.
	ConflictsPolicy string `record:"conflicts_policy"`
	// FinancesTo is one of [Audiences], FinancesEvery one of [Frequencies].
	FinancesTo    string `record:"finances_to"`
	FinancesEvery string `record:"finances_every"`
	// AssetLock is one of [AssetLocks], OnFailure one of [Reversions].
	AssetLock  string `record:"asset_lock"`
	OnFailure  string `record:"on_failure"`
	Complaints string `record:"complaints"`
	Rotation   string `record:"rotation"`
	Review     Date   `record:"review"`
}

// Acceptance says whether a mandate is taken on.
type Acceptance struct {
	Mandate protocol.EntryID `record:"mandate"`
	// Accepted is one of [YesNo].
	Accepted   string `record:"accepted"`
	Conditions string `record:"conditions"`
}

// Challenge raises a question that commissioning should answer.
type Challenge struct {
	Question string `record:"question"`
	// RaisedBy is one of [Raisers].
	RaisedBy string           `record:"raised_by"`
	How      string           `record:"how"`
	Mandate  protocol.EntryID `record:"mandate"`
}

// Decision is what was decided, why, and what is asked of whom.
type Decision struct {
	DecidedOn    Date               `record:"decided_on"`
	Decision     string             `record:"decision"`
	Reasons      string             `record:"reasons"`
	Alternatives []Alternative      `record:"alternatives"`
	Interests    []Interest         `record:"interests"`
	Challenges   []protocol.EntryID `record:"challenges"`
	Mandate      protocol.EntryID   `record:"mandate"`
	// Method is what the author claims, one of [Methods]; Stage one of [Stages].
	Method       string  `record:"method"`
	Stage        string  `record:"stage"`
	Process      Process `record:"process"`
	Support      Support `record:"support"`
	MinorityView string  `record:"minority_view"`
	Asks         []Ask   `record:"asks"`
	Award        Award   `record:"award"`
}

// Alternative is what else could have been decided.
type Alternative struct {
	Option string `record:"option"`
	WhyNot string `record:"why_not"`
}

// Interest is one that somebody who decided had, by office.
type Interest struct {
	Role     string `record:"role"`
	Nature   string `record:"nature"`
	Handling string `record:"handling"`
}

// Process is how a decision or an account came about.
type Process struct {
	// AgendaSetBy is one of [AgendaSetters], Form of [Forms], Depth of [Depths],
	// Recruitment of [Recruitments], Facilitation of [Facilitators], DecidedBy
	// of [DecisionRules], each of Inclusion of [Inclusions].
	AgendaSetBy   string   `record:"agenda_set_by"`
	Form          string   `record:"form"`
	Opened        Date     `record:"opened"`
	Closed        Date     `record:"closed"`
	Depth         string   `record:"depth"`
	Participants  Figure   `record:"participants"`
	Invited       Figure   `record:"invited"`
	Recruitment   string   `record:"recruitment"`
	Sessions      int64    `record:"sessions"`
	Hours         Decimal  `record:"hours"`
	Inclusion     []string `record:"inclusion"`
	MissingVoices string   `record:"missing_voices"`
	Facilitation  string   `record:"facilitation"`
	DecidedBy     string   `record:"decided_by"`
}

// Support is who was for a decision.
type Support struct {
	For     Decimal `record:"for"`
	Against Decimal `record:"against"`
	Abstain Decimal `record:"abstain"`
	Percent Decimal `record:"percent"`
	// How is one of [SupportForms].
	How string `record:"how"`
}

// Ask is what a decision asks of a body. Ref is what answers call it.
type Ask struct {
	Ref    string          `record:"ref"`
	Of     protocol.BodyID `record:"of"`
	Action string          `record:"action"`
	By     Date            `record:"by"`
}

// Award is money or property that a decision gives.
type Award struct {
	// Kind is one of [AwardKinds].
	Kind       string     `record:"kind"`
	To         Party      `record:"to"`
	Amount     Figure     `record:"amount"`
	ExternalID Identifier `record:"external_id"`
}

// Party is an organisation, in the ledger or outside it.
type Party struct {
	Body        protocol.BodyID `record:"body"`
	Identifiers []Identifier    `record:"identifiers"`
	Name        string          `record:"name"`
}

// Response answers what a decision asks.
type Response struct {
	Decision protocol.EntryID `record:"decision"`
	Answers  []Answer         `record:"answers"`
}

// Answer is the answer to one ask.
type Answer struct {
	Ref string `record:"ref"`
	// Answer is one of [Answers].
	Answer  string `record:"answer"`
	Reasons string `record:"reasons"`
	// Until is when a deferred answer will be given.
	Until      Date       `record:"until"`
	Commitment Commitment `record:"commitment"`
}

// Commitment is what a body undertakes to do, and by when.
type Commitment struct {
	Action string `record:"action"`
	Due    Date   `record:"due"`
	Office string `record:"office"`
}

// Progress says how far a commitment has come.
type Progress struct {
	Response protocol.EntryID `record:"response"`
	Ref      string           `record:"ref"`
	// Status is one of [Statuses].
	Status  string `record:"status"`
	AsOf    Date   `record:"as_of"`
	Reasons string `record:"reasons"`
	// Due is the new date of a commitment that was moved.
	Due      Date     `record:"due"`
	Evidence []string `record:"evidence"`
}

// Outcome is what changed for people, and how that is known.
type Outcome struct {
	About []protocol.EntryID `record:"about"`
	// Direction is one of [Directions].
	Direction  string      `record:"direction"`
	Indicators []Indicator `record:"indicators"`
	Harms      string      `record:"harms"`
	// Evaluator is one of [Evaluators]; EvaluatorBody names an independent one.
	Evaluator     string          `record:"evaluator"`
	EvaluatorBody protocol.BodyID `record:"evaluator_body"`
	// EvidenceGrade goes from 0, told to us, to 5, ready to spread.
	EvidenceGrade int64 `record:"evidence_grade"`
}

// Indicator is something that was measured (after IATI 2.03 results).
type Indicator struct {
	Title string `record:"title"`
	// Measure is one of [Measures]; Ascending says that more is better.
	Measure    string     `record:"measure"`
	Ascending  bool       `record:"ascending"`
	Vocabulary Vocabulary `record:"vocabulary"`
	Baseline   Baseline   `record:"baseline"`
	Periods    []Period   `record:"periods"`
}

// Vocabulary is where an indicator is defined.
type Vocabulary struct {
	Name string `record:"name"`
	Code string `record:"code"`
	URI  string `record:"uri"`
}

// Baseline is what was measured before.
type Baseline struct {
	Date    Date    `record:"date"`
	Value   Decimal `record:"value"`
	Comment string  `record:"comment"`
}

// Period is a span of time with what was aimed at and what came of it.
type Period struct {
	Start   Date        `record:"start"`
	End     Date        `record:"end"`
	Target  Decimal     `record:"target"`
	Actual  Decimal     `record:"actual"`
	Comment string      `record:"comment"`
	By      []Breakdown `record:"by"`
}

// Breakdown is the part of an actual value that one group has.
type Breakdown struct {
	Dimension string  `record:"dimension"`
	Value     string  `record:"value"`
	Actual    Decimal `record:"actual"`
	// Suppressed says that the number is left out because it is small enough to
	// point at people.
	Suppressed bool `record:"suppressed"`
}

// Lesson is what was learned, and what must hold elsewhere.
type Lesson struct {
	From []protocol.EntryID `record:"from"`
	// Worked is one of [Verdicts].
	Worked     string `record:"worked"`
	Learned    string `record:"learned"`
	WouldDo    string `record:"would_do"`
	Conditions string `record:"conditions"`
	Cost       Figure `record:"cost"`
}

// Adoption says what became of another area's lesson.
type Adoption struct {
	Lesson protocol.EntryID `record:"lesson"`
	// Status is one of [AdoptionStatuses].
	Status  string           `record:"status"`
	Why     string           `record:"why"`
	Changes string           `record:"changes"`
	Outcome protocol.EntryID `record:"outcome"`
}

// Attestation vouches for an entry or a body, or disputes it.
type Attestation struct {
	// Subject is an entry; a body is named by its charter.
	Subject protocol.EntryID `record:"subject"`
	// Claim is one of [Claims], Interest one of [AttesterInterests].
	Claim    string `record:"claim"`
	Basis    string `record:"basis"`
	Interest string `record:"interest"`
}

// Report is an account of something that others did, who signed nothing.
type Report struct {
	About        About         `record:"about"`
	Account      string        `record:"account"`
	Method       string        `record:"method"`
	Network      Network       `record:"network"`
	Process      Process       `record:"process"`
	MandateText  MandateText   `record:"mandate_text"`
	Figures      []NamedFigure `record:"figures"`
	OutcomeText  string        `record:"outcome_text"`
	NotFound     []string      `record:"not_found"`
	ImportedFrom Import        `record:"imported_from"`
}

// About is whom a report describes.
type About struct {
	Name        string       `record:"name"`
	Identifiers []Identifier `record:"identifiers"`
	Place       Place        `record:"place"`
}

// MandateText is what the sources tell of a mandate that nobody signed here.
type MandateText struct {
	// Basis is one of [Bases].
	Basis     string    `record:"basis"`
	Threshold Threshold `record:"threshold"`
	Note      string    `record:"note"`
}

// NamedFigure is a figure with its title.
type NamedFigure struct {
	Title  string `record:"title"`
	Figure Figure `record:"figure"`
}

// Import says from which dataset a report was made.
type Import struct {
	Format  string `record:"format"`
	Dataset string `record:"dataset"`
	ID      string `record:"id"`
}

// Witness states which other logs were held.
type Witness struct {
	Seen []Sighting `record:"seen"`
}

// Sighting is the head of a log that was held.
type Sighting struct {
	Body   protocol.BodyID `record:"body"`
	Length int64           `record:"length"`
	// Root is the Merkle root over Length entries.
	Root protocol.Digest `record:"root"`
}

// Correction amends or withdraws an earlier record of the same body.
type Correction struct {
	Of protocol.EntryID `record:"of"`
	// Action is one of [Actions], Reason one of [CorrectionReasons].
	Action      string `record:"action"`
	Reason      string `record:"reason"`
	Explanation string `record:"explanation"`
}

// DefaultResponseDays is how long an answer may take where the mandate does not
// say, and BindingResponseDays how long a commitment to a binding decision.
const (
	DefaultResponseDays = 60
	BindingResponseDays = 28
)
