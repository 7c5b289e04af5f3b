package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// keysCmd groups what can be done with a body's keys.
type keysCmd struct {
	Show    keysShowCmd    `cmd:"" help:"Show who may speak for a body, now and before, and what its log gave up."`
	Rotate  keysRotateCmd  `cmd:"" help:"Put a new signing key in the place of the present one."`
	Recover keysRecoverCmd `cmd:"" help:"Take back a body whose key was stolen or lost."`
	Disown  keysDisownCmd  `cmd:"" help:"Give up what stands in the log from a position on, and say so."`
}

// Help is the long text of the subcommand.
func (keysCmd) Help() string {
	return `The signing key lies on this machine and signs what the body publishes. A set of recovery words is stronger than anything that the key can sign; it is used once, and new words take its place. Where the officers' quorum for "keys" is set, they can do the same by signing a proposal (--propose), but never change the recovery words.

Nothing is deleted by a change: what a log gives up stays visible, with who gave it up, when and why.

Examples:

    folkmoot keys show
    folkmoot keys rotate --words -
    folkmoot keys recover --from 12
    folkmoot keys disown --from 12 --reason fork`
}

type keysShowCmd struct {
	jsonFlag
	Body string `arg:"" optional:"" help:"Body, by its identifier, the beginning of it, or its name; by default this node's."`
}

// Run shows the controls of a body.
func (c *keysShowCmd) Run(ctx context.Context, a *app) error {
	controls, err := a.controls(ctx, c.Body)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.printJSON(controls)
	}
	showControls(a, &controls)
	return nil
}

// controls are those of the body that was named, or of the node's own.
func (a *app) controls(ctx context.Context, arg string) (controls api.Controls, err error) {
	err = a.with(func(client *api.Client) error {
		body, err := a.bodyOrOwn(ctx, client, arg)
		if err != nil {
			return err
		}
		controls, err = client.Controls(ctx, body)
		return err
	})
	return controls, err
}

// bodyOrOwn finds the body that was named, or the node's own.
func (a *app) bodyOrOwn(ctx context.Context, client *api.Client, arg string) (protocol.BodyID, error) {
	if arg != "" {
		return findBody(ctx, client, arg)
	}
	return ownBody(ctx, client)
}

func showControls(a *app, c *api.Controls) {
	if c.Frozen {
		fmt.Fprintf(a.stdout, "The log is FROZEN after %s: it contradicts itself, and a set of recovery words decides how it goes on.\n\n", count(c.Length, "entry", "entries"))
	}
	var t table
	for i, at := range c.Controls {
		by := "founded"
		if at.By != "" {
			by = at.Control.Reason + ", by " + at.By
		}
		state := ""
		if i == len(c.Controls)-1 {
			state = "in force"
		}
		t.row(fmt.Sprint(at.Seq), at.At.String(), by, "key "+at.Control.Key[:16], state)
	}
	t.write(a.stdout)
	last := c.Controls[len(c.Controls)-1].Control
	fmt.Fprintf(a.stdout, "\n%s of recovery words can change this.\n", count(uint64(len(last.Recovery)), "set", "sets"))
	showOfficers(a.stdout, last)
	if len(c.GivenUp) == 0 {
		return
	}
	fmt.Fprintln(a.stdout, "\nGiven up:")
	var given table
	for _, g := range c.GivenUp {
		why := "while the log is frozen"
		if g.By != nil {
			why = fmt.Sprintf("%s on %s by %s", g.By.Control.Reason, g.By.At, g.By.By)
		}
		if !g.Disclosed {
			why += ", UNDISCLOSED"
		}
		given.row("  "+fmt.Sprint(g.Entry.Seq), short(g.Entry.ID), string(g.Entry.Kind), clip(g.Entry.Title, 40), why)
	}
	given.write(a.stdout)
	if c.MoreGivenUp > 0 {
		fmt.Fprintf(a.stdout, "  and %d more\n", c.MoreGivenUp)
	}
}

// keysFlags are those of every change of the signing key.
type keysFlags struct {
	jsonFlag
	wordsFlag
	Propose bool          `help:"Let the officers sign, in the place of recovery words."`
	Alone   string        `placeholder:"WORDS" help:"Do not ask peers for the log first: why you are certain that nobody holds later entries of the body."`
	Wait    time.Duration `placeholder:"TIME" default:"2m" help:"How long peers have to answer for the log (default ${default})."`
}

type keysRotateCmd struct{ keysFlags }

// Run changes the signing key.
func (c *keysRotateCmd) Run(ctx context.Context, a *app) error {
	return c.change(ctx, a, "", api.ControlEdit{Reason: protocol.ReasonRotation}, "A new key signs from now on.")
}

type keysRecoverCmd struct {
	keysFlags
	Body   string  `placeholder:"BODY" help:"Body to take back on a machine that has no key yet; its log must be held here, and the node stopped."`
	From   *uint64 `placeholder:"SEQ" help:"Give up what stands in the log from this position on; without it all of it is kept."`
	Reason string  `placeholder:"REASON" default:"key_stolen" enum:"key_stolen,restore,fork,rotation" help:"key_stolen (the default), restore, fork or rotation; everybody sees it."`
}

// Run takes a body back.
func (c *keysRecoverCmd) Run(ctx context.Context, a *app) error {
	edit := api.ControlEdit{Reason: c.Reason, From: c.From}
	return c.change(ctx, a, c.Body, edit, "The body is this node's. What the old key signs from now on counts for nothing.")
}

type keysDisownCmd struct {
	keysFlags
	From   uint64 `required:"" placeholder:"SEQ" help:"The first position that is given up."`
	Reason string `required:"" placeholder:"REASON" enum:"key_stolen,restore,fork,rotation" help:"key_stolen, restore, fork or rotation; everybody sees it."`
}

// Run gives up the end of the log.
func (c *keysDisownCmd) Run(ctx context.Context, a *app) error {
	return c.change(ctx, a, "", api.ControlEdit{Reason: c.Reason, From: &c.From}, "What was given up stays visible as disowned, with this change as the reason.")
}

// change makes one change of control. body is empty for the node's own.
func (c *keysFlags) change(ctx context.Context, a *app, body string, edit api.ControlEdit, done string) error {
	if c.Propose && c.Words != "" {
		return &usageError{text: "either recovery words sign, or officers with --propose"}
	}
	with := func(use func(*api.Client) error) error { return a.withRunning(ctx, use) }
	if body != "" {
		with = a.with // a node takes up a body when it starts
	}
	return with(func(client *api.Client) error {
		id, err := a.bodyOrOwn(ctx, client, strings.TrimSpace(body))
		if err != nil {
			return err
		}
		if c.Alone != "" {
			if err := client.Confirm(ctx, api.Assurance{What: api.ConfirmAlone, Reason: c.Alone}); err != nil {
				return err
			}
		}
		edit.Body = &id
		p, err := a.changeControl(ctx, client, id, edit, c)
		if err != nil {
			return err
		}
		return a.tellChange(p, c.JSON, done)
	})
}
