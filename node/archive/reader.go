package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Reader reads a backup: [Reader.Files], then [Reader.Pairs], then
// [Reader.Finish]. What it hands out is certain only when Finish returned nil.
type Reader struct {
	// Header is the backup's.
	Header Header

	raw  io.Reader
	tar  *tar.Reader
	seen []Part
	// next is the part that was begun and not read yet; nil before the first and
	// at the end.
	next *tar.Header
	sum  hash.Hash
}

// NewReader reads the header. It returns [ErrNewer], or [ErrDamaged] when r is no
// backup.
func NewReader(r io.Reader) (*Reader, error) {
	in := &Reader{raw: r, tar: tar.NewReader(r), sum: sha256.New()}
	if err := in.step(); err != nil {
		return nil, err
	}
	if in.next == nil || in.next.Name != headerName {
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrDamaged, headerName)
	}
	b, err := in.readAll(maxHeader)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &in.Header); err != nil {
		return nil, fmt.Errorf("%w: its header cannot be read: %w", ErrDamaged, err)
	}
	if in.Header.Format > Format {
		return nil, fmt.Errorf("%w: its format is %d, this software knows %d", ErrNewer, in.Header.Format, Format)
	}
	return in, in.step()
}

// step goes on to the next part.
func (r *Reader) step() error {
	h, err := r.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		r.next = nil
		return nil
	case err != nil:
		return broken(err)
	case h.Typeflag != tar.TypeReg || h.Size < 0 || sparse(h):
		return fmt.Errorf("%w: %q is no plain part", ErrDamaged, h.Name)
	}
	r.next = h
	r.sum.Reset()
	return nil
}

// sparse reports whether a part is longer than its bytes in the stream.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// broken says that the stream cannot be read on. What decrypts it has its own
// words for bytes that were changed.
func broken(err error) error { return fmt.Errorf("%w: %w", ErrDamaged, err) }

// read lets use read the part that was begun, whole, and notes its digest.
func (r *Reader) read(limit int64, use func(io.Reader) error) error {
	name, size := r.next.Name, r.next.Size
	if size > limit {
		return fmt.Errorf("%w: %q has %d bytes, the limit is %d", ErrDamaged, name, size, limit)
	}
	counted := &readError{r: io.TeeReader(r.tar, r.sum)}
	err := use(counted)
	if counted.err != nil {
		return broken(counted.err)
	}
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, counted); err != nil {
		return broken(err)
	}
	r.seen = append(r.seen, Part{Name: name, Size: size, SHA256: protocol.Digest(r.sum.Sum(nil))})
	return nil
}

// readError tells failures to read from those of whoever reads.
type readError struct {
	r   io.Reader
	err error
}

// Read implements [io.Reader].
func (e *readError) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		e.err = err
	}
	return n, err
}

func (r *Reader) readAll(limit int64) (b []byte, err error) {
	err = r.read(limit, func(in io.Reader) (err error) {
		b, err = io.ReadAll(in)
		return err
	})
	return b, err
}

// Files calls take with each file, which must not keep r. A part that this
// software does not know is an error.
func (r *Reader) Files(take func(name string, r io.Reader) error) error {
	for r.next != nil && r.next.Name != manifestName && !strings.HasPrefix(r.next.Name, storePrefix) {
		name := r.next.Name
		limit := limitOf(name)
		if limit < 0 {
			return fmt.Errorf("%w: there is no part %q", ErrDamaged, name)
		}
		if err := r.read(limit, func(in io.Reader) error { return take(name, in) }); err != nil {
			return err
		}
		if err := r.step(); err != nil {
			return err
		}
	}
	return nil
}

// Pairs yields the pairs of the store. Their slices are valid until the next is
// asked for.
func (r *Reader) Pairs() iter.Seq2[ledger.Pair, error] {
	return func(yield func(ledger.Pair, error) bool) {
		for number := 1; r.next != nil && strings.HasPrefix(r.next.Name, storePrefix); number++ {
			if r.next.Name != storeName(number) {
				yield(ledger.Pair{}, fmt.Errorf("%w: %q where %q belongs", ErrDamaged, r.next.Name, storeName(number)))
				return
			}
			b, err := r.readAll(maxChunk)
			for err == nil && len(b) > 0 {
				var p ledger.Pair
				if p.Key, b, err = field(b); err == nil {
					p.Value, b, err = field(b)
				}
				if err == nil && !yield(p, nil) {
					return
				}
			}
			if err == nil {
				err = r.step()
			}
			if err != nil {
				yield(ledger.Pair{}, err)
				return
			}
		}
	}
}

// field takes a length and as many bytes from the beginning of b.
func field(b []byte) (value, rest []byte, err error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, fmt.Errorf("%w: a pair of the store is cut short", ErrDamaged)
	}
	return b[n : n+int(size)], b[n+int(size):], nil
}

// Finish compares what was read with the manifest.
func (r *Reader) Finish() error {
	if r.next == nil || r.next.Name != manifestName {
		return fmt.Errorf("%w: its manifest is missing; it was cut short", ErrDamaged)
	}
	seen := slices.Clone(r.seen)
	b, err := r.readAll(maxManifest)
	if err != nil {
		return err
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("%w: its manifest cannot be read: %w", ErrDamaged, err)
	}
	if !slices.Equal(m.Parts, seen) {
		return fmt.Errorf("%w: its parts are not those of its manifest", ErrDamaged)
	}
	if err := r.step(); err != nil {
		return err
	}
	if r.next != nil {
		return fmt.Errorf("%w: %q follows the manifest", ErrDamaged, r.next.Name)
	}
	// What encrypts a stream proves its end last.
	if _, err := io.Copy(io.Discard, r.raw); err != nil {
		return broken(err)
	}
	return nil
}
