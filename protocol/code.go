package protocol

import (
	"errors"
	"fmt"
)

// Code says why an entry was not taken (SPEC.md section 10). The numbers and
// the names are the same on the wire, in metrics and in the vectors; new ones
// are appended and none is ever reused.
type Code uint8

// Codes of the envelope rules, in the order in which the rules are applied.
const (
	_ Code = iota
	// TooLarge: a part of the entry is longer than its limit.
	TooLarge
	// Malformed: not the CBOR that the format asks for: truncated, trailing
	// bytes, a wrong type, an unknown field, a value out of its range.
	Malformed
	// NotCanonical: well formed, but not the one encoding of its meaning.
	NotCanonical
	// UnknownVersion: an envelope of a later version. Nobody is at fault; the
	// log waits there until the software is newer.
	UnknownVersion
	// BadKind: the name of the kind is not one, or a kind stands where it
	// cannot, such as a charter after the first position.
	BadKind
	// BadControl: a charter or `keys` names keys, officers, quorums or a
	// network that are not allowed.
	BadControl
	// BadKey: a key that is of small order, not canonical, or not on its curve.
	BadKey
	// BadErase: an `erase` names no position, one that it cannot name, or one
	// that is not in its past.
	BadErase
	// WrongBody: the entry belongs to another body than the log does.
	WrongBody
	// WrongPosition: the entry's position does not follow the prefix.
	WrongPosition
	// WrongRoot: the entry does not stand on this prefix.
	WrongRoot
	// WrongUnder: the entry names a control that does not authorise it.
	WrongUnder
	// TimeGoesBack: the entry is dated before the one that it follows.
	TimeGoesBack
	// WeakerKeys: a `keys` entry does not outrank a control that came between.
	WeakerKeys
	// NoAuthority: a `keys` entry carries neither a valid recovery signature
	// nor the quorum of the control that it stands under.
	NoAuthority
	// RecoveryChanged: a quorum tried to change the recovery keys.
	RecoveryChanged
	// RecoveryReused: a `keys` entry lists the recovery key that it used up, or
	// makes it the signing key.
	RecoveryReused
	// ApprovalsShort: an `erase` has too few approvals that count.
	ApprovalsShort
	// BadSignature: the signature is not that of the key in force.
	BadSignature
	// ContentMismatch: the content is not the one that the envelope names. The
	// entry itself may be sound.
	ContentMismatch
	// ContentMissing: an entry came without its content and no `erase` for it
	// is known.
	ContentMissing
	// MissingPrefix: the entries before this one are not held.
	MissingPrefix
	// WrongNetwork: the body's charter names another network.
	WrongNetwork
	// TooFarAhead: the entry is dated further in the future than clocks may
	// differ; it waits.
	TooFarAhead
	numCodes
)

var codeNames = [numCodes]string{
	TooLarge:        "too_large",
	Malformed:       "malformed",
	NotCanonical:    "not_canonical",
	UnknownVersion:  "unknown_version",
	BadKind:         "bad_kind",
	BadControl:      "bad_control",
	BadKey:          "bad_key",
	BadErase:        "bad_erase",
	WrongBody:       "wrong_body",
	WrongPosition:   "wrong_position",
	WrongRoot:       "wrong_root",
	WrongUnder:      "wrong_under",
	TimeGoesBack:    "time_goes_back",
	WeakerKeys:      "weaker_keys",
	NoAuthority:     "no_authority",
	RecoveryChanged: "recovery_changed",
	RecoveryReused:  "recovery_reused",
	ApprovalsShort:  "approvals_short",
	BadSignature:    "bad_signature",
	ContentMismatch: "content_mismatch",
	ContentMissing:  "content_missing",
	MissingPrefix:   "missing_prefix",
	WrongNetwork:    "wrong_network",
	TooFarAhead:     "too_far_ahead",
}

// Codes lists every code in the order of its number.
func Codes() []Code {
	all := make([]Code, 0, numCodes-1)
	for c := TooLarge; c < numCodes; c++ {
		all = append(all, c)
	}
	return all
}

// String is the code's name on the wire and in metrics.
func (c Code) String() string {
	if c == 0 || c >= numCodes {
		return fmt.Sprintf("code_%d", uint8(c))
	}
	return codeNames[c]
}

// Waits reports whether an entry so marked may become valid later, so that its
// bearer is not at fault.
func (c Code) Waits() bool {
	switch c {
	case UnknownVersion, MissingPrefix, TooFarAhead, ContentMissing:
		return true
	default:
		return false
	}
}

// ParseCode is the reverse of [Code.String].
func ParseCode(name string) (Code, error) {
	for c := TooLarge; c < numCodes; c++ {
		if codeNames[c] == name {
			return c, nil
		}
	}
	return 0, fmt.Errorf("no rejection code is called %q", name)
}

// Rejection is the error of everything in this package that judges bytes from
// elsewhere.
type Rejection struct {
	// Code is the frozen reason.
	Code Code
	// Detail says in words what was wrong; it is not part of the protocol.
	Detail string
}

// Error says the code and the detail.
func (r *Rejection) Error() string { return r.Code.String() + ": " + r.Detail }

func reject(code Code, format string, args ...any) error {
	return &Rejection{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// CodeOf returns the code of the [Rejection] in err's chain, or 0.
func CodeOf(err error) Code {
	var r *Rejection
	if errors.As(err, &r) {
		return r.Code
	}
	return 0
}
