package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// lists are what the operator decided at the command line or by following an
// invitation, and what gave way to the storage cap. Each is kept as a note of the
// ledger.
type lists struct {
	// Roots are bodies whose word counts, beside those configured; Listed are kept
	// without.
	Roots, Listed []protocol.BodyID
	Blocked       []blockedBody
	Hidden        []hiddenEntry
	Aside         []asideBody
}

type blockedBody struct {
	Body   protocol.BodyID `json:"body"`
	Reason string          `json:"reason"`
	At     int64           `json:"at"`
}

type hiddenEntry struct {
	Entry  protocol.EntryID `json:"entry"`
	Reason string           `json:"reason"`
	At     int64            `json:"at"`
}

// asideBody gave way when it was reached from so far and took so much.
type asideBody struct {
	Body     protocol.BodyID `json:"body"`
	Distance int             `json:"distance"`
	Bytes    uint64          `json:"bytes"`
}

// Bounds of the lists: each is one value of the store, and read as a whole.
const (
	maxAdded   = 100
	maxListed  = 4000
	maxBlocked = 1000
	maxHidden  = 1000
	maxAside   = 4000
)

// notes are the names under which the lists are kept.
func (l *lists) notes() map[string]any {
	return map[string]any{
		"trust.roots": &l.Roots, "trust.listed": &l.Listed, "trust.blocked": &l.Blocked,
		"trust.hidden": &l.Hidden, "trust.aside": &l.Aside,
	}
}

func readLists(store *ledger.Ledger) (lists, error) {
	var l lists
	for name, list := range l.notes() {
		note, err := store.Note(name)
		if err != nil {
			return l, err
		}
		if note == nil {
			continue
		}
		if err := json.Unmarshal(note, list); err != nil {
			return l, fmt.Errorf("read the note %s: %w", name, err)
		}
	}
	return l, nil
}

// write keeps the lists that are other than before.
func (l *lists) write(store *ledger.Ledger, before *lists) error {
	old := before.notes()
	for name, list := range l.notes() {
		b, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("encode the note %s: %w", name, err)
		}
		was, err := json.Marshal(old[name])
		if err != nil {
			return fmt.Errorf("encode the note %s: %w", name, err)
		}
		if bytes.Equal(b, was) {
			continue
		}
		if err := store.PutNote(name, b); err != nil {
			return err
		}
	}
	return nil
}

func (l *lists) clone() lists {
	return lists{
		Roots: slices.Clone(l.Roots), Listed: slices.Clone(l.Listed), Blocked: slices.Clone(l.Blocked),
		Hidden: slices.Clone(l.Hidden), Aside: slices.Clone(l.Aside),
	}
}

// addRoot reports whether the body is new among them.
func (l *lists) addRoot(body protocol.BodyID) (bool, error) { return add(&l.Roots, body, maxAdded) }

func (l *lists) addListed(body protocol.BodyID) (bool, error) { return add(&l.Listed, body, maxListed) }

func add(list *[]protocol.BodyID, body protocol.BodyID, most int) (bool, error) {
	if slices.Contains(*list, body) {
		return false, nil
	}
	if len(*list) >= most {
		return false, full(most)
	}
	*list = append(*list, body)
	return true, nil
}

func full(most int) error {
	return api.BadRequest(fmt.Sprintf("There are %d in the list already, which is as many as it has room for. Remove one first.", most))
}

// remove reports whether the body was a root or listed.
func (l *lists) remove(body protocol.BodyID) bool {
	is := func(b protocol.BodyID) bool { return b == body }
	before := len(l.Roots) + len(l.Listed)
	l.Roots, l.Listed = slices.DeleteFunc(l.Roots, is), slices.DeleteFunc(l.Listed, is)
	return len(l.Roots)+len(l.Listed) < before
}

// blocked lists the blocked bodies.
func (l *lists) blocked() []protocol.BodyID {
	out := make([]protocol.BodyID, len(l.Blocked))
	for i, b := range l.Blocked {
		out[i] = b.Body
	}
	return out
}

// hidden is what lists leave out. It never changes.
type hidden struct {
	bodies  map[protocol.BodyID]bool
	entries map[protocol.EntryID]bool
	version uint64
}

func (l *lists) hidden(version uint64) *hidden {
	h := &hidden{bodies: make(map[protocol.BodyID]bool), entries: make(map[protocol.EntryID]bool), version: version}
	for _, b := range l.Blocked {
		h.bodies[b.Body] = true
	}
	for _, e := range l.Hidden {
		h.entries[e.Entry] = true
	}
	return h
}

var _ api.Hidden = (*standing)(nil)

// Hides implements [api.Hidden].
func (t *standing) Hides(body protocol.BodyID, entry protocol.EntryID) bool {
	h := t.hidden.Load()
	return h.bodies[body] || h.entries[entry]
}

// Version implements [api.Hidden].
func (t *standing) Version() uint64 { return t.hidden.Load().version }
