package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
)

// proposalCmd groups what can be done with proposals.
type proposalCmd struct {
	List     proposalListCmd     `cmd:"" help:"List what was put before the officers."`
	Show     proposalShowCmd     `cmd:"" help:"Show a proposal, or write the file that officers sign."`
	Add      proposalAddCmd      `cmd:"" help:"Add approvals that officers sent back."`
	Publish  proposalPublishCmd  `cmd:"" help:"Sign a proposal that was approved, and put it in the log."`
	Withdraw proposalWithdrawCmd `cmd:"" help:"Close a proposal that shall not be published."`
}

// Help is the long text of the subcommand.
func (proposalCmd) Help() string {
	return `What officers must approve is proposed first: they sign the very bytes that will be published. Give each the file, let them sign it with "folkmoot approve", and add what they send back. No connection is needed for it.

Examples:

    folkmoot draft propose k7m -o lamps.json
    folkmoot proposal list
    folkmoot proposal add chair.approval secretary.approval
    folkmoot proposal publish q4w`
}

// proposalArg names a proposal.
type proposalArg struct {
	Proposal string `arg:"" help:"ID of a proposal, or the first three or more characters of it."`
}

type proposalListCmd struct {
	jsonFlag
	All bool `help:"List those that were published or withdrawn as well."`
}

// Run lists proposals.
func (c *proposalListCmd) Run(ctx context.Context, a *app) error {
	state := casebook.ProposalOpen
	if c.All {
		state = ""
	}
	return a.with(func(client *api.Client) error {
		list, err := client.Proposals(ctx, state)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(list)
		}
		if len(list) == 0 {
			fmt.Fprintln(a.stderr, "Nothing waits for approval. \"folkmoot draft propose\" puts a draft before the officers.")
		}
		var t table
		for _, p := range list {
			t.row(p.ID, string(p.Kind), string(p.State), fmt.Sprintf("%d of %d approve", p.Count, p.Needed), clip(proposedTitle(&p), 50))
		}
		t.write(a.stdout)
		return nil
	})
}

type proposalShowCmd struct {
	jsonFlag
	proposalArg
	Output string `short:"o" placeholder:"FILE" type:"path" help:"Write it to this file, for officers to sign."`
}

// Run shows a proposal.
func (c *proposalShowCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		p, err := client.Proposal(ctx, c.Proposal)
		if err != nil {
			return err
		}
		if c.Output != "" {
			return a.writeProposal(&p, c.Output)
		}
		if c.JSON {
			return a.printJSON(p)
		}
		if err := showProposal(a.stdout, &p); err != nil {
			return err
		}
		showApprovals(a.stdout, &p)
		return nil
	})
}

// writeProposal writes the file that officers sign.
func (a *app) writeProposal(p *api.Proposal, path string) error {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%s is what the officers look at and sign: folkmoot approve %s --key FILE\n", plain(path), plain(path))
	return nil
}

type proposalAddCmd struct {
	jsonFlag
	Files []string `arg:"" name:"file" type:"existingfile" help:"File that an officer wrote with \"folkmoot approve\"."`
}

// Run adds approvals.
func (c *proposalAddCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		var last api.Proposal
		for _, path := range c.Files {
			s, err := readApproval(path)
			if err != nil {
				return err
			}
			if last, err = client.Approve(ctx, s.Proposal, s.Signed); err != nil {
				return fmt.Errorf("%s: %w", plain(path), err)
			}
		}
		if c.JSON {
			return a.printJSON(last)
		}
		showApprovals(a.stdout, &last)
		return nil
	})
}

func readApproval(path string) (signedApproval, error) {
	var s signedApproval
	b, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil || s.Proposal == "" || len(s.Signed) == 0 {
		return s, fmt.Errorf("%s is not what \"folkmoot approve\" writes", plain(path))
	}
	return s, nil
}

type proposalPublishCmd struct {
	jsonFlag
	proposalArg
	Unapproved bool `help:"Publish it though approvals are short; every reader is shown that."`
}

// Run publishes a proposal.
func (c *proposalPublishCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		p, err := client.PublishProposal(ctx, c.Proposal, c.Unapproved)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(p)
		}
		fmt.Fprintln(a.stdout, p.Entry)
		return nil
	})
}

type proposalWithdrawCmd struct {
	jsonFlag
	proposalArg
}

// Run withdraws a proposal.
func (c *proposalWithdrawCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		p, err := client.WithdrawProposal(ctx, c.Proposal)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(p)
		}
		fmt.Fprintf(a.stderr, "Proposal %s is withdrawn. What officers signed for it is worth nothing.\n", p.ID)
		return nil
	})
}

// draftProposeCmd puts a draft before the officers.
type draftProposeCmd struct {
	jsonFlag
	confirmFlags
	draftArg
	Revision int    `placeholder:"N" help:"Propose only if this is still the present revision."`
	Output   string `short:"o" placeholder:"FILE" type:"path" help:"Write the file that officers sign."`
}

// Run proposes a draft.
func (c *draftProposeCmd) Run(ctx context.Context, a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		p, err := client.ProposeDraft(ctx, c.Draft, c.Revision, c.confirm())
		if err != nil {
			return a.tellPublished("draft "+plain(c.Draft), api.Published{}, c.JSON, err)
		}
		if c.JSON {
			if err := a.printJSON(p); err != nil {
				return err
			}
		} else {
			fmt.Fprintln(a.stdout, p.ID)
			fmt.Fprintf(a.stderr, "Put before the officers: %s must approve.\n", count(p.Needed, "of them", "of them"))
		}
		if c.Output != "" {
			return a.writeProposal(&p, c.Output)
		}
		return nil
	})
}

// showApprovals says who approved, and who has still to.
func showApprovals(w interface{ Write([]byte) (int, error) }, p *api.Proposal) {
	for i, held := range p.Approvals {
		who := plain(held.Office)
		if who == "" {
			who = "a recovery key"
		}
		fmt.Fprintf(w, "approved by %s on %s: %s\n", who, held.At.Format("2006-01-02"), strings.ReplaceAll(string(p.Verdicts[i]), "_", " "))
	}
	fmt.Fprintf(w, "%d of %d approvals\n", p.Count, p.Needed)
	if len(p.Missing) > 0 {
		fmt.Fprintf(w, "still to ask: %s\n", plain(strings.Join(p.Missing, ", ")))
	}
	if p.Void != "" {
		fmt.Fprintln(w, p.Void)
	}
}
