package protocol

// Limits of version 1 (SPEC.md section 9). They are checked before anything of
// the length that a peer claims is allocated. Sizes are in bytes.
const (
	// MaxEnvelope is the largest encoded envelope.
	MaxEnvelope = 8 << 10
	// MaxContent is the largest encoded content.
	MaxContent = 64 << 10
	// MaxEntry is the largest encoded entry: envelope, signature, content and
	// the heads of the CBOR array that holds them.
	MaxEntry = MaxEnvelope + MaxContent + 128
	// MaxKind is the longest name of a kind.
	MaxKind = 24
	// MaxNetwork is the longest name of a network.
	MaxNetwork = 32
	// MaxOffice is the longest name of an office.
	MaxOffice = 40
	// MaxOfficers is the number of officers that a control may name.
	MaxOfficers = 16
	// MaxOfficerKeys is the number of keys that one officer may hold.
	MaxOfficerKeys = 2
	// MaxApprovals is the number of approvals that an entry may carry, and so
	// the largest quorum.
	MaxApprovals = 8
	// MaxQuorums is the number of kinds for which a control may ask approvals.
	MaxQuorums = 32
	// MaxRecovery is the number of recovery keys that a control may name.
	MaxRecovery = 3
	// MaxDisowns is the number of heads that a `keys` entry may disown.
	MaxDisowns = 4
	// MaxErased is the number of positions that one `erase` entry may name.
	MaxErased = 256
	// MaxExt is the longest `ext` field.
	MaxExt = 256
	// MaxAuthData is the longest WebAuthn authenticator data of an approval.
	MaxAuthData = 256
	// MaxClientData is the longest WebAuthn client data of an approval.
	MaxClientData = 1 << 10
	// MaxInt is the largest integer in an envelope or an act, so that every
	// language reads it exactly.
	MaxInt = 1<<53 - 1
	// MaxDepth is how deep arrays and maps may nest in an envelope or an act.
	MaxDepth = 4
	// MaxElements is the largest number of elements of an array, and MaxPairs of
	// pairs of a map, in an envelope or an act.
	MaxElements = MaxErased
	MaxPairs    = MaxQuorums
	// MaxContentDepth is how deep arrays and maps may nest in content.
	MaxContentDepth = 16
	// SaltSize is the length of the random salt in content.
	SaltSize = 16
)
