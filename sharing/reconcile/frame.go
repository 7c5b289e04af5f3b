package reconcile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"
)

// kind says what a frame holds.
type kind byte

const (
	kindHello   kind = 'H' // opener: what it has in all
	kindReply   kind = 'h' // responder: what it has, and by parts if that differs
	kindAsk     kind = 'A' // opener: ranges to divide, ranges to list
	kindParts   kind = 'P' // responder: the parts of one range
	kindList    kind = 'L' // responder: states of bodies
	kindWant    kind = 'W' // opener: logs, and where to begin
	kindEntries kind = 'E' // responder: entries of the log wanted next
	kindEnd     kind = 'X' // responder: the answer to one want is complete
	kindBody    kind = 'B' // responder: the body whose entries follow unasked
	kindRoots   kind = 'Q' // opener: roots of a log at some lengths
	kindRooted  kind = 'R' // responder: those roots
	kindDone    kind = 'Z' // responder: everything was sent
)

// Limits of frames, in bytes, checked before anything of their length is
// allocated.
const (
	// maxFrame bounds a frame: entries fill about 256 KB, and the last may be
	// as large as an entry can be.
	maxFrame = 384 << 10
	// entriesFrame is when a frame of entries is sent.
	entriesFrame = 128 << 10
	// maxHello bounds the first frame of a stranger.
	maxHello = 4 << 10
	// maxItems is how many ranges, states or wants stand in one frame.
	maxItems = 2048
)

// ErrProtocol is in the error of a session in which the peer did what no honest
// peer does.
var ErrProtocol = errors.New("the peer breaks the protocol")

var (
	encoding = mustEnc()
	decoding = mustDec()
)

func mustEnc() cbor.EncMode {
	options := cbor.CoreDetEncOptions()
	options.NilContainers = cbor.NilContainerAsEmpty
	m, err := options.EncMode()
	if err != nil {
		panic("reconcile: CBOR encoding options: " + err.Error())
	}
	return m
}

func mustDec() cbor.DecMode {
	m, err := cbor.DecOptions{
		IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, MaxNestedLevels: 5,
		MaxArrayElements: maxItems + 16, ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	}.DecMode()
	if err != nil {
		panic("reconcile: CBOR decoding options: " + err.Error())
	}
	return m
}

// wire frames messages on a stream and counts what passes.
type wire struct {
	in      *bufio.Reader
	out     *bufio.Writer
	read    uint64
	written uint64
}

func newWire(rw io.ReadWriter) *wire {
	return &wire{in: bufio.NewReaderSize(rw, 64<<10), out: bufio.NewWriterSize(rw, 64<<10)}
}

// send writes a frame; it leaves with the next flush.
func (w *wire) send(k kind, payload []byte) error {
	if len(payload)+1 > maxFrame {
		return fmt.Errorf("a frame of %d bytes is beyond the limit of %d", len(payload)+1, maxFrame)
	}
	head := binary.AppendUvarint(make([]byte, 0, 8), uint64(len(payload)+1))
	head = append(head, byte(k))
	w.written += uint64(len(head) + len(payload))
	if _, err := w.out.Write(head); err != nil {
		return fmt.Errorf("write to the peer: %w", err)
	}
	if _, err := w.out.Write(payload); err != nil {
		return fmt.Errorf("write to the peer: %w", err)
	}
	return nil
}

func (w *wire) sendMessage(k kind, m any) error {
	b, err := encoding.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode a frame: %w", err)
	}
	return w.send(k, b)
}

func (w *wire) flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write to the peer: %w", err)
	}
	return nil
}

// next reads a frame of at most limit bytes. It returns io.EOF, unwrapped, at
// the end of the stream.
func (w *wire) next(limit uint64) (kind, []byte, error) {
	size, err := binary.ReadUvarint(w.in)
	if errors.Is(err, io.EOF) {
		return 0, nil, io.EOF
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read from the peer: %w", err)
	}
	if size == 0 || size > limit {
		return 0, nil, fmt.Errorf("%w: a frame of %d bytes, the limit is %d", ErrProtocol, size, limit)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(w.in, b); err != nil {
		return 0, nil, fmt.Errorf("read from the peer: %w", err)
	}
	w.read += size + uint64(len(binary.AppendUvarint(nil, size)))
	return kind(b[0]), b[1:], nil
}

// decode reads a message, and refuses what would not be encoded so.
func decode(b []byte, m any) error {
	if err := decoding.Unmarshal(b, m); err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	again, err := encoding.Marshal(m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	if !bytes.Equal(again, b) {
		return fmt.Errorf("%w: a message is not in its one encoding", ErrProtocol)
	}
	return nil
}
