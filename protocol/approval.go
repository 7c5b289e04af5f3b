package protocol

import (
	"bytes"
	"slices"
)

// Approval is an officer's signature, or the recovery signature of a `keys`
// entry, inside an envelope (SPEC.md section 6).
type Approval struct {
	// Key is the officer's key; absent in a recovery signature.
	Key OfficerKey `cbor:"key,omitempty"`
	// Sig signs [ApprovalMessage], or in `keys` [RecoveryMessage].
	Sig Signature `cbor:"sig"`
	// Until is when the approval lapses, in Unix seconds. In `keys`, where the
	// position is signed, it is absent.
	Until uint64 `cbor:"until,omitempty"`
	// Recovery is the recovery key, told now that it is used; else absent.
	Recovery SigningKey `cbor:"recovery,omitzero"`
	// AuthData and ClientData are the authenticator data and the client data
	// of a WebAuthn assertion; with a P-256 key only.
	AuthData   []byte `cbor:"auth_data,omitempty"`
	ClientData []byte `cbor:"client_data,omitempty"`
}

// ApprovalMessage is what an officer signs, under [PurposeApproval]: it names
// the control in force but no position, so that approvals can be gathered while
// the log moves on. digest is the SHA-256 of the content, or of the act.
func ApprovalMessage(body BodyID, control EntryID, kind Kind, digest Digest, until uint64) []byte {
	return signedCodec.encode(struct {
		_       struct{} `cbor:",toarray"`
		Body    BodyID
		Control EntryID
		Kind    Kind
		Digest  Digest
		Until   uint64
	}{Body: body, Control: control, Kind: kind, Digest: digest, Until: until})
}

// RecoveryMessage is what a recovery key, or each officer of a quorum, signs to
// authorise a change of control, under [PurposeRecovery]: control is the
// identifier of the control entry that the change stands under, seq and root
// are its own.
func RecoveryMessage(body BodyID, control EntryID, seq uint64, root Root, act []byte) []byte {
	return signedCodec.encode(struct {
		_       struct{} `cbor:",toarray"`
		Body    BodyID
		Control EntryID
		Seq     uint64
		Root    Root
		Act     Digest
	}{Body: body, Control: control, Seq: seq, Root: root, Act: HashOf(act)})
}

// Approve signs an approval with an officer's Ed25519 key.
func Approve(k PrivateKey, body BodyID, control EntryID, kind Kind, digest Digest, until uint64) Approval {
	return Approval{
		Key:   Ed25519OfficerKey(k.Public()),
		Sig:   k.Sign(PurposeApproval, ApprovalMessage(body, control, kind, digest, until)),
		Until: until,
	}
}

// Recover signs a change of control with a recovery key.
func Recover(k PrivateKey, message []byte) Approval {
	return Approval{Recovery: k.Public(), Sig: k.Sign(PurposeRecovery, message)}
}

// EncodeApproval returns an approval as it stands in an entry of the kind given,
// to be kept or carried until there is one. It refuses what no entry could hold.
func EncodeApproval(kind Kind, a *Approval) ([]byte, error) {
	if err := a.check(kind); err != nil {
		return nil, err
	}
	return signedCodec.encode(a), nil
}

// DecodeApproval reads what [EncodeApproval] wrote. Whether the approval counts
// is another question: see [JudgeApprovals] and [JudgeAuthority].
func DecodeApproval(kind Kind, b []byte) (*Approval, error) {
	a := new(Approval)
	if err := signedCodec.decode("an approval", b, a); err != nil {
		return nil, err
	}
	if err := a.check(kind); err != nil {
		return nil, err
	}
	return a, nil
}

// JudgeAuthority says whether one approval of a change of control would count
// under the control that it stands under: a recovery key's alone, or an officer's
// towards the quorum. message is its [RecoveryMessage].
func JudgeAuthority(a *Approval, c *Control, message []byte) ApprovalVerdict {
	if !a.Recovery.IsZero() {
		switch {
		case !slices.Contains(c.Recovery, RecoveryDigest(a.Recovery)):
			return ApprovalUnknownKey
		case a.Recovery.check() != nil || !verifyOnce(a.Recovery, PurposeRecovery, message, a.Sig):
			return ApprovalBadSignature
		}
		return ApprovalCounts
	}
	switch {
	case c.officerOf(a.Key) < 0:
		return ApprovalUnknownKey
	case !a.signs(PurposeRecovery, message):
		return ApprovalBadSignature
	}
	return ApprovalCounts
}

// OfficeOf returns the office whose key it is, or an empty text.
func (c *Control) OfficeOf(key OfficerKey) string {
	if i := c.officerOf(key); i >= 0 {
		return c.Officers[i].Office
	}
	return ""
}

// check looks at the shape alone, which a decoder can judge.
func (a *Approval) check(kind Kind) error {
	if !a.Recovery.IsZero() {
		if kind != KindKeys || len(a.Key) != 0 || a.Until != 0 || len(a.AuthData) != 0 || len(a.ClientData) != 0 {
			return reject(Malformed, "a recovery signature stands alone and in a `keys` entry")
		}
		return nil
	}
	if len(a.Key) == 0 {
		return reject(Malformed, "an approval names no key")
	}
	if (kind == KindKeys) != (a.Until == 0) || a.Until > MaxInt {
		return reject(Malformed, "an approval says until when it holds, but for `keys`")
	}
	if len(a.AuthData) > MaxAuthData || len(a.ClientData) > MaxClientData {
		return reject(TooLarge, "an approval's WebAuthn data is longer than %d and %d bytes", MaxAuthData, MaxClientData)
	}
	passkey := bytes.HasPrefix(a.Key, prefixP256)
	if passkey != (len(a.AuthData) > 0) || passkey != (len(a.ClientData) > 0) {
		return reject(Malformed, "WebAuthn data belongs to approvals by a P-256 key, and to each of them")
	}
	return nil
}

// signs reports whether the approval's signature over message holds.
func (a *Approval) signs(purpose Purpose, message []byte) bool {
	if ed, ok := a.Key.ed25519(); ok {
		return verifyOnce(ed, purpose, message, a.Sig)
	}
	if p, ok := a.Key.p256(); ok {
		return verifyAssertion(p, purpose.frame(message), a)
	}
	return false
}

// ApprovalVerdict says whether an approval counts.
type ApprovalVerdict string

// Verdicts on an approval.
const (
	ApprovalCounts       ApprovalVerdict = "counts"
	ApprovalUnknownKey   ApprovalVerdict = "unknown_key"
	ApprovalDoubled      ApprovalVerdict = "doubled"
	ApprovalExpired      ApprovalVerdict = "expired"
	ApprovalBadSignature ApprovalVerdict = "bad_signature"
	ApprovalReplayed     ApprovalVerdict = "replayed"
)

// JudgeApprovals says of each approval of an entry whether it counts, in their
// order, under the control in force. replayed is true when an earlier entry of
// the log has the same digest under the same control: only the first counts.
func JudgeApprovals(env *Envelope, body BodyID, c *InForce, replayed bool) []ApprovalVerdict {
	verdicts := make([]ApprovalVerdict, len(env.Approvals))
	counted := make(map[int]bool)
	for i := range env.Approvals {
		a := &env.Approvals[i]
		officer := c.Control.officerOf(a.Key)
		message := ApprovalMessage(body, c.ID, env.Kind, env.Digest(), a.Until)
		switch {
		case officer < 0:
			verdicts[i] = ApprovalUnknownKey
		case env.At > a.Until:
			verdicts[i] = ApprovalExpired
		case replayed:
			verdicts[i] = ApprovalReplayed
		case !a.signs(PurposeApproval, message):
			verdicts[i] = ApprovalBadSignature
		case counted[officer]:
			verdicts[i] = ApprovalDoubled
		default:
			counted[officer] = true
			verdicts[i] = ApprovalCounts
		}
	}
	return verdicts
}

func countApprovals(verdicts []ApprovalVerdict) uint64 {
	var n uint64
	for _, v := range verdicts {
		if v == ApprovalCounts {
			n++
		}
	}
	return n
}

// quorumSigns counts the officers of c who signed message, each once.
func quorumSigns(approvals []Approval, c *Control, message []byte) uint64 {
	counted := make(map[int]bool)
	for i := range approvals {
		if o := c.officerOf(approvals[i].Key); o >= 0 && !counted[o] && approvals[i].signs(PurposeRecovery, message) {
			counted[o] = true
		}
	}
	return uint64(len(counted))
}
