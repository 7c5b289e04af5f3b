package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/node/archive"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing"
)

// Restored is what [Restore] or [VerifyBackup] found in a backup.
type Restored struct {
	archive.Header
	// Kept is where the data directory that was in place lies now; empty when
	// there was none.
	Kept string
	// NewKey says that a signing key was made which no control names yet: see
	// Restore.
	NewKey bool
	// Report is what checking every log from its bytes found.
	Report api.VerifyReport
}

// Restore makes cfg.Data of a backup, which r gives in clear. All of it is made
// and checked in a folder beside, and then takes the place of the old data
// directory, which is kept under another name; until then nothing changes, and
// after an error nothing has. It returns [archive.ErrNewer] or
// [ledger.ErrNewerSchema] for a backup of later software before it writes
// anything, [archive.ErrDamaged], [ledger.ErrCorrupt], or a [LockedError] while a
// process has the directory in place.
//
// The log is noted as shared: whatever the backup knew, a restored node asks its
// peers for it before it publishes. Where the backup has no signing key a new one
// is made, which no control names: a change of control brings the one that counts.
func Restore(ctx context.Context, cfg Config, r io.Reader) (res Restored, err error) {
	if err := cfg.complete(); err != nil {
		return res, err
	}
	in, err := openArchive(r)
	if err != nil {
		return res, err
	}
	lock, err := lockInPlace(cfg.Data)
	if err != nil {
		return res, err
	}
	if lock != nil {
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	if err := os.MkdirAll(filepath.Dir(cfg.Data), 0o700); err != nil {
		return res, fmt.Errorf("make the folder of the data directory: %w", err)
	}
	staged, err := os.MkdirTemp(filepath.Dir(cfg.Data), filepath.Base(cfg.Data)+".restoring-*")
	if err != nil {
		return res, fmt.Errorf("make a folder to restore into: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(staged))
		}
	}()
	if res, err = unpack(ctx, cfg, staged, in, nil); err != nil {
		return res, err
	}
	if !res.Report.OK() {
		return res, fmt.Errorf("the log of %s in the backup does not verify: %s: %w", res.Report.Problems[0].Body, res.Report.Problems[0].Detail, ledger.ErrCorrupt)
	}
	if res.NewKey, err = makeSigningKey(staged, res.Header); err != nil {
		return res, err
	}
	res.Kept, err = replaceDir(staged, cfg.Data, cfg.Now().UTC().Format("20060102T150405Z"))
	return res, err
}

// VerifyBackup restores a backup into dir, which must be empty, and checks all of
// it there: every part against the manifest, the store's totals and heads, and
// each log from its bytes. progress may be nil.
func VerifyBackup(ctx context.Context, cfg Config, dir string, r io.Reader, progress func(api.VerifyProgress)) (Restored, error) {
	if err := cfg.complete(); err != nil {
		return Restored{}, err
	}
	in, err := openArchive(r)
	if err != nil {
		return Restored{}, err
	}
	return unpack(ctx, cfg, dir, in, progress)
}

// openArchive refuses what this software cannot restore.
func openArchive(r io.Reader) (*archive.Reader, error) {
	in, err := archive.NewReader(r)
	if err != nil {
		return nil, err
	}
	if err := ledger.CheckSchema(in.Header.Ledger.Schema); err != nil {
		return nil, fmt.Errorf("the backup: %w", err)
	}
	return in, nil
}

// unpack makes a data directory of a backup and checks it.
func unpack(ctx context.Context, cfg Config, dir string, in *archive.Reader, progress func(api.VerifyProgress)) (res Restored, err error) {
	res.Header = in.Header
	lcfg := ledger.Config{Dir: filepath.Join(dir, ledgerDir), Network: in.Header.Network, Now: cfg.Now, Floor: uint64(cfg.DiskFloor), Logger: cfg.Logger}
	if err := makeDataDir(dir); err != nil {
		return res, err
	}
	if err := in.Files(func(name string, r io.Reader) error {
		return unpackFile(filepath.Join(dir, filepath.FromSlash(name)), r)
	}); err != nil {
		return res, err
	}
	l, err := ledger.Load(lcfg, in.Header.Ledger, untilDone(ctx, in.Pairs()))
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, wrap("close the restored ledger", l.Close())) }()
	if err := in.Finish(); err != nil {
		return res, err
	}
	if err := sharing.MarkHanded(l); err != nil {
		return res, err
	}
	if err := checkUnpacked(ctx, cfg, dir, in.Header, l); err != nil {
		return res, err
	}
	res.Report, err = api.VerifyLedger(ctx, l, api.VerifyScope{}, func(p api.VerifyProgress) error {
		if progress != nil {
			progress(p)
		}
		return nil
	})
	if err != nil {
		return res, err
	}
	return res, syncDir(dir)
}

func untilDone(ctx context.Context, pairs iter.Seq2[ledger.Pair, error]) iter.Seq2[ledger.Pair, error] {
	return func(yield func(ledger.Pair, error) bool) {
		for p, err := range pairs {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

func unpackFile(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// checkUnpacked opens what a node would open. The chain of a body begins with its
// network, so that a wrong one shows here.
func checkUnpacked(ctx context.Context, cfg Config, dir string, h archive.Header, l *ledger.Ledger) error {
	book, err := casebook.Open(ctx, casebook.Config{Path: filepath.Join(dir, casebookFile), Now: cfg.Now})
	if err != nil {
		return err
	}
	if err := book.Close(); err != nil {
		return err
	}
	if _, err := os.Stat(keyPath(dir, peerFile)); !errors.Is(err, fs.ErrNotExist) {
		if _, err := peerKey(dir); err != nil {
			return fmt.Errorf("the peer's key in the backup: %w", err)
		}
	}
	id, err := readIdentity(dir)
	if err != nil {
		return fmt.Errorf("the signing key in the backup: %w", err)
	}
	if h.SigningKey != (id != nil) || id != nil && (h.Body == nil || *h.Body != id.body) {
		return fmt.Errorf("%w: its header and its signing key do not belong together", archive.ErrDamaged)
	}
	if h.Body == nil {
		return nil
	}
	chain, err := l.Chain(*h.Body)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if chain.Network() != h.Network {
		return fmt.Errorf("%w: its body belongs to the network %q and not to %q", archive.ErrDamaged, chain.Network(), h.Network)
	}
	return nil
}

// makeSigningKey makes the key of a body whose backup has none. Nothing signed
// with it counts before it is put in force.
func makeSigningKey(dir string, h archive.Header) (bool, error) {
	if h.Body == nil || h.SigningKey {
		return false, nil
	}
	key, err := protocol.GenerateKey(rand.Reader)
	if err != nil {
		return false, err
	}
	if err := writeDurably(keyPath(dir, signingFile), encodeSigning(identity{body: *h.Body, key: key})); err != nil {
		return false, fmt.Errorf("write the new signing key: %w", err)
	}
	return true, nil
}

// lockInPlace claims the data directory that is to be replaced; nil when there is
// none.
func lockInPlace(dir string) (*dirLock, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return lockDir(dir)
}

// replaceDir puts staged in the place of dir, and returns the name under which
// what was there is kept; empty when nothing was. When it fails, dir is as it was.
func replaceDir(staged, dir, stamp string) (kept string, err error) {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		kept = dir + ".before-restore-" + stamp
		if _, err := os.Lstat(kept); !errors.Is(err, fs.ErrNotExist) {
			return "", errors.Join(err, fmt.Errorf("keep the old data directory: there is a %s already; try again in a second", kept))
		}
		if err := os.Rename(dir, kept); err != nil {
			return "", fmt.Errorf("keep the old data directory: %w; if it is a mount point, restore to another directory with --data", err)
		}
	}
	if err := os.Rename(staged, dir); err != nil {
		err = fmt.Errorf("put the restored data directory in its place: %w", err)
		if kept != "" {
			err = errors.Join(err, os.Rename(kept, dir))
		}
		return "", err
	}
	return kept, syncDir(filepath.Dir(dir))
}
