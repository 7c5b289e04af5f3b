package casebook

import (
	"bytes"
	"errors"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
)

func TestProposals(t *testing.T) {
	c, _ := book(t)
	ctx := t.Context()
	d := create(t, c, "Lamps")
	first, err := c.Propose(ctx, Proposal{Kind: "decision", Payload: []byte("one"), Control: protocol.EntryID{1}, Draft: d.ID, Revision: 1})
	if err != nil || first.State != ProposalOpen || first.Place != nil || first.Draft != d.ID || len(first.ID) != idLength {
		t.Fatalf("%+v %v", first, err)
	}
	// A newer proposal of the same draft takes its place.
	second, err := c.Propose(ctx, Proposal{Kind: "decision", Payload: []byte("two"), Control: protocol.EntryID{1}, Draft: d.ID, Revision: 1})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := c.Propose(ctx, Proposal{Kind: "keys", Payload: []byte("act"), Control: protocol.EntryID{2}, Place: &Place{Seq: 7, Root: protocol.Root{9}, Under: 3}})
	if err != nil || *keys.Place != (Place{Seq: 7, Root: protocol.Root{9}, Under: 3}) {
		t.Fatalf("%+v %v", keys, err)
	}
	if p, err := c.Proposal(ctx, first.ID); err != nil || p.State != ProposalWithdrawn {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := c.Approve(ctx, first.ID, Approval{Key: []byte("k"), Signed: []byte("s")}); !errors.Is(err, ErrState) {
		t.Errorf("a withdrawn proposal is approved: %v", err)
	}
	for _, a := range []Approval{{Key: []byte("k"), Office: "chair", Signed: []byte("s")}, {Key: []byte("l"), Office: "clerk", Signed: []byte("t")}, {Key: []byte("k"), Office: "chair", Signed: []byte("u")}} {
		if _, err := c.Approve(ctx, second.ID[:3], a); err != nil {
			t.Fatal(err)
		}
	}
	p, err := c.Proposal(ctx, second.ID)
	if err != nil || len(p.Approvals) != 2 {
		t.Fatalf("%+v %v", p, err)
	}
	for _, a := range p.Approvals {
		if want := map[string]string{"chair": "u", "clerk": "t"}[a.Office]; !bytes.Equal(a.Signed, []byte(want)) {
			t.Errorf("%+v", a)
		}
	}
	entry := protocol.EntryID{5}
	for range 2 {
		if p, err = c.ProposalPublished(ctx, second.ID, entry); err != nil || p.State != ProposalPublished || *p.Entry != entry {
			t.Fatalf("%+v %v", p, err)
		}
	}
	if _, err := c.Withdraw(ctx, second.ID); !errors.Is(err, ErrState) {
		t.Errorf("what was published is withdrawn: %v", err)
	}
	if _, err := c.Proposal(ctx, "zzz"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	for state, want := range map[ProposalState]int{"": 3, ProposalOpen: 1, ProposalPublished: 1, ProposalWithdrawn: 1} {
		if list, err := c.Proposals(ctx, state); err != nil || len(list) != want {
			t.Errorf("%q: %d proposals, want %d: %v", state, len(list), want, err)
		}
	}
	for range MaxProposals - 1 {
		if _, err := c.Propose(ctx, Proposal{Kind: "keys", Payload: []byte("act")}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Propose(ctx, Proposal{Kind: "keys", Payload: []byte("act")}); !errors.Is(err, ErrFull) {
		t.Errorf("one more than the limit: %v", err)
	}
}
