package protocol_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// sameFrame fails when the fast reading takes a frame that the CBOR library
// would refuse, or reads another one.
func sameFrame(t *testing.T, b []byte) bool {
	t.Helper()
	envelope, sig, content, ok := protocol.ReadFrame(b)
	if !ok {
		return false
	}
	slowEnvelope, slowSig, slowContent, err := protocol.DecodeFrame(b)
	if err != nil || !bytes.Equal(envelope, slowEnvelope) || sig != slowSig || !bytes.Equal(content, slowContent) {
		t.Errorf("the frame %x is read fast, the library says %v", b, err)
	}
	return true
}

// sameEnvelope does so for an envelope.
func sameEnvelope(t *testing.T, b []byte) bool {
	t.Helper()
	fast, ok := protocol.ReadEnvelope(b)
	if !ok {
		return false
	}
	slow, err := protocol.SlowEnvelope(b)
	if err != nil || !reflect.DeepEqual(fast, slow) {
		t.Errorf("the envelope %x is read fast as %+v, the library says %+v, %v", b, fast, slow, err)
	}
	return true
}

// TestReaderAgrees: whatever byte of a sound entry is changed or cut off, the
// fast reading takes nothing that the CBOR library refuses; and it takes the
// sound ones, or it would be of no use.
func TestReaderAgrees(t *testing.T) {
	taken := 0
	for _, c := range cases(t, vectors.Entries) {
		if len(c.Entry) > protocol.MaxEntry {
			continue
		}
		frame := sameFrame(t, c.Entry)
		envelope, _, _, err := protocol.DecodeFrame(c.Entry)
		if err != nil {
			continue
		}
		if ok := sameEnvelope(t, envelope); c.Code != "" {
			continue
		} else if !frame || !ok {
			t.Errorf("%s is not read fast", c.Name)
		}
		taken++
		for i := range min(len(envelope), 700) {
			for _, flip := range []byte{0x01, 0x18, 0x60} {
				spoilt := bytes.Clone(envelope)
				spoilt[i] ^= flip
				sameEnvelope(t, spoilt)
			}
			sameEnvelope(t, envelope[:i])
		}
	}
	if taken < 20 {
		t.Errorf("only %d sound entries among the vectors", taken)
	}
}

func FuzzReader(f *testing.F) {
	entriesOf(f, func(frame, raw []byte, _ *protocol.Envelope) {
		f.Add(frame)
		f.Add(raw)
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		sameFrame(t, b)
		sameEnvelope(t, b)
	})
}
