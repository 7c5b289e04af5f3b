package protocol_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// cases returns what a loader loads, or ends the test.
func cases[T any](t testing.TB, load func() ([]T, error)) []T {
	t.Helper()
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func codeName(err error) string {
	if err == nil {
		return ""
	}
	return protocol.CodeOf(err).String()
}

// prefixOf verifies the log on which a case stands.
func prefixOf(t *testing.T, on vectors.On) (*protocol.Chain, protocol.KindReader) {
	t.Helper()
	var log []*protocol.Entry
	for _, b := range on.Prefix {
		e, err := protocol.ParseEntry(b)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, e)
	}
	chain, _, err := new(protocol.Chain).ExtendAll(log, nil, protocol.NewVerifier(10))
	if err != nil {
		t.Fatal(err)
	}
	return chain, func(seq uint64) (protocol.Kind, error) {
		if seq >= uint64(len(log)) {
			return "", errors.New("not in the log")
		}
		return log[seq].Envelope.Kind, nil
	}
}

func TestVectorsEntries(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases(t, vectors.Entries) {
		chain, kinds := prefixOf(t, c.On)
		e, err := protocol.ParseEntry(c.Entry)
		if err == nil {
			var next *protocol.Chain
			var n int
			next, n, err = chain.ExtendAll([]*protocol.Entry{e}, kinds, protocol.NewVerifier(10))
			if (err == nil) != (n == 1) || next.Length() != chain.Length()+uint64(n) {
				t.Errorf("%s: %d entries taken, with the error %v", c.Name, n, err)
			}
			if !bytes.Equal(e.Encode(), c.Entry) {
				t.Errorf("%s: encoded to other bytes", c.Name)
			}
		}
		if codeName(err) != c.Code {
			t.Errorf("%s: %v, want %q", c.Name, err, c.Code)
		}
		seen[c.Code] = true
	}
	elsewhere := map[protocol.Code]bool{
		protocol.ContentMissing: true, protocol.MissingPrefix: true, protocol.WrongNetwork: true, protocol.TooFarAhead: true,
	}
	for _, code := range protocol.Codes() {
		if !seen[code.String()] && !elsewhere[code] {
			t.Errorf("no case is rejected with %s", code)
		}
	}
}

func TestVectorsApprovals(t *testing.T) {
	for _, c := range cases(t, vectors.Approvals) {
		chain, _ := prefixOf(t, c.On)
		e, err := protocol.ParseEntry(c.Entry)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		verdicts := protocol.JudgeApprovals(&e.Envelope, e.Body(), chain.InForce(), c.Replayed)
		if len(verdicts) != len(c.Verdicts) {
			t.Errorf("%s: %v, want %v", c.Name, verdicts, c.Verdicts)
			continue
		}
		for i, v := range verdicts {
			if string(v) != c.Verdicts[i] {
				t.Errorf("%s: %v, want %v", c.Name, verdicts, c.Verdicts)
			}
		}
	}
}

// signedOf is the signature of a case.
func signedOf(c vectors.SignatureCase) protocol.Signed {
	return protocol.Signed{
		Key: protocol.SigningKey(c.Key), Purpose: protocol.Purpose(c.Purpose),
		Message: c.Message, Signature: protocol.Signature(c.Signature),
	}
}

func TestVectorsSignatures(t *testing.T) {
	v := protocol.NewVerifier(10)
	all := cases(t, vectors.Signatures)
	var batch []protocol.Signed
	for _, c := range all {
		s := signedOf(c)
		batch = append(batch, s)
		if v.Verify(s) != c.Valid {
			t.Errorf("%s: alone, want %v", c.Name, c.Valid)
		}
		same := v.VerifyBatch([]protocol.Signed{s, s, s, s, s})
		for _, ok := range same {
			if ok != c.Valid {
				t.Errorf("%s: in a batch of its own, want %v", c.Name, c.Valid)
			}
		}
	}
	for i, ok := range v.VerifyBatch(batch) {
		if ok != all[i].Valid {
			t.Errorf("%s: in one batch with the others, want %v", all[i].Name, all[i].Valid)
		}
	}
}

func TestVectorsContents(t *testing.T) {
	for _, c := range cases(t, vectors.Contents) {
		fields, err := protocol.DecodeContent(c.Content)
		if codeName(err) != c.Code {
			t.Errorf("%s: %v, want %q", c.Name, err, c.Code)
		}
		if err == nil {
			if again, err := protocol.EncodeContent(fields); err != nil || !bytes.Equal(again, c.Content) {
				t.Errorf("%s: encoded to %x (%v)", c.Name, again, err)
			}
		}
	}
}

func digests(path []vectors.Hex) []protocol.Digest {
	out := make([]protocol.Digest, len(path))
	for i, p := range path {
		out[i] = protocol.Digest(p)
	}
	return out
}

func TestVectorsProofs(t *testing.T) {
	for _, c := range cases(t, vectors.Inclusions) {
		err := protocol.VerifyInclusion(protocol.EntryID(c.ID), c.Index, c.Size, protocol.Root(c.Root), digests(c.Path))
		if (err == nil) != c.Valid {
			t.Errorf("inclusion, %s: %v, want valid %v", c.Name, err, c.Valid)
		}
	}
	for _, c := range cases(t, vectors.Consistencies) {
		err := protocol.VerifyConsistency(c.From, c.To, protocol.Root(c.FromRoot), protocol.Root(c.ToRoot), digests(c.Path))
		if (err == nil) != c.Valid {
			t.Errorf("consistency, %s: %v, want valid %v", c.Name, err, c.Valid)
		}
	}
}

func TestVectorsBindings(t *testing.T) {
	for _, c := range cases(t, vectors.Bindings) {
		chain, _ := prefixOf(t, c.On)
		b, err := protocol.VerifyBinding(c.Binding, protocol.Signature(c.Signature), c.Peer, chain.InForce())
		if codeName(err) != c.Code {
			t.Errorf("%s: %v, want %q", c.Name, err, c.Code)
		}
		if err == nil && b.Body != chain.Body() {
			t.Errorf("%s: bound to %s", c.Name, b.Body)
		}
	}
}

func parse(t *testing.T, b []byte) *protocol.Entry {
	t.Helper()
	e, err := protocol.ParseEntry(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func outcomeOf(f protocol.Freeze) vectors.Outcome {
	return vectors.Outcome{Freeze: f.Kind.String(), Under: f.Strength.Under, Rank: f.Strength.Rank}
}

func TestVectorsFreezes(t *testing.T) {
	for _, c := range cases(t, vectors.Freezes) {
		p := protocol.FreezeProof{Entries: [2]*protocol.Entry{parse(t, c.Entries[0]), parse(t, c.Entries[1])}}
		for _, f := range c.Controls {
			p.Controls = append(p.Controls, protocol.ControlProof{
				Entry: parse(t, f.Entry), Paths: [2][]protocol.Digest{digests(f.Paths[0]), digests(f.Paths[1])},
			})
		}
		got := vectors.Outcome{}
		freeze, err := p.Verify()
		if err == nil {
			got = outcomeOf(freeze)
		}
		if got != c.Outcome {
			t.Errorf("%s: %+v (%v), want %+v", c.Name, got, err, c.Outcome)
		}
		p.Entries[1] = nil
		if _, err := p.Verify(); err == nil {
			t.Errorf("%s: half a proof was taken", c.Name)
		}
	}
}

func TestVectorsTexts(t *testing.T) {
	for _, c := range cases(t, vectors.Words) {
		key, err := protocol.ParseRecovery(c.Words)
		if (err == nil) != (len(c.Key) > 0) {
			t.Errorf("words, %s: %v", c.Name, err)
			continue
		}
		if public := key; err == nil && !bytes.Equal(vectorKey(public), c.Key) {
			t.Errorf("words, %s: the key is %s", c.Name, public.Public())
		}
	}
	for _, c := range cases(t, vectors.Identifiers) {
		id, err := protocol.ParseEntryID(c.Text)
		if (err == nil) != (len(c.ID) > 0) || err == nil && (!bytes.Equal(id[:], c.ID) || id.String() != c.Text) {
			t.Errorf("identifier, %s: %x (%v)", c.Name, id, err)
		}
	}
	kinds := map[string]protocol.FreezeKind{"none": protocol.NotFrozen, "forked": protocol.Forked, "contested": protocol.Contested}
	for _, c := range cases(t, vectors.Leaves) {
		f := protocol.Freeze{Kind: kinds[c.Freeze], Strength: protocol.Strength{Under: c.Under, Rank: c.Rank}}
		leaf := protocol.StateLeaf(protocol.BodyID(c.Body), protocol.Head{Length: c.Length, Root: protocol.Root(c.Root)}, f)
		if !bytes.Equal(leaf[:], c.Leaf) {
			t.Errorf("leaf, %s: %s", c.Name, leaf)
		}
	}
}

func vectorKey(k protocol.PrivateKey) []byte {
	public := k.Public()
	return public[:]
}

func TestVectorsJoins(t *testing.T) {
	for _, c := range cases(t, vectors.Joins) {
		var paths []protocol.Path
		for i := range c.Branches {
			var run []*protocol.Entry
			for _, b := range c.Path(i) {
				run = append(run, parse(t, b))
			}
			chain, n, err := new(protocol.Chain).ExtendAll(run, nil, protocol.NewVerifier(10))
			if err != nil {
				t.Fatalf("%s: branch %d, entry %d: %v", c.Name, i, n, err)
			}
			paths = append(paths, newMemoryPath(run, chain))
		}
		for range len(paths) {
			paths = append(paths[1:], paths[0])
			log, err := protocol.Join(paths)
			if err != nil {
				t.Fatal(err)
			}
			root := paths[log.Path].(*memoryPath).rootAt(log.Length)
			if log.Length != c.Length || !bytes.Equal(root[:], c.Root) || outcomeOf(log.Freeze) != c.Outcome {
				t.Errorf("%s: length %d, %+v; want %d, %+v", c.Name, log.Length, outcomeOf(log.Freeze), c.Length, c.Outcome)
			}
		}
	}
}

// TestVectorsAreMany counts the cases, and that most of them are invalid.
func TestVectorsAreMany(t *testing.T) {
	var all, invalid int
	names := map[string]bool{}
	count := func(c vectors.Case, bad bool) {
		all++
		if bad {
			invalid++
		}
		if c.Name == "" || c.Why == "" {
			t.Errorf("case %d has no name or no reason", all)
		}
	}
	for _, c := range cases(t, vectors.Entries) {
		count(c.Case, c.Code != "")
		if names[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		names[c.Name] = true
	}
	for _, c := range cases(t, vectors.Approvals) {
		count(c.Case, c.Verdicts[0] != string(protocol.ApprovalCounts))
	}
	for _, c := range cases(t, vectors.Bindings) {
		count(c.Case, c.Code != "")
	}
	for _, c := range cases(t, vectors.Signatures) {
		count(c.Case, !c.Valid)
	}
	for _, c := range cases(t, vectors.Contents) {
		count(c.Case, c.Code != "")
	}
	for _, c := range cases(t, vectors.Inclusions) {
		count(c.Case, !c.Valid)
	}
	for _, c := range cases(t, vectors.Consistencies) {
		count(c.Case, !c.Valid)
	}
	for _, c := range cases(t, vectors.Freezes) {
		count(c.Case, c.Freeze == "")
	}
	for _, c := range cases(t, vectors.Words) {
		count(c.Case, len(c.Key) == 0)
	}
	for _, c := range cases(t, vectors.Identifiers) {
		count(c.Case, len(c.ID) == 0)
	}
	for _, c := range cases(t, vectors.Leaves) {
		count(c.Case, false)
	}
	for _, c := range cases(t, vectors.Joins) {
		count(c.Case, c.Freeze != "none")
	}
	t.Logf("%d cases, %d of them invalid", all, invalid)
	if all < 300 || invalid*3 < all*2 {
		t.Errorf("%d cases, %d of them invalid", all, invalid)
	}
}
