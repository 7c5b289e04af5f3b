package protocol

import "fmt"

// InclusionProof shows that an entry stands at its position in the log that a
// later head of the same body names. It is checked without any other data.
type InclusionProof struct {
	// Head is the state of the log in which the entry stands.
	Head Head
	// Path is the RFC 6962 audit path.
	Path []Digest
}

// Verify checks that e stands in the log at p.Head.
func (p *InclusionProof) Verify(e *Entry) error {
	return VerifyInclusion(e.ID, e.Envelope.Seq, p.Head.Length, p.Head.Root, p.Path)
}

// ControlProof is a control entry of a log and the audit path that places it
// before each of the two entries of a [FreezeProof].
type ControlProof struct {
	Entry *Entry
	Paths [2][]Digest
}

// FreezeProof shows to anybody, from itself alone, that a body contradicted
// itself: two entries that the same control authorises and that cannot stand in
// one log. Either both extend the same history (a fork), or both are changes of
// control of the same strength (contested).
//
// It proves that who held those keys signed both. Whether the branch is the one
// that a node takes for the log is the business of [Join].
type FreezeProof struct {
	// Entries are the two that contradict.
	Entries [2]*Entry
	// Controls are those of the history, from the charter to the one that both
	// entries stand under.
	Controls []ControlProof
}

// Verify checks the proof and says what it proves.
func (p *FreezeProof) Verify() (Freeze, error) {
	a, b := p.Entries[0], p.Entries[1]
	if a == nil || b == nil {
		return Freeze{}, fmt.Errorf("freeze proof: it shows fewer than two entries")
	}
	if a.ID == b.ID || a.Body() != b.Body() || a.Envelope.Under != b.Envelope.Under {
		return Freeze{}, fmt.Errorf("freeze proof: not two entries of one body under one control")
	}
	last, err := p.verifyControls()
	if err != nil {
		return Freeze{}, err
	}
	if a.Envelope.Under != last.Seq {
		return Freeze{}, fmt.Errorf("freeze proof: the entries stand under %d, the last control shown is at %d", a.Envelope.Under, last.Seq)
	}
	if a.Envelope.Kind == KindKeys && b.Envelope.Kind == KindKeys {
		return p.verifyContest(last)
	}
	if a.Envelope.Seq != b.Envelope.Seq || a.Envelope.Root != b.Envelope.Root {
		return Freeze{}, fmt.Errorf("freeze proof: the entries do not stand at one place")
	}
	for _, e := range p.Entries {
		if err := p.verifyEntry(e, last); err != nil {
			return Freeze{}, err
		}
	}
	return Freeze{Kind: Forked}, nil
}

// verifyControls checks each control against those before it and against the
// histories of both entries, and returns the last.
func (p *FreezeProof) verifyControls() (*InForce, error) {
	var controls []InForce
	for i, cp := range p.Controls {
		e := cp.Entry
		if e == nil || e.Control() == nil || e.Body() != p.Entries[0].Body() || (i == 0) != (e.Envelope.Seq == 0) ||
			i > 0 && e.Envelope.Seq <= controls[i-1].Seq {
			return nil, fmt.Errorf("freeze proof: entry %d is not a control of this body in its order", i)
		}
		var strength Strength
		if i > 0 {
			base := controlAt(controls, e.Envelope.Under)
			if base == nil {
				return nil, fmt.Errorf("freeze proof: the control at %d stands under one that is not shown", e.Envelope.Seq)
			}
			var err error
			if strength, err = authority(e, base, e.Body()); err != nil {
				return nil, fmt.Errorf("freeze proof: control at %d: %w", e.Envelope.Seq, err)
			}
		}
		if !verifyOnce(e.Control().Key, PurposeEntry, e.Raw, e.Signature) {
			return nil, fmt.Errorf("freeze proof: the control at %d is not signed by its key", e.Envelope.Seq)
		}
		for n, entry := range p.Entries {
			if err := VerifyInclusion(e.ID, e.Envelope.Seq, entry.Envelope.Seq, entry.Envelope.Root, cp.Paths[n]); err != nil {
				return nil, fmt.Errorf("freeze proof: %w", err)
			}
		}
		controls = append(controls, InForce{Seq: e.Envelope.Seq, ID: e.ID, Control: e.Control(), Strength: strength})
	}
	if len(controls) == 0 {
		return nil, fmt.Errorf("freeze proof: no control is shown")
	}
	return &controls[len(controls)-1], nil
}

func (p *FreezeProof) verifyContest(base *InForce) (Freeze, error) {
	var strengths [2]Strength
	for i, e := range p.Entries {
		s, err := authority(e, base, e.Body())
		if err != nil {
			return Freeze{}, fmt.Errorf("freeze proof: %w", err)
		}
		if !verifyOnce(e.Control().Key, PurposeEntry, e.Raw, e.Signature) {
			return Freeze{}, fmt.Errorf("freeze proof: the change at %d is not signed by its key", e.Envelope.Seq)
		}
		strengths[i] = s
	}
	if strengths[0] != strengths[1] {
		return Freeze{}, fmt.Errorf("freeze proof: one change of control outranks the other")
	}
	return Freeze{Kind: Contested, Strength: strengths[0]}, nil
}

func (p *FreezeProof) verifyEntry(e *Entry, last *InForce) error {
	if e.Envelope.Kind == KindKeys {
		return fmt.Errorf("freeze proof: a change of control outranks an entry; they do not fork")
	}
	if !verifyOnce(last.Control.Key, PurposeEntry, e.Raw, e.Signature) {
		return fmt.Errorf("freeze proof: %s is not signed by the key in force", e.ID)
	}
	return nil
}

func controlAt(controls []InForce, seq uint64) *InForce {
	for i := range controls {
		if controls[i].Seq == seq {
			return &controls[i]
		}
	}
	return nil
}
