package api

import (
	"fmt"
	"net/http"

	"github.com/folkmoot/folkmoot/protocol"
)

// Controls says who may speak for a body, now and before.
type Controls struct {
	Body protocol.BodyID `json:"body"`
	// Length and Root are the state of its log, Frozen whether that contradicts
	// itself.
	Length uint64        `json:"length"`
	Root   protocol.Root `json:"root"`
	Frozen bool          `json:"frozen,omitempty"`
	// Controls are the charter and every change of control in the log, the last
	// of which is in force.
	Controls []ControlAt `json:"controls"`
	// GivenUp are entries that were in the log and gave way, by position, at most
	// MaxGivenUp; MoreGivenUp is how many are left out.
	GivenUp     []GivenUp `json:"given_up"`
	MoreGivenUp int       `json:"more_given_up,omitempty"`
}

// MaxGivenUp is how many entries [Controls] lists that gave way.
const MaxGivenUp = 200

// ControlAt is a control with its place in the log.
type ControlAt struct {
	Seq     uint64           `json:"seq"`
	ID      protocol.EntryID `json:"id"`
	At      Timestamp        `json:"at"`
	Control *Control         `json:"control"`
	// Under is the position of the control that authorised this one, By what did:
	// "recovery 1" to "recovery 3" or "officers"; both absent for the charter.
	Under *uint64 `json:"under,omitempty"`
	By    string  `json:"by,omitempty"`
}

// GivenUp is an entry that was in a body's log and gave way.
type GivenUp struct {
	Entry Entry `json:"entry"`
	// Parting is the position from which on its branch is not the log's.
	Parting uint64 `json:"parting"`
	// By is the change of control that put another branch in its place; absent
	// while the log is frozen there.
	By *ControlAt `json:"by,omitempty"`
	// Disclosed reports that a change of control says that this was given up.
	Disclosed bool `json:"disclosed"`
}

// Controls returns who may speak for a body, and what its log gave up.
func (r *Reader) Controls(body protocol.BodyID) (Controls, error) {
	head, err := r.ledger.Head(body)
	if err != nil {
		return Controls{}, fmt.Errorf("control of %s: %w", body, err)
	}
	chain, err := r.ledger.Chain(body)
	if err != nil {
		return Controls{}, fmt.Errorf("control of %s: %w", body, err)
	}
	out := Controls{
		Body: body, Length: head.Length, Root: head.Root, Frozen: head.Freeze.Kind != protocol.NotFrozen,
		Controls: []ControlAt{}, GivenUp: []GivenUp{},
	}
	for _, f := range chain.Controls() {
		c, err := r.controlAt(&f)
		if err != nil {
			return Controls{}, err
		}
		out.Controls = append(out.Controls, *c)
	}
	given, err := r.ledger.GivenUp(body)
	if err != nil {
		return Controls{}, err
	}
	out.MoreGivenUp = max(0, len(given)-MaxGivenUp)
	for _, g := range given[:min(len(given), MaxGivenUp)] {
		told := GivenUp{Parting: g.Parting, Disclosed: g.Disclosed}
		if told.Entry, err = r.Listed(g.Event); err != nil {
			return Controls{}, err
		}
		if g.By != nil {
			if told.By, err = r.controlAt(g.By); err != nil {
				return Controls{}, err
			}
		}
		out.GivenUp = append(out.GivenUp, told)
	}
	return out, nil
}

func (r *Reader) controlAt(f *protocol.InForce) (*ControlAt, error) {
	ev, err := r.ledger.Entry(f.ID)
	if err != nil {
		return nil, fmt.Errorf("control %s: %w", f.ID, err)
	}
	out := &ControlAt{Seq: f.Seq, ID: f.ID, At: Timestamp(ev.Entry.Envelope.At), Control: controlOf(f.Control)}
	if f.Change() {
		out.Under = &f.Strength.Under
		out.By = "officers"
		if f.Strength.Rank != protocol.RankQuorum {
			out.By = fmt.Sprintf("recovery %d", f.Strength.Rank+1)
		}
	}
	return out, nil
}

func (s *server) controls(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	body, err := protocol.ParseBodyID(r.PathValue("body"))
	if err != nil {
		return nil, badRequest("In the path %s.", err)
	}
	return s.Reader.Controls(body)
}
