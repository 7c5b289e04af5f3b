package protocol

import (
	"encoding/binary"
	"unicode/utf8"
)

// reader reads the canonical encodings of this package's own formats without
// reflection: every entry that a node receives passes here. It takes keys in
// their one order, heads in their shortest form and no empty field, so what it
// reads through is canonical by construction and need not be encoded again.
//
// It is only ever a short cut: what it does not read through is given to the
// [codec], which alone rejects and says why. Whatever the reader accepts the
// codec accepts, with the same values.
type reader struct {
	rest   []byte
	failed bool
}

// The major types of CBOR that stand in envelopes.
const (
	majorUint  = 0
	majorBytes = 2
	majorText  = 3
	majorArray = 4
	majorMap   = 5
)

// fail makes every later read return nothing.
func (r *reader) fail() {
	r.rest, r.failed = nil, true
}

// end reports whether all was read and nothing is left.
func (r *reader) end() bool { return !r.failed && len(r.rest) == 0 }

// head reads the head of an item of the given major type, in its shortest form,
// and returns its number.
func (r *reader) head(major byte) uint64 {
	if len(r.rest) == 0 || r.rest[0]>>5 != major {
		r.fail()
		return 0
	}
	short := r.rest[0] & 0x1f
	if short < 24 {
		r.rest = r.rest[1:]
		return uint64(short)
	}
	size := 1 << (short - 24)
	if short > 27 || len(r.rest) <= size {
		r.fail()
		return 0
	}
	var n, least uint64
	switch b := r.rest[1 : 1+size]; size {
	case 1:
		n, least = uint64(b[0]), 24
	case 2:
		n, least = uint64(binary.BigEndian.Uint16(b)), 1<<8
	case 4:
		n, least = uint64(binary.BigEndian.Uint32(b)), 1<<16
	default:
		n, least = binary.BigEndian.Uint64(b), 1<<32
	}
	if n < least {
		r.fail()
		return 0
	}
	r.rest = r.rest[1+size:]
	return n
}

// take reads the string that follows the head of a byte or text string. It
// shares the memory of what is read.
func (r *reader) take(major byte) []byte {
	n := r.head(major)
	if n > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// bytes reads a byte string that may be empty, some one that may not.
func (r *reader) bytes() []byte { return r.take(majorBytes) }

func (r *reader) some() []byte {
	b := r.bytes()
	if len(b) == 0 {
		r.fail()
	}
	return b
}

// fill reads a byte string of exactly the length of to.
func (r *reader) fill(to []byte) {
	b := r.bytes()
	if len(b) != len(to) {
		r.fail()
		return
	}
	copy(to, b)
}

func (r *reader) text() string {
	b := r.take(majorText)
	if !utf8.Valid(b) {
		r.fail()
		return ""
	}
	return string(b)
}

// fields is a map that is being read: its keys must be asked for in their
// canonical order, each once.
type fields struct {
	*reader
	left uint64
}

func (r *reader) fields() fields { return fields{reader: r, left: r.head(majorMap)} }

// has reports whether key comes next, and reads it; keys are shorter than 24
// bytes.
func (f *fields) has(key string) bool {
	if f.left == 0 || len(f.rest) <= len(key) || f.rest[0] != majorText<<5|byte(len(key)) ||
		string(f.rest[1:1+len(key)]) != key {
		return false
	}
	f.rest = f.rest[1+len(key):]
	f.left--
	return true
}

// must reads a key that is never absent.
func (f *fields) must(key string) {
	if !f.has(key) {
		f.fail()
	}
}

// done checks that the map holds no other keys.
func (f *fields) done() {
	if f.left != 0 {
		f.fail()
	}
}

// readFrame splits an encoded entry into its parts, which share b's memory.
func readFrame(b []byte) (f frame, ok bool) {
	r := reader{rest: b}
	if r.head(majorArray) != 3 {
		return frame{}, false
	}
	f.Envelope = r.bytes()
	r.fill(f.Signature[:])
	f.Content = r.bytes()
	return f, r.end()
}

// readEnvelope reads an envelope into e, whose byte strings share b's memory.
func readEnvelope(b []byte, e *Envelope) bool {
	r := reader{rest: b}
	f := r.fields()
	f.must("v")
	e.V = r.head(majorUint)
	f.must("at")
	e.At = r.head(majorUint)
	if f.has("act") {
		e.Act = r.some()
	}
	if f.has("ext") {
		e.Ext = r.some()
	}
	f.must("seq")
	e.Seq = r.head(majorUint)
	if f.has("body") {
		if r.fill(e.Body[:]); e.Body.IsZero() {
			r.fail()
		}
	}
	f.must("kind")
	e.Kind = Kind(r.text())
	f.must("root")
	r.fill(e.Root[:])
	f.must("under")
	e.Under = r.head(majorUint)
	if f.has("content") {
		r.content(&e.Content)
	}
	if f.has("approvals") {
		e.Approvals = r.approvals()
	}
	f.done()
	return r.end()
}

func (r *reader) content(c *ContentRef) {
	f := r.fields()
	f.must("hash")
	r.fill(c.Hash[:])
	f.must("size")
	c.Size = r.head(majorUint)
	if f.done(); c.IsZero() {
		r.fail()
	}
}

func (r *reader) approvals() []Approval {
	n := r.head(majorArray)
	if n == 0 || n > MaxApprovals {
		r.fail()
		return nil
	}
	list := make([]Approval, n)
	for i := range list {
		r.approval(&list[i])
	}
	return list
}

func (r *reader) approval(a *Approval) {
	f := r.fields()
	if f.has("key") {
		a.Key = r.some()
	}
	f.must("sig")
	r.fill(a.Sig[:])
	if f.has("until") {
		if a.Until = r.head(majorUint); a.Until == 0 {
			r.fail()
		}
	}
	if f.has("recovery") {
		if r.fill(a.Recovery[:]); a.Recovery.IsZero() {
			r.fail()
		}
	}
	if f.has("auth_data") {
		a.AuthData = r.some()
	}
	if f.has("client_data") {
		a.ClientData = r.some()
	}
	f.done()
}

// appendHead writes the head of an item of CBOR in its shortest form.
func appendHead(b []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, major|27), n)
	}
}

func appendBytes(b, s []byte) []byte {
	return append(appendHead(b, majorBytes, uint64(len(s))), s...)
}
