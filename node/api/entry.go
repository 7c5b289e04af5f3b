package api

import (
	"errors"
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// What became of an entry's content.
const (
	// ContentHeld: it is here.
	ContentHeld = "held"
	// ContentNone: entries of this kind have none.
	ContentNone = "none"
	// ContentGone: it was erased.
	ContentGone = "erased"
	// ContentMissing: it did not come with the entry, and is asked for.
	ContentMissing = "missing"
)

// Entry is an entry as lists show it.
type Entry struct {
	// Event is the number under which it arrived here.
	Event    uint64           `json:"event"`
	ID       protocol.EntryID `json:"id"`
	Body     protocol.BodyID  `json:"body"`
	BodyName string           `json:"body_name,omitempty"`
	// Seq is the position in the body's log.
	Seq  uint64        `json:"seq"`
	Kind protocol.Kind `json:"kind"`
	// At is the author's clock: a claim.
	At    Timestamp `json:"at"`
	Title string    `json:"title,omitempty"`
	// Content is one of ContentHeld, ContentNone, ContentGone and ContentMissing.
	Content string `json:"content"`
	// Erasure is absent unless the content was erased.
	Erasure *Erasure `json:"erasure,omitempty"`
	// Approvals is what officers said of it; absent where none must and none did.
	Approvals *Approvals `json:"approvals,omitempty"`
}

// Approvals is what a body's officers said of an entry that stands in its log.
type Approvals struct {
	// Needed is how many must approve, and Offices are those that did.
	Needed  uint64   `json:"needed"`
	Offices []string `json:"offices"`
	// Unapproved reports that fewer did than must. The entry is valid all the
	// same: the signing key alone published it.
	Unapproved bool `json:"unapproved,omitempty"`
}

// Event is one step of the arrival order. Type "entry" has an entry; others
// say what happened to the entries at some positions of a log.
type Event struct {
	Event     uint64             `json:"event"`
	Type      string             `json:"type"`
	Body      protocol.BodyID    `json:"body"`
	Entry     *Entry             `json:"entry,omitempty"`
	Positions []uint64           `json:"positions,omitempty"`
	Entries   []protocol.EntryID `json:"entries,omitempty"`
}

// Events is one page of the arrival order.
type Events struct {
	Events []Event `json:"events"`
	// Hidden is how many were left out of this page since the operator hides them.
	Hidden int `json:"hidden,omitempty"`
	// Next is the cursor to go on with: the last event that was looked at.
	Next uint64 `json:"next"`
	// More reports that there is more after Next already.
	More bool `json:"more"`
}

// Log is one page of a body's log.
type Log struct {
	Body    protocol.BodyID `json:"body"`
	Entries []Entry         `json:"entries"`
	// Hidden is how many were left out of this page since the operator hides them.
	Hidden int `json:"hidden,omitempty"`
	// Next is the position to go on from, as `after`; absent at the end.
	Next *uint64 `json:"next,omitempty"`
}

// maxScan is how many events are looked at for one page of a filtered list.
const maxScan = 10_000

// Reader answers questions from a ledger in the form of this API. It is safe
// for concurrent use.
type Reader struct {
	ledger   *ledger.Ledger
	hidden   Hidden
	profiles profiles
	erasures erasures
}

// NewReader reads from l, and leaves out of lists what is hidden.
func NewReader(l *ledger.Ledger, hidden Hidden) *Reader {
	return &Reader{ledger: l, hidden: hidden, profiles: profiles{ledger: l}, erasures: erasures{ledger: l}}
}

// Profile returns the name and the role that a body gives itself; empty when it
// does not, or is not held.
func (r *Reader) Profile(body protocol.BodyID) (name, role string, err error) {
	p, err := r.profiles.of(body)
	return p.name, p.role, err
}

// EventQuery asks for a page of the arrival order. Zero values do not filter.
type EventQuery struct {
	After uint64
	Limit int
	Kind  protocol.Kind
	Body  protocol.BodyID
}

// Events returns the events after a cursor. A filter by kind keeps only entries.
func (r *Reader) Events(q EventQuery) (Events, error) {
	page := Events{Events: []Event{}, Next: q.After}
	scanned := 0
	for ev, err := range r.ledger.Events(q.After) {
		if err != nil {
			return Events{}, fmt.Errorf("events after %d: %w", q.After, err)
		}
		if len(page.Events) == q.Limit || scanned == maxScan {
			page.More = true
			break
		}
		scanned++
		page.Next = ev.Seq
		if !q.Body.IsZero() && ev.Body != q.Body ||
			q.Kind != "" && (ev.Kind != ledger.EventEntry || ev.Entry.Envelope.Kind != q.Kind) {
			continue
		}
		if r.hides(ev) {
			page.Hidden++
			continue
		}
		out, err := r.eventOf(ev)
		if err != nil {
			return Events{}, err
		}
		page.Events = append(page.Events, out)
	}
	return page, nil
}

// Newest returns the last entries that arrived, the newest first.
func (r *Reader) Newest(n int) ([]Entry, error) {
	last := r.ledger.Last()
	for span := uint64(n); ; span *= 4 {
		after := last - min(span, last)
		var found []Entry
		for ev, err := range r.ledger.Events(after) {
			if err != nil {
				return nil, fmt.Errorf("events after %d: %w", after, err)
			}
			if ev.Kind != ledger.EventEntry || r.hides(ev) {
				continue
			}
			e, err := r.Listed(ev)
			if err != nil {
				return nil, err
			}
			found = append([]Entry{e}, found...)
		}
		if len(found) >= n || after == 0 || span > maxScan {
			return found[:min(n, len(found))], nil
		}
	}
}

// Log returns up to limit entries of a body from a position on.
func (r *Reader) Log(body protocol.BodyID, from uint64, limit int) (Log, error) {
	head, err := r.ledger.Head(body)
	if err != nil {
		return Log{}, fmt.Errorf("body %s: %w", body, err)
	}
	page := Log{Body: body, Entries: []Entry{}}
	to := from + uint64(limit)
	var last *uint64
	for ev, err := range r.ledger.Log(body, from, min(to, head.Length)) {
		if err != nil {
			return Log{}, fmt.Errorf("log of %s: %w", body, err)
		}
		last = &ev.Entry.Envelope.Seq
		if r.hides(ev) {
			page.Hidden++
			continue
		}
		e, err := r.Listed(ev)
		if err != nil {
			return Log{}, err
		}
		page.Entries = append(page.Entries, e)
	}
	if to < head.Length {
		page.Next = last
	}
	return page, nil
}

// hides reports whether an event is left out of lists.
func (r *Reader) hides(ev ledger.Event) bool {
	if ev.Kind == ledger.EventEntry {
		return r.hidden.Hides(ev.Body, ev.Entry.ID)
	}
	return r.hidden.Hides(ev.Body, protocol.EntryID{})
}

func (r *Reader) eventOf(ev ledger.Event) (Event, error) {
	out := Event{Event: ev.Seq, Type: ev.Kind.String(), Body: ev.Body, Positions: ev.Positions, Entries: ev.Entries}
	if ev.Kind != ledger.EventEntry {
		return out, nil
	}
	e, err := r.Listed(ev)
	out.Entry = &e
	return out, err
}

// Listed returns the entry of an event as lists show it.
func (r *Reader) Listed(ev ledger.Event) (Entry, error) {
	env := &ev.Entry.Envelope
	p, err := r.profiles.of(ev.Entry.Body())
	if err != nil {
		return Entry{}, err
	}
	e := Entry{
		Event: ev.Seq, ID: ev.Entry.ID, Body: ev.Entry.Body(), BodyName: p.name,
		Seq: env.Seq, Kind: env.Kind, At: Timestamp(env.At), Content: contentOf(ev.Entry),
	}
	if e.Content == ContentHeld {
		if fields, err := protocol.DecodeContent(ev.Entry.Content); err == nil {
			e.Title = text(fields, "title")
		}
	}
	if e.Approvals, err = r.approvals(ev.Entry); err != nil {
		return Entry{}, err
	}
	return e, r.Tombstone(&e)
}

// Approved completes an entry that was listed without being read.
func (r *Reader) Approved(e *Entry) error {
	if officers, err := r.hadOfficers(e.Body); err != nil || !officers {
		return err
	}
	ev, err := r.ledger.Entry(e.ID)
	if err == nil {
		e.Approvals, err = r.approvals(ev.Entry)
	}
	return err
}

// hadOfficers reports whether a body ever named officers: of one that did not no
// approval says anything.
func (r *Reader) hadOfficers(body protocol.BodyID) (bool, error) {
	chain, err := r.ledger.Chain(body)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(chain.Controls(), func(f protocol.InForce) bool { return len(f.Control.Officers) > 0 }), nil
}

func (r *Reader) approvals(e *protocol.Entry) (*Approvals, error) {
	var a ledger.Approvals
	officers, err := r.hadOfficers(e.Body())
	if officers {
		a, err = r.ledger.Approvals(e)
	}
	if !held(err) {
		return nil, nil // it gave way, which is said elsewhere
	}
	if err != nil || a.Needed == 0 && len(a.Offices) == 0 {
		return nil, err
	}
	return &Approvals{Needed: a.Needed, Offices: noNil(a.Offices), Unapproved: a.Short()}, nil
}

func contentOf(e *protocol.Entry) string {
	switch {
	case e.Envelope.Kind.HasAct():
		return ContentNone
	case len(e.Content) == 0:
		return ContentGone
	default:
		return ContentHeld
	}
}

// held reports whether err is anything but that something is not held.
func held(err error) bool { return !errors.Is(err, ledger.ErrNotFound) }
