package protocol

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// SigningKey is the Ed25519 public key with which a body signs its entries.
type SigningKey [ed25519.PublicKeySize]byte

// Signature is an Ed25519 signature, or the r and s of an ECDSA signature as
// two big-endian integers of 32 bytes.
type Signature [ed25519.SignatureSize]byte

// String is the key in hexadecimal.
func (k SigningKey) String() string { return hex.EncodeToString(k[:]) }

// IsZero reports whether k is the zero value, which is no key.
func (k SigningKey) IsZero() bool { return k == SigningKey{} }

// check refuses keys that are not the canonical encoding of a point of large
// order: with those a signature can hold for more than one message.
func (k SigningKey) check() error {
	compressed := curve.CompressedEdwardsY(k)
	if !compressed.IsCanonicalVartime() {
		return reject(BadKey, "the Ed25519 key %s is not canonically encoded", k)
	}
	var point curve.EdwardsPoint
	if _, err := point.SetCompressedY(&compressed); err != nil {
		return reject(BadKey, "the Ed25519 key %s is not on the curve", k)
	}
	if point.IsSmallOrder() {
		return reject(BadKey, "the Ed25519 key %s is of small order", k)
	}
	return nil
}

// PrivateKey signs: for a body, for an officer, or as a recovery key.
type PrivateKey struct{ key ed25519.PrivateKey }

// GenerateKey makes a new key from source.
func GenerateKey(source io.Reader) (PrivateKey, error) {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(source, seed[:]); err != nil {
		return PrivateKey{}, fmt.Errorf("make a key: %w", err)
	}
	return KeyFromSeed(seed), nil
}

// KeyFromSeed returns the key with the given RFC 8032 seed of 32 bytes.
func KeyFromSeed(seed [ed25519.SeedSize]byte) PrivateKey {
	return PrivateKey{key: ed25519.NewKeyFromSeed(seed[:])}
}

// Seed is the RFC 8032 seed from which the key can be made again.
func (k PrivateKey) Seed() [ed25519.SeedSize]byte {
	return [ed25519.SeedSize]byte(k.key[:ed25519.SeedSize])
}

// Public is the key that verifies what k signs.
func (k PrivateKey) Public() SigningKey { return SigningKey(k.key[ed25519.SeedSize:]) }

// Sign signs message for one purpose.
func (k PrivateKey) Sign(purpose Purpose, message []byte) Signature {
	return Signature(ed25519.Sign(k.key, purpose.frame(message)))
}

// OfficerKey is an officer's public key with its algorithm: a multicodec prefix
// and the key. Ed25519 keys are 34 bytes; P-256 keys, for passkeys, are 35 with
// the point in its compressed form.
type OfficerKey []byte

// Prefixes of the multicodec table: ed25519-pub and p256-pub.
var (
	prefixEd25519 = []byte{0xed, 0x01}
	prefixP256    = []byte{0x80, 0x24}
)

// Ed25519OfficerKey wraps an Ed25519 public key.
func Ed25519OfficerKey(k SigningKey) OfficerKey {
	return append(bytes.Clone(prefixEd25519), k[:]...)
}

// P256OfficerKey wraps a P-256 public key, as a passkey has.
func P256OfficerKey(k *ecdsa.PublicKey) (OfficerKey, error) {
	if k.Curve != elliptic.P256() {
		return nil, fmt.Errorf("an officer's ECDSA key is on the curve P-256")
	}
	point, err := k.Bytes()
	if err != nil {
		return nil, fmt.Errorf("an officer's ECDSA key: %w", err)
	}
	x, y := new(big.Int).SetBytes(point[1:33]), new(big.Int).SetBytes(point[33:])
	return append(bytes.Clone(prefixP256), elliptic.MarshalCompressed(elliptic.P256(), x, y)...), nil
}

// String is the key in hexadecimal.
func (k OfficerKey) String() string { return hex.EncodeToString(k) }

// ParseOfficerKey reads what [OfficerKey.String] writes. Case does not matter.
func ParseOfficerKey(s string) (OfficerKey, error) {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return nil, reject(BadKey, "%q is not hexadecimal", clip(s))
	}
	k := OfficerKey(b)
	return k, k.check()
}

// ed25519 returns the key if it is an Ed25519 one.
func (k OfficerKey) ed25519() (SigningKey, bool) {
	raw, ok := bytes.CutPrefix(k, prefixEd25519)
	if !ok || len(raw) != ed25519.PublicKeySize {
		return SigningKey{}, false
	}
	return SigningKey(raw), true
}

// p256 returns the key if it is a P-256 one.
func (k OfficerKey) p256() (*ecdsa.PublicKey, bool) {
	raw, ok := bytes.CutPrefix(k, prefixP256)
	if !ok || len(raw) != 33 {
		return nil, false
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), raw)
	if x == nil {
		return nil, false
	}
	point := make([]byte, 65)
	point[0] = 4
	x.FillBytes(point[1:33])
	y.FillBytes(point[33:])
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	return key, err == nil
}

func (k OfficerKey) check() error {
	if ed, ok := k.ed25519(); ok {
		return ed.check()
	}
	if _, ok := k.p256(); ok {
		return nil
	}
	return reject(BadKey, "the officer key %s is neither an Ed25519 key nor a point of P-256", clip(k.String()))
}

// NewSalt returns the random salt that content must carry, without which short
// texts could be guessed from their hash.
func NewSalt() []byte {
	salt := make([]byte, SaltSize)
	rand.Read(salt) // crypto/rand.Read never fails
	return salt
}
