package casebook

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Errors that callers branch on. What a person wrote that cannot be kept is a
// [record.InputError].
var (
	// ErrNotFound: there is no such draft, revision or proposal.
	ErrNotFound = errors.New("not in the casebook")
	// ErrAmbiguous: the beginning of an ID is that of several. The error
	// is an [AmbiguousError].
	ErrAmbiguous = errors.New("several begin like this")
	// ErrConflict: the draft was saved by somebody else meanwhile. The error of
	// Save is a [ConflictError].
	ErrConflict = errors.New("the draft was changed meanwhile")
	// ErrState: the draft or proposal was published or put aside, and takes no changes.
	ErrState = errors.New("it takes no changes")
	// ErrFull: a limit of the casebook is reached.
	ErrFull = errors.New("the casebook takes no more")
	// ErrUnusable: the file is damaged, made by newer software, or no casebook.
	// It was left as it is.
	ErrUnusable = errors.New("the casebook cannot be used")
	// ErrNotWritten: the disk is full, the file cannot be written, or somebody
	// else is writing. Nothing was changed. On a full disk the error is
	// [syscall.ENOSPC] too.
	ErrNotWritten = errors.New("nothing could be written to the casebook")
)

// AmbiguousError says which drafts or proposals a beginning may mean. It unwraps to
// [ErrAmbiguous].
type AmbiguousError struct {
	// Given is what was asked for, Candidates the IDs that begin so: the first
	// ten, in alphabetical order.
	Given string
	// What is a draft or a proposal.
	What       string
	Candidates []string
}

// Error names the candidates.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("several %ss begin with %q: %s; write more of the one that is meant", e.What, e.Given, strings.Join(e.Candidates, ", "))
}

// Unwrap returns [ErrAmbiguous].
func (e *AmbiguousError) Unwrap() error { return ErrAmbiguous }

// ConflictError says what a draft holds instead of what was to be saved. It
// unwraps to [ErrConflict].
type ConflictError struct {
	// Draft and Present are the draft and its present revision.
	Draft   Draft
	Present Revision
	// Kept is the number under which the text that was not taken is kept.
	Kept int
}

// Error says where both texts are.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("draft %s was changed meanwhile and is at revision %d now; your text is kept as revision %d: compare the two, and save what should stand",
		e.Draft.ID, e.Present.Revision, e.Kept)
}

// Unwrap returns [ErrConflict].
func (e *ConflictError) Unwrap() error { return ErrConflict }

// explain says what an error of SQLite means to whom it concerns.
func explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		return fmt.Errorf("%w: it is damaged or no casebook (%w); keep the file, and restore a backup, or move it elsewhere to begin an empty one", ErrUnusable, err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: the disk is full (%w, %w); free some space and try again", ErrNotWritten, syscall.ENOSPC, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: the file or its folder is read-only (%w); give its owner leave to write and try again", ErrNotWritten, err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%w: the disk does not answer as it should (%w); look after the disk, and try again", ErrNotWritten, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: another command is writing to it (%w); try again in a moment", ErrNotWritten, err)
	}
	return err
}
