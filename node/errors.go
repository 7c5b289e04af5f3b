package node

import (
	"errors"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
)

// Errors that callers branch on, besides those of packages ledger and api.
var (
	// ErrNotInitialised: there is nothing in the data directory.
	ErrNotInitialised = errors.New("there is no folkmoot data here")
	// ErrBodyExists: the data directory has a body already.
	ErrBodyExists = errors.New("this data directory has a body already")
	// ErrKeyDamaged: a file of keys is not as it was written.
	ErrKeyDamaged = errors.New("the file of keys is damaged")
	// ErrUnfinished: the body is made, but its first entries could not be
	// written; the next start does it.
	ErrUnfinished = errors.New("the body is made, but its first entries are not written yet")
)

// LockedError says that another process has the data directory. It unwraps to
// [ledger.ErrLocked].
type LockedError struct {
	Dir string
	// PID is the process that has it; 0 when that is not known.
	PID int
}

// Error names the process and says what to do.
func (e *LockedError) Error() string {
	who := "another process"
	if e.PID > 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("%s is in use by %s; stop it, or name another directory", e.Dir, who)
}

// Unwrap returns [ledger.ErrLocked].
func (e *LockedError) Unwrap() error { return ledger.ErrLocked }

// ClockError refuses to author because the clock here differs more than clocks
// may from the log's last entry, which is dated in the future, or from the clocks
// of peers: either is wrong.
type ClockError struct {
	// Last is when the last entry is dated, Peers what the clocks of peers say;
	// one of the two is zero.
	Last, Peers time.Time
	Now         time.Time
}

// Error says both times.
func (e *ClockError) Error() string {
	if !e.Peers.IsZero() {
		return fmt.Sprintf("the clocks of peers say %s, but the clock here says %s; if this one is right, confirm it with \"folkmoot confirm clock --reason WORDS\"",
			e.Peers.UTC().Format(time.RFC3339), e.Now.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("the last entry is dated %s, but the clock here says %s",
		e.Last.UTC().Format(time.RFC3339), e.Now.UTC().Format(time.RFC3339))
}

// Unwrap returns [api.ErrClock].
func (e *ClockError) Unwrap() error { return api.ErrClock }
