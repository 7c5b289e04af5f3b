package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// A stored event is a kind, a checksum, the length of what the event holds, and
// that: the encoded entry, or the positions that it concerns. Badger hands out
// damaged values without an error, so each value proves itself, and proves that
// it is the one that was stored under its number.
//
// Zeros may follow. They make a record with content long enough to lie in the
// value log, and take the place of content that was deleted there.
const (
	sumSize    = 8
	recordHead = 1 + sumSize + 4
	// maxPositions is how many positions one event lists; more take several.
	maxPositions = 256
)

func checksum(event uint64, kind EventKind, payload []byte) []byte {
	h := sha256.New()
	var head [9]byte
	binary.BigEndian.PutUint64(head[:], event)
	head[8] = byte(kind)
	h.Write(head[:])
	h.Write(payload)
	return h.Sum(nil)[:sumSize]
}

func encodeRecord(event uint64, kind EventKind, payload []byte) []byte {
	b := make([]byte, 0, recordHead+len(payload))
	b = append(b, byte(kind))
	b = append(b, checksum(event, kind, payload)...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload))) //nolint:gosec // at most an entry
	return append(b, payload...)
}

// encodeEntry is the record of an entry, under an event, or under 0 in a branch
// of a frozen log. One with content is long enough for the value log, where
// content can be deleted in its place.
func encodeEntry(event uint64, e *protocol.Entry) []byte {
	b := encodeRecord(event, EventEntry, e.Encode())
	if e.Content != nil && len(b) < valueThreshold {
		b = append(b, make([]byte, valueThreshold-len(b))...)
	}
	return b
}

// openRecord checks a stored event and returns what it holds, in b's memory.
func openRecord(event uint64, b []byte) (kind EventKind, payload []byte, err error) {
	if len(b) <= recordHead {
		return 0, nil, fmt.Errorf("event %d is cut short: %w", event, ErrDamaged)
	}
	kind, payload = EventKind(b[0]), b[recordHead:]
	if n := binary.BigEndian.Uint32(b[1+sumSize:]); uint64(n) < uint64(len(payload)) {
		if len(bytes.Trim(payload[n:], "\x00")) > 0 {
			return 0, nil, fmt.Errorf("event %d has something behind it: %w", event, ErrDamaged)
		}
		payload = payload[:n]
	}
	if !bytes.Equal(b[1:1+sumSize], checksum(event, kind, payload)) {
		return 0, nil, fmt.Errorf("event %d does not have its checksum: %w", event, ErrDamaged)
	}
	return kind, payload, nil
}

func decodeRecord(event uint64, b []byte) (Event, error) {
	kind, payload, err := openRecord(event, b)
	if err != nil {
		return Event{}, err
	}
	if kind != EventEntry {
		return decodePositions(event, kind, payload)
	}
	e, err := protocol.ParseEntry(payload)
	if err != nil {
		return Event{}, fmt.Errorf("event %d: %w: %w", event, ErrDamaged, err)
	}
	return Event{Seq: event, Kind: kind, Body: e.Body(), Entry: e}, nil
}

// sealed puts a checksum over key and value before a value that is not an event.
func sealed(key, value []byte) []byte {
	h := sha256.New()
	h.Write(key)
	h.Write(value)
	b := make([]byte, 0, sumSize+len(value))
	return append(append(b, h.Sum(nil)[:sumSize]...), value...)
}

// unseal returns the value without its checksum, in b's memory, if it holds.
func unseal(key, b []byte) ([]byte, error) {
	if len(b) < sumSize || !bytes.Equal(sealed(key, b[sumSize:])[:sumSize], b[:sumSize]) {
		return nil, fmt.Errorf("the value under %x does not have its checksum: %w", key, ErrDamaged)
	}
	return b[sumSize:], nil
}

// encodePositions writes the body, then each position with its entry.
func encodePositions(body protocol.BodyID, seqs []uint64, ids []protocol.EntryID) []byte {
	b := make([]byte, 0, len(body)+40*len(ids))
	b = append(b, body[:]...)
	for i, id := range ids {
		b = binary.BigEndian.AppendUint64(b, seqs[i])
		b = append(b, id[:]...)
	}
	return b
}

func decodePositions(event uint64, kind EventKind, b []byte) (Event, error) {
	e := Event{Seq: event, Kind: kind}
	if len(b) < len(e.Body) || (len(b)-len(e.Body))%40 != 0 {
		return Event{}, fmt.Errorf("event %d has an odd length: %w", event, ErrDamaged)
	}
	e.Body = protocol.BodyID(b[:len(e.Body)])
	for b = b[len(e.Body):]; len(b) > 0; b = b[40:] {
		e.Positions = append(e.Positions, binary.BigEndian.Uint64(b))
		e.Entries = append(e.Entries, protocol.EntryID(b[8:40]))
	}
	return e, nil
}

// tip is what is held of one body: immutable, replaced by each commit.
type tip struct {
	chain   *protocol.Chain
	freeze  protocol.Freeze
	changed uint64
	bytes   uint64
	// parted is true once the log ever gave up entries: some may be stored that
	// are not in it.
	parted bool
}

// restoredTip is a tip and the stored head from which it was worked out.
type restoredTip struct {
	*tip
	head []byte
}

func (t *tip) head() Head {
	h := Head{
		Body: t.chain.Body(), Length: t.chain.Length(), Root: t.chain.Root(), At: t.chain.At(),
		Freeze: t.freeze, Changed: t.changed, Bytes: t.bytes,
	}
	if f := t.chain.InForce(); f != nil {
		h.Control = f.Seq
	}
	return h
}

// headRecordSize is the length of the fixed part of a stored head: the freeze,
// the event that last changed it, whether it ever parted, and how many bytes it
// takes; the state of the chain follows.
const headRecordSize = 1 + 8 + 1 + 8 + 1 + 8

func (t *tip) encode() []byte {
	b := make([]byte, 0, headRecordSize+256)
	b = append(b, byte(t.freeze.Kind))
	b = binary.BigEndian.AppendUint64(b, t.freeze.Strength.Under)
	b = append(b, t.freeze.Strength.Rank)
	b = binary.BigEndian.AppendUint64(b, t.changed)
	if t.parted {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.BigEndian.AppendUint64(b, t.bytes)
	return append(b, t.chain.State().Encode()...)
}

type storedHead struct {
	state   *protocol.ChainState
	freeze  protocol.Freeze
	changed uint64
	parted  bool
	bytes   uint64
}

func decodeHead(key, value []byte) (storedHead, error) {
	b, err := unseal(key, value)
	if err != nil {
		return storedHead{}, err
	}
	if len(b) < headRecordSize {
		return storedHead{}, fmt.Errorf("a head is cut short: %w", ErrDamaged)
	}
	h := storedHead{
		freeze: protocol.Freeze{
			Kind:     protocol.FreezeKind(b[0]),
			Strength: protocol.Strength{Under: binary.BigEndian.Uint64(b[1:]), Rank: b[9]},
		},
		changed: binary.BigEndian.Uint64(b[10:]),
		parted:  b[18] == 1,
		bytes:   binary.BigEndian.Uint64(b[19:]),
	}
	state, err := protocol.DecodeChainState(b[headRecordSize:])
	if err != nil {
		return storedHead{}, fmt.Errorf("a head: %w: %w", ErrDamaged, err)
	}
	h.state = state
	return h, nil
}

func (h storedHead) head() (Head, error) {
	tree, err := protocol.RestoreTree(h.state.Length, h.state.Edge)
	if err != nil {
		return Head{}, fmt.Errorf("head of %s: %w: %w", h.state.Body, ErrDamaged, err)
	}
	out := Head{
		Body: h.state.Body, Length: h.state.Length, Root: tree.Root(), At: h.state.At,
		Freeze: h.freeze, Changed: h.changed, Bytes: h.bytes,
	}
	if n := len(h.state.Control); n > 0 {
		out.Control = h.state.Control[n-1].Seq
	}
	return out, nil
}

// counters are the totals of the store, written with every commit.
type counters struct {
	schema, events, entries, bodies, frozen, bytes uint64
}

// Schema is the version of the store's layout.
const Schema = 3

// countersSize is the length of the stored totals.
const countersSize = 6 * 8

func (c counters) encode() []byte {
	b := make([]byte, 0, countersSize)
	for _, n := range []uint64{c.schema, c.events, c.entries, c.bodies, c.frozen, c.bytes} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func decodeCounters(b []byte) (counters, error) {
	if len(b) < 8 {
		return counters{}, fmt.Errorf("the totals are cut short: %w", ErrCorrupt)
	}
	c := counters{schema: binary.BigEndian.Uint64(b)}
	if c.schema != Schema {
		return c, nil
	}
	if len(b) != countersSize {
		return counters{}, fmt.Errorf("the totals are cut short: %w", ErrCorrupt)
	}
	c.events, c.entries = binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])
	c.bodies, c.frozen = binary.BigEndian.Uint64(b[24:]), binary.BigEndian.Uint64(b[32:])
	c.bytes = binary.BigEndian.Uint64(b[40:])
	return c, nil
}
