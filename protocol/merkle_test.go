package protocol_test

import (
	"slices"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"

	"github.com/folkmoot/folkmoot/protocol"
)

// TestMerkleReference compares roots and proofs with the tree of the library,
// for every position and every pair of lengths up to 40.
func TestMerkleReference(t *testing.T) {
	const most = 40
	reference := testonly.New(rfc6962.DefaultHasher)
	var ids []protocol.EntryID
	var tree protocol.Tree
	roots := []protocol.Root{tree.Root()}
	for i := range most {
		id := protocol.EntryID(protocol.HashOf([]byte{byte(i)}))
		ids = append(ids, id)
		reference.AppendData(id[:])
		tree = tree.Append(id)
		roots = append(roots, tree.Root())
		restored, err := protocol.RestoreTree(tree.Length(), tree.Edge())
		if err != nil || restored.Append(id).Root() != tree.Append(id).Root() {
			t.Fatalf("the tree of %d leaves is not restored: %v", i+1, err)
		}
	}
	nodes := protocol.NodesOf(ids)
	for to := range uint64(most + 1) {
		if want := reference.HashAt(to); !slices.Equal(roots[to][:], want) {
			t.Fatalf("root of %d: %s, the reference has %x", to, roots[to], want)
		}
		for from := range to {
			path, err := protocol.ProveInclusion(from, to, nodes)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := reference.InclusionProof(from, to); err != nil || !same(path, want) {
				t.Fatalf("inclusion of %d in %d differs from the reference (%v)", from, to, err)
			}
			if err := protocol.VerifyInclusion(ids[from], from, to, roots[to], path); err != nil {
				t.Error(err)
			}
			if err := protocol.VerifyInclusion(ids[(from+1)%most], from, to, roots[to], path); err == nil {
				t.Errorf("another entry is proved at %d of %d", from, to)
			}
			path, err = protocol.ProveConsistency(from, to, nodes)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := reference.ConsistencyProof(from, to); err != nil || !same(path, want) {
				t.Fatalf("consistency of %d with %d differs from the reference (%v)", from, to, err)
			}
			if err := protocol.VerifyConsistency(from, to, roots[from], roots[to], path); err != nil {
				t.Error(err)
			}
			if err := protocol.VerifyConsistency(from, to, roots[from], roots[to-1], path); err == nil && from > 0 {
				t.Errorf("%d is consistent with a false root of %d", from, to)
			}
		}
	}
}

func same(path []protocol.Digest, want [][]byte) bool {
	return slices.EqualFunc(path, want, func(d protocol.Digest, w []byte) bool { return slices.Equal(d[:], w) })
}

func TestMerkleRefuses(t *testing.T) {
	nodes := protocol.NodesOf(make([]protocol.EntryID, 3))
	if _, err := protocol.ProveInclusion(3, 3, nodes); err == nil {
		t.Error("proved a position beyond the end")
	}
	if _, err := protocol.ProveInclusion(0, 4, nodes); err == nil {
		t.Error("proved inclusion in a log that is not held")
	}
	if _, err := protocol.ProveConsistency(3, 2, nodes); err == nil {
		t.Error("proved that a log begins with a longer one")
	}
	if _, err := protocol.RestoreTree(5, make([]protocol.Digest, 3)); err == nil {
		t.Error("restored a tree with too many nodes")
	}
}
