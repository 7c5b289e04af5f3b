package record

import (
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// Kinds of records.
const (
	KindBody        protocol.Kind = "body"
	KindMandate     protocol.Kind = "mandate"
	KindAcceptance  protocol.Kind = "acceptance"
	KindChallenge   protocol.Kind = "challenge"
	KindDecision    protocol.Kind = "decision"
	KindResponse    protocol.Kind = "response"
	KindProgress    protocol.Kind = "progress"
	KindOutcome     protocol.Kind = "outcome"
	KindLesson      protocol.Kind = "lesson"
	KindAdoption    protocol.Kind = "adoption"
	KindAttestation protocol.Kind = "attestation"
	KindReport      protocol.Kind = "report"
	KindWitness     protocol.Kind = "witness"
	KindCorrection  protocol.Kind = "correction"
)

// KindInfo describes a kind to people.
type KindInfo struct {
	Kind protocol.Kind `json:"kind"`
	// Label is what people read.
	Label string `json:"label"`
	// By says who may sign it.
	By string `json:"by"`
	// Hint is one sentence about what it is for.
	Hint string `json:"hint"`
	// Filed says that it is filed by service and place, so that one without
	// them is hard to find.
	Filed bool `json:"filed"`
	// Fields are its own fields, in the order in which a form asks for them;
	// [Fields] has the common ones as well.
	Fields []Field `json:"-"`
}

var kinds = []KindInfo{
	{KindBody, "Body", "any body", "Who we are: name, role, network and legal form.", false, bodyFields},
	{KindMandate, "Mandate", "a public body", "Hands a stated share of power over a service to another body.", true, mandateFields},
	{KindAcceptance, "Acceptance", "the body that the mandate is granted to", "Says whether a mandate is taken on, and on what conditions.", false, acceptanceFields},
	{KindChallenge, "Challenge", "a community body, or several jointly", "Raises a question that commissioning should answer.", true, challengeFields},
	{KindDecision, "Decision", "a community body or a council", "What was decided, why, what else was considered, and what is asked of whom.", true, decisionFields},
	{KindResponse, "Response", "the body that was asked", "Answers what a decision asks, with reasons and commitments.", false, responseFields},
	{KindProgress, "Progress", "the body that committed itself", "Says how far a commitment has come.", false, progressFields},
	{KindOutcome, "Outcome", "any party", "What changed for people, for better or worse, and how that is known.", false, outcomeFields},
	{KindLesson, "Lesson", "any body", "What was learned, and what must hold elsewhere for it to work there.", false, lessonFields},
	{KindAdoption, "Adoption", "any other body", "Says what became of another area's lesson here.", false, adoptionFields},
	{KindAttestation, "Attestation", "any other body", "Vouches for a record or a body, or disputes it.", false, attestationFields},
	{KindReport, "Report", "any body", "An account of something done by others who did not sign it.", true, reportFields},
	{KindWitness, "Witness", "any other body", "States which other logs were held, and so when they existed at the latest.", false, witnessFields},
	{KindCorrection, "Correction", "the author alone", "Amends or withdraws an earlier record of the same body, with the reason.", false, correctionFields},
}

// Kinds lists the kinds of records that this software knows.
func Kinds() []KindInfo { return slices.Clone(kinds) }

// Describe returns what is known of a kind, and false for one that is not known.
func Describe(kind protocol.Kind) (KindInfo, bool) {
	i := slices.IndexFunc(kinds, func(k KindInfo) bool { return k.Kind == kind })
	if i < 0 {
		return KindInfo{}, false
	}
	return kinds[i], true
}

// NearestKind is the kind that a word is a misspelling of, most likely; empty if
// none is near enough.
func NearestKind(word string) protocol.Kind {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k.Kind)
	}
	return protocol.Kind(nearest(word, names))
}
