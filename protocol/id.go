package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

// Digest is a SHA-256 hash.
type Digest [sha256.Size]byte

// HashOf returns the SHA-256 digest of b.
func HashOf(b []byte) Digest { return sha256.Sum256(b) }

// String is the digest in lower-case hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// IsZero reports whether d is the zero value, which is no digest.
func (d Digest) IsZero() bool { return d == Digest{} }

// MarshalText implements [encoding.TextMarshaler].
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Digest) UnmarshalText(text []byte) error {
	var out Digest
	if hex.DecodedLen(len(text)) != len(out) {
		return fmt.Errorf("a digest is %d hexadecimal digits, not %d", 2*len(out), len(text))
	}
	if _, err := hex.Decode(out[:], text); err != nil {
		return fmt.Errorf("a digest is hexadecimal: %w", err)
	}
	*d = out
	return nil
}

// EntryID names an entry: the SHA-256 of its envelope (SPEC.md section 3). In
// text it is a CIDv1 with the dag-cbor codec, in base32: "bafyrei...".
type EntryID Digest

// BodyID names a body: the identifier of the charter that founded it.
type BodyID Digest

// String is the identifier as a CID.
func (id EntryID) String() string { return cidOf(id) }

// IsZero reports whether id is the zero value, which names nothing.
func (id EntryID) IsZero() bool { return id == EntryID{} }

// MarshalText implements [encoding.TextMarshaler].
func (id EntryID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (id *EntryID) UnmarshalText(text []byte) error {
	v, err := ParseEntryID(string(text))
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// String is the identifier as a CID.
func (id BodyID) String() string { return cidOf(id) }

// IsZero reports whether id is the zero value, which names nothing.
func (id BodyID) IsZero() bool { return id == BodyID{} }

// Charter is the identifier of the body's first entry.
func (id BodyID) Charter() EntryID { return EntryID(id) }

// MarshalText implements [encoding.TextMarshaler].
func (id BodyID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (id *BodyID) UnmarshalText(text []byte) error {
	v, err := ParseBodyID(string(text))
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// ParseEntryID reads an entry's identifier as [EntryID.String] writes it.
func ParseEntryID(s string) (EntryID, error) {
	d, err := parseCID(s)
	return EntryID(d), err
}

// ParseBodyID reads a body's identifier as [BodyID.String] writes it.
func ParseBodyID(s string) (BodyID, error) {
	d, err := parseCID(s)
	return BodyID(d), err
}

// idLength is the length of an identifier in text, and idPrefix how each
// begins: base32, CIDv1, dag-cbor, sha2-256, 32 bytes.
const (
	idLength = 59
	idPrefix = "bafyrei"
)

// MayBeID reports cheaply whether s has the shape of an identifier.
func MayBeID(s string) bool { return len(s) == idLength && strings.HasPrefix(s, idPrefix) }

func cidOf[T EntryID | BodyID](id T) string {
	digest := [sha256.Size]byte(id)
	mh, err := multihash.Encode(digest[:], multihash.SHA2_256)
	if err != nil {
		panic("protocol: sha2-256 is not a known multihash")
	}
	return cid.NewCidV1(cid.DagCBOR, mh).String()
}

// CIDOf returns the identifier as the CID that IPLD tools use.
func CIDOf(id EntryID) cid.Cid {
	c, err := cid.Decode(id.String())
	if err != nil {
		panic("protocol: an identifier is always a CID")
	}
	return c
}

func parseCID(s string) (Digest, error) {
	var d Digest
	if !MayBeID(s) {
		return d, fmt.Errorf("%q is not an identifier: those are %d characters long and begin with %q", clip(s), idLength, idPrefix)
	}
	c, err := cid.Decode(s)
	if err != nil {
		return d, fmt.Errorf("%q is not an identifier: %w", s, err)
	}
	mh, err := multihash.Decode(c.Hash())
	if err != nil || c.Version() != 1 || c.Type() != cid.DagCBOR || mh.Code != multihash.SHA2_256 || mh.Length != len(d) {
		return d, fmt.Errorf("%q is not the identifier of an entry", s)
	}
	copy(d[:], mh.Digest)
	if cidOf(EntryID(d)) != s {
		return d, fmt.Errorf("%q is not the canonical form of an identifier", s)
	}
	return d, nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "..."
	}
	return s
}
