package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

type blockCmd struct {
	Body   string `arg:"" help:"Identifier of a body; or, of one that is held, the beginning of it or its name."`
	Reason string `required:"" help:"Why; kept on this node, for those who run it."`
}

// Help is the long text of the subcommand.
func (blockCmd) Help() string {
	return `Nothing of the body is taken or passed on any more, its word counts for nothing, and lists leave it out and say how many they left out. What is held of it stays on disk until the storage cap needs the room. Other nodes decide for themselves.

Examples:

    folkmoot block bafyreib2qxmvfxsd3x --reason "advertising"
    folkmoot unblock bafyreib2qxmvfxsd3x`
}

// Run blocks a body.
func (c *blockCmd) Run(ctx context.Context, a *app) error {
	if c.Reason == "" {
		return errNoReason
	}
	return a.onBody(ctx, c.Body, "It is blocked here from now on.", func(client *api.Client, body protocol.BodyID) error {
		return client.Block(ctx, body, c.Reason)
	})
}

type unblockCmd struct {
	Body string `arg:"" help:"As for \"block\"; \"folkmoot trust list\" shows those that are blocked."`
}

// Run takes a block back.
func (c *unblockCmd) Run(ctx context.Context, a *app) error {
	return a.onBody(ctx, c.Body, "It is blocked no more.", func(client *api.Client, body protocol.BodyID) error {
		return client.Unblock(ctx, body)
	})
}

type hideCmd struct {
	Entry  string `arg:"" help:"Identifier of an entry, or the beginning of it."`
	Reason string `required:"" help:"Why; kept on this node, for those who run it."`
}

// Help is the long text of the subcommand.
func (hideCmd) Help() string {
	return `Lists and searches leave the entry out and say how many they left out; the public pages of this node do not show it. It stays in the body's log, which could not be verified without it, and with other nodes.

Examples:

    folkmoot hide bafyreib2qxmvfxsd3x --reason "names a child"
    folkmoot unhide bafyreib2qxmvfxsd3x`
}

// Run hides an entry.
func (c *hideCmd) Run(ctx context.Context, a *app) error {
	if c.Reason == "" {
		return errNoReason
	}
	if err := mayBeEntry(c.Entry); err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		id, err := findEntry(ctx, client, c.Entry)
		if err != nil {
			return err
		}
		if err := client.Hide(ctx, id, c.Reason); err != nil {
			return err
		}
		fmt.Fprintln(a.stderr, "It is hidden here from now on.")
		return nil
	})
}

type unhideCmd struct {
	Entry string `arg:"" help:"Identifier of an entry; \"folkmoot trust list\" shows those that are hidden."`
}

// Run shows an entry again.
func (c *unhideCmd) Run(ctx context.Context, a *app) error {
	if err := mayBeEntry(c.Entry); err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		// Lists leave it out, so it is looked for among what is hidden.
		tr, err := client.Trust(ctx)
		if err != nil {
			return err
		}
		for _, x := range tr.Hidden {
			if !strings.HasPrefix(x.Entry.String(), c.Entry) {
				continue
			}
			if err := client.Unhide(ctx, x.Entry); err != nil {
				return err
			}
			fmt.Fprintln(a.stderr, "It is shown again.")
			return nil
		}
		return &usageError{text: fmt.Sprintf("%s is not hidden here; \"folkmoot trust list\" shows what is", c.Entry)}
	})
}

// errNoReason asks for one: whoever looks after the node later must know.
var errNoReason = &usageError{text: "say why with --reason, in at most 500 bytes"}

// sayHidden says how many a list left out, if any.
func (a *app) sayHidden(n int) {
	if n > 0 {
		fmt.Fprintf(a.stderr, "%d hidden here; \"folkmoot trust list\" shows what, and why.\n", n)
	}
}
