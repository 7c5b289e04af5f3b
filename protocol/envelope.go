package protocol

// Version is the version of the envelope that this package reads and writes.
const Version = 1

// Envelope is the part of an entry that is signed and named by its identifier
// (SPEC.md section 3).
type Envelope struct {
	// V is the version of the format. Every version begins with this field.
	V uint64 `cbor:"v"`
	// Body is whose log this is; absent in the charter that founds it.
	Body BodyID `cbor:"body,omitzero"`
	// Seq is the entry's position in the log, from 0.
	Seq uint64 `cbor:"seq"`
	// Root is the Merkle root of all entries before this one.
	Root Root `cbor:"root"`
	// Under is the position of the control that authorises this entry; 0 in a
	// charter.
	Under uint64 `cbor:"under"`
	// Kind says what the entry is.
	Kind Kind `cbor:"kind"`
	// At is the author's clock in Unix seconds: a claim.
	At uint64 `cbor:"at"`
	// Content names the record; absent in the kinds that carry an act.
	Content ContentRef `cbor:"content,omitzero"`
	// Act is the DAG-CBOR of a [Control] or an [Erase]; absent elsewhere.
	Act []byte `cbor:"act,omitempty"`
	// Approvals are the officers' signatures.
	Approvals []Approval `cbor:"approvals,omitempty"`
	// Ext is room for later versions; version 1 ignores it.
	Ext []byte `cbor:"ext,omitempty"`
}

// Digest is what approvals name: the hash of the content or of the act.
func (e *Envelope) Digest() Digest {
	if e.Kind.HasAct() {
		return HashOf(e.Act)
	}
	return e.Content.Hash
}

// Encode returns the one encoding of e. It refuses what no node would decode.
func (e *Envelope) Encode() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	b := signedCodec.encode(e)
	if len(b) > MaxEnvelope {
		return nil, reject(TooLarge, "an envelope of %d bytes, the limit is %d", len(b), MaxEnvelope)
	}
	return b, nil
}

// DecodeEnvelope reads an envelope. It is the first of the envelope rules: what
// it accepts is canonical, within the limits, and of the right shape. The
// envelope may share b's memory, so b must not be changed.
func DecodeEnvelope(b []byte) (*Envelope, error) {
	e := new(Envelope)
	if err := decodeEnvelope(b, e); err != nil {
		return nil, err
	}
	return e, nil
}

// decodeEnvelope reads an envelope into e, which must be zero.
func decodeEnvelope(b []byte, e *Envelope) error {
	if len(b) > MaxEnvelope {
		return reject(TooLarge, "an envelope of %d bytes, the limit is %d", len(b), MaxEnvelope)
	}
	if v, ok := peekVersion(b); ok && v > Version {
		return reject(UnknownVersion, "an envelope of version %d; this software reads version %d", v, Version)
	}
	if !readEnvelope(b, e) {
		*e = Envelope{}
		if err := signedCodec.decode("the envelope", b, e); err != nil {
			return err
		}
	}
	return e.check()
}

// peekVersion reads the version from the start of an envelope: the head of a
// map, the key "v", and a number below 2^53. Versions to come begin alike.
func peekVersion(b []byte) (uint64, bool) {
	r := reader{rest: b}
	f := r.fields()
	f.must("v")
	v := r.head(majorUint)
	return v, !r.failed && v <= MaxInt
}

func (e *Envelope) check() error {
	if e.V < Version || e.V > MaxInt {
		return reject(Malformed, "versions are numbered from 1 to 2^53, not %d", e.V)
	}
	if e.V != Version {
		return reject(UnknownVersion, "an envelope of version %d; this software reads version %d", e.V, Version)
	}
	if !e.Kind.valid() {
		return reject(BadKind, "a kind is 1 to %d of the characters a to z and _, not %q", MaxKind, clip(string(e.Kind)))
	}
	if (e.Kind == KindCharter) != (e.Seq == 0) {
		return reject(BadKind, "a charter stands at position 0, and nothing else does; this is a %s at %d", e.Kind, e.Seq)
	}
	if e.Body.IsZero() != (e.Seq == 0) {
		return reject(WrongBody, "every entry but the charter names its body")
	}
	if e.Seq > MaxInt || e.At > MaxInt {
		return reject(Malformed, "a number is beyond 2^53")
	}
	if e.Seq > 0 && e.Under >= e.Seq || e.Seq == 0 && e.Under != 0 {
		return reject(WrongUnder, "an entry stands under an earlier one, not %d under %d", e.Seq, e.Under)
	}
	if len(e.Ext) > MaxExt {
		return reject(TooLarge, "an ext field of %d bytes, the limit is %d", len(e.Ext), MaxExt)
	}
	if err := e.checkPayload(); err != nil {
		return err
	}
	return e.checkApprovals()
}

func (e *Envelope) checkPayload() error {
	if e.Kind.HasAct() {
		if len(e.Act) == 0 || !e.Content.IsZero() {
			return reject(Malformed, "a %s entry has an act and no content", e.Kind)
		}
		return nil
	}
	if len(e.Act) != 0 || e.Content.IsZero() {
		return reject(Malformed, "a %s entry has content and no act", e.Kind)
	}
	if e.Content.Size == 0 {
		return reject(Malformed, "content cannot be empty")
	}
	if e.Content.Size > MaxContent {
		return reject(TooLarge, "content of %d bytes, the limit is %d", e.Content.Size, MaxContent)
	}
	return nil
}

func (e *Envelope) checkApprovals() error {
	if len(e.Approvals) > MaxApprovals {
		return reject(TooLarge, "%d approvals, the limit is %d", len(e.Approvals), MaxApprovals)
	}
	if e.Kind == KindCharter && len(e.Approvals) != 0 {
		return reject(Malformed, "a charter has no approvals: nobody came before it")
	}
	for i := range e.Approvals {
		if err := e.Approvals[i].check(e.Kind); err != nil {
			return err
		}
		if !e.Approvals[i].Recovery.IsZero() && len(e.Approvals) != 1 {
			return reject(Malformed, "a recovery signature stands alone")
		}
	}
	return nil
}
