package api

import (
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Detail is one entry with all that is known of it, and what is needed to check
// it without trusting the node that sent it.
type Detail struct {
	Entry
	// InLog is false for an entry that gave way to a stronger branch.
	InLog    bool     `json:"in_log"`
	Envelope Envelope `json:"envelope"`
	// Record is the content but for its salt; absent when there is none. Byte
	// strings are shown in base64url.
	Record map[string]any `json:"record,omitempty"`
	// Unreadable says why content cannot be shown as a record.
	Unreadable string    `json:"unreadable,omitempty"`
	Findings   []Finding `json:"findings"`
	// Refers are the entries that the record names, ReferredBy those that name
	// it, at most MaxReferredBy.
	Refers     []Reference `json:"refers"`
	ReferredBy []Reference `json:"referred_by"`
	// Proof places the entry in the log as it is now; absent for one that is
	// not in it.
	Proof *Proof `json:"proof,omitempty"`
	Raw   Raw    `json:"raw"`
}

// MaxReferredBy is how many entries a [Detail] lists that refer to it.
const MaxReferredBy = 200

// Envelope is the rest of an envelope's fields.
type Envelope struct {
	V       uint64        `json:"v"`
	Root    protocol.Root `json:"root"`
	Under   uint64        `json:"under"`
	Content *Content      `json:"content,omitempty"`
	Control *Control      `json:"control,omitempty"`
	Erase   *Erase        `json:"erase,omitempty"`
	// Approvals is how many signatures of officers there are.
	Approvals int `json:"approvals"`
}

// Content names an entry's content.
type Content struct {
	Hash protocol.Digest `json:"hash"`
	Size uint64          `json:"size"`
}

// Reference is an entry at the other end of a reference.
type Reference struct {
	Field string           `json:"field"`
	ID    protocol.EntryID `json:"id"`
	// Held reports whether the entry is held here; Kind, Body and Title are
	// those of one that is.
	Held  bool             `json:"held"`
	Kind  protocol.Kind    `json:"kind,omitempty"`
	Body  *protocol.BodyID `json:"body,omitempty"`
	Title string           `json:"title,omitempty"`
}

// Proof is a [protocol.InclusionProof].
type Proof struct {
	Length uint64            `json:"length"`
	Root   protocol.Root     `json:"root"`
	Path   []protocol.Digest `json:"path"`
}

// Raw are the bytes of an entry, in base64.
type Raw struct {
	Envelope  []byte `json:"envelope"`
	Signature []byte `json:"signature"`
	Content   []byte `json:"content,omitempty"`
}

// Decode puts the entry together again.
func (r Raw) Decode() (*protocol.Entry, error) {
	if len(r.Signature) != len(protocol.Signature{}) {
		return nil, fmt.Errorf("a signature of %d bytes", len(r.Signature))
	}
	return protocol.NewEntry(r.Envelope, protocol.Signature(r.Signature), r.Content)
}

func rawOf(e *protocol.Entry) Raw {
	return Raw{Envelope: e.Raw, Signature: e.Signature[:], Content: e.Content}
}

// Entry returns one entry with everything about it.
func (r *Reader) Entry(id protocol.EntryID) (Detail, error) {
	ev, err := r.ledger.Entry(id)
	if err != nil {
		return Detail{}, fmt.Errorf("entry %s: %w", id, err)
	}
	e := ev.Entry
	d := Detail{Envelope: envelopeOf(e), Raw: rawOf(e), Findings: []Finding{}, Refers: []Reference{}, ReferredBy: []Reference{}}
	if d.Entry, err = r.Listed(ev); err != nil {
		return Detail{}, err
	}
	if d.Content == ContentHeld {
		if err := r.addRecord(&d, e); err != nil {
			return Detail{}, err
		}
	}
	for ref, err := range r.ledger.References(id) {
		if err != nil {
			return Detail{}, fmt.Errorf("references to %s: %w", id, err)
		}
		if len(d.ReferredBy) == MaxReferredBy {
			break
		}
		other, err := r.reference(ref.Field, ref.From)
		if err != nil {
			return Detail{}, err
		}
		d.ReferredBy = append(d.ReferredBy, other)
	}
	if d.InLog, err = r.ledger.InLog(e); err != nil {
		return Detail{}, fmt.Errorf("place of %s: %w", id, err)
	}
	if d.InLog {
		d.Proof, err = r.prove(e)
	}
	return d, err
}

func (r *Reader) addRecord(d *Detail, e *protocol.Entry) error {
	rec, findings := record.CheckContentAt(e.Envelope.Kind, e.Content, Timestamp(e.Envelope.At).Time())
	d.Findings = FindingsOf(findings)
	if rec == nil {
		_, err := record.Decode(e.Envelope.Kind, e.Content)
		d.Unreadable = fmt.Sprint(err)
		return nil
	}
	for _, ref := range record.References(rec.Fields) {
		other, err := r.reference(ref.Field, ref.ID)
		if err != nil {
			return err
		}
		d.Refers = append(d.Refers, other)
	}
	d.Record = record.Plain(rec.Fields)
	return nil
}

func (r *Reader) reference(field string, id protocol.EntryID) (Reference, error) {
	ref := Reference{Field: field, ID: id}
	ev, err := r.ledger.Entry(id)
	if err != nil {
		if held(err) {
			return Reference{}, fmt.Errorf("entry %s: %w", id, err)
		}
		return ref, nil
	}
	e, err := r.Listed(ev)
	ref.Held, ref.Kind, ref.Body, ref.Title = true, e.Kind, &e.Body, e.Title
	if r.hidden.Hides(e.Body, id) {
		ref.Title = ""
	}
	return ref, err
}

// prove places e in the log as it is now.
func (r *Reader) prove(e *protocol.Entry) (*Proof, error) {
	head, err := r.ledger.Head(e.Body())
	if err != nil {
		return nil, fmt.Errorf("body %s: %w", e.Body(), err)
	}
	p, err := r.ledger.Inclusion(e.Body(), e.Envelope.Seq, head.Length)
	if err != nil {
		return nil, fmt.Errorf("prove %s: %w", e.ID, err)
	}
	return &Proof{Length: p.Head.Length, Root: p.Head.Root, Path: noNil(p.Path)}, nil
}

func envelopeOf(e *protocol.Entry) Envelope {
	env := &e.Envelope
	out := Envelope{
		V: env.V, Root: env.Root, Under: env.Under, Control: controlOf(e.Control()), Erase: eraseOf(e.Erase()),
		Approvals: len(env.Approvals),
	}
	if !env.Content.IsZero() {
		out.Content = &Content{Hash: env.Content.Hash, Size: env.Content.Size}
	}
	return out
}
