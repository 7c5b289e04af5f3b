package ledger

import "errors"

// Errors that callers branch on.
var (
	// ErrNotFound: no such body or entry is held.
	ErrNotFound = errors.New("not held here")
	// ErrFrozen: the log contradicts itself; nothing can be added to it.
	ErrFrozen = errors.New("the log is frozen: it contradicts itself")
	// ErrLocked: another process has the store open.
	ErrLocked = errors.New("the ledger is in use by another process")
	// ErrNewerSchema: a later version of the software wrote the store.
	ErrNewerSchema = errors.New("the ledger was written by a newer version of folkmoot")
	// ErrOlderSchema: a version of the software from before the first release
	// wrote the store, in a layout that is not read any more.
	ErrOlderSchema = errors.New("the ledger was written by a version of folkmoot from before its first release")
	// ErrCorrupt: the store as a whole does not hold together.
	ErrCorrupt = errors.New("the ledger is damaged")
	// ErrDamaged: an entry's bytes are not those that were stored.
	ErrDamaged = errors.New("the entry is damaged on disk")
	// ErrDiskFloor: too little space is free to write.
	ErrDiskFloor = errors.New("too little disk space is free")
)
