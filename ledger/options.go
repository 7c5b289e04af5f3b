package ledger

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/folkmoot/folkmoot/protocol"
)

const (
	// valueThreshold is the length in bytes from which on values lie in the value
	// log.
	valueThreshold = 512
	// memTableSize is how many bytes of keys are gathered, in memory and in a
	// journal, before they become a table; valueLogSize how long one file of the
	// value log becomes. Blocks for one of each are set aside: see space.go.
	memTableSize = 8 << 20
	valueLogSize = 16 << 20
	// maxCommit is more than one transaction adds to either.
	maxCommit = 4 << 20
)

// badgerOptions are those of a small server: with Badger's defaults a machine
// of 512 MB kills the process. Entries go to the value log in arrival order;
// the tree holds only keys, uncompressed, in small tables, so that compaction
// needs little memory.
func badgerOptions(cfg Config) badger.Options {
	o := badger.DefaultOptions(cfg.Dir).
		WithLogger(badgerLog{cfg.Logger}).
		WithSyncWrites(!cfg.unsynced).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(valueLogSize).
		WithMemTableSize(memTableSize).
		WithNumMemtables(3).
		WithNumLevelZeroTables(4).
		WithNumLevelZeroTablesStall(12).
		WithBaseTableSize(1 << 20).
		WithBaseLevelSize(16 << 20).
		WithNumCompactors(2).
		WithCompactL0OnClose(true). // what was overwritten is known as dead then
		WithCompression(options.None).
		WithBlockCacheSize(16 << 20).
		WithIndexCacheSize(16 << 20).
		WithVerifyValueChecksum(true).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithMetricsEnabled(false).
		WithDetectConflicts(false) // one writer, under a lock
	o.TableSizeMultiplier = 1
	if cfg.Dir == "" {
		// There is no value log in memory: values lie in the tree.
		o = o.WithInMemory(true).WithSyncWrites(false).
			WithValueThreshold(protocol.MaxEntry * 2).WithMemTableSize(32 << 20)
	}
	return o
}

// badgerLog passes Badger's messages on: its information is of interest to
// nobody but its own developers.
type badgerLog struct{ log *slog.Logger }

// Errorf passes on what went wrong.
func (b badgerLog) Errorf(format string, args ...any) {
	b.log.Error("badger", "message", line(format, args))
}

// Warningf passes on what may go wrong.
func (b badgerLog) Warningf(format string, args ...any) {
	b.log.Warn("badger", "message", line(format, args))
}

// Infof keeps to itself what is of interest to Badger's developers.
func (b badgerLog) Infof(format string, args ...any) {
	b.log.Debug("badger", "message", line(format, args))
}

// Debugf does the same.
func (b badgerLog) Debugf(format string, args ...any) {
	b.log.Debug("badger", "message", line(format, args))
}

func line(format string, args []any) string { return strings.TrimSpace(fmt.Sprintf(format, args...)) }
