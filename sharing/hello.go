package sharing

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"
	libp2p "github.com/libp2p/go-libp2p/core/protocol"

	"github.com/folkmoot/folkmoot/protocol"
)

// Bounds of a greeting.
const (
	maxHello   = 48 << 10
	maxRecords = 16
	maxBinding = 256
	runSize    = 16
)

func helloProtocol(network string) libp2p.ID { return libp2p.ID("/folkmoot/" + network + "/hello/1") }

func reconcileProtocol(network string) libp2p.ID {
	return libp2p.ID("/folkmoot/" + network + "/reconcile/1")
}

// hello is how two peers introduce themselves, each once on the same stream: the
// one that opened it first. It is CBOR behind its length in four bytes, big
// endian. Fields that a later version adds are passed over.
type hello struct {
	// Software is the name and version of the program; words, not a promise.
	Software string `cbor:"software"`
	// Network is the network's name once more: the protocol's has it too.
	Network string `cbor:"network"`
	// Binding is the signed word of the body that the peer serves, with its
	// signature; both absent for an observer.
	Binding   []byte `cbor:"binding,omitempty"`
	Signature []byte `cbor:"signature,omitempty"`
	// Records are signed peer records: the peer's own if it can be told to
	// others, and some of peers that it reached lately.
	Records [][]byte `cbor:"records,omitempty"`
	// Run tells this process from every other, even one with the same keys: 16
	// random bytes, new at each start.
	Run []byte `cbor:"run,omitempty"`
	// At is the sender's clock, in Unix seconds.
	At uint64 `cbor:"at,omitempty"`
	// Others are living bindings of the body that the greeted peer serves, which
	// other processes showed to the sender; in a reply only.
	Others []shown `cbor:"others,omitempty"`
}

func (h *hello) check(network string) error {
	switch {
	case h.Network != network:
		return fmt.Errorf("the peer is of the network %q", clip(h.Network))
	case !printable(h.Software):
		return errors.New("the name of the peer's software is not plain text")
	case len(h.Binding) > maxBinding || len(h.Binding) == 0 && len(h.Signature) != 0:
		return errors.New("the greeting's binding is malformed")
	case len(h.Binding) > 0 && len(h.Signature) != len(protocol.Signature{}):
		return errors.New("the greeting's binding is not signed")
	case len(h.Records) > maxRecords:
		return fmt.Errorf("the greeting has %d peer records, the limit is %d", len(h.Records), maxRecords)
	case len(h.Run) != runSize && len(h.Run) != 0:
		return fmt.Errorf("the greeting's run has %d bytes, not %d", len(h.Run), runSize)
	case len(h.Others) > maxOthers:
		return fmt.Errorf("the greeting tells of %d others, the limit is %d", len(h.Others), maxOthers)
	}
	return nil
}

func clip(s string) string { return s[:min(len(s), protocol.MaxNetwork)] }

func writeHello(w io.Writer, h *hello) error {
	body, err := cbor.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode the greeting: %w", err)
	}
	if len(body) > maxHello {
		return fmt.Errorf("a greeting of %d bytes, the limit is %d", len(body), maxHello)
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	if _, err := w.Write(append(frame, body...)); err != nil {
		return fmt.Errorf("send the greeting: %w", err)
	}
	return nil
}

// errMalformed marks what only a broken or hostile peer sends.
var errMalformed = errors.New("malformed greeting")

// readHello reads a greeting and checks its shape; nothing is allocated for a
// length that is over the limit.
func readHello(r io.Reader, network string) (*hello, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("read the greeting: %w", err)
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > maxHello {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", errMalformed, size, maxHello)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("read the greeting: %w", err)
	}
	return decodeHello(body, network)
}

func decodeHello(body []byte, network string) (*hello, error) {
	h := new(hello)
	if err := cbor.Unmarshal(body, h); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	if err := h.check(network); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return h, nil
}
