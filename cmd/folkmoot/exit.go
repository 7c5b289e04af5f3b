package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/node/archive"
)

// Exit codes. Scripts may rely on them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNoData      = 10
	exitLocked      = 11
	exitNotNow      = 12
	exitDiskFloor   = 13
	exitCorrupt     = 14
	exitNewerSchema = 15
	exitInterrupted = 130
)

// errDoesNotHold is what verification found: the bytes are not those that were
// signed, or some are missing.
var errDoesNotHold = errors.New("it does not verify")

// usageError is a command line that cannot be carried out as it stands.
type usageError struct {
	text string
}

// Error says what is wrong with it.
func (e *usageError) Error() string { return e.text }

// notNow is what to do when the node may not sign for its body just now.
const notNow = `"folkmoot status" says what keeps the node from publishing, and "folkmoot confirm --help" what an officer can confirm.`

// endings maps the errors that have a code of their own to it, with what to do.
// The first that matches counts.
var endings = []struct {
	err  error
	code int
	hint string
}{
	{context.Canceled, exitInterrupted, ""},
	{node.ErrNotInitialised, exitNoData, `Make a body with "folkmoot init", or name the directory with --data.`},
	{api.ErrOffline, exitFailed, `Start it with "folkmoot serve" and try again.`},
	{ledger.ErrLocked, exitLocked, "Another folkmoot has this data directory open. Wait for it to end, or stop it."},
	{api.ErrAskFirst, exitNotNow, notNow},
	{api.ErrTwoWriters, exitNotNow, notNow},
	{api.ErrLogShort, exitNotNow, notNow},
	{api.ErrClock, exitNotNow, notNow},
	{api.ErrKeyNew, exitNotNow, notNow},
	{archive.ErrNewer, exitNewerSchema, "Use the version of folkmoot that made the backup, or a later one."},
	{archive.ErrDamaged, exitCorrupt, "Take another copy of the backup, or an older one."},
	{ledger.ErrDiskFloor, exitDiskFloor, "Free some space and try again. Reading goes on meanwhile."},
	{syscall.ENOSPC, exitDiskFloor, "Free some space and try again. Reading goes on meanwhile."},
	{ledger.ErrOlderSchema, exitNewerSchema, "Export it with the version that wrote it, and let a new data directory fetch it from other nodes."},
	{ledger.ErrNewerSchema, exitNewerSchema, "Use the version of folkmoot that wrote the data directory, or a later one."},
	{ledger.ErrCorrupt, exitCorrupt, `Run "folkmoot doctor" to see what to do about it, and keep the data directory as it is until then.`},
	{ledger.ErrDamaged, exitCorrupt, `Run "folkmoot doctor --deep" to see how much is concerned and what to do about it. Other nodes hold a copy.`},
	{node.ErrKeyDamaged, exitCorrupt, `Run "folkmoot doctor" to see what to do about it.`},
	{errDoesNotHold, exitCorrupt, ""},
	{errDefects, exitCorrupt, ""},
}

// exitCode is the code with which the program ends for err.
func exitCode(err error) int {
	var usage *usageError
	var config *node.ConfigError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage), errors.As(err, &config):
		return exitUsage
	}
	for _, e := range endings {
		if errors.Is(err, e.err) {
			return e.code
		}
	}
	return exitFailed
}

// hintFor says what to do about err, which came up in a command, or in none if
// that is empty; nothing if there is nothing to say.
func hintFor(err error, command string) string {
	var usage *usageError
	if errors.As(err, &usage) {
		if command == "" {
			return `Run "folkmoot --help" for the list of commands.`
		}
		return fmt.Sprintf(`Run "folkmoot %s --help" for what it takes.`, command)
	}
	for _, e := range endings {
		if errors.Is(err, e.err) {
			return e.hint
		}
	}
	return ""
}
