package ledger

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// allocate gives a file blocks of its own from its beginning up to size, zeroes
// where it had none, and makes it no shorter. A file system that cannot do that
// leaves the file as it was; one that is full returns [ErrDiskFloor].
func allocate(f *os.File, size int64) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
			return fmt.Errorf("set aside %d MB for %s: %w", size>>20, f.Name(), ErrDiskFloor)
		case err != nil && !errors.Is(err, syscall.EOPNOTSUPP) && !errors.Is(err, syscall.ENOSYS):
			return fmt.Errorf("set aside %d MB for %s: %w", size>>20, f.Name(), err)
		}
		return nil
	}
}
