package protocol

import (
	"cmp"
	"fmt"
)

// Strength ranks a change of control (SPEC.md section 5.3): one that stands
// under an earlier control outranks one under a later, and of two under the
// same control the one with the better rank does.
type Strength struct {
	// Under is the position of the control that the change stands under.
	Under uint64
	// Rank is the place of the recovery key in that control's list, or
	// [RankQuorum].
	Rank uint8
}

// RankQuorum is the rank of a change that officers approved: after every
// recovery key.
const RankQuorum = MaxRecovery

// Compare is positive when s is stronger than t.
func (s Strength) Compare(t Strength) int {
	if c := cmp.Compare(t.Under, s.Under); c != 0 {
		return c
	}
	return cmp.Compare(t.Rank, s.Rank)
}

// String says the strength in words.
func (s Strength) String() string {
	if s.Rank == RankQuorum {
		return fmt.Sprintf("quorum under %d", s.Under)
	}
	return fmt.Sprintf("recovery key %d under %d", s.Rank+1, s.Under)
}

// InForce is a control in a log.
type InForce struct {
	// Seq and ID are those of the entry that set it.
	Seq uint64
	ID  EntryID
	// Control is what it says.
	Control *Control
	// Strength is that of the `keys` entry; meaningless for a charter.
	Strength Strength
}

// Change reports whether the control is a `keys` entry, not the charter.
func (f *InForce) Change() bool { return f.Seq > 0 }

// strongest returns the strongest change among controls that stands at or after
// parting, under a control from before it.
func strongest(controls []InForce, parting uint64) (best Strength, ok bool) {
	for i := range controls {
		f := &controls[i]
		if f.Seq < parting || !f.Change() || f.Strength.Under >= parting {
			continue
		}
		if !ok || f.Strength.Compare(best) > 0 {
			best, ok = f.Strength, true
		}
	}
	return best, ok
}
