package protocol_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func someLog() *vectors.Author {
	a := vectors.NewAuthor("chain", 3, map[protocol.Kind]uint64{"erase": 2})
	a.PublishN(3, 100)
	a.Erase("privacy", 2, 1)
	a.Recover(1, 0, "key_stolen")
	a.PublishN(3, 100)
	a.Recover(0, 0, "rotation")
	a.Erase("mistake", 3, 2, 7)
	a.PublishN(1, 100)
	return a
}

// TestBatchVerdicts: whichever signatures of a batch are bad, each gets the
// verdict that it would have alone.
func TestBatchVerdicts(t *testing.T) {
	v := protocol.NewVerifier(8)
	if v.VerifyBatch(nil) != nil {
		t.Error("verdicts on nothing")
	}
	for _, bad := range [][]int{{}, {0}, {31}, {7, 8, 20}} {
		var batch []protocol.Signed
		want := make([]bool, 32)
		for i := range want {
			key := vectors.Secret(string(rune('a' + i%5)))
			message := bytes.Repeat([]byte{byte(i)}, i)
			batch = append(batch, protocol.Signed{Key: key.Public(), Purpose: protocol.PurposeEntry, Message: message, Signature: key.Sign(protocol.PurposeEntry, message)})
			want[i] = true
		}
		for _, i := range bad {
			batch[i].Signature[i] ^= 4
			want[i] = false
		}
		for i, ok := range v.VerifyBatch(batch) {
			if ok != want[i] || v.Verify(batch[i]) != want[i] {
				t.Errorf("with %v bad, signature %d is judged %v", bad, i, ok)
			}
		}
	}
}

// TestExtendAllStops: a run is taken up to its first fault, of whichever sort.
func TestExtendAllStops(t *testing.T) {
	a := someLog()
	v := protocol.NewVerifier(8)
	whole, n, err := new(protocol.Chain).ExtendAll(a.Log, nil, v)
	if err != nil || n != len(a.Log) || !whole.Equal(a.Chain) {
		t.Fatal(n, err)
	}
	for i := range a.Log {
		forged := *a.Log[i]
		forged.Signature[40] ^= 1
		run := append(append([]*protocol.Entry{}, a.Log[:i]...), &forged)
		run = append(run, a.Log[i+1:]...)
		chain, n, err := new(protocol.Chain).ExtendAll(run, nil, v)
		if n != i || protocol.CodeOf(err) != protocol.BadSignature || chain.Length() != uint64(i) {
			t.Errorf("forged at %d: %d taken, %v", i, n, err)
		}
		gap := append(append([]*protocol.Entry{}, a.Log[:i]...), a.Log[i+1:]...)
		chain, n, err = new(protocol.Chain).ExtendAll(gap, nil, v)
		if i+1 < len(a.Log) && (n != i || protocol.CodeOf(err) != protocol.WrongPosition || chain.Length() != uint64(i)) {
			t.Errorf("missing at %d: %d taken, %v", i, n, err)
		}
		both := append(append([]*protocol.Entry{}, run...), a.Log[0])
		if _, n, err = new(protocol.Chain).ExtendAll(both, nil, v); n != i || protocol.CodeOf(err) != protocol.BadSignature {
			t.Errorf("forged at %d and wrong at the end: %d taken, %v", i, n, err)
		}
	}
}

// TestChainIsAValue: extending a chain in several ways leaves it and all that
// came of it as they were.
func TestChainIsAValue(t *testing.T) {
	a := vectors.NewAuthor("value", 3, map[protocol.Kind]uint64{"erase": 1})
	a.PublishN(4, 10)
	a.Erase("privacy", 2, 1)
	var chains []*protocol.Chain
	var want [][]byte
	keep := func(c *protocol.Chain) {
		chains, want = append(chains, c), append(want, c.State().Encode())
	}
	for i := range 8 {
		keep(a.Chain)
		b := a.Clone()
		b.Clock += uint64(i)
		b.Erase("privacy", 2, 1, uint64(2+i%2))
		keep(b.Chain)
		b.Recover(i%2, b.Chain.InForce().Seq, "rotation")
		keep(b.Chain)
		if i%3 == 2 {
			a.Recover(1, a.Chain.InForce().Seq, "rotation")
		} else {
			a.Erase("mistake", 3, uint64(1+i%3), 4)
		}
	}
	for i, c := range chains {
		if !bytes.Equal(c.State().Encode(), want[i]) {
			t.Errorf("chain %d is no longer what it was", i)
		}
		controls := c.Controls()
		if last := controls[len(controls)-1]; last.Control == nil || last.ID != c.InForce().ID {
			t.Errorf("chain %d has another control in force", i)
		}
	}
}

// TestChainRestores: a chain made from its stored state judges as the chain
// that was stored.
func TestChainRestores(t *testing.T) {
	a := someLog()
	chain := new(protocol.Chain)
	kinds := func(seq uint64) (protocol.Kind, error) { return a.Log[seq].Envelope.Kind, nil }
	entry := func(seq uint64) (*protocol.Entry, error) { return a.Log[seq], nil }
	for i, e := range a.Log {
		next, _, err := chain.Extend(e, kinds)
		if err != nil {
			t.Fatal(err)
		}
		chain = next
		state, err := protocol.DecodeChainState(chain.State().Encode())
		if err != nil {
			t.Fatal(err)
		}
		restored, err := protocol.RestoreChain(state, entry)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(restored.State().Encode(), chain.State().Encode()) || restored.Network() != chain.Network() {
			t.Fatalf("after %d entries another chain is restored", i+1)
		}
		if i+1 < len(a.Log) {
			if _, _, err := restored.Extend(a.Log[i+1], kinds); err != nil {
				t.Errorf("entry %d does not follow the restored chain: %v", i+1, err)
			}
		}
		again := *chain.Next(protocol.KindErase, e.Envelope.At)
		if e.Erase() != nil {
			again.Act, again.Approvals = e.Envelope.Act, e.Envelope.Approvals
			twice, err := protocol.SignEntry(a.Key, &again, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := restored.Extend(twice, kinds); protocol.CodeOf(err) != protocol.ApprovalsShort {
				t.Errorf("used approvals count again after restoring: %v", err)
			}
		}
	}
}

func TestChainRestoresNothingElse(t *testing.T) {
	a := someLog()
	entry := func(seq uint64) (*protocol.Entry, error) { return a.Log[seq], nil }
	for name, spoil := range map[string]func(*protocol.ChainState){
		"no controls":     func(s *protocol.ChainState) { s.Control = nil },
		"no charter":      func(s *protocol.ChainState) { s.Control = s.Control[1:] },
		"not a control":   func(s *protocol.ChainState) { s.Control[1].Seq = 1 },
		"other under":     func(s *protocol.ChainState) { s.Control[1].Under = 1 },
		"impossible rank": func(s *protocol.ChainState) { s.Control[1].Rank = 4 },
		"out of order":    func(s *protocol.ChainState) { s.Control[1], s.Control[2] = s.Control[2], s.Control[1] },
		"beyond the end":  func(s *protocol.ChainState) { s.Length, s.Edge = 1, s.Edge[:1] },
		"edge of another": func(s *protocol.ChainState) { s.Edge = s.Edge[1:] },
		"another body":    func(s *protocol.ChainState) { s.Body[0] ^= 1 },
		"a control twice": func(s *protocol.ChainState) { s.Control = append(s.Control, s.Control[0]) },
	} {
		s := a.Chain.State()
		spoil(s)
		if _, err := protocol.RestoreChain(s, entry); err == nil {
			t.Errorf("%s: restored", name)
		}
	}
	lost := errors.New("lost")
	_, err := protocol.RestoreChain(a.Chain.State(), func(uint64) (*protocol.Entry, error) { return nil, lost })
	if !errors.Is(err, lost) {
		t.Errorf("a control that cannot be read: %v", err)
	}
}

// TestKindsAreAskedFor: an error of the reader is not a rejection of the entry.
func TestKindsAreAskedFor(t *testing.T) {
	a := vectors.NewAuthor("kinds", 1, nil)
	a.PublishN(2, 10)
	before := a.Chain
	e := a.Erase("legal", 1, 1)
	lost := errors.New("lost")
	_, _, err := before.Extend(e, func(uint64) (protocol.Kind, error) { return "", lost })
	if !errors.Is(err, lost) || protocol.CodeOf(err) != 0 {
		t.Errorf("the reader's error came back as %v", err)
	}
}

// TestStateIsNotShared: what is appended to a stored state stays out of the
// chains that follow.
func TestStateIsNotShared(t *testing.T) {
	a := vectors.NewAuthor("state", 1, nil)
	a.PublishN(4, 10)
	for i := range uint64(4) {
		a.Erase("privacy", 1, i+1)
		before := a.Chain
		after := a.Clone()
		after.Erase("legal", 1, 1)
		want := after.Chain.State().Encode()
		_ = append(before.State().Erased, protocol.Digest{1})
		_ = append(before.Controls(), protocol.InForce{})
		if !bytes.Equal(after.Chain.State().Encode(), want) {
			t.Fatal("appending to the state of one chain changed another")
		}
	}
}
