package node

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/protocol"
)

func (n *Node) openCasebook(ctx context.Context) (err error) {
	n.casebook, err = casebook.Open(ctx, casebook.Config{Path: filepath.Join(n.cfg.Data, casebookFile), Now: n.cfg.Now})
	if err != nil {
		return err
	}
	return n.settle(ctx)
}

// settle finds out what became of publications that were begun when the node
// stopped. The ledger was just opened, so what it does not have was not written.
func (n *Node) settle(ctx context.Context) error {
	if n.own() == nil {
		return nil
	}
	attempts, err := n.casebook.Attempts(ctx, "")
	if err != nil {
		return err
	}
	for _, a := range attempts {
		id, err := n.findContent(a.Content, a.Position)
		switch {
		case errors.Is(err, ledger.ErrNotFound):
			// The log has to come back from other nodes first.
			return nil
		case err != nil:
			// The draft cannot be published until it is known; the rest goes on.
			n.log.WarnContext(ctx, "the log cannot be read to find out whether a draft was published", "draft", a.Draft, "error", err)
			continue
		case id.IsZero():
			err = n.casebook.Abandon(ctx, a.Content)
		default:
			_, err = n.casebook.Finish(ctx, a.Content, id)
			if errors.Is(err, casebook.ErrState) {
				// The draft says of itself which other entry it became.
				err = n.casebook.Abandon(ctx, a.Content)
			}
		}
		if err != nil {
			return err
		}
	}
	return n.settleProposals(ctx)
}

// settleProposals notes which proposals became entries when the node stopped.
func (n *Node) settleProposals(ctx context.Context) error {
	list, err := n.casebook.Proposals(ctx, casebook.ProposalOpen)
	if err != nil {
		return err
	}
	for i := range list {
		entry, err := n.findProposed(&list[i])
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err == nil {
			_, err = n.casebook.ProposalPublished(ctx, list[i].ID, entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// findProposed returns the entry of the log that a proposal became, or
// [ledger.ErrNotFound].
func (n *Node) findProposed(p *casebook.Proposal) (protocol.EntryID, error) {
	body := n.own().body
	if p.Kind != protocol.KindKeys {
		return n.ledger.Approved(body, protocol.HashOf(p.Payload))
	}
	chain, err := n.ledger.Chain(body)
	if err != nil {
		return protocol.EntryID{}, err
	}
	for _, f := range chain.Controls() {
		ev, err := n.ledger.Entry(f.ID)
		if err != nil {
			return protocol.EntryID{}, err
		}
		if bytes.Equal(ev.Entry.Envelope.Act, p.Payload) {
			return f.ID, nil
		}
	}
	return protocol.EntryID{}, ledger.ErrNotFound
}

// findContent returns the own entry whose content has a digest, from a position
// on; zero when the log has none. The log is read from there to its end.
func (n *Node) findContent(content protocol.Digest, from uint64) (protocol.EntryID, error) {
	length, err := n.length()
	if err != nil {
		return protocol.EntryID{}, err
	}
	for seq := from; seq < length; seq++ {
		ev, err := n.ledger.At(n.own().body, seq)
		if err != nil {
			return protocol.EntryID{}, err
		}
		if ev.Entry.Envelope.Content.Hash == content {
			return ev.Entry.ID, nil
		}
	}
	return protocol.EntryID{}, nil
}

// finish notes what an attempt became. The entry is in the log, so that nothing
// may fail any more: what cannot be noted now is noted at the next start.
func (n *Node) finish(ctx context.Context, content protocol.Digest, entry protocol.EntryID) {
	if _, err := n.casebook.Finish(context.WithoutCancel(ctx), content, entry); err != nil {
		n.log.ErrorContext(ctx, "what was published is not noted in the casebook yet; the next start of the node does it", "entry", entry, "error", err)
	}
}
