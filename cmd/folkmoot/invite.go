package main

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/node/api"
)

type inviteCmd struct{ jsonFlag }

// Help is the long text of the subcommand.
func (inviteCmd) Help() string {
	return `Needs a running node. The link names this network, this node and the addresses at which it can be reached; whoever has it can connect. It holds no secret of the body.

Examples:

    folkmoot invite
    folkmoot join "$(ssh clerk@council.example folkmoot invite)"`
}

// Run prints a link.
func (c *inviteCmd) Run(ctx context.Context, a *app) error {
	return a.withNode(func(client *api.Client) error {
		inv, err := client.Invite(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(inv)
		}
		fmt.Fprintln(a.stdout, inv.Link)
		return nil
	})
}
