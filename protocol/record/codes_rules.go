package record

import "slices"

// Codes that rules look at.
const (
	RoleCommunityBody = "community_body"

	AudienceNobody = "nobody"

	BasisExecutivePledge = "executive_pledge"

	InclusionNone = "none"

	ThresholdSupermajority = "supermajority"

	StageAnalyse = "analyse"

	MeasureUnit        = "unit"
	MeasureQualitative = "qualitative"

	EvaluatorIndependent = "independent"

	AdoptionAdapted = "adapted"

	ActionAmend    = "amend"
	ActionWithdraw = "withdraw"

	OperationalEngagement  = "operational_engagement"
	NonBindingDeliberation = "non_binding_deliberation"
	BindingDeliberation    = "binding_deliberation"
	FormalGovernance       = "formal_governance"

	AnswerAccept         = "accept"
	AnswerAcceptInPart   = "accept_in_part"
	AnswerAcceptModified = "accept_modified"
	AnswerAlreadyDoing   = "already_doing"
	AnswerDefer          = "defer"
	AnswerReject         = "reject"

	ClaimIdentity = "is_who_it_says"
	ClaimTookPart = "took_part"
	ClaimAgenda   = "agenda_was_ours"
	ClaimReceived = "received_this"
	ClaimChecked  = "figure_checked"
	ClaimDisputed = "disputed"

	StatusScheduled = "scheduled"
	StatusStarted   = "started"
	StatusMet       = "met"
	StatusPartlyMet = "partly_met"
	StatusNotMet    = "not_met"
)

// IsPublicRole reports whether a code of Roles is one of a public body.
func IsPublicRole(role string) bool {
	return slices.Contains([]string{"council", "parish_council", "other_public_body"}, role)
}
