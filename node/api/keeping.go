package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol"
)

// Keeping is what the local calls about trust need of the node.
type Keeping interface {
	// Trust describes whose logs the node keeps.
	Trust(ctx context.Context) (Trust, error)
	// Why says whether a body is kept, and why.
	Why(ctx context.Context, body protocol.BodyID) (Why, error)
	// AddTrust makes a body a root or lists it, durably; RemoveTrust undoes both.
	AddTrust(ctx context.Context, body protocol.BodyID, as string) error
	RemoveTrust(ctx context.Context, body protocol.BodyID) error
	// Block refuses a body and hides it; Hide hides one entry. Both are durable.
	Block(ctx context.Context, body protocol.BodyID, reason string) error
	Unblock(ctx context.Context, body protocol.BodyID) error
	Hide(ctx context.Context, entry protocol.EntryID, reason string) error
	Unhide(ctx context.Context, entry protocol.EntryID) error
}

// Ways to trust a body.
const (
	// AsRoot: its word counts, and whom it vouches for is kept too.
	AsRoot = "root"
	// AsListed: its log is kept, and its word counts for nothing.
	AsListed = "listed"
)

// Trust is whose logs a node keeps.
type Trust struct {
	Policy string `json:"policy"`
	// Hops is how many mandates and attestations a body may be away from a root.
	Hops int `json:"hops"`
	// StorageCap is how many bytes of others may be held, 0 for no cap; Stored how
	// many of all are.
	StorageCap uint64        `json:"storage_cap"`
	Stored     uint64        `json:"stored"`
	Roots      []Trusted     `json:"roots"`
	Listed     []Trusted     `json:"listed"`
	Blocked    []Blocked     `json:"blocked"`
	Hidden     []HiddenEntry `json:"hidden"`
	Aside      []Aside       `json:"set_aside"`
	Waiting    []WaitingBody `json:"waiting"`
	Heard      []HeardOf     `json:"heard"`
}

// Trusted is a root, or a body that is listed. From is "own", "config",
// "invitation or command" or "command".
type Trusted struct {
	Body protocol.BodyID `json:"body"`
	Name string          `json:"name,omitempty"`
	From string          `json:"from"`
}

// Blocked is a body that the operator refuses.
type Blocked struct {
	Body   protocol.BodyID `json:"body"`
	Name   string          `json:"name,omitempty"`
	Reason string          `json:"reason"`
	At     Timestamp       `json:"at"`
}

// HiddenEntry is an entry that the operator hides.
type HiddenEntry struct {
	Entry  protocol.EntryID `json:"entry"`
	Reason string           `json:"reason"`
	At     Timestamp        `json:"at"`
}

// Aside is a body that gave way to the storage cap.
type Aside struct {
	Body  protocol.BodyID `json:"body"`
	Bytes uint64          `json:"bytes"`
}

// WaitingBody is a stranger the beginning of whose log waits.
type WaitingBody struct {
	Body protocol.BodyID `json:"body"`
	// Name is by its own word.
	Name    string `json:"name,omitempty"`
	Entries int    `json:"entries"`
	Bytes   int    `json:"bytes"`
	// Peer brought it, at the time Since.
	Peer  string    `json:"peer"`
	Since Timestamp `json:"since"`
}

// HeardOf is a body that a peer told of and that is not kept. What the peer said
// may be false.
type HeardOf struct {
	Body   protocol.BodyID `json:"body"`
	Length uint64          `json:"length"`
	Root   protocol.Root   `json:"root"`
	Peer   string          `json:"peer"`
}

// Why says whether a body is kept.
type Why struct {
	Body protocol.BodyID `json:"body"`
	Name string          `json:"name,omitempty"`
	// Choice is "keep", "wait" or "refuse", Ground why: own, blocked, root, listed,
	// set_aside, reached, open or stranger.
	Choice string `json:"choice"`
	Ground string `json:"ground"`
	// Path is the way on which it is reached: a root, the bodies between, itself.
	Path []Step `json:"path,omitempty"`
	// Reason is the operator's for a block.
	Reason string `json:"reason,omitempty"`
	// Held is how many entries of it the ledger has, Waiting how many wait, Heard
	// how many a peer said there are.
	Held    uint64 `json:"held"`
	Waiting int    `json:"waiting,omitempty"`
	Heard   uint64 `json:"heard,omitempty"`
}

// Step is one body on the way to another.
type Step struct {
	Body protocol.BodyID `json:"body"`
	Name string          `json:"name,omitempty"`
}

// Kept is what the public may know of whose logs a node keeps.
type Kept struct {
	Policy string `json:"policy"`
	Hops   int    `json:"hops"`
	// Blocked and Hidden are how many bodies and entries the operator hides, Aside
	// how many logs gave way to the storage cap, Waiting how many strangers' wait.
	Blocked int `json:"blocked"`
	Hidden  int `json:"hidden"`
	Aside   int `json:"set_aside"`
	Waiting int `json:"waiting"`
	// NotHeld are the bodies that peers told of and that are not kept.
	NotHeld []NotHeld `json:"not_held"`
}

// NotHeld is a body that is not kept, with the state of its log by a peer's word.
type NotHeld struct {
	Body   protocol.BodyID `json:"body"`
	Length uint64          `json:"length"`
	Root   protocol.Root   `json:"root"`
}

// kept leaves out whom the operator blocks and trusts, and who told what.
func (s *server) kept(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	t, err := s.Node.Trust(r.Context())
	if err != nil {
		return nil, err
	}
	out := Kept{
		Policy: t.Policy, Hops: t.Hops, Blocked: len(t.Blocked), Hidden: len(t.Hidden), Aside: len(t.Aside),
		Waiting: len(t.Waiting), NotHeld: []NotHeld{},
	}
	for _, h := range t.Heard {
		out.NotHeld = append(out.NotHeld, NotHeld{Body: h.Body, Length: h.Length, Root: h.Root})
	}
	return out, nil
}

// maxReason is the longest reason of a block, in bytes.
const maxReason = 500

// trustRequest is what is sent to change whom a node trusts.
type trustRequest struct {
	Body   protocol.BodyID  `json:"body,omitzero"`
	Entry  protocol.EntryID `json:"entry,omitzero"`
	As     string           `json:"as,omitempty"`
	Reason string           `json:"reason,omitempty"`
}

// keeping adds the local calls about whose logs are kept.
func (s *server) keeping(mux *http.ServeMux) {
	add := func(pattern string, h func(*http.Request) (any, error)) { mux.Handle(pattern, s.fresh(s.answer(h))) }
	add("GET /local/v1/trust", func(r *http.Request) (any, error) { return s.Node.Trust(r.Context()) })
	add("GET /local/v1/trust/{body}", withBody(func(r *http.Request, body protocol.BodyID) (any, error) {
		return s.Node.Why(r.Context(), body)
	}))
	add("POST /local/v1/trust", changing(func(r *http.Request, q *trustRequest) error {
		if q.Body.IsZero() || q.As != AsRoot && q.As != AsListed {
			return badRequest(`Send the body, and how it is trusted, as {"body": "...", "as": "root"} or "listed".`)
		}
		return s.Node.AddTrust(r.Context(), q.Body, q.As)
	}))
	add("DELETE /local/v1/trust/{body}", withBody(func(r *http.Request, body protocol.BodyID) (any, error) {
		return struct{}{}, s.Node.RemoveTrust(r.Context(), body)
	}))
	add("POST /local/v1/block", changing(func(r *http.Request, q *trustRequest) error {
		if q.Body.IsZero() || !goodReason(q.Reason) {
			return badRequest(`Send the body and a reason of at most %d bytes as {"body": "...", "reason": "..."}.`, maxReason)
		}
		return s.Node.Block(r.Context(), q.Body, q.Reason)
	}))
	add("DELETE /local/v1/block/{body}", withBody(func(r *http.Request, body protocol.BodyID) (any, error) {
		return struct{}{}, s.Node.Unblock(r.Context(), body)
	}))
	add("POST /local/v1/hide", changing(func(r *http.Request, q *trustRequest) error {
		if q.Entry.IsZero() || !goodReason(q.Reason) {
			return badRequest(`Send the entry and a reason of at most %d bytes as {"entry": "...", "reason": "..."}.`, maxReason)
		}
		return s.Node.Hide(r.Context(), q.Entry, q.Reason)
	}))
	add("DELETE /local/v1/hide/{entry}", func(r *http.Request) (any, error) {
		id, err := entryParam(r.PathValue("entry"))
		if err != nil {
			return nil, err
		}
		return struct{}{}, s.Node.Unhide(r.Context(), id)
	})
}

func goodReason(s string) bool { return s != "" && len(s) <= maxReason && utf8.ValidString(s) }

func withBody(h func(*http.Request, protocol.BodyID) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		body, err := bodyParam("the path", r.PathValue("body"))
		if err != nil {
			return nil, err
		}
		return h(r, body)
	}
}

func changing(h func(*http.Request, *trustRequest) error) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		q := new(trustRequest)
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		if err := d.Decode(q); err != nil {
			return nil, badRequest("The request is not the JSON object that belongs here: %s.", err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return nil, badRequest("Send one JSON object and nothing behind it.")
		}
		return struct{}{}, h(r, q)
	}
}
