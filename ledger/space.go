package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Badger writes its journal, its value log and its tables through memory maps of
// sparse files. When the disk has no block left for a page that is written, the
// kernel answers with SIGBUS, which no program survives. So the ledger
//
//   - writes nothing while less than the floor is free;
//   - sets blocks aside for all that is appended to the journal and the value
//     log that are in use, so that a disk which others fill after that check does
//     not matter;
//   - keeps a ballast, a file of no use, whose blocks it gives up when Badger must
//     make a file although the disk is full: when a journal is full, when the
//     store is closed, and when it is opened.
const (
	// openFloor is the free space in bytes without which the store is not even
	// opened, nor closed in order: either writes journals out as tables.
	openFloor = 32 << 20
	// ballastSize is what writing out every journal and merging the tables takes.
	ballastSize = 64 << 20
	// slack is what must be free beyond the floor and the ballast before the
	// ballast is taken again, so that it does not come and go.
	slack = 32 << 20
	// urgent is the free space below which the ballast goes while Badger may be
	// about to make a file.
	urgent = 16 << 20
	// tableTime is how long after a journal was full Badger may still be writing
	// tables.
	tableTime = time.Minute
	// watchEvery is how often the free space is looked at beside the writes.
	watchEvery = 250 * time.Millisecond

	ballastName = "BALLAST"
)

// space keeps room on the disk for an open store.
type space struct {
	dir   string
	floor uint64

	// mu guards the fields below.
	mu sync.Mutex
	// journal and values are the newest files for which blocks were set aside.
	journal, values string
	// lacking is true while there are no blocks for them.
	lacking bool
	// busyUntil is when Badger will have written its tables.
	busyUntil time.Time
}

// openSpace makes sure that the store at dir can be opened.
func openSpace(dir string, floor uint64) (*space, error) {
	s := &space{dir: dir, floor: floor, lacking: true, busyUntil: time.Now().Add(tableTime)}
	free, err := freeSpace(dir)
	if err != nil {
		return nil, err
	}
	if free < 2*openFloor {
		if err := s.dropBallast(); err != nil {
			return nil, err
		}
	}
	return s, checkSpace(dir, openFloor)
}

// mayWrite returns [ErrDiskFloor] below the floor, and while there are no blocks
// for what is to be written.
func (s *space) mayWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.takeBallast(); err != nil {
		return err
	}
	// Blocks that were the ballast's are not there to be written on.
	floor := s.floor
	if _, err := os.Stat(s.ballast()); err != nil {
		floor += ballastSize
	}
	if err := checkSpace(s.dir, floor); err != nil {
		return err
	}
	return s.provide()
}

// beforeCommit makes room, on a disk that became full since the batch was begun,
// for the files that Badger may have to make to commit it.
func (s *space) beforeCommit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropBallastBelow(urgent)
}

// provide sets blocks aside for the journal and the value log in use, unless it
// did so before.
func (s *space) provide() error {
	if !s.lacking && !hasSuccessor(s.journal) && !hasSuccessor(s.values) {
		return nil
	}
	journal, err := newest(s.dir, "*.mem")
	if err != nil {
		return err
	}
	values, err := newest(s.dir, "*.vlog")
	if err != nil {
		return err
	}
	if journal != s.journal {
		// The journal before is being written out as a table.
		s.busyUntil = time.Now().Add(tableTime)
		if err := s.dropBallastBelow(ballastSize); err != nil {
			return err
		}
	}
	s.journal, s.values, s.lacking = journal, values, true
	for _, f := range []struct {
		path string
		size int64
	}{
		{filepath.Join(s.dir, "DISCARD"), 0},
		{journal, memTableSize + maxCommit},
		{values, valueLogSize + maxCommit},
	} {
		if err := s.setAside(f.path, f.size); err != nil {
			return err
		}
	}
	s.lacking = false
	return s.takeBallast()
}

// afterCommit sets blocks aside for the files that the commit made. What cannot
// be had now is asked for again before the next write.
func (s *space) afterCommit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.provide()
}

// setAside gives a file blocks up to size, or up to its length if size is 0, and
// the ballast for it if it must.
func (s *space) setAside(path string, size int64) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("set blocks aside: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("set blocks aside: %w", err)
	}
	if size == 0 || size > info.Size() {
		size = info.Size()
	}
	if err = allocate(f, size); errors.Is(err, ErrDiskFloor) {
		if err := s.dropBallast(); err != nil {
			return err
		}
		err = allocate(f, size)
	}
	return err
}

// watch looks after the ballast until ctx ends.
func (s *space) watch(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.tend(); err != nil {
			return err
		}
	}
}

// tend gives the ballast up while tables are written and the disk is full, and
// takes it again when the disk has room.
func (s *space) tend() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().Before(s.busyUntil) {
		if err := s.dropBallastBelow(urgent); err != nil {
			return err
		}
	}
	return s.takeBallast()
}

// mayClose gives the ballast up if the store needs it to be closed in order, and
// returns [ErrDiskFloor] if it cannot be all the same.
func (s *space) mayClose() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.dropBallastBelow(openFloor); err != nil {
		return err
	}
	return checkSpace(s.dir, openFloor)
}

func (s *space) ballast() string { return filepath.Join(s.dir, ballastName) }

// takeBallast makes the ballast if it is not there and the disk has room for it.
func (s *space) takeBallast() error {
	if _, err := os.Stat(s.ballast()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	free, err := freeSpace(s.dir)
	if err != nil || free < s.floor+ballastSize+slack {
		return err
	}
	f, err := os.OpenFile(s.ballast(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make the ballast: %w", err)
	}
	if err := errors.Join(allocate(f, ballastSize), f.Close()); err != nil {
		err = errors.Join(err, os.Remove(s.ballast()))
		if errors.Is(err, ErrDiskFloor) {
			return nil // somebody else took the space just now
		}
		return fmt.Errorf("make the ballast: %w", err)
	}
	return nil
}

func (s *space) dropBallastBelow(need uint64) error {
	free, err := freeSpace(s.dir)
	if err != nil || free >= need {
		return err
	}
	return s.dropBallast()
}

func (s *space) dropBallast() error {
	if err := os.Remove(s.ballast()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("give up the ballast: %w", err)
	}
	return nil
}

// hasSuccessor reports whether the file is there that Badger makes after the one
// at path: it names them by rising numbers.
func hasSuccessor(path string) bool {
	ext := filepath.Ext(path)
	digits := strings.TrimSuffix(filepath.Base(path), ext)
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(filepath.Dir(path), fmt.Sprintf("%0*d%s", len(digits), n+1, ext)))
	return err == nil
}

// newest returns the last of the files that match, in the order of their names;
// empty when there is none.
func newest(dir, pattern string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[len(found)-1], nil
}

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
		if errors.Is(err, fs.ErrNotExist) {
			return nil // Badger removed it meanwhile
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
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
