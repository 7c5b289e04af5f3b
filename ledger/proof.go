package ledger

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// tileLevel is the level of the Merkle nodes that are stored: each stands for
// 256 entries. The nodes below are computed from the log, those above from
// these.
const tileLevel = 8

// nodes reads the Merkle nodes of a body's log.
func nodes(txn *badger.Txn, body protocol.BodyID) protocol.NodeReader {
	return func(level uint, index uint64) (protocol.Digest, error) {
		if level < tileLevel {
			root, err := rootOf(txn, body, index<<level, (index+1)<<level)
			return protocol.Digest(root), err
		}
		var hashes []protocol.Digest
		for i := index << (level - tileLevel); i < (index+1)<<(level-tileLevel); i++ {
			b, err := getSealed(txn, tileKey(body, i))
			if err != nil {
				return protocol.Digest{}, fmt.Errorf("node %d of the tree of %s: %w: %w", i, body, ErrDamaged, err)
			}
			if len(b) != len(protocol.Digest{}) {
				return protocol.Digest{}, fmt.Errorf("node %d of the tree of %s: %w", i, body, ErrDamaged)
			}
			hashes = append(hashes, protocol.Digest(b))
		}
		return protocol.FoldNodes(hashes), nil
	}
}

// branchNodes reads the Merkle nodes of a frozen log that goes on along one of
// its branches.
func branchNodes(txn *badger.Txn, t *tip, run Run) protocol.NodeReader {
	length := t.chain.Length()
	stored := nodes(txn, t.chain.Body())
	return func(level uint, index uint64) (protocol.Digest, error) {
		first, last := index<<level, (index+1)<<level
		if last <= length {
			return stored(level, index)
		}
		var tree protocol.Tree
		for seq := first; seq < last; seq++ {
			if seq >= length {
				tree = tree.Append(run[seq-length].ID)
				continue
			}
			p, err := placeAt(txn, t.chain.Body(), seq)
			if err != nil {
				return protocol.Digest{}, err
			}
			tree = tree.Append(p.id)
		}
		return protocol.Digest(tree.Root()), nil
	}
}

// view runs f with the stored length of a body's log.
func (l *Ledger) view(body protocol.BodyID, f func(txn *badger.Txn, length uint64) error) error {
	return l.db.View(func(txn *badger.Txn) error {
		length, err := lengthOf(txn, body)
		if err != nil {
			return err
		}
		return f(txn, length)
	})
}

// lengthOf reads the length of a body's log. Rows beyond it are left over from
// histories that were given up, and mean nothing.
func lengthOf(txn *badger.Txn, body protocol.BodyID) (uint64, error) {
	h, err := readHead(txn, body)
	if err != nil {
		return 0, err
	}
	return h.state.Length, nil
}

// Inclusion proves that the entry at a position stands in the log as it was
// when it had the given length. It returns [ErrNotFound] for what is not held.
func (l *Ledger) Inclusion(body protocol.BodyID, seq, length uint64) (*protocol.InclusionProof, error) {
	proof := &protocol.InclusionProof{Head: protocol.Head{Length: length}}
	err := l.view(body, func(txn *badger.Txn, held uint64) (err error) {
		if seq >= length || length > held {
			return ErrNotFound
		}
		read := nodes(txn, body)
		if proof.Path, err = protocol.ProveInclusion(seq, length, read); err != nil {
			return err
		}
		proof.Head.Root, err = rootAt(length, read)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("inclusion of position %d of %s in length %d: %w", seq, body, length, err)
	}
	return proof, nil
}

// Consistency proves that the log of length to begins with the log of length
// from. It returns [ErrNotFound] for what is not held.
func (l *Ledger) Consistency(body protocol.BodyID, from, to uint64) ([]protocol.Digest, error) {
	var proof []protocol.Digest
	err := l.view(body, func(txn *badger.Txn, held uint64) (err error) {
		if from > to || to > held {
			return ErrNotFound
		}
		proof, err = protocol.ProveConsistency(from, to, nodes(txn, body))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("consistency of lengths %d and %d of %s: %w", from, to, body, err)
	}
	return proof, nil
}

// RootAt returns the Merkle root of the first entries of a body's log, or
// [ErrNotFound].
func (l *Ledger) RootAt(body protocol.BodyID, length uint64) (protocol.Root, error) {
	var root protocol.Root
	err := l.view(body, func(txn *badger.Txn, held uint64) (err error) {
		if length > held {
			return ErrNotFound
		}
		if length < held {
			// The entry that follows has signed it.
			e, err := entryAt(txn, body, length)
			if err == nil {
				root = e.Entry.Envelope.Root
				return nil
			}
			if !errors.Is(err, ErrDamaged) {
				return err
			}
		}
		root, err = rootAt(length, nodes(txn, body))
		return err
	})
	if err != nil {
		return protocol.Root{}, fmt.Errorf("root of %s at length %d: %w", body, length, err)
	}
	return root, nil
}

func rootAt(length uint64, read protocol.NodeReader) (protocol.Root, error) {
	tree, err := treeAt(length, read)
	return tree.Root(), err
}

// treeAt makes the Merkle tree over the first entries of a log from its nodes.
func treeAt(length uint64, read protocol.NodeReader) (protocol.Tree, error) {
	var edge []protocol.Digest
	for first, rest := uint64(0), length; rest > 0; {
		level := uint(0)
		for rest>>(level+1) > 0 {
			level++
		}
		node, err := read(level, first>>level)
		if err != nil {
			return protocol.Tree{}, err
		}
		edge = append(edge, node)
		first, rest = first+1<<level, rest-1<<level
	}
	return protocol.RestoreTree(length, edge)
}
