package protocol

import "slices"

// Reasons for an erasure.
const (
	ReasonPrivacy = "privacy"
	ReasonLegal   = "legal"
	ReasonMistake = "mistake"
)

// EraseReasons lists why content may be erased.
func EraseReasons() []string { return []string{ReasonPrivacy, ReasonLegal, ReasonMistake} }

// Erase is the act of an `erase` entry (SPEC.md section 7).
type Erase struct {
	// Reason is one of [EraseReasons].
	Reason string `cbor:"reason"`
	// Positions are those whose content goes, ascending, each once.
	Positions []uint64 `cbor:"positions"`
}

// EncodeErase returns the act of an `erase` entry.
func EncodeErase(e *Erase) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return signedCodec.encode(e), nil
}

// DecodeErase reads the act of an `erase` entry.
func DecodeErase(act []byte) (*Erase, error) {
	e := new(Erase)
	if err := signedCodec.decode("the act", act, e); err != nil {
		return nil, err
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Erase) check() error {
	if !slices.Contains(EraseReasons(), e.Reason) {
		return reject(BadErase, "%q is not a reason to erase", clip(e.Reason))
	}
	if len(e.Positions) == 0 || len(e.Positions) > MaxErased {
		return reject(BadErase, "%d positions to erase, there must be 1 to %d", len(e.Positions), MaxErased)
	}
	for i, p := range e.Positions {
		if p > MaxInt || i > 0 && p <= e.Positions[i-1] {
			return reject(BadErase, "the positions to erase must ascend")
		}
	}
	return nil
}
