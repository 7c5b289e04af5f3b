package casebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// ProposalState says what became of a proposal.
type ProposalState string

// States of a proposal.
const (
	// ProposalOpen: approvals are being gathered.
	ProposalOpen ProposalState = "open"
	// ProposalPublished: it is an entry.
	ProposalPublished ProposalState = "published"
	// ProposalWithdrawn: nobody shall sign it any more.
	ProposalWithdrawn ProposalState = "withdrawn"
)

// MaxProposals is how many proposals can be open.
const MaxProposals = 200

// Proposal is an entry as it would be signed, put before the officers: they sign
// its very bytes, which therefore are made before and kept here.
type Proposal struct {
	ID    string        `json:"id"`
	State ProposalState `json:"state"`
	Kind  protocol.Kind `json:"kind"`
	// Payload is the content of a record, or the act of a `keys` or `erase` entry.
	Payload []byte `json:"payload"`
	// Control is the entry that set the control whose officers are asked.
	Control protocol.EntryID `json:"control"`
	// Draft and Revision are what it was made from; empty and 0 without one.
	Draft    string `json:"draft,omitempty"`
	Revision int    `json:"revision,omitempty"`
	// Place is where a change of control will stand; nil for other kinds, whose
	// approvals name no position.
	Place   *Place    `json:"place,omitempty"`
	Created time.Time `json:"created"`
	// Entry is what it became.
	Entry *protocol.EntryID `json:"entry,omitempty"`
	// Approvals are those that were gathered, the first first.
	Approvals []Approval `json:"approvals"`
}

// Place is where a change of control stands in the log.
type Place struct {
	Seq   uint64        `json:"seq"`
	Root  protocol.Root `json:"root"`
	Under uint64        `json:"under"`
}

// Approval is what an officer, or the holder of a recovery key, signed.
type Approval struct {
	// Key is the signer's, Office what the control calls it; empty for a
	// recovery key.
	Key    []byte `json:"-"`
	Office string `json:"office,omitempty"`
	// Signed is the approval itself, see [protocol.DecodeApproval].
	Signed []byte    `json:"signed"`
	At     time.Time `json:"at"`
}

// Propose adds a proposal, and returns it with its ID. An open proposal of the
// same draft is withdrawn by it. It returns [ErrFull] when [MaxProposals] are open.
func (c *Casebook) Propose(ctx context.Context, p Proposal) (Proposal, error) {
	err := c.write(ctx, func(tx *sql.Tx) (err error) {
		var draft, revision, seq, root, under any
		if p.Draft != "" {
			if _, err := tx.ExecContext(ctx, "UPDATE proposals SET state = 'withdrawn' WHERE draft = ? AND state = 'open'", p.Draft); err != nil {
				return err
			}
			draft, revision = p.Draft, p.Revision
		}
		if p.Place != nil {
			seq, root, under = int64(p.Place.Seq), p.Place.Root[:], int64(p.Place.Under)
		}
		var open int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM proposals WHERE state = 'open'").Scan(&open); err != nil {
			return err
		}
		if open >= MaxProposals {
			return fmt.Errorf("%w: %d proposals are open; publish or withdraw some", ErrFull, open)
		}
		if p.ID, err = newID(ctx, tx, "proposals"); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO proposals (id, state, kind, payload, control, draft, revision, seq, root, under, created)
			VALUES (?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			p.ID, string(p.Kind), p.Payload, p.Control[:], draft, revision, seq, root, under, c.millis())
		if err != nil {
			return err
		}
		p, err = proposalOf(ctx, tx, p.ID)
		return err
	})
	if err != nil {
		return Proposal{}, fmt.Errorf("propose: %w", err)
	}
	return p, nil
}

// Proposal returns a proposal by its ID or the beginning of it.
func (c *Casebook) Proposal(ctx context.Context, id string) (Proposal, error) {
	var p Proposal
	err := c.read(ctx, func(q querier) (err error) {
		p, err = proposalOf(ctx, q, id)
		return err
	})
	return p, err
}

// Proposals lists the proposals in a state, or all if it is empty, the last first.
func (c *Casebook) Proposals(ctx context.Context, state ProposalState) ([]Proposal, error) {
	var out []Proposal
	err := c.read(ctx, func(q querier) error {
		var ids []string
		err := rows(ctx, q, func(scan func(...any) error) error {
			ids = append(ids, "")
			return scan(&ids[len(ids)-1])
		}, "SELECT id FROM proposals WHERE ? IN ('', state) ORDER BY created DESC, id LIMIT 1000", string(state))
		if err != nil {
			return err
		}
		for _, id := range ids {
			p, err := proposalOf(ctx, q, id)
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the proposals: %w", err)
	}
	return out, nil
}

// Approve adds what somebody signed to a proposal that is open, in the place of
// what the same key signed before. It returns [ErrState] for one that is not.
func (c *Casebook) Approve(ctx context.Context, id string, a Approval) (Proposal, error) {
	var p Proposal
	err := c.write(ctx, func(tx *sql.Tx) (err error) {
		if p, err = proposalOf(ctx, tx, id); err != nil {
			return err
		}
		if err := p.takesChanges(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO approvals (proposal, key, office, approval, at) VALUES (?, ?, ?, ?, ?)",
			p.ID, a.Key, a.Office, a.Signed, c.millis())
		if err != nil {
			return err
		}
		p, err = proposalOf(ctx, tx, p.ID)
		return err
	})
	if err != nil {
		return Proposal{}, fmt.Errorf("note an approval: %w", err)
	}
	return p, nil
}

// Withdraw closes a proposal that shall not be signed. To withdraw one again
// changes nothing; one that was published gives [ErrState].
func (c *Casebook) Withdraw(ctx context.Context, id string) (Proposal, error) {
	return c.closeProposal(ctx, id, ProposalWithdrawn, nil)
}

// ProposalPublished notes the entry that a proposal became.
func (c *Casebook) ProposalPublished(ctx context.Context, id string, entry protocol.EntryID) (Proposal, error) {
	return c.closeProposal(ctx, id, ProposalPublished, entry[:])
}

func (c *Casebook) closeProposal(ctx context.Context, id string, state ProposalState, entry []byte) (Proposal, error) {
	var p Proposal
	err := c.write(ctx, func(tx *sql.Tx) (err error) {
		if p, err = proposalOf(ctx, tx, id); err != nil || p.State == state {
			return err
		}
		if err := p.takesChanges(); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE proposals SET state = ?, entry = ? WHERE id = ?", string(state), entry, p.ID); err != nil {
			return err
		}
		p, err = proposalOf(ctx, tx, p.ID)
		return err
	})
	if err != nil {
		return Proposal{}, fmt.Errorf("close a proposal: %w", err)
	}
	return p, nil
}

func (p *Proposal) takesChanges() error {
	if p.State == ProposalOpen {
		return nil
	}
	return fmt.Errorf("proposal %s is %s: %w", p.ID, p.State, ErrState)
}

// proposalOf reads a proposal by its ID or the beginning of it.
func proposalOf(ctx context.Context, q querier, id string) (Proposal, error) {
	id, err := find(ctx, q, "proposal", id)
	if err != nil {
		return Proposal{}, err
	}
	p := Proposal{ID: id, Approvals: []Approval{}}
	var control, root, entry []byte
	var seq, under sql.NullInt64
	var created int64
	err = q.QueryRowContext(ctx, `SELECT state, kind, payload, control, coalesce(draft, ''), coalesce(revision, 0), seq, root, under, created, entry
		FROM proposals WHERE id = ?`, id).Scan(&p.State, &p.Kind, &p.Payload, &control, &p.Draft, &p.Revision, &seq, &root, &under, &created, &entry)
	if errors.Is(err, sql.ErrNoRows) {
		return Proposal{}, fmt.Errorf("proposal %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return Proposal{}, err
	}
	copy(p.Control[:], control)
	p.Created = timeOf(created)
	if seq.Valid {
		p.Place = &Place{Seq: uint64(seq.Int64), Under: uint64(under.Int64)}
		copy(p.Place.Root[:], root)
	}
	if entry != nil {
		p.Entry = new(protocol.EntryID)
		copy(p.Entry[:], entry)
	}
	err = rows(ctx, q, func(scan func(...any) error) error {
		var a Approval
		var at int64
		err := scan(&a.Key, &a.Office, &a.Signed, &at)
		a.At = timeOf(at)
		p.Approvals = append(p.Approvals, a)
		return err
	}, "SELECT key, office, approval, at FROM approvals WHERE proposal = ? ORDER BY at, key", id)
	return p, err
}
