package register

import (
	"errors"
	"fmt"
	"iter"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Reader is what the register needs of a ledger; [*ledger.Ledger] is one.
type Reader interface {
	// Entry returns an entry, whether it stands in its log or not, or
	// [ledger.ErrNotFound].
	Entry(id protocol.EntryID) (ledger.Event, error)
	// InLog reports whether an entry stands in its body's log.
	InLog(e *protocol.Entry) (bool, error)
	// Erasure returns the `erase` entry that names a position, or
	// [ledger.ErrNotFound].
	Erasure(body protocol.BodyID, seq uint64) (ledger.Event, error)
	// References yields what names an entry in one of the fields and stands in a
	// log, in arrival order.
	References(id protocol.EntryID, fields ...string) iter.Seq2[ledger.Reference, error]
	// Named lists what an entry refers to, also when its content is erased.
	Named(id protocol.EntryID) ([]record.Ref, error)
	// RootAt is the root of the first length entries of a log.
	RootAt(body protocol.BodyID, length uint64) (protocol.Root, error)
	// Profile returns the last `body` record of a body that was not erased, or
	// [ledger.ErrNotFound].
	Profile(body protocol.BodyID) (ledger.Event, error)
}

// State says what an entry is worth to the register.
type State string

// States of entries.
const (
	// Standing: it says what its author says.
	Standing State = "standing"
	// Amended: a later entry of the same body revises it.
	Amended State = "amended"
	// Withdrawn: its author took it back.
	Withdrawn State = "withdrawn"
	// Erased: its author erased the content; the envelope remains.
	Erased State = "erased"
	// Disowned: it lost its place in its body's log.
	Disowned State = "disowned"
	// Missing: it is named, and not held here.
	Missing State = "missing"
)

// Item is an entry as the register reads it.
type Item struct {
	ID protocol.EntryID
	// The rest is zero for what is missing.
	Body  protocol.BodyID
	Seq   uint64
	Event uint64
	// At is the time that its author claims, in Unix seconds.
	At   uint64
	Kind protocol.Kind
	// Record is nil for what is erased, missing or cannot be read.
	Record *record.Record
	State  State
	// Changed is the entry by which it came out of standing: the correction, the
	// last revision or the erasure.
	Changed protocol.EntryID
}

// Counts reports whether what the item says counts now.
func (i *Item) Counts() bool { return i.State == Standing }

// view reads the ledger for one question, each entry once.
type view struct {
	r Reader
	// logged are entries as they stand in their logs, before any correction.
	logged map[protocol.EntryID]*Item
	items  map[protocol.EntryID]*Item
	// changed, withdrawals and families are what was worked out of each entry.
	changed     map[protocol.EntryID]*changes
	withdrawals map[protocol.EntryID]*Item
	families    map[protocol.EntryID]*family
}

// maxReferring is how many entries of one body that name a record are read, the
// first in its log: one author cannot make a page about another's record endless.
const maxReferring = 256

const fieldOf = "of"

func newView(r Reader) *view {
	return &view{
		r:           r,
		logged:      make(map[protocol.EntryID]*Item),
		items:       make(map[protocol.EntryID]*Item),
		changed:     make(map[protocol.EntryID]*changes),
		withdrawals: make(map[protocol.EntryID]*Item),
		families:    make(map[protocol.EntryID]*family),
	}
}

// item reads an entry. What is not held is an item in the state [Missing]; the
// error is the store's.
func (v *view) item(id protocol.EntryID) (*Item, error) {
	if i, ok := v.items[id]; ok {
		return i, nil
	}
	logged, err := v.read(id)
	if err != nil {
		return nil, err
	}
	i := *logged
	if i.State == Standing && !i.Kind.IsControl() && i.Kind != protocol.KindErase {
		if err := v.correct(&i); err != nil {
			return nil, fmt.Errorf("read what became of %s: %w", id, err)
		}
	}
	v.items[id] = &i
	return &i, nil
}

// read returns an entry as it stands in its log, before any correction: in the
// state [Standing], [Erased], [Disowned] or [Missing].
func (v *view) read(id protocol.EntryID) (*Item, error) {
	if i, ok := v.logged[id]; ok {
		return i, nil
	}
	i := &Item{ID: id, State: Missing}
	ev, err := v.r.Entry(id)
	if err == nil {
		i, err = v.place(ev)
	} else if errors.Is(err, ledger.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	v.logged[id] = i
	return i, nil
}

// place makes an item of what the store returned.
func (v *view) place(ev ledger.Event) (*Item, error) {
	e := ev.Entry
	i := &Item{
		ID: e.ID, Body: e.Body(), Seq: e.Envelope.Seq, Event: ev.Seq, At: e.Envelope.At, Kind: e.Envelope.Kind, State: Standing,
	}
	in, err := v.r.InLog(e)
	if err != nil {
		return nil, err
	}
	if in {
		erase, err := v.r.Erasure(i.Body, i.Seq)
		if err == nil {
			i.State, i.Changed = Erased, erase.Entry.ID
			return i, nil
		}
		if !errors.Is(err, ledger.ErrNotFound) {
			return nil, err
		}
	} else {
		i.State = Disowned
	}
	if len(e.Content) > 0 {
		// Content that cannot be read says nothing; that is a finding of the record.
		i.Record, _ = record.Decode(i.Kind, e.Content)
	}
	return i, nil
}

// referringBy lists what names a record, in any of its versions, in one of the
// fields, and what want reports true for; nil is for any. Each comes once, in the
// order of [sortItems]; what is not wanted is not read. Of each body it takes the
// first [maxReferring] in its log.
func (v *view) referringBy(i *Item, want func(ref ledger.Reference) bool, fields ...string) ([]*Item, error) {
	versions, err := v.versions(i)
	if err != nil {
		return nil, err
	}
	var out []*Item
	seen := map[protocol.EntryID]bool{}
	count := map[protocol.BodyID]int{}
	for _, version := range versions {
		err := v.naming(version.ID, func(ref ledger.Reference) error {
			if seen[ref.From] || count[ref.Body] >= maxReferring || want != nil && !want(ref) {
				return nil
			}
			seen[ref.From] = true
			count[ref.Body]++
			by, err := v.item(ref.From)
			if err != nil {
				return err
			}
			out = append(out, by)
			return nil
		}, fields...)
		if err != nil {
			return nil, err
		}
	}
	sortItems(out)
	return out, nil
}

// naming calls f with each reference to id, in one of the fields, by an entry that
// stands in a log. Those of one body come in the order of its log, since an entry
// arrives after its whole prefix.
func (v *view) naming(id protocol.EntryID, f func(ref ledger.Reference) error, fields ...string) error {
	for ref, err := range v.r.References(id, fields...) {
		if err == nil {
			err = f(ref)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
