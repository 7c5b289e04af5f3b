package catalogue

import (
	"slices"

	"github.com/folkmoot/folkmoot/ledger/register"
)

// dutyStates are the states of duties. Their places are stored.
var dutyStates = []register.DutyState{
	register.Asked, register.Waiting, register.NoResponse, register.ObligationMissing, register.Answered, register.Underway,
	register.Overdue, register.NotMet, register.PartlyMet, register.MetByOwnWord, register.Met,
}

// lateStates are those of what is late.
var lateStates = []register.DutyState{register.NoResponse, register.ObligationMissing, register.Overdue}

// lane is all of a duty's state that does not follow from the time: its class,
// and how it stands before and from its due date on. Duties of one lane change
// their state in the order of their dates and in no other way, so that an index
// by lane and date finds the duties in a state at any time without reading
// others.
type lane int64

// class is how time bears on a duty.
type class int64

const (
	// dated duties become late at their due date.
	dated class = iota
	// undated ones are open and never late.
	undated
	// closed ones are settled.
	closed
)

func laneOf(before, after register.DutyState, open bool) lane {
	c := closed
	switch {
	case slices.Contains(lateStates, after):
		c = dated
	case open:
		c = undated
	}
	return lane(int64(c)<<16 | int64(slices.Index(dutyStates, before))<<8 | int64(slices.Index(dutyStates, after)))
}

func (l lane) class() class { return class(l >> 16) }

// before is the state until the due date.
func (l lane) before() register.DutyState { return dutyStates[int(l>>8&0xff)%len(dutyStates)] }

// after is the state from the due date on.
func (l lane) after() register.DutyState { return dutyStates[int(l&0xff)%len(dutyStates)] }
