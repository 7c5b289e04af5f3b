package ledger

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// openFloor is the free space in bytes without which the store is not even
// opened, since opening it makes new files.
const openFloor = 32 << 20

func freeSpace(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("free space at %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

func checkSpace(dir string, floor uint64) error {
	free, err := freeSpace(dir)
	if err != nil {
		return err
	}
	if free < floor {
		return fmt.Errorf("%d MB are free at %s and %d MB are needed: %w", free>>20, dir, floor>>20, ErrDiskFloor)
	}
	return nil
}

// diskUse adds up the blocks that the files of dir really take: the store's
// files are sparse.
func diskUse(dir string) (uint64, error) {
	var total uint64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			total += uint64(s.Blocks) * 512
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("size of %s: %w", dir, err)
	}
	return total, nil
}
