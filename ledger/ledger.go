package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/folkmoot/folkmoot/protocol"
)

// Config says where a ledger lies and how it behaves.
type Config struct {
	// Dir is the folder of the store; empty keeps it in memory.
	Dir string
	// Network is the network whose bodies are kept.
	Network string
	// Now tells the time; nil is [time.Now].
	Now func() time.Time
	// Floor is the free space in bytes below which nothing is written; 0 is
	// [DefaultFloor].
	Floor uint64
	// EraseAfter is how long erased content is kept, withheld from everybody,
	// before it is deleted, counted from when its `erase` came here; 0 is
	// [DefaultEraseAfter].
	EraseAfter time.Duration
	// Logger takes warnings; nil discards them.
	Logger *slog.Logger

	// unsynced leaves out waiting for the disk, so that a test of power cuts can
	// show that it would notice.
	unsynced bool
	// rejoining takes entries that were taken before: what was decided when they
	// came in, by the clock and by what came with them, is not decided again.
	rejoining bool
}

// DefaultFloor is the free space in bytes below which nothing is written. The
// store dies when its memory-mapped files cannot grow, so it stops long before.
const DefaultFloor = 256 << 20

// DefaultEraseAfter leaves a body a week to disown an `erase` that a thief of its
// key wrote.
const DefaultEraseAfter = 7 * 24 * time.Hour

// MaxAhead is how far an entry may be dated in the future and still be taken:
// clocks differ. One that is further ahead waits.
const MaxAhead = 10 * time.Minute

const (
	// cachedTips is how many bodies' chains are held in memory for the writer and
	// again for readers, at roughly 2 KB each, and cachedKeys how many expanded signing keys, at 1.5 KB.
	cachedTips = 4096
	cachedKeys = 4096
)

func (c Config) validate() (Config, error) {
	if _, err := protocol.ParseNetwork(c.Network); err != nil {
		return c, fmt.Errorf("ledger: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Floor == 0 {
		c.Floor = DefaultFloor
	}
	if c.EraseAfter == 0 {
		c.EraseAfter = DefaultEraseAfter
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Ledger is an open store. See the package's documentation for what callers may
// do at the same time.
type Ledger struct {
	cfg      Config
	db       *badger.DB
	verifier *protocol.Verifier
	// space is nil for a ledger in memory.
	space *space
	// last is the number of the last event that readers may see.
	last atomic.Uint64

	// write is held by the one writer; the fields below are its own.
	write  sync.Mutex
	count  counters
	broken error
	marker *marker
	pace   *pace

	// erasers has its own lock. lacking is true when entries may be without
	// content that no erasure names.
	erasers erasers
	lacking atomic.Bool
	// lackFrom is the event where the next list of what is lacking begins.
	lackFrom atomic.Uint64

	// tips holds what was last committed of the bodies in use.
	tips *lru.Cache[protocol.BodyID, *tip]
	// restored holds what readers worked out of others, each with the stored head
	// from which it follows: a reader may be behind the writer.
	restored *lru.Cache[protocol.BodyID, restoredTip]

	// wake is closed, and replaced, when events were added.
	wakeMu sync.Mutex
	wake   chan struct{}
}

// Open opens the store at cfg.Dir, or makes it. It checks that the totals of
// the store agree with what it holds. The errors that callers can act on are
// [ErrLocked], [ErrNewerSchema], [ErrOlderSchema], [ErrCorrupt] and [ErrDiskFloor].
func Open(cfg Config) (*Ledger, error) {
	cfg, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	var room *space
	if cfg.Dir != "" {
		if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the ledger's folder: %w", err)
		}
		if room, err = openSpace(cfg.Dir, cfg.Floor); err != nil {
			return nil, err
		}
	}
	// Before Badger, which drops the end of a file that does not hold together.
	if err := finishOverwriting(cfg.Dir); err != nil {
		return nil, err
	}
	db, err := openBadger(cfg)
	if err != nil {
		return nil, err
	}
	if err := forgetOverwriting(cfg.Dir); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	tips, err := lru.New[protocol.BodyID, *tip](cachedTips)
	restored, more := lru.New[protocol.BodyID, restoredTip](cachedTips)
	if err = errors.Join(err, more); err != nil {
		return nil, errors.Join(fmt.Errorf("make the caches of heads: %w", err), db.Close())
	}
	l := &Ledger{
		cfg: cfg, db: db, verifier: protocol.NewVerifier(cachedKeys), tips: tips, restored: restored,
		space: room, wake: make(chan struct{}), pace: newPace(cfg.rejoining),
	}
	// What cannot be set aside now is asked for before the first write.
	if err := l.settleSpace(); err != nil && !errors.Is(err, ErrDiskFloor) {
		return nil, errors.Join(err, db.Close())
	}
	if err := guarded(l.load); err != nil {
		return nil, errors.Join(err, guarded(db.Close))
	}
	return l, nil
}

// openBadger opens the store, a second time if it must: after a crash at the
// wrong moment Badger refuses the first opening and cleans up for the next
// (badger#2207).
func openBadger(cfg Config) (*badger.DB, error) {
	var db *badger.DB
	open := func() (err error) {
		db, err = badger.Open(badgerOptions(cfg))
		return err
	}
	err := guarded(open)
	if err != nil && !isLocked(err) && !errors.Is(err, ErrCorrupt) {
		cfg.Logger.Warn("the ledger did not open at once; trying again", "error", err)
		err = guarded(open)
	}
	switch {
	case err == nil:
		return db, nil
	case isLocked(err):
		return nil, fmt.Errorf("open %s: %w", cfg.Dir, ErrLocked)
	default:
		return nil, fmt.Errorf("open %s: %w: %w", cfg.Dir, ErrCorrupt, err)
	}
}

// isLocked recognises Badger's refusal of a second process, which has no error
// value of its own.
func isLocked(err error) bool {
	return strings.Contains(err.Error(), "Cannot acquire directory lock")
}

// load reads the totals and audits the store against them.
func (l *Ledger) load() error {
	err := l.db.View(func(txn *badger.Txn) error {
		b, err := get(txn, []byte{keyMeta})
		switch {
		case errors.Is(err, ErrNotFound):
			l.count = counters{schema: Schema}
		case err != nil:
			return err
		default:
			if l.count, err = decodeCounters(b); err != nil {
				return err
			}
		}
		if err := CheckSchema(l.count.schema); err != nil {
			return err
		}
		l.erasers.load(txn)
		return l.audit(txn)
	})
	if err != nil {
		return err
	}
	if l.cfg.Dir != "" {
		if l.marker, err = openMarker(l.cfg.Dir, l.count); err != nil {
			return err
		}
	}
	l.last.Store(l.count.events)
	l.lacking.Store(true)
	return l.finishDrops()
}

// settleSpace sets blocks aside for what was opened or committed.
func (l *Ledger) settleSpace() error {
	if l.space == nil {
		return nil
	}
	return l.space.afterCommit()
}

// WatchSpace keeps the ballast beside the store: it gives it up when the disk is
// full and the store needs it, and takes it again when space is free. It returns
// nil when ctx ends. A ledger that is used without it is as safe while it is
// written to, but not while tables are written in the background.
func (l *Ledger) WatchSpace(ctx context.Context) error {
	if l.space == nil {
		<-ctx.Done()
		return nil
	}
	return l.space.watch(ctx)
}

// Close makes the ledger unusable. Followers must have ended before. On a disk
// that is too full to write the journal out as a table it returns [ErrDiskFloor]
// and leaves the store as a crash would: all that was acknowledged is on disk,
// and the lock ends with the process.
func (l *Ledger) Close() error {
	l.write.Lock()
	defer l.write.Unlock()
	if l.broken == nil {
		l.broken = errors.New("the ledger is closed")
	}
	var err error
	if l.space != nil {
		err = l.space.mayClose()
	}
	if err == nil {
		err = l.db.Close()
	}
	if l.marker != nil {
		err = errors.Join(err, l.marker.close())
	}
	if err != nil {
		return fmt.Errorf("close the ledger: %w", err)
	}
	return nil
}

// Stats are the ledger's totals.
type Stats struct {
	// Bodies is how many bodies have a log here, Frozen how many of those
	// contradict themselves.
	Bodies, Frozen uint64
	// Entries is how many entries stand in the logs, Events how many events
	// there were.
	Entries, Events uint64
	// Bytes is how much was stored of all bodies, as in [Head].
	Bytes uint64
	// DiskBytes is what the store takes on disk; FreeBytes what is left there.
	// Both are 0 for a ledger in memory.
	DiskBytes, FreeBytes uint64
}

// Bytes is how much is stored of all bodies, as in [Head], as of the last commit.
func (l *Ledger) Bytes() uint64 {
	l.write.Lock()
	defer l.write.Unlock()
	return l.count.bytes
}

// Stats returns the totals as of the last commit.
func (l *Ledger) Stats() (Stats, error) {
	l.write.Lock()
	c := l.count
	l.write.Unlock()
	s := Stats{Bodies: c.bodies, Frozen: c.frozen, Entries: c.entries, Events: c.events, Bytes: c.bytes}
	if l.cfg.Dir == "" {
		return s, nil
	}
	var err error
	if s.FreeBytes, err = freeSpace(l.cfg.Dir); err != nil {
		return s, err
	}
	s.DiskBytes, err = diskUse(l.cfg.Dir)
	return s, err
}
