package protocol

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
)

// Flags of WebAuthn authenticator data: the officer was present, and unlocked
// the device (Web Authentication Level 2, section 6.1).
const (
	flagUserPresent  = 0x01
	flagUserVerified = 0x04
	// authDataFlags is where the flags stand: after the hash of the relying
	// party; authDataMin is the length without extensions.
	authDataFlags = 32
	authDataMin   = 37
)

// Challenge is what a passkey is asked to sign so that its assertion approves
// message: the SHA-256 of the purpose and the message.
func Challenge(purpose Purpose, message []byte) [sha256.Size]byte {
	return sha256.Sum256(purpose.frame(message))
}

// verifyAssertion verifies a recorded WebAuthn assertion by the limited
// algorithm of Web Authentication Level 2, section 5.8.1.2: client data begins
// with fixed bytes, so no JSON is read. The origin and the relying party are
// not judged: a passkey signs for one relying party only, and a control names
// the passkey.
func verifyAssertion(key *ecdsa.PublicKey, framed []byte, a *Approval) bool {
	challenge := sha256.Sum256(framed)
	start := `{"type":"webauthn.get","challenge":"` + base64.RawURLEncoding.EncodeToString(challenge[:]) + `","origin":"`
	if !bytes.HasPrefix(a.ClientData, []byte(start)) {
		return false
	}
	const flags = flagUserPresent | flagUserVerified
	if len(a.AuthData) < authDataMin || a.AuthData[authDataFlags]&flags != flags {
		return false
	}
	client := sha256.Sum256(a.ClientData)
	digest := sha256.Sum256(append(bytes.Clone(a.AuthData), client[:]...))
	r, s := new(big.Int).SetBytes(a.Sig[:32]), new(big.Int).SetBytes(a.Sig[32:])
	return ecdsa.Verify(key, digest[:], r, s)
}
