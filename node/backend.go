package node

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/sharing"
)

// backend is what the API's handlers see of a node.
type backend struct{ node *Node }

var _ api.Node = backend{}

// Missing implements [api.Node].
func (b backend) Missing() []string {
	var missing []string
	n := b.node
	if n.network != nil && !n.running.Load() {
		missing = append(missing, "the node is not running yet")
	}
	if behind := n.behind(); behind > maxBehind {
		missing = append(missing, fmt.Sprintf("the catalogue is %d events behind", behind))
	}
	stats, err := n.ledger.Stats()
	switch {
	case err != nil:
		missing = append(missing, "the ledger does not answer")
	case stats.FreeBytes > 0 && stats.FreeBytes < uint64(n.cfg.DiskFloor):
		missing = append(missing, "too little disk space is free to write")
	}
	return missing
}

// maxBehind is how many events the catalogue may be behind in a node that is
// ready: what arrived just now.
const maxBehind = 1000

// Status implements [api.Node].
func (b backend) Status(context.Context) (api.Status, error) {
	n := b.node
	stats, err := n.ledger.Stats()
	if err != nil {
		return api.Status{}, fmt.Errorf("totals of the ledger: %w", err)
	}
	s := api.Status{
		Version: n.cfg.version(), Network: n.cfg.Network, Data: n.cfg.Data, PID: os.Getpid(),
		Running: n.running.Load(), Started: api.Timestamp(n.started.Unix()), HTTP: n.URL(), Addrs: n.Addrs(),
		Bodies: stats.Bodies, Entries: stats.Entries, Events: stats.Events, Frozen: stats.Frozen, Behind: n.behind(),
		Trust: n.cfg.Trust, Stored: stats.Bytes, StorageCap: uint64(n.cfg.StorageCap),
		DiskBytes: stats.DiskBytes, FreeBytes: stats.FreeBytes, Missing: b.Missing(),
	}
	n.trust.mu.Lock()
	s.Blocked, s.Hidden = len(n.trust.lists.Blocked), len(n.trust.lists.Hidden)
	n.trust.mu.Unlock()
	if s.Held, err = n.held(); err != nil {
		return api.Status{}, fmt.Errorf("find out what keeps the node from publishing: %w", err)
	}
	if n.network != nil {
		s.Peer, s.Peers = n.network.ID().String(), len(n.network.Peers())
		s.Waiting, s.Heard = len(n.network.Waiting()), len(n.network.Heard())
	}
	if id, ok := n.Body(); ok {
		s.Body = &id
		if s.BodyName, s.BodyRole, err = n.reader.Profile(id); err != nil {
			return api.Status{}, err
		}
		if s.Erased, err = n.ledger.Erased(id); err != nil {
			return api.Status{}, err
		}
	}
	return s, nil
}

// Peers implements [api.Node].
func (b backend) Peers() ([]api.Peer, error) {
	if b.node.network == nil {
		return nil, api.ErrOffline
	}
	peers := []api.Peer{}
	for _, p := range b.node.network.Peers() {
		out := api.Peer{
			ID: p.ID.String(), Direction: p.Direction, Named: p.Named, Since: api.Timestamp(p.Since.Unix()),
			Entries: p.Entries, Agrees: p.Agrees, Score: p.Score, Software: p.Software,
		}
		if !p.LastPull.IsZero() {
			out.LastPull = api.Timestamp(p.LastPull.Unix())
		}
		for _, a := range p.Addrs {
			out.Addrs = append(out.Addrs, a.String())
		}
		if !p.Body.IsZero() {
			out.Body = &p.Body
			name, _, err := b.node.reader.Profile(p.Body)
			if err != nil {
				return nil, err
			}
			out.BodyName = name
		}
		peers = append(peers, out)
	}
	return peers, nil
}

// Invite implements [api.Node].
func (b backend) Invite(context.Context) (api.Invite, error) {
	if b.node.network == nil {
		return api.Invite{}, api.ErrOffline
	}
	invite, err := b.node.network.Invite()
	if err != nil {
		return api.Invite{}, fmt.Errorf("make an invitation: %w", err)
	}
	return api.Invite{Link: invite.String()}, nil
}

// Join implements [api.Node].
func (b backend) Join(ctx context.Context, link string) error {
	if b.node.network == nil {
		return api.ErrOffline
	}
	invite, err := sharing.ParseInvite(link)
	if err != nil {
		return api.BadRequest("The link cannot be followed: " + err.Error())
	}
	if invite.Network != b.node.cfg.Network {
		return api.BadRequest(fmt.Sprintf("The link leads to the network %q, this node is in %q. A node is in one network: use another data directory for the other.",
			invite.Network, b.node.cfg.Network))
	}
	if err := b.node.network.Connect(ctx, invite); err != nil {
		return fmt.Errorf("follow the link: %w", err)
	}
	return b.node.trust.invite(ctx, invite.Body)
}

// Publish implements [api.Node].
func (b backend) Publish(ctx context.Context, text []byte, format string, how api.Publishing) (api.Published, error) {
	return b.node.publishText(ctx, text, format, how)
}

// Erase implements [api.Node].
func (b backend) Erase(ctx context.Context, e api.Erasing) (api.Erased, error) {
	return b.node.Erase(ctx, e)
}

// Confirm implements [api.Node].
func (b backend) Confirm(ctx context.Context, a api.Assurance) error { return b.node.confirm(ctx, a) }

// Backup implements [api.Node].
func (b backend) Backup(ctx context.Context, w io.Writer, key bool) error {
	return b.node.Backup(ctx, w, key)
}

// PublishDraft implements [api.Node].
func (b backend) PublishDraft(ctx context.Context, id string, revision int, how api.Publishing) (api.Published, error) {
	return b.node.publishDraft(ctx, id, revision, how)
}

// ProposeDraft implements [api.Node].
func (b backend) ProposeDraft(ctx context.Context, id string, revision int, how api.Publishing) (api.Proposal, error) {
	return b.node.proposeDraft(ctx, id, revision, how)
}

// ProposeControl implements [api.Node].
func (b backend) ProposeControl(ctx context.Context, edit api.ControlEdit) (api.Proposal, error) {
	return b.node.proposeControl(ctx, edit)
}

// Proposal implements [api.Node].
func (b backend) Proposal(ctx context.Context, id string) (api.Proposal, error) {
	p, err := b.node.casebook.Proposal(ctx, id)
	if err != nil {
		return api.Proposal{}, err
	}
	return b.node.tellProposal(p)
}

// Proposals implements [api.Node].
func (b backend) Proposals(ctx context.Context, state casebook.ProposalState) ([]api.Proposal, error) {
	list, err := b.node.casebook.Proposals(ctx, state)
	if err != nil {
		return nil, err
	}
	out := make([]api.Proposal, len(list))
	for i, p := range list {
		if out[i], err = b.node.tellProposal(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Approve implements [api.Node].
func (b backend) Approve(ctx context.Context, id string, signed []byte) (api.Proposal, error) {
	return b.node.approve(ctx, id, signed)
}

// WithdrawProposal implements [api.Node].
func (b backend) WithdrawProposal(ctx context.Context, id string) (api.Proposal, error) {
	return b.node.withdrawProposal(ctx, id)
}

// PublishProposal implements [api.Node].
func (b backend) PublishProposal(ctx context.Context, id string, unapproved bool) (api.Proposal, error) {
	return b.node.publishProposal(ctx, id, unapproved)
}
