package ledger

import "github.com/folkmoot/folkmoot/protocol"

// EventKind says what happened.
type EventKind uint8

// What can happen. The numbers are stored.
const (
	// EventEntry: an entry was added to a body's log.
	EventEntry EventKind = iota + 1
	// EventDisowned: entries that were in the log gave way to a stronger branch.
	EventDisowned
	// EventRestored: entries that had been disowned are in the log again, or the
	// content of entries that had come without it is held.
	EventRestored
	// EventFrozen: the log contradicts itself and ends where it does.
	EventFrozen
	// EventResolved: a change of control ended a freeze.
	EventResolved
	// EventErased: the content of entries that an `erase` names was deleted.
	EventErased
	// EventDropped: the whole log was dropped to make room. It stands as well
	// under the numbers under which the entries had arrived, so that who follows
	// from the beginning never sees them.
	EventDropped
)

// String is the event's name in JSON.
func (k EventKind) String() string {
	switch k {
	case EventEntry:
		return "entry"
	case EventDisowned:
		return "disowned"
	case EventRestored:
		return "restored"
	case EventFrozen:
		return "frozen"
	case EventResolved:
		return "resolved"
	case EventErased:
		return "erased"
	case EventDropped:
		return "dropped"
	default:
		return "unknown"
	}
}

// Event is one step of the arrival order.
type Event struct {
	// Seq numbers the events of this store: 1, 2, 3 and so on without a gap.
	Seq uint64
	// Kind says what happened.
	Kind EventKind
	// Body is whose log it happened to.
	Body protocol.BodyID
	// Entry is what was added; for EventEntry only. Its content is nil when it
	// was erased since, or never came.
	Entry *protocol.Entry
	// Positions are the positions in the log that the event concerns, for all
	// kinds but EventEntry, and EventDropped, which concerns all of them.
	Positions []uint64
	// Entries are the identifiers of those positions, in the same order.
	Entries []protocol.EntryID
}

// Head is what a ledger holds of one body.
type Head struct {
	Body protocol.BodyID
	// Length and Root are those of its log.
	Length uint64
	Root   protocol.Root
	// At is the time that the last entry claims, in Unix seconds.
	At uint64
	// Freeze says whether the log contradicts itself.
	Freeze protocol.Freeze
	// Control is the position of the control in force.
	Control uint64
	// Changed is the event that last changed the log.
	Changed uint64
	// Bytes is how much was stored of the body: its entries and the proof of a
	// freeze, what gave way included. Indexes are not counted.
	Bytes uint64
}

// Leaf is the head as nodes compare it.
func (h Head) Leaf() protocol.Digest {
	return protocol.StateLeaf(h.Body, protocol.Head{Length: h.Length, Root: h.Root}, h.Freeze)
}

// Reference is an entry that names another one in its content, with what its
// envelope says of it: most questions need no more.
type Reference struct {
	// From is the entry that refers, Event the number under which it arrived.
	From  protocol.EntryID
	Event uint64
	// Field is the top-level field of its content that holds the reference.
	Field string
	// Body, Seq, At and Kind are those of the entry that refers.
	Body protocol.BodyID
	Seq  uint64
	At   uint64
	Kind protocol.Kind
}
