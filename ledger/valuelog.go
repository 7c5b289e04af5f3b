package ledger

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

// Badger's value log is files of entries, each as long as its head says:
//
//	meta 1 | user meta 1 | key length | value length | expiry | key | value | crc32c 4
//
// the three numbers as uvarints, after a header of 20 bytes. The last file goes
// on in zeros. Badger removes old versions from it only file by file, and not
// from every file (badger#2334); so what must be gone is overwritten where it
// lies, by a value of the same length.
const (
	vlogHeader = 20
	vlogSuffix = ".vlog"
	// maxVlogKey and maxVlogValue are more than any entry has here.
	maxVlogKey   = 1 << 16
	maxVlogValue = 64 << 20
	// versionSize is what Badger puts behind each key.
	versionSize = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// overwriting is the new bytes of an entry of the value log: head, then zeros,
// then the checksum.
type overwriting struct {
	file   string
	offset int64
	head   []byte
	zeros  uint32
	sum    [crc32.Size]byte
}

func (o *overwriting) size() int64 {
	return int64(len(o.head)) + int64(o.zeros) + int64(len(o.sum))
}

// bytes are all of them.
func (o *overwriting) bytes() []byte {
	b := make([]byte, 0, o.size())
	b = append(append(b, o.head...), make([]byte, o.zeros)...)
	return append(b, o.sum[:]...)
}

// doomed are the entries whose content is to be deleted, without it: by the event
// under which they lie, and by identifier.
type doomed struct {
	events map[uint64]*protocol.Entry
	ids    map[protocol.EntryID]*protocol.Entry
}

func newDoomed() doomed {
	return doomed{events: map[uint64]*protocol.Entry{}, ids: map[protocol.EntryID]*protocol.Entry{}}
}

func (d doomed) add(event uint64, e *protocol.Entry) {
	e = e.WithoutContent()
	d.events[event], d.ids[e.ID] = e, e
}

// search looks for content in the value log. It can go on where it ended when
// the log has grown.
type search struct {
	dir     string
	targets doomed
	// ends is how far each file was read.
	ends  map[string]int64
	found []overwriting
}

// run reads what there is beyond what was read before. Only while nobody writes,
// still is true, does it come to the very end, and know a damaged entry from one
// that is being written.
func (s *search) run(still bool) error {
	names, err := valueLogFiles(s.dir)
	if err != nil {
		return err
	}
	for i, name := range names {
		end, err := s.file(name, max(s.ends[name], vlogHeader), i < len(names)-1 || still)
		if err != nil {
			return fmt.Errorf("search %s for erased content: %w", name, err)
		}
		s.ends[name] = end
	}
	return nil
}

// valueLogFiles lists the files of the value log, the oldest first.
func valueLogFiles(dir string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list the value log: %w", err)
	}
	var names []string
	for _, f := range list {
		if strings.HasSuffix(f.Name(), vlogSuffix) {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names) // their numbers are padded to one length
	return names, nil
}

// file reads one file from an offset on, and returns how far its entries go. If
// the file is not done, the last entry may be half written, and is left for later.
func (s *search) file(name string, from int64, done bool) (end int64, err error) {
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return from, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return from, err
	}
	r := &vlogReader{r: bufio.NewReaderSize(f, 256<<10)}
	for {
		whole, err := r.next()
		switch {
		case errors.Is(err, io.EOF), !done && (errors.Is(err, ErrDamaged) || err == nil && !whole):
			return from, nil
		case err != nil:
			return from, fmt.Errorf("offset %d: %w", from, err)
		}
		s.consider(name, from, r)
		from += int64(len(r.entry))
	}
}

// vlogReader reads one entry after the other.
type vlogReader struct {
	r *bufio.Reader
	// entry are the bytes of the last one, keyAt and valueAt where in them the
	// key and the value begin.
	entry          []byte
	keyAt, valueAt int
}

func (v *vlogReader) key() []byte   { return v.entry[v.keyAt:v.valueAt] }
func (v *vlogReader) value() []byte { return v.entry[v.valueAt : len(v.entry)-crc32.Size] }

// next reads an entry and reports whether it has its checksum. It returns
// [io.EOF] where the entries end, and [ErrDamaged] where none can begin.
func (v *vlogReader) next() (whole bool, err error) {
	head, err := v.r.Peek(2 + 3*binary.MaxVarintLen64)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if len(head) < 2 {
		return false, io.EOF
	}
	at := 2
	var numbers [3]uint64
	for i := range numbers {
		n, size := binary.Uvarint(head[at:])
		if size <= 0 {
			return false, fmt.Errorf("no entry begins here: %w", ErrDamaged)
		}
		numbers[i], at = n, at+size
	}
	klen, vlen := numbers[0], numbers[1]
	if klen == 0 {
		return false, io.EOF
	}
	if klen > maxVlogKey || vlen > maxVlogValue {
		return false, fmt.Errorf("no entry begins here: %w", ErrDamaged)
	}
	size := at + int(klen) + int(vlen) + crc32.Size
	v.entry, v.keyAt, v.valueAt = slices.Grow(v.entry[:0], size)[:size], at, at+int(klen)
	if _, err := io.ReadFull(v.r, v.entry); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("an entry is cut short: %w", ErrDamaged)
		}
		return false, err
	}
	body := v.entry[:size-crc32.Size]
	return crc32.Checksum(body, castagnoli) == binary.BigEndian.Uint32(v.entry[len(body):]), nil
}

// consider notes the entry that was read for overwriting if it is a record with
// content that is to be deleted, whether it holds together or not.
func (s *search) consider(name string, offset int64, r *vlogReader) {
	key := r.key()
	if len(key) <= versionSize {
		return
	}
	key = key[:len(key)-versionSize]
	var event uint64
	var bare *protocol.Entry
	switch {
	case key[0] == keyEvent && len(key) == 9:
		event = lastNumber(key)
		bare = s.targets.events[event]
	case key[0] == keyBranch:
		if ev, err := decodeRecord(0, r.value()); err == nil && ev.Entry != nil {
			bare = s.targets.ids[ev.Entry.ID]
		}
	}
	if bare == nil {
		return
	}
	record := encodeRecord(event, EventEntry, bare.Encode())
	rest, ok := bytes.CutPrefix(r.value(), record)
	if ok && len(bytes.Trim(rest, "\x00")) == 0 || len(record) > len(r.value()) {
		return // it has none
	}
	o := overwriting{
		file: name, offset: offset, head: append(slices.Clone(r.entry[:r.valueAt]), record...),
		zeros: uint32(len(r.value()) - len(record)), //nolint:gosec // less than an entry
	}
	all := o.bytes()
	binary.BigEndian.PutUint32(o.sum[:], crc32.Checksum(all[:len(all)-crc32.Size], castagnoli))
	s.found = append(s.found, o)
}
