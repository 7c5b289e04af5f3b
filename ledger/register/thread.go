package register

import (
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// MaxThread is how many entries a thread has at most.
const MaxThread = 1000

// Thread is everything that hangs together with one record.
type Thread struct {
	// Start is what was asked for.
	Start protocol.EntryID
	// Steps go from mandate to adoption: by stage of the chain, then by time.
	Steps []Step
	// More says that there are more than MaxThread.
	More bool
}

// Step is an entry in a thread.
type Step struct {
	Item
	// Stage is where in the chain it stands.
	Stage Stage
	// Links are the entries of the thread that it names, and by which field.
	Links []Link
}

// Link is one entry's naming another.
type Link struct {
	Field string           `json:"field"`
	To    protocol.EntryID `json:"to"`
}

// Stage is a step of the chain from mandate to adoption.
type Stage string

// Stages, in the order of the chain.
const (
	StageMandate   Stage = "mandate"
	StageChallenge Stage = "challenge"
	StageDecision  Stage = "decision"
	StageResponse  Stage = "response"
	StageProgress  Stage = "progress"
	StageOutcome   Stage = "outcome"
	StageLesson    Stage = "lesson"
	StageAdoption  Stage = "adoption"
	StageOther     Stage = "other"
)

// ReadThread gathers everything that hangs together with a record, both ways.
// It climbs from the record to the decisions that it stems from (or, where there
// is none, to the mandate, the challenge or the report), and from each of them
// takes what it cites and all that followed. Other decisions under the same
// mandate or to the same challenge are not part of it, unless the mandate or the
// challenge itself was asked for. It returns [ledger.ErrNotFound] for an entry
// that is neither held nor named by any.
//
// Where there are more than [MaxThread], what is fewer steps away comes first,
// then what stands earlier in the chain, then the earlier in time; of each body
// the first 256 that name a record are taken. The cost grows with the number of
// entries that name those in the thread.
func ReadThread(r Reader, id protocol.EntryID) (*Thread, error) {
	w := &weaver{v: newView(r), in: map[protocol.EntryID]*strand{}}
	t, err := w.weave(id)
	if err != nil {
		return nil, fmt.Errorf("thread of %s: %w", id, err)
	}
	return t, nil
}
