package protocol

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// Officer is an office of a body with the keys of whoever holds it.
type Officer struct {
	// Office is its name, such as "chair": never a person's. At most 40 bytes.
	Office string `cbor:"office"`
	// Keys are the one or two keys with which the officer approves.
	Keys []OfficerKey `cbor:"keys"`
}

// Head names a state of a log: how many entries it has and their Merkle root.
type Head struct {
	Length uint64 `cbor:"length"`
	Root   Root   `cbor:"root"`
}

// Reasons for a change of control.
const (
	ReasonRotation  = "rotation"
	ReasonKeyStolen = "key_stolen"
	ReasonFork      = "fork"
	ReasonRestore   = "restore"
	ReasonOfficers  = "officers"
)

// KeysReasons lists why control may change.
func KeysReasons() []string {
	return []string{ReasonRotation, ReasonKeyStolen, ReasonFork, ReasonRestore, ReasonOfficers}
}

// Control says who may speak for a body: the act of a `charter` or a `keys`
// entry (SPEC.md section 5).
type Control struct {
	// Key signs the entries that stand under this control.
	Key SigningKey `cbor:"key"`
	// Quorum is how many officers must approve entries of a kind. A kind that
	// is not named needs none.
	Quorum map[Kind]uint64 `cbor:"quorum,omitempty"`
	// Reason says why control changed; absent in a charter.
	Reason string `cbor:"reason,omitempty"`
	// Disowns names heads that this change gives up; absent in a charter.
	Disowns []Head `cbor:"disowns,omitempty"`
	// Network is the network's name; in a charter only, and never changed.
	Network string `cbor:"network,omitempty"`
	// Officers are the offices that approve.
	Officers []Officer `cbor:"officers,omitempty"`
	// Recovery holds the SHA-256 of each recovery key, the strongest first.
	Recovery []Digest `cbor:"recovery"`
}

// RecoveryDigest is how a control names a recovery key.
func RecoveryDigest(k SigningKey) Digest { return HashOf(k[:]) }

// EncodeControl returns the act of a `charter` or `keys` entry. It refuses what
// no node would accept.
func EncodeControl(kind Kind, c *Control) ([]byte, error) {
	if err := c.check(kind); err != nil {
		return nil, err
	}
	return signedCodec.encode(c), nil
}

// DecodeControl reads the act of a `charter` or `keys` entry.
func DecodeControl(kind Kind, act []byte) (*Control, error) {
	c := new(Control)
	if err := signedCodec.decode("the act", act, c); err != nil {
		return nil, err
	}
	if err := c.check(kind); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Control) check(kind Kind) error {
	if err := c.Key.check(); err != nil {
		return err
	}
	if err := c.checkShape(kind); err != nil {
		return err
	}
	if err := c.checkRecovery(); err != nil {
		return err
	}
	if err := c.checkOfficers(); err != nil {
		return err
	}
	return c.checkQuorum()
}

func (c *Control) checkShape(kind Kind) error {
	if kind == KindCharter {
		if !validNetwork(c.Network) {
			return reject(BadControl, "a network's name is 1 to %d of the characters a to z, 0 to 9 and -, not %q", MaxNetwork, clip(c.Network))
		}
		if c.Reason != "" || len(c.Disowns) != 0 {
			return reject(BadControl, "a charter has no reason and disowns nothing")
		}
		return nil
	}
	if c.Network != "" {
		return reject(BadControl, "only a charter names the network")
	}
	if !slices.Contains(KeysReasons(), c.Reason) {
		return reject(BadControl, "%q is not a reason for a change of control", clip(c.Reason))
	}
	if len(c.Disowns) > MaxDisowns {
		return reject(BadControl, "%d heads disowned, the limit is %d", len(c.Disowns), MaxDisowns)
	}
	for i, h := range c.Disowns {
		if h.Length == 0 || h.Length > MaxInt || slices.Contains(c.Disowns[:i], h) {
			return reject(BadControl, "the disowned head %d is empty or named twice", i)
		}
	}
	return nil
}

func (c *Control) checkRecovery() error {
	if len(c.Recovery) == 0 || len(c.Recovery) > MaxRecovery {
		return reject(BadControl, "%d recovery keys, there must be 1 to %d", len(c.Recovery), MaxRecovery)
	}
	for i, d := range c.Recovery {
		if slices.Contains(c.Recovery[:i], d) {
			return reject(BadControl, "recovery key %d is named twice", i)
		}
		if d == RecoveryDigest(c.Key) {
			return reject(BadControl, "the signing key cannot be a recovery key")
		}
	}
	return nil
}

func (c *Control) checkOfficers() error {
	if len(c.Officers) > MaxOfficers {
		return reject(BadControl, "%d officers, the limit is %d", len(c.Officers), MaxOfficers)
	}
	own := Ed25519OfficerKey(c.Key)
	seen := map[string]bool{string(own): true}
	for i, o := range c.Officers {
		if !validOffice(o.Office) {
			return reject(BadControl, "the office %q is not 1 to %d bytes of printable text", clip(o.Office), MaxOffice)
		}
		if slices.ContainsFunc(c.Officers[:i], func(p Officer) bool { return p.Office == o.Office }) {
			return reject(BadControl, "the office %q is named twice", o.Office)
		}
		if len(o.Keys) == 0 || len(o.Keys) > MaxOfficerKeys {
			return reject(BadControl, "the office %q has %d keys, it must have 1 to %d", o.Office, len(o.Keys), MaxOfficerKeys)
		}
		for _, k := range o.Keys {
			if err := k.check(); err != nil {
				return err
			}
			if seen[string(k)] {
				return reject(BadControl, "the key %s stands twice: an officer's key is nobody else's and not the body's", k)
			}
			seen[string(k)] = true
		}
	}
	return nil
}

func (c *Control) checkQuorum() error {
	if len(c.Quorum) > MaxQuorums {
		return reject(BadControl, "quorums for %d kinds, the limit is %d", len(c.Quorum), MaxQuorums)
	}
	most := uint64(min(len(c.Officers), MaxApprovals))
	for kind, n := range c.Quorum {
		if !kind.valid() || kind == KindCharter {
			return reject(BadControl, "%q cannot have a quorum", clip(string(kind)))
		}
		if n == 0 || n > most {
			return reject(BadControl, "%d approvals asked for %s, with %d officers it must be 1 to %d", n, kind, len(c.Officers), most)
		}
	}
	return nil
}

// officerOf returns the place of the officer who holds key, or -1.
func (c *Control) officerOf(key OfficerKey) int {
	return slices.IndexFunc(c.Officers, func(o Officer) bool {
		return slices.ContainsFunc(o.Keys, func(k OfficerKey) bool { return bytes.Equal(k, key) })
	})
}

func validNetwork(s string) bool {
	if len(s) == 0 || len(s) > MaxNetwork {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// ParseNetwork checks the name of a network.
func ParseNetwork(s string) (string, error) {
	if !validNetwork(s) {
		return "", reject(BadControl, "a network's name is 1 to %d of the characters a to z, 0 to 9 and -, not %q", MaxNetwork, clip(s))
	}
	return s, nil
}

// validOffice refuses control characters by their numbers alone: a frozen rule
// cannot lean on a version of Unicode.
func validOffice(s string) bool {
	if len(s) == 0 || len(s) > MaxOffice || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return false
		}
	}
	return true
}
