package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Entries of the value log are overwritten as a redo journal says, which is on
// disk before the first of them is touched: a crash in between leaves no entry
// half written, since the next opening does it all again. The journal has
// nothing of what is deleted.
const overwriteName = "ERASING"

// overwrite makes the changes, durably and all or nothing.
func overwrite(dir string, list []overwriting) error {
	if len(list) == 0 {
		return nil
	}
	if err := writeDurably(filepath.Join(dir, overwriteName), encodeOverwriting(list)); err != nil {
		return fmt.Errorf("note what is overwritten: %w", err)
	}
	if err := applyOverwriting(dir, list); err != nil {
		return err
	}
	return forgetOverwriting(dir)
}

// finishOverwriting makes the changes again that a crash may have cut short. A
// journal that is not whole was never acted upon.
func finishOverwriting(dir string) error {
	if dir == "" {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(dir, overwriteName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what was being overwritten: %w", err)
	}
	list, ok := decodeOverwriting(b)
	if !ok {
		return nil
	}
	return applyOverwriting(dir, list)
}

// forgetOverwriting removes the journal.
func forgetOverwriting(dir string) error {
	if dir == "" {
		return nil
	}
	err := os.Remove(filepath.Join(dir, overwriteName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("forget what was overwritten: %w", err)
	}
	return nil
}

// applyOverwriting writes every entry and waits for the disk.
func applyOverwriting(dir string, list []overwriting) error {
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].file == list[0].file {
			n++
		}
		if err := applyTo(filepath.Join(dir, list[0].file), list[:n]); err != nil {
			return fmt.Errorf("overwrite erased content: %w", err)
		}
		list = list[n:]
	}
	return nil
}

func applyTo(path string, list []overwriting) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.offset < vlogHeader || o.offset+o.size() > info.Size() {
			return fmt.Errorf("%s has no entry at %d: %w", path, o.offset, ErrCorrupt)
		}
		if _, err := f.WriteAt(o.bytes(), o.offset); err != nil {
			return err
		}
	}
	return f.Sync()
}

// encodeOverwriting writes for each entry its file's name, offset, head, number
// of zeros and checksum, and a SHA-256 of it all at the end.
func encodeOverwriting(list []overwriting) []byte {
	var b []byte
	for _, o := range list {
		b = append(binary.AppendUvarint(b, uint64(len(o.file))), o.file...)
		b = binary.AppendUvarint(b, uint64(o.offset)) //nolint:gosec // never negative
		b = append(binary.AppendUvarint(b, uint64(len(o.head))), o.head...)
		b = binary.AppendUvarint(b, uint64(o.zeros))
		b = append(b, o.sum[:]...)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func decodeOverwriting(b []byte) ([]overwriting, bool) {
	if len(b) < sha256.Size {
		return nil, false
	}
	b, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if actual := sha256.Sum256(b); !bytes.Equal(actual[:], sum) {
		return nil, false
	}
	number := func() uint64 {
		n, size := binary.Uvarint(b)
		b = b[max(size, 0):]
		return n
	}
	piece := func(n uint64) []byte {
		p := b[:min(n, uint64(len(b)))]
		b = b[len(p):]
		return p
	}
	var list []overwriting
	for len(b) > 0 {
		var o overwriting
		o.file = filepath.Base(string(piece(number())))
		o.offset = int64(number()) //nolint:gosec // as it was written, which the sum proves
		o.head = piece(number())
		o.zeros = uint32(number()) //nolint:gosec // as it was written
		copy(o.sum[:], piece(uint64(len(o.sum))))
		list = append(list, o)
	}
	return list, true
}

// writeDurably writes a file and waits until it, and its name, are on disk.
func writeDurably(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
