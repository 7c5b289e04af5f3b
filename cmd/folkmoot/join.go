package main

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/node/api"
)

type joinCmd struct {
	Link string `arg:"" help:"The link that \"folkmoot invite\" printed on a member's node."`
}

// Help is the long text of the subcommand.
func (joinCmd) Help() string {
	return `Needs a running node. It connects to the node that made the link, stays connected, and fetches what it is missing.

Examples:

    folkmoot join folkmoot:...`
}

// Run follows a link.
func (c *joinCmd) Run(ctx context.Context, a *app) error {
	return a.withNode(func(client *api.Client) error {
		if err := client.Join(ctx, c.Link); err != nil {
			return err
		}
		fmt.Fprintln(a.stderr, `Joined. "folkmoot bodies" shows what has come so far.`)
		return nil
	})
}
