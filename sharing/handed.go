package sharing

import (
	"fmt"
	"iter"
	"sync"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// handedNote is the name under which the ledger keeps that entries of the own
// body were handed to a peer.
const handedNote = "sharing/handed"

// Handed reports whether an entry of the own body was ever handed to a peer, or
// may have been: such a log can be longer elsewhere than it is here.
func Handed(l *ledger.Ledger) (bool, error) {
	note, err := l.Note(handedNote)
	if err != nil {
		return false, fmt.Errorf("find out whether the own log was shared: %w", err)
	}
	return note != nil, nil
}

// MarkHanded notes, durably and for good, that the own log was handed to a peer.
func MarkHanded(l *ledger.Ledger) error {
	if err := l.PutNote(handedNote, []byte{1}); err != nil {
		return fmt.Errorf("note that the own log is shared: %w", err)
	}
	return nil
}

// handing sees to it that the note is on disk before the first byte of an own
// entry leaves the machine. It is safe for concurrent use.
type handing struct {
	ledger *ledger.Ledger

	mu    sync.Mutex
	noted bool
}

// now is called before an own entry is handed out, which must not happen when it
// fails.
func (h *handing) now() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.noted {
		return nil
	}
	if err := MarkHanded(h.ledger); err != nil {
		return err
	}
	h.noted = true
	return nil
}

// servedLedger is the ledger as peers are served from it.
type servedLedger struct {
	*ledger.Ledger
	own     protocol.BodyID
	handing *handing
}

// Encoded is [ledger.Ledger.Encoded], which hands entries out.
func (s servedLedger) Encoded(body protocol.BodyID, from, to uint64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := s.hand(body); err != nil {
			yield(nil, err)
			return
		}
		s.Ledger.Encoded(body, from, to)(yield)
	}
}

// Branches is [ledger.Ledger.Branches], which hands entries out.
func (s servedLedger) Branches(body protocol.BodyID) ([2]ledger.Run, error) {
	if err := s.hand(body); err != nil {
		return [2]ledger.Run{}, err
	}
	return s.Ledger.Branches(body)
}

func (s servedLedger) hand(body protocol.BodyID) error {
	if body != s.own {
		return nil
	}
	return s.handing.now()
}
