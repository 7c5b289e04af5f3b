package protocol

import "bytes"

// Entry is one signed entry as it is stored and passed on: three byte strings,
// none of which is ever encoded again. An Entry that this package returned has
// a well-formed envelope; whether it belongs into a log only a [Chain] can tell.
type Entry struct {
	// Envelope is the decoded envelope. It must not be changed.
	Envelope Envelope
	// ID is the SHA-256 of the encoded envelope.
	ID EntryID
	// Raw is the encoded envelope as received. It must not be changed.
	Raw []byte
	// Signature is the body's over Raw.
	Signature Signature
	// Content is the encoded record; nil where the kind has none, and where it
	// was erased or is not held.
	Content []byte

	control *Control
	erase   *Erase
}

// frame is the encoding of an entry: a CBOR array of three byte strings. The
// last is empty when there is no content.
type frame struct {
	_         struct{} `cbor:",toarray"`
	Envelope  []byte
	Signature Signature
	Content   []byte
}

// ParseEntry reads an entry from its encoding and checks all that can be
// checked without its prefix.
func ParseEntry(b []byte) (*Entry, error) {
	if len(b) > MaxEntry {
		return nil, reject(TooLarge, "an entry of %d bytes, the limit is %d", len(b), MaxEntry)
	}
	f, ok := readFrame(b)
	if !ok {
		var slow frame
		if err := signedCodec.decode("the entry", b, &slow); err != nil {
			return nil, err
		}
		f = slow
	}
	return NewEntry(bytes.Clone(f.Envelope), f.Signature, bytes.Clone(f.Content))
}

// NewEntry puts an entry together from its three parts, which it keeps. Empty
// content means that it is not held.
func NewEntry(envelope []byte, sig Signature, content []byte) (*Entry, error) {
	e := &Entry{Raw: envelope, Signature: sig}
	env := &e.Envelope
	err := decodeEnvelope(envelope, env)
	if err != nil {
		return nil, err
	}
	if len(content) > 0 {
		if err := env.Content.Check(content); err != nil {
			return nil, err
		}
		e.Content = content
	}
	e.ID = EntryID(HashOf(envelope))
	switch {
	case env.Kind.IsControl():
		e.control, err = DecodeControl(env.Kind, env.Act)
	case env.Kind == KindErase:
		e.erase, err = DecodeErase(env.Act)
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// SignEntry encodes env, signs it and returns the entry with its content.
func SignEntry(k PrivateKey, env *Envelope, content []byte) (*Entry, error) {
	raw, err := env.Encode()
	if err != nil {
		return nil, err
	}
	return NewEntry(raw, k.Sign(PurposeEntry, raw), content)
}

// Encode returns the entry's encoding, as [ParseEntry] reads it.
func (e *Entry) Encode() []byte {
	b := make([]byte, 0, len(e.Raw)+len(e.Signature)+len(e.Content)+16)
	b = appendHead(b, majorArray, 3)
	b = appendBytes(b, e.Raw)
	b = appendBytes(b, e.Signature[:])
	return appendBytes(b, e.Content)
}

// Body is whose log the entry belongs to; for a charter its own identifier.
func (e *Entry) Body() BodyID {
	if e.Envelope.Seq == 0 {
		return BodyID(e.ID)
	}
	return e.Envelope.Body
}

// Control is the control that a `charter` or `keys` entry sets, else nil.
func (e *Entry) Control() *Control { return e.control }

// Erase is the act of an `erase` entry, else nil.
func (e *Entry) Erase() *Erase { return e.erase }

// WithoutContent returns the entry as it stays after an erasure.
func (e *Entry) WithoutContent() *Entry {
	bare := *e
	bare.Content = nil
	return &bare
}

// Same reports whether a and b are the same bytes but for the signature, of
// which several may be valid.
func (e *Entry) Same(b *Entry) bool { return e.ID == b.ID && bytes.Equal(e.Content, b.Content) }
