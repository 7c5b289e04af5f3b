package catalogue

import (
	"iter"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Bounds on what a memo keeps.
const (
	maxMemo     = 16
	maxMemories = 1 << 16
)

// memo is a source that remembers which entries little refers to in some fields.
// A mandate may be cited by thousands of decisions, and whether it was taken back
// is asked for each of them; the ledger passes over all that cite it to find out.
// It is used while one catch-up settles: what it remembers was read after the
// events that were taken in.
type memo struct {
	Source
	known map[asked][]ledger.Reference
}

// asked is a question about references.
type asked struct {
	id     protocol.EntryID
	fields string
}

func newMemo(src Source) *memo { return &memo{Source: src, known: map[asked][]ledger.Reference{}} }

// References implements [register.Reader].
func (m *memo) References(id protocol.EntryID, fields ...string) iter.Seq2[ledger.Reference, error] {
	return func(yield func(ledger.Reference, error) bool) {
		key := asked{id, strings.Join(fields, " ")}
		known, ok := m.known[key]
		if ok {
			for _, ref := range known {
				if !yield(ref, nil) {
					return
				}
			}
			return
		}
		for ref, err := range m.Source.References(id, fields...) {
			if err == nil && len(known) <= maxMemo {
				known = append(known, ref)
			}
			if !yield(ref, err) || err != nil {
				return
			}
		}
		if len(known) > maxMemo {
			return
		}
		if len(m.known) >= maxMemories {
			clear(m.known)
		}
		m.known[key] = known
	}
}
