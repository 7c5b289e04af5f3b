package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// damagedSuffix marks a store that was built again, and newSuffix one that is
// being built.
const (
	damagedSuffix = ".damaged-"
	newSuffix     = ".new"
	// damagedTime is how the time of a rebuilding is written in a name.
	damagedTime = "20060102-150405"
	// wholeNote names the note that says how long the body's log must be before
	// anything may be published.
	wholeNote = "node.whole"
)

// Rebuilt says what came of [Rebuild].
type Rebuilt struct {
	ledger.Rebuilt
	// Kept is the folder of the store as it was.
	Kept string
	// Short is how many of the body's own entries must come back from other nodes
	// before anything can be published.
	Short uint64
}

// Rebuild builds the ledger of a data directory again from the entries in it that
// can be read, and keeps the old one beside it. Nothing is published from then on
// until the body's own log is as long as it was. It returns a [LockedError] while
// a node has the directory, and [ledger.ErrCorrupt] when the ledger cannot be
// opened at all, or does not say how long the own log is; nothing is changed then.
func Rebuild(ctx context.Context, cfg Config) (out Rebuilt, err error) {
	if err := cfg.complete(); err != nil {
		return out, err
	}
	dir := filepath.Join(cfg.Data, ledgerDir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return out, fmt.Errorf("%w: %s", ErrNotInitialised, cfg.Data)
	}
	lock, err := lockDir(cfg.Data)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	own, err := readIdentity(cfg.Data)
	if err != nil {
		return out, err
	}
	old := ledger.Config{Dir: dir, Network: cfg.Network, Now: cfg.Now, Floor: uint64(cfg.DiskFloor), Logger: cfg.Logger}
	must, err := ownLength(old, own)
	if err != nil {
		return out, err
	}
	fresh := dir + newSuffix
	if err := os.RemoveAll(fresh); err != nil {
		return out, fmt.Errorf("remove what was begun before: %w", err)
	}
	if out.Rebuilt, err = ledger.Rebuild(ctx, old, fresh); err != nil {
		return out, err
	}
	old.Dir = fresh
	if out.Short, err = noteWhole(old, own, must); err != nil {
		return out, err
	}
	out.Kept = dir + damagedSuffix + cfg.Now().UTC().Format(damagedTime)
	if err := renameDurably(dir, out.Kept); err != nil {
		return out, fmt.Errorf("put the old ledger aside: %w", err)
	}
	if err := renameDurably(fresh, dir); err != nil {
		return out, fmt.Errorf("put the new ledger in its place: %w", errors.Join(err, renameDurably(out.Kept, dir)))
	}
	return out, nil
}

// removeDamaged removes the stores that were put aside when the ledger was built
// again longer ago than erased content may stay: nothing is deleted in them. They
// stay as long as the own log is not whole again.
func (n *Node) removeDamaged() error {
	left, err := filepath.Glob(filepath.Join(n.cfg.Data, ledgerDir+damagedSuffix+"*"))
	if err != nil || len(left) == 0 {
		return err
	}
	if own := n.own(); own != nil {
		chain, err := n.ledger.Chain(own.body)
		if err != nil {
			return fmt.Errorf("read the own log: %w", err)
		}
		if err := n.whole(chain); errors.Is(err, api.ErrLogShort) {
			return nil
		} else if err != nil {
			return err
		}
	}
	for _, dir := range left {
		_, at, _ := strings.Cut(filepath.Base(dir), damagedSuffix)
		aside, err := time.Parse(damagedTime, at)
		if err != nil || n.cfg.Now().Sub(aside) < n.cfg.EraseAfter {
			continue // somebody gave it another name, or it is too early
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove a ledger that was put aside: %w", err)
		}
		n.log.Info("a damaged ledger that had been put aside is removed, since content that was erased may be in it", "folder", dir)
	}
	return nil
}

// ownLength is how long the own log is, or must be; 0 for an observer.
func ownLength(cfg ledger.Config, own *identity) (uint64, error) {
	if own == nil {
		return 0, nil
	}
	length, err := ledger.HeldOf(cfg, own.body)
	if err != nil {
		return 0, fmt.Errorf("the ledger does not say how long the log of this node's body is, and publishing on less of it would contradict it; restore a backup: %w: %w", ledger.ErrCorrupt, err)
	}
	return length, nil
}

// noteWhole notes in a new store how long the own log must be, and returns how
// much of it is lacking.
func noteWhole(cfg ledger.Config, own *identity, must uint64) (short uint64, err error) {
	if own == nil {
		return 0, nil
	}
	l, err := ledger.Open(cfg)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	head, err := l.Head(own.body)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return 0, err
	}
	if head.Length >= must {
		return 0, nil
	}
	return must - head.Length, l.PutNote(wholeNote, strconv.AppendUint(nil, must, 10))
}

// whole returns [api.ErrLogShort] while the body's own log is shorter than it once was.
func (n *Node) whole(chain *protocol.Chain) error {
	note, err := n.ledger.Note(wholeNote)
	if err != nil || note == nil {
		return err
	}
	must, err := strconv.ParseUint(string(note), 10, 64)
	if err != nil {
		return fmt.Errorf("how long the log must be: %w: %w", ledger.ErrDamaged, err)
	}
	if chain.Length() < must {
		return fmt.Errorf("%w: it has %d of %d entries, and publishing would contradict the others", api.ErrLogShort, chain.Length(), must)
	}
	return nil
}
