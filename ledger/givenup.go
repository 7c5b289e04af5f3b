package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// maxGivenUp is how many entries that a log gave up are looked at: a thief who
// has a key can write many.
const maxGivenUp = 10_000

// GivenUp is an entry that was in a body's log and gave way.
type GivenUp struct {
	// Event is the entry with its number.
	Event Event
	// Parting is the position from which on its branch is not the log's.
	Parting uint64
	// By is the change of control that put another branch in its place; nil while
	// the log is frozen there.
	By *protocol.InForce
	// Disclosed reports that a change of control in the log says that it gave
	// this branch up. What is given up without a word is a rollback that nobody
	// owned up to.
	Disclosed bool
}

// GivenUp lists what a body's log gave up, by position, at most the first 10,000
// of it. It is empty for a body that has no log here.
func (l *Ledger) GivenUp(body protocol.BodyID) ([]GivenUp, error) {
	var out []GivenUp
	err := l.db.View(func(txn *badger.Txn) error {
		t, err := l.tipOf(txn, body)
		if errors.Is(err, ErrNotFound) || err == nil && !t.parted {
			return nil
		}
		if err != nil {
			return err
		}
		w := &wood{txn: txn, log: t, grown: map[protocol.Head]*twig{}}
		if err := w.grow(); err != nil {
			return err
		}
		out = w.tell()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("what %s gave up: %w", body, err)
	}
	return out, nil
}

// wood is the branches beside a log.
type wood struct {
	txn *badger.Txn
	log *tip
	// grown are the states of branches by their heads, list the same in order.
	grown map[protocol.Head]*twig
	list  []*twig
}

// twig is an entry beside the log, after the one below it.
type twig struct {
	event     Event
	below     *twig
	parting   uint64
	tree      protocol.Tree
	disclosed bool
}

// grow reads what was given up and finds out on what each entry stands.
func (w *wood) grow() error {
	body, n := w.log.chain.Body(), 0
	return scan(w.txn, bodyKey(keyGivenUp, body), nil, func(key, value []byte) error {
		if n++; n > maxGivenUp {
			return errStop
		}
		if len(value) != idSize {
			return ErrDamaged
		}
		ev, err := readPlace(w.txn, place{event: lastNumber(key), id: protocol.EntryID(value)})
		if err != nil {
			return err
		}
		if in, err := inLog(w.txn, ev.Entry); err != nil || in {
			return err
		}
		return w.add(ev)
	})
}

func (w *wood) add(ev Event) error {
	env := &ev.Entry.Envelope
	t := &twig{event: ev}
	if below := w.grown[protocol.Head{Length: env.Seq, Root: env.Root}]; below != nil {
		t.below, t.parting, t.tree = below, below.parting, below.tree
	} else {
		// It stands on the log itself.
		t.parting = env.Seq
		var err error
		if t.tree, err = treeAt(min(env.Seq, w.log.chain.Length()), nodes(w.txn, ev.Body)); err != nil {
			return err
		}
		if t.tree.Root() != env.Root {
			return nil // what it stands on is beyond the bound
		}
	}
	t.tree = t.tree.Append(ev.Entry.ID)
	w.grown[protocol.Head{Length: env.Seq + 1, Root: t.tree.Root()}] = t
	w.list = append(w.list, t)
	return nil
}

// tell says of each by what it gave way, and whether that was owned up to.
func (w *wood) tell() []GivenUp {
	controls := w.log.chain.Controls()
	for _, c := range controls {
		for _, head := range c.Control.Disowns {
			for t := w.grown[head]; t != nil && t.parting <= c.Seq; t = t.below {
				t.disclosed = true
			}
		}
	}
	out := make([]GivenUp, len(w.list))
	for i, t := range w.list {
		out[i] = GivenUp{Event: t.event, Parting: t.parting, By: winner(controls, t.parting), Disclosed: t.disclosed}
	}
	return out
}

// winner is the strongest change of control that made a log go on from a parting
// as it does, nil if none did.
func winner(controls []protocol.InForce, parting uint64) *protocol.InForce {
	var best *protocol.InForce
	for i := range controls {
		c := &controls[i]
		if c.Change() && c.Seq >= parting && c.Strength.Under < parting && (best == nil || c.Strength.Compare(best.Strength) > 0) {
			best = c
		}
	}
	return best
}

// noteGivenUp remembers an entry that a log gives up.
func (b *batch) noteGivenUp(body protocol.BodyID, seq uint64, id protocol.EntryID) error {
	event, err := get(b.txn, idKey(id))
	if err != nil {
		return err
	}
	key := binary.BigEndian.AppendUint64(bodyKey(keyGivenUp, body), seq)
	return b.set(append(key, event...), id[:])
}

// ChainAt returns the verified chain over the first length entries of a body's
// log, or [ErrNotFound] where it is shorter. It reads as many places.
func (l *Ledger) ChainAt(body protocol.BodyID, length uint64) (*protocol.Chain, error) {
	var chain *protocol.Chain
	err := l.db.View(func(txn *badger.Txn) error {
		t, err := l.tipOf(txn, body)
		if err != nil {
			return err
		}
		if length > t.chain.Length() {
			return ErrNotFound
		}
		log := &path{txn: txn, body: body, stored: t.chain.Length(), controls: t.chain.Controls()}
		chain, err = log.upTo(length).chain()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the first %d entries of %s: %w", length, body, err)
	}
	return chain, nil
}
