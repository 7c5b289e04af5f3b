package api

import (
	"encoding/json"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/multiformats/go-varint"

	"github.com/folkmoot/folkmoot/protocol"
)

// car is the framing of [FormatCAR], as in the CARv1 specification: a header
// and blocks, each after its length.
type car struct{}

// carHeader is the DAG-CBOR map at the beginning.
type carHeader struct {
	Roots   []cbor.Tag `cbor:"roots"`
	Version uint64     `cbor:"version"`
}

// signatureBlock is the block that holds an entry's signature.
type signatureBlock struct {
	Entry     cbor.Tag `cbor:"entry"`
	Signature []byte   `cbor:"signature"`
}

// freezeBlock is the dag-json block that proves a freeze.
type freezeBlock struct {
	Body   protocol.BodyID `json:"body"`
	Freeze *Freeze         `json:"freeze"`
}

// omittedBlock is the dag-json block that says at which positions of a log content
// is left out.
type omittedBlock struct {
	Body    protocol.BodyID `json:"body"`
	Omitted []uint64        `json:"omitted"`
}

// linkTag is the CBOR tag of an IPLD link.
const linkTag = 42

func (car) begin(_ string, roots []exportRoot) ([]byte, error) {
	header := carHeader{Roots: []cbor.Tag{}, Version: 1}
	for _, r := range roots {
		header.Roots = append(header.Roots, link(protocol.CIDOf(r.last)))
		if r.freeze != nil {
			b, err := freezeData(r)
			if err != nil {
				return nil, err
			}
			header.Roots = append(header.Roots, link(cidOf(cid.DagJSON, b)))
		}
	}
	b, err := dagCBOR(header)
	if err != nil {
		return nil, err
	}
	return append(varint.ToUvarint(uint64(len(b))), b...), nil
}

func (car) entry(e *protocol.Entry) ([]byte, error) {
	id := protocol.CIDOf(e.ID)
	sig, err := dagCBOR(signatureBlock{Entry: link(id), Signature: e.Signature[:]})
	if err != nil {
		return nil, err
	}
	out := appendBlock(nil, id, e.Raw)
	out = appendBlock(out, cidOf(cid.DagCBOR, sig), sig)
	if len(e.Content) > 0 {
		out = appendBlock(out, protocol.CIDOf(protocol.EntryID(e.Envelope.Content.Hash)), e.Content)
	}
	return out, nil
}

func (car) log(root exportRoot) ([]byte, error) {
	freeze, err := carFreeze(root)
	if err != nil {
		return nil, err
	}
	omitted, err := carOmitted(root)
	return append(freeze, omitted...), err
}

// carFreeze is the block with the proof of a freeze; nothing without one.
func carFreeze(root exportRoot) ([]byte, error) {
	if root.freeze == nil {
		return nil, nil
	}
	b, err := freezeData(root)
	if err != nil {
		return nil, err
	}
	return appendBlock(nil, cidOf(cid.DagJSON, b), b), nil
}

// carOmitted is the block that says what content is left out; nothing where none
// is.
func carOmitted(root exportRoot) ([]byte, error) {
	if len(root.omitted) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(omittedBlock{Body: root.body, Omitted: root.omitted})
	if err != nil {
		return nil, fmt.Errorf("encode what is left out of %s: %w", root.body, err)
	}
	return appendBlock(nil, cidOf(cid.DagJSON, b), b), nil
}

func (car) end(uint64, uint64) ([]byte, error) { return nil, nil }

func freezeData(root exportRoot) ([]byte, error) {
	b, err := json.Marshal(freezeBlock{Body: root.body, Freeze: root.freeze})
	if err != nil {
		return nil, fmt.Errorf("encode the freeze of %s: %w", root.body, err)
	}
	return b, nil
}

func appendBlock(out []byte, id cid.Cid, data []byte) []byte {
	out = append(out, varint.ToUvarint(uint64(len(id.Bytes())+len(data)))...)
	out = append(out, id.Bytes()...)
	return append(out, data...)
}

// link is an IPLD link in DAG-CBOR: a zero byte and the CID under tag 42.
func link(id cid.Cid) cbor.Tag {
	return cbor.Tag{Number: linkTag, Content: append([]byte{0}, id.Bytes()...)}
}

func cidOf(codec uint64, data []byte) cid.Cid {
	digest := protocol.HashOf(data)
	mh, err := multihash.Encode(digest[:], multihash.SHA2_256)
	if err != nil {
		panic("api: sha2-256 is not a known multihash")
	}
	return cid.NewCidV1(codec, mh)
}

func dagCBOR(v any) ([]byte, error) {
	mode, err := cbor.EncOptions{Sort: cbor.SortLengthFirst}.EncMode()
	if err != nil {
		return nil, fmt.Errorf("CBOR options: %w", err)
	}
	b, err := mode.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode DAG-CBOR: %w", err)
	}
	return b, nil
}
