package protocol

import (
	"crypto"
	cryptorand "crypto/rand"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519/extra/cache"
)

// Purpose keeps a signature made for one thing from being used for another
// (SPEC.md section 4).
type Purpose string

// The purposes of version 1.
const (
	// PurposeEntry signs an envelope.
	PurposeEntry Purpose = "entry"
	// PurposeApproval is an officer's approval of an entry.
	PurposeApproval Purpose = "approval"
	// PurposeRecovery authorises a change of control.
	PurposeRecovery Purpose = "recovery"
	// PurposeBinding binds a libp2p peer to the body that it serves.
	PurposeBinding Purpose = "binding"
	// PurposeCheckpoint signs a log's size and root for readers over HTTP.
	PurposeCheckpoint Purpose = "checkpoint"
)

// frame returns what is really signed: the purpose, a zero byte, the message.
func (p Purpose) frame(message []byte) []byte {
	framed := make([]byte, 0, len("folkmoot/1/")+len(p)+1+len(message))
	framed = append(framed, "folkmoot/1/"...)
	framed = append(framed, p...)
	framed = append(framed, 0)
	return append(framed, message...)
}

// zip215 is the one rule by which Ed25519 signatures are judged, alone and in
// batches: the cofactored equation of ZIP-215.
var zip215 = &ed25519.Options{Hash: crypto.Hash(0), Verify: ed25519.VerifyOptionsZIP_215}

// Signed is a signature that is still to be verified, so that many can be
// verified together.
type Signed struct {
	Key       SigningKey
	Purpose   Purpose
	Message   []byte
	Signature Signature
}

// Verifier verifies Ed25519 signatures and remembers the expanded form of keys
// that it meets again. It is safe for concurrent use.
type Verifier struct{ keys *cache.Verifier }

// NewVerifier returns a verifier that remembers up to n keys, at roughly 1.5 KB
// each.
func NewVerifier(n int) *Verifier {
	return &Verifier{keys: cache.NewVerifier(cache.NewLRUCache(n))}
}

// Verify reports whether s holds.
func (v *Verifier) Verify(s Signed) bool {
	return v.keys.VerifyWithOptions(s.Key[:], s.Purpose.frame(s.Message), s.Signature[:], zip215)
}

// VerifyBatch verifies many signatures at once, which is about three times as
// fast for 64 or more, and returns the verdict of each: the same as
// [Verifier.Verify] would give.
func (v *Verifier) VerifyBatch(batch []Signed) []bool {
	if len(batch) == 0 {
		return nil
	}
	verdicts := make([]bool, len(batch))
	if len(batch) < minBatch {
		for i, s := range batch {
			verdicts[i] = v.Verify(s)
		}
		return verdicts
	}
	b := ed25519.NewBatchVerifierWithCapacity(len(batch))
	for _, s := range batch {
		v.keys.AddWithOptions(b, s.Key[:], s.Purpose.frame(s.Message), s.Signature[:], zip215)
	}
	if b.VerifyBatchOnly(cryptorand.Reader) {
		for i := range verdicts {
			verdicts[i] = true
		}
		return verdicts
	}
	for i, s := range batch {
		verdicts[i] = v.Verify(s)
	}
	return verdicts
}

// minBatch is the size below which a batch is no faster than single checks.
const minBatch = 4

// verifyOnce verifies one signature by a key that is not worth remembering.
func verifyOnce(key SigningKey, purpose Purpose, message []byte, sig Signature) bool {
	return ed25519.VerifyWithOptions(key[:], purpose.frame(message), sig[:], zip215)
}
