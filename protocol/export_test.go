package protocol

// ReadFrame is the fast reading of a frame.
func ReadFrame(b []byte) (envelope []byte, sig Signature, content []byte, ok bool) {
	f, ok := readFrame(b)
	return f.Envelope, f.Signature, f.Content, ok
}

// DecodeFrame is the reading of a frame by the CBOR library.
func DecodeFrame(b []byte) (envelope []byte, sig Signature, content []byte, err error) {
	var f frame
	err = signedCodec.decode("the entry", b, &f)
	return f.Envelope, f.Signature, f.Content, err
}

// ReadEnvelope is the fast reading of an envelope.
func ReadEnvelope(b []byte) (*Envelope, bool) {
	e := new(Envelope)
	return e, readEnvelope(b, e)
}

// SlowEnvelope is the reading of an envelope by the CBOR library.
func SlowEnvelope(b []byte) (*Envelope, error) {
	e := new(Envelope)
	return e, signedCodec.decode("the envelope", b, e)
}
