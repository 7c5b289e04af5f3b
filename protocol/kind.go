package protocol

// Kind names what an entry says, such as "decision". The protocol knows three
// kinds by name; all others are the business of package record, and a kind that
// nobody here knows is kept and passed on.
type Kind string

// The kinds whose meaning is part of the envelope rules. They carry an act and
// no content.
const (
	// KindCharter founds a body; it is the first entry of every log.
	KindCharter Kind = "charter"
	// KindKeys changes who controls a body.
	KindKeys Kind = "keys"
	// KindErase removes the content of earlier entries.
	KindErase Kind = "erase"
)

// ParseKind checks that s is 1 to 24 characters of a to z and underscore.
func ParseKind(s string) (Kind, error) {
	k := Kind(s)
	if !k.valid() {
		return "", reject(BadKind, "a kind is 1 to %d of the characters a to z and _, not %q", MaxKind, clip(s))
	}
	return k, nil
}

func (k Kind) valid() bool {
	if len(k) == 0 || len(k) > MaxKind {
		return false
	}
	for i := range len(k) {
		if c := k[i]; c != '_' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// HasAct reports whether entries of this kind carry an act instead of content.
func (k Kind) HasAct() bool { return k == KindCharter || k == KindKeys || k == KindErase }

// IsControl reports whether entries of this kind say who controls the body.
func (k Kind) IsControl() bool { return k == KindCharter || k == KindKeys }
