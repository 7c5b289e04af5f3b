package reconcile

import (
	"encoding/binary"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
)

// Version is the version of the exchange.
const Version = 1

// hello opens a session.
type hello struct {
	_       struct{} `cbor:",toarray"`
	Version uint64
	Network string
	// Keep is over the identifiers of the bodies that the opener keeps, Known over
	// those that it believes the responder keeps, Shared over the states of those
	// that by this both keep.
	Keep   Summary
	Known  Fingerprint
	Shared Summary
	// All asks for everything at once, without comparing: the opener has no
	// more than the few logs in Have, and leaves out no body.
	All  bool
	Have []item
	// Nonce asks for an audit; empty for none.
	Nonce []byte
}

// reply is the responder's answer.
type reply struct {
	_       struct{} `cbor:",toarray"`
	Version uint64
	Network string
	// Keep and Shared are as in the hello; Shared is over all that the responder
	// keeps if it does not know what the opener keeps.
	Keep, Shared Summary
	// Nonce is the responder's, if it takes part in the audit that was asked for.
	Nonce []byte
	// Parts are the totals of the parts of everything: over identifiers in an
	// audit and if the opener does not know what is kept here, else over states if
	// those differ.
	Parts []byte
}

// ask names ranges to divide and ranges to list; the answers come in order,
// first all parts, then all lists. Keep asks for what the responder keeps, else
// for the states that its Shared is over.
type ask struct {
	_      struct{} `cbor:",toarray"`
	Keep   bool
	Divide []Range
	List   []Range
}

// item is a [State] on the wire.
type item struct {
	_      struct{} `cbor:",toarray"`
	Body   protocol.BodyID
	Length uint64
	Root   protocol.Root
	Freeze uint8
	Under  uint64
	Rank   uint8
}

// list is states of bodies; more says that the same range goes on.
type list struct {
	_     struct{} `cbor:",toarray"`
	Items []item
	More  bool
}

// want asks for a log from a position on, if it has this root there; for Most
// entries, or for all if that is 0.
type want struct {
	_    struct{} `cbor:",toarray"`
	Body protocol.BodyID
	From uint64
	Root protocol.Root
	Most uint64
}

type wants struct {
	_     struct{} `cbor:",toarray"`
	Wants []want
}

// status ends the answer to a want.
type status uint8

const (
	// statusSent: what the responder has from there on was sent.
	statusSent status = iota
	// statusParted: the responder's log has another root there.
	statusParted
	// statusUnknown: the responder does not have it, or no longer.
	statusUnknown
)

// given names the body whose entries follow unasked, from a position on; or, when
// it is only listed, one that the opener may want to ask about.
type given struct {
	_      struct{} `cbor:",toarray"`
	Item   item
	From   uint64
	Listed bool
}

// query asks for the roots of a log at some lengths, which ascend.
type query struct {
	_    struct{} `cbor:",toarray"`
	Body protocol.BodyID
	At   []uint64
}

type queries struct {
	_       struct{} `cbor:",toarray"`
	Queries []query
}

// rooted answers one query after the other: as many roots as the log is long
// enough for.
type rooted struct {
	_     struct{} `cbor:",toarray"`
	Roots [][]protocol.Root
}

// part says which run of entries a frame goes on with: the log, or one of the
// two branches that prove that it is frozen.
type part byte

const (
	partLog part = iota
	partLeft
	partRight
)

func itemOf(s State) item {
	return item{
		Body: s.Body, Length: s.Length, Root: s.Root, Freeze: uint8(s.Freeze.Kind),
		Under: s.Freeze.Strength.Under, Rank: s.Freeze.Strength.Rank,
	}
}

func (i item) state() (State, error) {
	s := State{Body: i.Body, Length: i.Length, Root: i.Root, Freeze: protocol.Freeze{
		Kind: protocol.FreezeKind(i.Freeze), Strength: protocol.Strength{Under: i.Under, Rank: i.Rank},
	}}
	if i.Body.IsZero() || i.Length == 0 || i.Length > protocol.MaxInt || s.Freeze.Kind > protocol.Contested {
		return s, fmt.Errorf("%w: the state of a body does not make sense", ErrProtocol)
	}
	return s, nil
}

// encodeParts writes 64 totals: a count each, and a fingerprint where it is not
// 0.
func encodeParts(parts *parts) []byte {
	b := make([]byte, 0, fanOut*18)
	for _, p := range parts {
		b = binary.AppendUvarint(b, p.Count)
		if p.Count > 0 {
			b = append(b, p.Print[:]...)
		}
	}
	return b
}

func decodeParts(b []byte) (*parts, error) {
	out := new(parts)
	for i := range out {
		count, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, fmt.Errorf("%w: the parts of a range are cut short", ErrProtocol)
		}
		b = b[n:]
		if count == 0 {
			out[i] = new(totals).summary()
			continue
		}
		if len(b) < len(Fingerprint{}) {
			return nil, fmt.Errorf("%w: the parts of a range are cut short", ErrProtocol)
		}
		out[i] = Summary{Count: count, Print: Fingerprint(b)}
		b = b[len(Fingerprint{}):]
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("%w: a range has more than %d parts", ErrProtocol, fanOut)
	}
	return out, nil
}

// appendEntry adds an entry to the payload of a frame of entries.
func appendEntry(b, entry []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(entry))), entry...)
}

// decodeEntries reads a frame of entries. An entry that the protocol rejects is
// returned as the error, with those before it.
func decodeEntries(b []byte) (part, []*protocol.Entry, error) {
	if len(b) == 0 || part(b[0]) > partRight {
		return 0, nil, fmt.Errorf("%w: a frame of entries says no part", ErrProtocol)
	}
	p := part(b[0])
	var run []*protocol.Entry
	for b = b[1:]; len(b) > 0; {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return p, run, fmt.Errorf("%w: an entry is cut short", ErrProtocol)
		}
		e, err := protocol.ParseEntry(b[n : n+int(size)])
		if err != nil {
			return p, run, err
		}
		run, b = append(run, e), b[n+int(size):]
	}
	return p, run, nil
}
