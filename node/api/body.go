package api

import (
	"fmt"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Body is what a node holds of one body.
type Body struct {
	ID protocol.BodyID `json:"id"`
	// Name and Role are by the body's own word, from its last `body` record;
	// empty when it has none.
	Name string `json:"name,omitempty"`
	Role string `json:"role,omitempty"`
	// Domain is that of its website; present only while the domain names the
	// body.
	Domain *Domain `json:"domain,omitempty"`
	// Length and Root are the state of its log.
	Length uint64        `json:"length"`
	Root   protocol.Root `json:"root"`
	// Erased is how many entries of its log it has erased.
	Erased uint64 `json:"erased,omitempty"`
	// At is the time that its last entry claims.
	At Timestamp `json:"at"`
	// Control is the position of the control in force.
	Control uint64 `json:"control"`
	// Changed is the event that last changed the log here.
	Changed uint64 `json:"changed"`
	// Freeze is absent unless the body contradicted itself.
	Freeze *Freeze `json:"freeze,omitempty"`
}

// Bodies is one page of a list.
type Bodies struct {
	Bodies []Body `json:"bodies"`
	// Hidden is how many were left out of this page since the operator blocks them.
	Hidden int `json:"hidden,omitempty"`
	// Next is the cursor of the next page; absent on the last.
	Next *protocol.BodyID `json:"next,omitempty"`
}

// Freeze says that a log contradicts itself.
type Freeze struct {
	// Kind is "forked" or "contested".
	Kind string `json:"kind"`
	// Proof lets anybody check it; given for one body, left out of lists.
	Proof *FreezeProof `json:"proof,omitempty"`
}

// FreezeProof is a [protocol.FreezeProof]; entries are without their
// content, in base64.
type FreezeProof struct {
	Entries  [2][]byte      `json:"entries"`
	Controls []ControlProof `json:"controls"`
}

// ControlProof is a [protocol.ControlProof].
type ControlProof struct {
	Entry []byte               `json:"entry"`
	Paths [2][]protocol.Digest `json:"paths"`
}

// encodeFreezeProof leaves content out: a proof needs none, and what was erased
// must not live on in it.
func encodeFreezeProof(p *protocol.FreezeProof) *FreezeProof {
	out := &FreezeProof{Controls: []ControlProof{}}
	for i, e := range p.Entries {
		out.Entries[i] = e.WithoutContent().Encode()
	}
	for _, c := range p.Controls {
		out.Controls = append(out.Controls, ControlProof{
			Entry: c.Entry.WithoutContent().Encode(),
			Paths: [2][]protocol.Digest{noNil(c.Paths[0]), noNil(c.Paths[1])},
		})
	}
	return out
}

// Decode returns the proof in the form that verifies itself.
func (p *FreezeProof) Decode() (*protocol.FreezeProof, error) {
	out := new(protocol.FreezeProof)
	for i, raw := range p.Entries {
		e, err := protocol.ParseEntry(raw)
		if err != nil {
			return nil, fmt.Errorf("entry %d of the freeze proof: %w", i, err)
		}
		out.Entries[i] = e
	}
	for i, c := range p.Controls {
		e, err := protocol.ParseEntry(c.Entry)
		if err != nil {
			return nil, fmt.Errorf("control %d of the freeze proof: %w", i, err)
		}
		out.Controls = append(out.Controls, protocol.ControlProof{Entry: e, Paths: c.Paths})
	}
	return out, nil
}

// Body returns what is held of one body, with the proof of its freeze.
func (r *Reader) Body(id protocol.BodyID) (Body, error) {
	head, err := r.ledger.Head(id)
	if err != nil {
		return Body{}, fmt.Errorf("body %s: %w", id, err)
	}
	b, err := r.bodyOf(head)
	if err != nil || b.Freeze == nil {
		return b, err
	}
	proof, err := r.ledger.FreezeProof(id)
	if err != nil {
		return Body{}, fmt.Errorf("freeze proof of %s: %w", id, err)
	}
	b.Freeze.Proof = encodeFreezeProof(proof)
	return b, nil
}

// Bodies returns up to limit bodies after the given one, by identifier.
func (r *Reader) Bodies(after protocol.BodyID, limit int) (Bodies, error) {
	page := Bodies{Bodies: []Body{}}
	for head, err := range r.ledger.Heads() {
		if err != nil {
			return Bodies{}, fmt.Errorf("list bodies: %w", err)
		}
		if string(head.Body[:]) <= string(after[:]) {
			continue
		}
		if len(page.Bodies) == limit {
			page.Next = &page.Bodies[limit-1].ID
			break
		}
		if r.hidden.Hides(head.Body, protocol.EntryID{}) {
			page.Hidden++
			continue
		}
		b, err := r.bodyOf(head)
		if err != nil {
			return Bodies{}, err
		}
		page.Bodies = append(page.Bodies, b)
	}
	return page, nil
}

func (r *Reader) bodyOf(head ledger.Head) (Body, error) {
	p, err := r.profiles.of(head.Body)
	if err != nil {
		return Body{}, err
	}
	b := Body{
		ID: head.Body, Name: p.name, Role: p.role, Length: head.Length, Root: head.Root,
		At: Timestamp(head.At), Control: head.Control, Changed: head.Changed,
	}
	if b.Erased, err = r.erasures.of(head); err != nil {
		return Body{}, err
	}
	if head.Freeze.Kind != protocol.NotFrozen {
		b.Freeze = &Freeze{Kind: head.Freeze.Kind.String()}
	}
	return b, nil
}

// noNil keeps an empty list from being null in JSON.
func noNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
