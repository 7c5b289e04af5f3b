package protocol

// MaxPeerID is the longest libp2p peer identifier, in bytes.
const MaxPeerID = 64

// Binding is a body's signed word that a libp2p peer serves it (SPEC.md section
// 12). It holds while the control that it names is in force.
type Binding struct {
	Body BodyID `cbor:"body"`
	// Peer is the libp2p peer identifier in its binary form.
	Peer []byte `cbor:"peer"`
	// Control is the entry that set the control in force.
	Control EntryID `cbor:"control"`
	// At is when it was signed, in Unix seconds.
	At uint64 `cbor:"at"`
}

// SignBinding signs a binding with the body's key.
func SignBinding(k PrivateKey, b *Binding) (raw []byte, sig Signature) {
	raw = signedCodec.encode(b)
	return raw, k.Sign(PurposeBinding, raw)
}

// DecodeBinding reads a binding without judging its signature.
func DecodeBinding(raw []byte) (*Binding, error) {
	b := new(Binding)
	if len(raw) > 256 {
		return nil, reject(TooLarge, "a binding of %d bytes", len(raw))
	}
	if err := signedCodec.decode("the binding", raw, b); err != nil {
		return nil, err
	}
	if b.Body.IsZero() || b.Control.IsZero() || len(b.Peer) == 0 || len(b.Peer) > MaxPeerID || b.At > MaxInt {
		return nil, reject(Malformed, "a binding names a body, a control and a peer")
	}
	return b, nil
}

// VerifyBinding checks a binding against f, the control that is in force for the
// body that the binding names, and that it names the peer that presented it.
func VerifyBinding(raw []byte, sig Signature, peer []byte, f *InForce) (*Binding, error) {
	b, err := DecodeBinding(raw)
	if err != nil {
		return nil, err
	}
	if string(b.Peer) != string(peer) {
		return nil, reject(NoAuthority, "the binding is for another peer")
	}
	if b.Control != f.ID {
		return nil, reject(WrongUnder, "the binding stands under a control that is not in force")
	}
	if !verifyOnce(f.Control.Key, PurposeBinding, raw, sig) {
		return nil, reject(BadSignature, "the binding is not signed by the body's key")
	}
	return b, nil
}
