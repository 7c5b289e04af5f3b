package api

import (
	"net/http"

	"github.com/folkmoot/folkmoot/protocol"
)

// Hidden says what the operator keeps out of the lists of this node: blocked
// bodies, and single entries. It must be quick.
type Hidden interface {
	// Hides reports whether something of a body is left out; entry is zero for the
	// body as a whole.
	Hides(body protocol.BodyID, entry protocol.EntryID) bool
	// Version changes when Hides may answer otherwise.
	Version() uint64
}

// hides reports whether something is hidden from who asks. The node's owner sees
// all.
func (s *server) hides(body protocol.BodyID, entry protocol.EntryID) bool {
	return !s.owner && s.Hidden.Hides(body, entry)
}

// visible refuses to the public what is hidden.
func (s *server) visible(body protocol.BodyID, entry protocol.EntryID) error {
	if !s.hides(body, entry) {
		return nil
	}
	return newProblem(http.StatusNotFound, CodeHidden, "Who runs this node does not show it here. Other nodes may.")
}

// entryAsked reads which entry a path is about, and refuses one that is hidden.
func (s *server) entryAsked(r *http.Request) (protocol.EntryID, error) {
	id, err := entryParam(r.PathValue("id"))
	if err != nil {
		return id, err
	}
	ev, err := s.Ledger.Entry(id)
	if err != nil {
		return id, nil //nolint:nilerr // whoever asks for the entry is told what is wrong with it
	}
	return id, s.visible(ev.Body, id)
}
