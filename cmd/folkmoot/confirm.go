package main

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/node/api"
)

type confirmCmd struct {
	What   string `arg:"" enum:"alone,clock" help:"alone: nobody holds later entries of the body; clock: the clock of this machine is right."`
	Reason string `required:"" placeholder:"WORDS" help:"Why it is so; the words stay in the node's log."`
	By     string `placeholder:"OFFICE" help:"The office that confirms."`
}

// Help is the long text of the subcommand.
func (confirmCmd) Help() string {
	return `Needs a running node, and holds until it stops. A node whose log was shared asks two peers for it at every start before it publishes: an old backup or a second machine would else make the body contradict itself, which freezes its log everywhere. "folkmoot status" says what it waits for. Confirm only what you know: who is wrong needs the recovery words.

Examples:

    folkmoot confirm alone --reason "both peers are down for good, and this disk was never restored" --by clerk
    folkmoot confirm clock --reason "checked against time.gov.uk"`
}

// Run gives the node an officer's word.
func (c *confirmCmd) Run(ctx context.Context, a *app) error {
	return a.withNode(func(client *api.Client) error {
		if err := client.Confirm(ctx, api.Assurance{What: c.What, Reason: c.Reason, By: c.By}); err != nil {
			return err
		}
		fmt.Fprintln(a.stderr, "Confirmed until the node stops.")
		return nil
	})
}
