package guard

import "errors"

// ErrTooLong says that an answer goes on beyond the limit.
var ErrTooLong = errors.New("the answer is too long")

// RefusedError says that something is not reached or not read, and why.
type RefusedError struct {
	// What is the address, Why what it is instead of a public one.
	What, Why string
}

// Error names both.
func (e *RefusedError) Error() string { return "refused: " + e.What + " is " + e.Why }
