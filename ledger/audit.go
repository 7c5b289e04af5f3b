package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// audit compares the totals with the heads and the last event. Badger opens
// without complaint when a damaged file has taken rows away; this notices.
func (l *Ledger) audit(txn *badger.Txn) error {
	var entries, bodies, frozen, bytes uint64
	err := scan(txn, []byte{keyHead}, nil, func(key, value []byte) error {
		h, err := decodeHead(key, value)
		if err != nil {
			return err
		}
		entries += h.state.Length
		bytes += h.bytes
		bodies++
		if h.freeze.Kind != 0 {
			frozen++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit: %w: %w", ErrCorrupt, err)
	}
	c := l.count
	if entries != c.entries || bodies != c.bodies || frozen != c.frozen || bytes != c.bytes {
		return fmt.Errorf("audit: the logs of %d bodies hold %d entries, and %d bodies with %d were stored: %w",
			bodies, entries, c.bodies, c.entries, ErrCorrupt)
	}
	if last := lastEvent(txn); last != c.events {
		return fmt.Errorf("audit: the last event is %d, and %d were stored: %w", last, c.events, ErrCorrupt)
	}
	return nil
}

func lastEvent(txn *badger.Txn) uint64 {
	it := txn.NewIterator(badger.IteratorOptions{Reverse: true, Prefix: []byte{keyEvent}})
	defer it.Close()
	it.Seek([]byte{keyEvent + 1})
	if !it.ValidForPrefix([]byte{keyEvent}) {
		return 0
	}
	return lastNumber(it.Item().Key())
}

// marker is a small file beside the store that says how far the store had come.
// Should a damaged journal make Badger forget its last commits, the marker
// knows of them. It is not synced: after a power cut it may lag behind, never
// lead.
type marker struct{ file *os.File }

const (
	markerName = "MARKER"
	markerSize = 16 + sha256.Size
)

func openMarker(dir string, c counters) (*marker, error) {
	path := filepath.Join(dir, markerName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	m := &marker{file: f}
	b, err := io.ReadAll(io.LimitReader(f, markerSize))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	if events, ok := decodeMarker(b); ok && events > c.events {
		return nil, errors.Join(fmt.Errorf(
			"%d events were written and acknowledged, the store has only %d; restore a backup, or move %s away to go on without them: %w",
			events, c.events, path, ErrCorrupt), f.Close())
	}
	return m, m.set(c)
}

func (m *marker) set(c counters) error {
	b := make([]byte, 0, markerSize)
	b = binary.BigEndian.AppendUint64(b, c.events)
	b = binary.BigEndian.AppendUint64(b, c.entries)
	sum := sha256.Sum256(b)
	if _, err := m.file.WriteAt(append(b, sum[:]...), 0); err != nil {
		return fmt.Errorf("write %s: %w", m.file.Name(), err)
	}
	return nil
}

func (m *marker) close() error { return m.file.Close() }

func decodeMarker(b []byte) (events uint64, ok bool) {
	if len(b) != markerSize {
		return 0, false
	}
	sum := sha256.Sum256(b[:16])
	return binary.BigEndian.Uint64(b), bytes.Equal(sum[:], b[16:])
}
