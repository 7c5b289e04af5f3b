package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Writer writes a backup: files first, then the pairs of the store, then Close.
type Writer struct {
	tar      *tar.Writer
	made     time.Time
	manifest Manifest
	// chunk is the part of the store that is being collected, chunks how many were
	// written.
	chunk  []byte
	chunks int
}

// NewWriter writes the header to w. The format is set by this package.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	h.Format = Format
	out := &Writer{tar: tar.NewWriter(w), made: time.Unix(int64(h.Made), 0).UTC(), manifest: Manifest{Parts: []Part{}}}
	return out, out.putJSON(headerName, h)
}

// File writes one file of exactly size bytes.
func (w *Writer) File(name string, size int64, r io.Reader) error {
	if limit := limitOf(name); w.chunks > 0 || limit < size {
		return fmt.Errorf("back up %s: a file of %d bytes has no place here", name, size)
	}
	return w.put(name, size, r)
}

// Pair writes a pair of the store.
func (w *Writer) Pair(p ledger.Pair) error {
	w.chunk = binary.AppendUvarint(w.chunk, uint64(len(p.Key)))
	w.chunk = append(w.chunk, p.Key...)
	w.chunk = binary.AppendUvarint(w.chunk, uint64(len(p.Value)))
	w.chunk = append(w.chunk, p.Value...)
	switch {
	case len(w.chunk) > maxChunk:
		return fmt.Errorf("back up the store: the value under %x is too long", p.Key)
	case len(w.chunk) >= fullChunk:
		return w.flush()
	}
	return nil
}

func (w *Writer) flush() error {
	if len(w.chunk) == 0 {
		return nil
	}
	w.chunks++
	b := w.chunk
	w.chunk = w.chunk[:0]
	return w.putBytes(storeName(w.chunks), b)
}

// Close writes the manifest. Without it a backup is not whole. It does not close
// what the backup is written to.
func (w *Writer) Close() error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.putJSON(manifestName, w.manifest); err != nil {
		return err
	}
	if err := w.tar.Close(); err != nil {
		return fmt.Errorf("end the backup: %w", err)
	}
	return nil
}

func (w *Writer) putJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	return w.putBytes(name, append(b, '\n'))
}

func (w *Writer) putBytes(name string, b []byte) error {
	return w.put(name, int64(len(b)), bytes.NewReader(b))
}

func (w *Writer) put(name string, size int64, r io.Reader) error {
	err := w.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: w.made, Format: tar.FormatPAX})
	if err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w.tar, sum), r)
	if err == nil && n != size {
		err = errors.New("its size changed meanwhile")
	}
	if err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	w.manifest.Parts = append(w.manifest.Parts, Part{Name: name, Size: size, SHA256: protocol.Digest(sum.Sum(nil))})
	return nil
}
