package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/archive"
)

// snapshotPattern names the folders in the data directory that hold a copy of the
// casebook while it is written out.
const snapshotPattern = ".backup-*"

// Backup writes everything in the data directory that cannot be made again to w,
// in clear, in the format of package archive: the settings, the casebook, the
// peer's key, the store with the logs of all bodies, and, with key, the signing
// key. The catalogue is left out. The node goes on meanwhile: the casebook is
// copied first and the store is read as it was at one moment after it, so that
// what the casebook says was published is in the store.
func (n *Node) Backup(ctx context.Context, w io.Writer, key bool) (err error) {
	dir, err := os.MkdirTemp(n.cfg.Data, snapshotPattern)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	book := filepath.Join(dir, casebookFile)
	if err := n.casebook.Snapshot(ctx, book); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	files := []struct{ name, path string }{
		{archive.Config, filepath.Join(n.cfg.Data, configFile)},
		{archive.Casebook, book},
		{archive.PeerKey, keyPath(n.cfg.Data, peerFile)},
	}
	header := archive.Header{Software: "folkmoot/" + n.cfg.version(), Made: unixNow(n.cfg.Now), Network: n.cfg.Network}
	if n.own() != nil {
		header.Body = &n.own().body
		if key {
			header.SigningKey = true
			files = append(files, struct{ name, path string }{archive.SigningKey, keyPath(n.cfg.Data, signingFile)})
		}
	}
	var out *archive.Writer
	begin := func(totals ledger.Totals) error {
		header.Ledger = totals
		var err error
		if out, err = archive.NewWriter(w, header); err != nil {
			return err
		}
		for _, f := range files {
			if err := addFile(out, f.name, f.path); err != nil {
				return err
			}
		}
		return nil
	}
	if err := n.ledger.Dump(ctx, begin, func(p ledger.Pair) error { return out.Pair(p) }); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return out.Close()
}

// addFile adds a file to a backup, unless there is none.
func addFile(out *archive.Writer, name, path string) (err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return out.File(name, info.Size(), f)
}

// removeSnapshots removes what backups left behind that a crash cut short: drafts
// that were deleted since may be in them.
func removeSnapshots(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, snapshotPattern))
	if err != nil {
		return fmt.Errorf("look for copies of the casebook: %w", err)
	}
	for _, path := range left {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("remove a copy of the casebook: %w", err)
		}
	}
	return nil
}
