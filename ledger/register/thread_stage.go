package register

import (
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// order is the stage's place in the chain.
func (s Stage) order() int {
	return slices.Index([]Stage{
		StageMandate, StageChallenge, StageDecision, StageResponse, StageProgress, StageOutcome, StageLesson, StageAdoption, StageOther,
	}, s)
}

// stageOf is where in the chain entries of a kind stand. An acceptance stands
// next to its mandate.
func stageOf(kind protocol.Kind) Stage {
	switch kind {
	case record.KindMandate, record.KindAcceptance:
		return StageMandate
	case record.KindChallenge:
		return StageChallenge
	case record.KindDecision:
		return StageDecision
	case record.KindResponse:
		return StageResponse
	case record.KindProgress:
		return StageProgress
	case record.KindOutcome:
		return StageOutcome
	case record.KindLesson:
		return StageLesson
	case record.KindAdoption:
		return StageAdoption
	default:
		return StageOther
	}
}

// stageNamed is where an entry stands that another names in a field: what is
// missing or disowned stands where the field expects it, since which of both it is
// follows from the order of arrival.
func stageNamed(i *Item, field string) Stage {
	if i.State != Missing && i.State != Disowned {
		return stageOf(i.Kind)
	}
	switch field {
	case fieldMandate, "after":
		return StageMandate
	case "challenges":
		return StageChallenge
	case fieldDecision:
		return StageDecision
	case fieldResponse:
		return StageResponse
	case "outcome":
		return StageOutcome
	case "lesson":
		return StageLesson
	default:
		return StageOther
	}
}
