package vectors

import (
	"crypto/sha512"
	"math/big"

	"github.com/folkmoot/folkmoot/protocol"
)

// order is what the order of the prime-order group exceeds 2^252 by (RFC 8032).
var order, _ = new(big.Int).SetString("27742317777372353535851937790883648493", 10)

func groupOrder() *big.Int { return new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 252), order) }

func littleEndian(b []byte) *big.Int {
	r := make([]byte, len(b))
	for i := range b {
		r[len(b)-1-i] = b[i]
	}
	return new(big.Int).SetBytes(r)
}

func fill(n *big.Int) (out [32]byte) {
	n.FillBytes(out[:])
	for i := range 16 {
		out[i], out[31-i] = out[31-i], out[i]
	}
	return out
}

// plusOrder adds the group's order to S.
func plusOrder(sig protocol.Signature) protocol.Signature {
	s := fill(new(big.Int).Add(littleEndian(sig[32:]), groupOrder()))
	copy(sig[32:], s[:])
	return sig
}

// signWith makes a signature whose R is a point of small order: S is then the
// challenge times the secret, and the equation holds up to the cofactor.
func signWith(r [32]byte, key protocol.PrivateKey, purpose protocol.Purpose, message []byte) protocol.Signature {
	seed := key.Seed()
	h := sha512.Sum512(seed[:])
	h[0] &= 248
	h[31] = h[31]&127 | 64
	public := key.Public()
	k := sha512.New()
	k.Write(r[:])
	k.Write(public[:])
	k.Write([]byte("folkmoot/1/" + string(purpose) + "\x00"))
	k.Write(message)
	s := new(big.Int).Mul(littleEndian(k.Sum(nil)), littleEndian(h[:32]))
	out := fill(s.Mod(s, groupOrder()))
	return protocol.Signature(append(r[:], out[:]...))
}

// torsion is a point of order 8, neutral the neutral element, and longNeutral
// the same with a y that is not below the field's prime.
var (
	torsion     = [32]byte{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}
	neutral     = [32]byte{1}
	longNeutral = func() (b [32]byte) {
		for i := range b {
			b[i] = 0xff
		}
		b[0], b[31] = 0xee, 0x7f
		return b
	}()
)

func (g *generator) makeSignatures() {
	key := Secret("signer")
	message := []byte("The path is mended.")
	add := func(name, why string, valid bool, public protocol.SigningKey, purpose protocol.Purpose, message []byte, sig protocol.Signature) {
		g.signatures = append(g.signatures, SignatureCase{
			Case: Case{name, why}, Key: public[:], Purpose: string(purpose), Message: message, Signature: sig[:], Valid: valid,
		})
	}
	sig := key.Sign(protocol.PurposeEntry, message)
	for _, p := range []protocol.Purpose{protocol.PurposeEntry, protocol.PurposeApproval, protocol.PurposeRecovery, protocol.PurposeBinding, protocol.PurposeCheckpoint} {
		add("purpose "+string(p), "A signature for its own purpose.", true, key.Public(), p, message, key.Sign(p, message))
	}
	add("other purpose", "A signature made for entries does not hold for approvals.", false, key.Public(), protocol.PurposeApproval, message, sig)
	add("other key", "A signature by somebody else.", false, Secret("somebody").Public(), protocol.PurposeEntry, message, sig)
	add("other message", "A signature of another message.", false, key.Public(), protocol.PurposeEntry, []byte("The path is closed."), sig)
	add("empty message", "The purpose alone is signed.", true, key.Public(), protocol.PurposeEntry, nil, key.Sign(protocol.PurposeEntry, nil))
	add("malleable", "S with the group's order added is out of range.", false, key.Public(), protocol.PurposeEntry, message, plusOrder(sig))
	add("small-order R", "R of order 8: holds by the cofactored equation, which is the rule here.", true, key.Public(), protocol.PurposeEntry, message, signWith(torsion, key, protocol.PurposeEntry, message))
	add("neutral R", "R is the neutral element.", true, key.Public(), protocol.PurposeEntry, message, signWith(neutral, key, protocol.PurposeEntry, message))
	add("R out of range", "R is the neutral element with a y that is not below the prime: ZIP-215 reads it.", true, key.Public(), protocol.PurposeEntry, message, signWith(longNeutral, key, protocol.PurposeEntry, message))
	add("R off the curve", "R is no point.", false, key.Public(), protocol.PurposeEntry, message, signWith(offCurveKey, key, protocol.PurposeEntry, message))
	add("small-order key", "By ZIP-215 this holds for every message; a control refuses such a key.", true, smallOrderKey, protocol.PurposeEntry, message, protocol.Signature(append(neutral[:], make([]byte, 32)...)))
	add("key out of range", "The same with a key that is not canonical; a control refuses it too.", true, longNeutral, protocol.PurposeEntry, message, protocol.Signature(append(neutral[:], make([]byte, 32)...)))
	add("key off the curve", "The key is no point.", false, offCurveKey, protocol.PurposeEntry, message, sig)
	add("zeros", "R of zeros is a point of order 4, but S does not fit.", false, key.Public(), protocol.PurposeEntry, message, protocol.Signature{})
}
