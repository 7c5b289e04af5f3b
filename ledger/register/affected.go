package register

import (
	"bytes"
	"container/heap"
	"errors"
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// maxCiting is how many decisions that cite one mandate are listed.
const maxCiting = 100_000

// Affected lists the decisions (the first version of each) whose duties may
// change because an entry arrived, or lost or regained its standing, in the order
// of their identifiers. It may be called before or after that, with the entry as
// it was with its content, which the ledger withholds from the erasure on: who
// follows remembers what entries named. For an `erase` entry call it with each entry whose
// content goes: the reader cannot find an entry by its position.
//
// Later versions of a decision may be among them, and identifiers of what turns
// out to be no decision: for each of them the caller drops what it noted, and
// notes those of its [Duties] whose Decision it is. Of the decisions under a
// mandate, at most 100,000 are listed.
func Affected(r Reader, e *protocol.Entry) ([]protocol.EntryID, error) {
	a := &effects{r: r, read: map[protocol.EntryID]*content{}, out: map[protocol.EntryID]bool{}}
	if err := a.entry(e); err != nil {
		return nil, fmt.Errorf("decisions affected by %s: %w", e.ID, err)
	}
	out := make([]protocol.EntryID, 0, len(a.out))
	for id := range a.out {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b protocol.EntryID) int { return bytes.Compare(a[:], b[:]) })
	return out, nil
}

// effects gathers decisions. It reads what entries said, whatever became of them.
type effects struct {
	r    Reader
	read map[protocol.EntryID]*content
	out  map[protocol.EntryID]bool
}

// content is an entry and what it said; the record is nil when that is unknown.
type content struct {
	*protocol.Entry
	record *record.Record
	// refs is what it referred to.
	refs []record.Ref
}

// ref is what c refers to in a field; zero for nothing.
func (c *content) ref(field string) protocol.EntryID {
	for _, r := range c.refs {
		if r.Field == field {
			return r.ID
		}
	}
	return protocol.EntryID{}
}

// get returns an entry, or nil when it is not held.
func (a *effects) get(id protocol.EntryID) (*content, error) {
	if c, ok := a.read[id]; ok || id.IsZero() {
		return c, nil
	}
	ev, err := a.r.Entry(id)
	if errors.Is(err, ledger.ErrNotFound) {
		a.read[id] = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return a.put(ev.Entry)
}

func (a *effects) put(e *protocol.Entry) (*content, error) {
	c := &content{Entry: e}
	if len(e.Content) > 0 {
		c.record, _ = record.Decode(e.Envelope.Kind, e.Content) // what cannot be read says nothing
		if fields, err := protocol.DecodeContent(e.Content); err == nil {
			c.refs = record.References(fields)
		}
	} else if !e.Envelope.Content.IsZero() {
		var err error
		if c.refs, err = a.r.Named(e.ID); err != nil && !errors.Is(err, ledger.ErrNotFound) {
			return nil, err
		}
	}
	a.read[e.ID] = c
	return c, nil
}

func (a *effects) entry(e *protocol.Entry) error {
	c, err := a.put(e)
	if err != nil {
		return err
	}
	if e.Envelope.Kind != record.KindDecision {
		if err := a.answered(e.ID); err != nil {
			return err
		}
	}
	for range maxRank + 2 {
		if c == nil || c.Envelope.Kind != record.KindCorrection {
			break
		}
		of, err := a.get(c.ref(fieldOf))
		if err != nil {
			return err
		}
		if of != nil && of.Body() != c.Body() {
			of = nil
		}
		c = of
	}
	if c == nil {
		return nil
	}
	return a.about(c)
}

// answered adds what is no decision if somebody answers to it: it counted as one
// that is not held.
func (a *effects) answered(id protocol.EntryID) error {
	for _, err := range a.r.References(id, fieldDecision) {
		if err != nil {
			return err
		}
		a.out[id] = true
		break
	}
	return nil
}

// about adds the decisions on which what an entry says bears.
func (a *effects) about(c *content) error {
	switch c.Envelope.Kind {
	case record.KindDecision:
		return a.decision(c.ID)
	case record.KindMandate:
		return a.mandate(c.ID)
	case record.KindResponse, record.KindProgress, record.KindAttestation:
		kin, err := a.kin(c)
		if err != nil {
			return err
		}
		for _, version := range kin {
			if err := a.named(version); err != nil {
				return err
			}
		}
	}
	return nil
}

// named adds the decisions that an answer, or what followed one, is about.
func (a *effects) named(c *content) error {
	switch c.Envelope.Kind {
	case record.KindResponse:
		return a.decision(c.ref(fieldDecision))
	case record.KindProgress:
		of, err := a.get(c.ref(fieldResponse))
		if err != nil || of == nil || of.Envelope.Kind != record.KindResponse || of.Body() != c.Body() {
			return err
		}
		return a.about(of)
	default:
		of, err := a.get(c.ref(fieldSubject))
		if err != nil || of == nil {
			return err
		}
		// What an attestation claimed that is erased is not known any more.
		if c.record != nil && record.Read[record.Attestation](c.record).Claim != record.ClaimReceived {
			return nil
		}
		if kind := of.Envelope.Kind; kind != record.KindResponse && kind != record.KindProgress {
			return nil
		}
		return a.about(of)
	}
}

// decision adds a decision and what it revises.
func (a *effects) decision(id protocol.EntryID) error {
	if id.IsZero() {
		return nil
	}
	a.out[id] = true
	c, err := a.get(id)
	if err != nil || c == nil {
		return err
	}
	older, err := a.ancestors(c)
	if err != nil {
		return err
	}
	for _, old := range older {
		a.out[old.ID] = true
	}
	return nil
}

// mandate adds the decisions that cite a mandate.
func (a *effects) mandate(id protocol.EntryID) error {
	n := 0
	for ref, err := range a.r.References(id, fieldMandate) {
		if err != nil {
			return err
		}
		if ref.Kind != record.KindDecision {
			continue
		}
		if n++; n > maxCiting {
			return nil
		}
		if err := a.decision(ref.From); err != nil {
			return err
		}
	}
	return nil
}

// kin lists an entry, what it revises, and all that revises those, as far as
// versions are followed: of two that revise the same one, the later counts.
func (a *effects) kin(c *content) ([]*content, error) {
	out, err := a.ancestors(c)
	if err != nil {
		return nil, err
	}
	first := c
	if len(out) > 0 {
		first = out[len(out)-1]
	}
	out = append(out, c)
	queue := &versionQueue{{&Item{ID: first.ID, Seq: first.Envelope.Seq}, 0}}
	for n := 0; queue.Len() > 0 && n < maxVersions; n++ {
		next, ok := heap.Pop(queue).(version)
		if !ok {
			break
		}
		old, err := a.get(next.item.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, old)
		if next.depth == maxRevisions {
			continue
		}
		for ref, err := range a.r.References(old.ID, record.FieldRevises) {
			if err != nil {
				return nil, err
			}
			by, err := a.get(ref.From)
			if err != nil {
				return nil, err
			}
			if by.revises(old) {
				heap.Push(queue, version{&Item{ID: by.ID, Seq: by.Envelope.Seq}, next.depth + 1})
			}
		}
	}
	return out, nil
}

// ancestors lists what an entry revises, as far back as revisions are followed.
func (a *effects) ancestors(c *content) ([]*content, error) {
	var out []*content
	for range maxRevisions {
		old, err := a.get(c.ref(record.FieldRevises))
		if err != nil {
			return nil, err
		}
		if old == nil || !c.revises(old) {
			break
		}
		out = append(out, old)
		c = old
	}
	return out, nil
}

// revises reports whether c is a later version of old.
func (c *content) revises(old *content) bool {
	return c != nil && c.ref(record.FieldRevises) == old.ID && c.Body() == old.Body() &&
		c.Envelope.Kind == old.Envelope.Kind && c.Envelope.Seq > old.Envelope.Seq
}
