package ledger

import (
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// path is one unbroken run of valid entries of a body, as [protocol.Join]
// compares them: the beginning from the log in the store, the rest in memory.
type path struct {
	txn      *badger.Txn
	body     protocol.BodyID
	stored   uint64
	tail     []*protocol.Entry
	controls []protocol.InForce
}

// Length implements [protocol.Path].
func (p *path) Length() uint64 { return p.stored + uint64(len(p.tail)) }

// Controls implements [protocol.Path].
func (p *path) Controls() []protocol.InForce { return p.controls }

// IDAt implements [protocol.Path].
func (p *path) IDAt(seq uint64) (protocol.EntryID, error) {
	if seq >= p.stored {
		return p.tail[seq-p.stored].ID, nil
	}
	at, err := placeAt(p.txn, p.body, seq)
	return at.id, err
}

// entry returns the entry at a position below the length.
func (p *path) entry(seq uint64) (*protocol.Entry, error) {
	if seq >= p.stored {
		return p.tail[seq-p.stored], nil
	}
	e, err := entryAt(p.txn, p.body, seq)
	return e.Entry, err
}

// kind tells the kind of the entry at a position: a [protocol.KindReader].
func (p *path) kind(seq uint64) (protocol.Kind, error) {
	if seq >= p.Length() {
		return "", fmt.Errorf("position %d is beyond the path", seq)
	}
	e, err := p.entry(seq)
	if err != nil {
		return "", err
	}
	return e.Envelope.Kind, nil
}

// upTo returns the beginning of the path.
func (p *path) upTo(length uint64) *path {
	q := &path{txn: p.txn, body: p.body, stored: min(p.stored, length)}
	if length > p.stored {
		q.tail = p.tail[: length-p.stored : length-p.stored]
	}
	for _, c := range p.controls {
		if c.Seq < length {
			q.controls = append(q.controls, c)
		}
	}
	return q
}

// tree is the Merkle tree over the path.
func (p *path) tree() (protocol.Tree, error) {
	tree, err := treeAt(p.stored, nodes(p.txn, p.body))
	if err != nil {
		return tree, err
	}
	for _, e := range p.tail {
		tree = tree.Append(e.ID)
	}
	return tree, nil
}

// chain makes the verified chain at the end of the path again. The entries were
// verified when they came.
func (p *path) chain() (*protocol.Chain, error) {
	if p.Length() == 0 {
		return new(protocol.Chain), nil
	}
	tree, err := p.tree()
	if err != nil {
		return nil, err
	}
	last, err := p.entry(p.Length() - 1)
	if err != nil {
		return nil, err
	}
	state := &protocol.ChainState{Body: p.body, Length: tree.Length(), Edge: tree.Edge(), At: last.Envelope.At}
	for _, c := range p.controls {
		state.Control = append(state.Control, protocol.ControlState{Seq: c.Seq, Under: c.Strength.Under, Rank: c.Strength.Rank})
	}
	if state.Erased, err = p.erased(); err != nil {
		return nil, err
	}
	return protocol.RestoreChain(state, p.entry)
}

// erased collects the digests of approved erasures under the last control.
func (p *path) erased() ([]protocol.Digest, error) {
	last := p.controls[len(p.controls)-1]
	if len(last.Control.Officers) == 0 {
		return nil, nil
	}
	var digests []protocol.Digest
	for seq := last.Seq + 1; seq < p.Length(); seq++ {
		e, err := p.entry(seq)
		if err != nil {
			return nil, err
		}
		if e.Envelope.Kind == protocol.KindErase && len(e.Envelope.Approvals) > 0 {
			digests = append(digests, e.Envelope.Digest())
		}
	}
	return digests, nil
}
