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

// visible refuses to the public what is hidden. The node's owner sees it.
func (s *server) visible(body protocol.BodyID, entry protocol.EntryID) error {
	if s.owner || !s.Hidden.Hides(body, entry) {
		return nil
	}
	return newProblem(http.StatusNotFound, CodeHidden, "Who runs this node does not show it here. Other nodes may.")
}

// visibleEntry is visible for an entry whose body is not known yet.
func (s *server) visibleEntry(id protocol.EntryID) error {
	ev, err := s.Ledger.Entry(id)
	if err != nil {
		return nil //nolint:nilerr // whoever asks for the entry is told what is wrong with it
	}
	return s.visible(ev.Body, id)
}
