package protocol

import (
	"crypto/sha256"
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// Root is the RFC 6962 Merkle root over the 32-byte identifiers of a log's
// entries.
type Root Digest

// EmptyRoot is the root of a log without entries: the SHA-256 of nothing.
var EmptyRoot = Root(rfc6962.DefaultHasher.EmptyRoot())

// String is the root in hexadecimal.
func (r Root) String() string { return Digest(r).String() }

// MarshalText implements [encoding.TextMarshaler].
func (r Root) MarshalText() ([]byte, error) { return Digest(r).MarshalText() }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (r *Root) UnmarshalText(text []byte) error { return (*Digest)(r).UnmarshalText(text) }

// Tree is the right edge of a log's Merkle tree: enough to append to it and to
// tell its root, in 32 bytes for each bit that is set in the length. A Tree is a
// value: appending returns another.
type Tree struct {
	length uint64
	edge   []Digest
}

// RestoreTree makes a tree from what [Tree.Edge] returned.
func RestoreTree(length uint64, edge []Digest) (Tree, error) {
	if compact.RangeSize(0, length) != len(edge) {
		return Tree{}, fmt.Errorf("a tree of %d leaves has %d nodes at its edge, not %d", length, compact.RangeSize(0, length), len(edge))
	}
	return Tree{length: length, edge: edge}, nil
}

// Length is the number of leaves.
func (t Tree) Length() uint64 { return t.length }

// Edge returns the roots of the perfect subtrees, the largest first. It must
// not be changed.
func (t Tree) Edge() []Digest { return t.edge }

// Append returns the tree with one more leaf.
func (t Tree) Append(id EntryID) Tree {
	node := LeafHash(id)
	edge := t.edge
	for size := t.length; size&1 == 1; size >>= 1 {
		node = nodeHash(edge[len(edge)-1], node)
		edge = edge[:len(edge)-1]
	}
	grown := make([]Digest, len(edge)+1)
	copy(grown, edge)
	grown[len(edge)] = node
	return Tree{length: t.length + 1, edge: grown}
}

// Root returns the RFC 6962 root.
func (t Tree) Root() Root {
	if len(t.edge) == 0 {
		return EmptyRoot
	}
	root := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = nodeHash(t.edge[i], root)
	}
	return Root(root)
}

// LeafHash is the RFC 6962 hash of an entry's leaf.
func LeafHash(id EntryID) Digest {
	var b [1 + len(id)]byte
	b[0] = rfc6962.RFC6962LeafHashPrefix
	copy(b[1:], id[:])
	return sha256.Sum256(b[:])
}

// nodeHash is what the library's hasher computes, without its allocations:
// every entry costs a few of them.
func nodeHash(left, right Digest) Digest {
	var b [1 + len(left) + len(right)]byte
	b[0] = rfc6962.RFC6962NodeHashPrefix
	copy(b[1:], left[:])
	copy(b[1+len(left):], right[:])
	return sha256.Sum256(b[:])
}

// NodeReader returns the hash of the perfect subtree over the leaves
// [index<<level, (index+1)<<level).
type NodeReader func(level uint, index uint64) (Digest, error)

// ProveInclusion returns the RFC 6962 audit path of the leaf at index in the
// tree of the given size.
func ProveInclusion(index, size uint64, read NodeReader) ([]Digest, error) {
	if index >= size {
		return nil, fmt.Errorf("position %d is not in a log of length %d", index, size)
	}
	nodes, err := proof.Inclusion(index, size)
	if err != nil {
		return nil, fmt.Errorf("inclusion of %d in %d: %w", index, size, err)
	}
	return readProof(nodes, read)
}

// ProveConsistency returns the RFC 6962 proof that the tree of size to begins
// with the tree of size from.
func ProveConsistency(from, to uint64, read NodeReader) ([]Digest, error) {
	if from > to {
		return nil, fmt.Errorf("a log of length %d cannot begin with one of length %d", to, from)
	}
	nodes, err := proof.Consistency(from, to)
	if err != nil {
		return nil, fmt.Errorf("consistency of %d with %d: %w", from, to, err)
	}
	return readProof(nodes, read)
}

func readProof(nodes proof.Nodes, read NodeReader) ([]Digest, error) {
	hashes := make([][]byte, len(nodes.IDs))
	for i, id := range nodes.IDs {
		d, err := read(id.Level, id.Index)
		if err != nil {
			return nil, err
		}
		hashes[i] = d[:]
	}
	hashes, err := nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
	if err != nil {
		return nil, fmt.Errorf("make a proof: %w", err)
	}
	path := make([]Digest, len(hashes))
	for i, h := range hashes {
		path[i] = Digest(h)
	}
	return path, nil
}

// VerifyInclusion checks that id is the leaf at index of the tree with the given
// size and root.
func VerifyInclusion(id EntryID, index, size uint64, root Root, path []Digest) error {
	leaf := LeafHash(id)
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, size, leaf[:], slicesOf(path), root[:]); err != nil {
		return fmt.Errorf("inclusion of %s at %d of %d: %w", id, index, size, err)
	}
	return nil
}

// VerifyConsistency checks that the tree (to, toRoot) begins with the tree
// (from, fromRoot). Any tree begins with the empty one, and with its root alone.
func VerifyConsistency(from, to uint64, fromRoot, toRoot Root, path []Digest) error {
	if from == 0 && fromRoot != EmptyRoot {
		return fmt.Errorf("consistency of length 0 with %d: that is not the root of an empty log", to)
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, from, to, slicesOf(path), fromRoot[:], toRoot[:]); err != nil {
		return fmt.Errorf("consistency of length %d with %d: %w", from, to, err)
	}
	return nil
}

// NodesOf reads nodes from the identifiers of a whole log, for logs that are
// held in memory.
func NodesOf(log []EntryID) NodeReader {
	return func(level uint, index uint64) (Digest, error) {
		first, last := index<<level, (index+1)<<level
		if last > uint64(len(log)) {
			return Digest{}, fmt.Errorf("node %d at level %d is beyond a log of length %d", index, level, len(log))
		}
		var t Tree
		for _, id := range log[first:last] {
			t = t.Append(id)
		}
		return Digest(t.Root()), nil
	}
}

// FoldNodes returns the root of the perfect subtree whose nodes at some level
// are given; their number is a power of two.
func FoldNodes(nodes []Digest) Digest {
	if len(nodes) == 0 {
		return Digest(EmptyRoot)
	}
	if len(nodes) == 1 {
		return nodes[0]
	}
	return nodeHash(FoldNodes(nodes[:len(nodes)/2]), FoldNodes(nodes[len(nodes)/2:]))
}

func slicesOf(path []Digest) [][]byte {
	out := make([][]byte, len(path))
	for i := range path {
		out[i] = path[i][:]
	}
	return out
}
