package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

type trustCmd struct {
	List   trustListCmd   `cmd:"" default:"withargs" help:"List roots, listed and blocked bodies, hidden entries, and who waits."`
	Add    trustAddCmd    `cmd:"" help:"Trust a body: keep its log, and those of whom it vouches for."`
	Remove trustRemoveCmd `cmd:"" help:"Take that back."`
	Why    trustWhyCmd    `cmd:"" help:"Say whether a body's log is kept here, and why."`
}

// Help is the long text of the subcommand.
func (trustCmd) Help() string {
	return `A node keeps the logs of its own body, of roots, of bodies that are listed, and, unless the setting "trust" says otherwise, of those that roots reach over mandates and attestations. Others wait: the beginnings of their logs, as far as there is room.

Examples:

    folkmoot trust
    folkmoot trust why bafyreib2qxmvfxsd3x
    folkmoot trust add bafyreib2qxmvfxsd3xh7rkzw2avt4h5c6n4hvhx3q2m7vcy6dwbxr2gsxu
    folkmoot trust add --keep-only "Marsh Lane Forum (example)"
    folkmoot trust remove bafyreib2qxmvfxsd3x`
}

type trustListCmd struct{ jsonFlag }

// Run lists what the node's trust follows from.
func (c *trustListCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		tr, err := client.Trust(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(tr)
		}
		var t table
		t.row("policy", policyWords(tr))
		limit := "no cap"
		if tr.StorageCap > 0 {
			limit = "of others at most " + bytesText(tr.StorageCap)
		}
		t.row("stored", bytesText(tr.Stored)+", "+limit)
		for _, x := range tr.Roots {
			t.row("root", x.Body.String(), named(x.Name), "by "+x.From)
		}
		for _, x := range tr.Listed {
			t.row("listed", x.Body.String(), named(x.Name), "by "+x.From)
		}
		for _, x := range tr.Blocked {
			t.row("blocked", x.Body.String(), named(x.Name), plain(x.Reason))
		}
		for _, x := range tr.Hidden {
			t.row("hidden", x.Entry.String(), "(entry)", plain(x.Reason))
		}
		for _, x := range tr.Aside {
			t.row("set aside", x.Body.String(), "for want of room", bytesText(x.Bytes))
		}
		for _, x := range tr.Waiting {
			t.row("waiting", x.Body.String(), named(x.Name), count(uint64(x.Entries), "entry", "entries")+", brought by "+plain(x.Peer))
		}
		t.write(a.stdout)
		if n := len(tr.Heard); n > 0 {
			fmt.Fprintf(a.stderr, "Peers told of %s; --json lists them.\n", count(uint64(n), "body that is not kept", "bodies that are not kept"))
		}
		return nil
	})
}

func policyWords(tr api.Trust) string {
	switch tr.Policy {
	case "open":
		return "open: every body is kept"
	case "listed":
		return "listed: roots and listed bodies are kept"
	default:
		return fmt.Sprintf("vouched: whom roots reach within %s is kept", count(uint64(tr.Hops), "mandate or attestation", "mandates and attestations"))
	}
}

func named(name string) string {
	if name == "" {
		return "(no name known)"
	}
	return clip(name, 40)
}

type trustAddCmd struct {
	Body     string `arg:"" help:"Identifier of a body; or, of one that is held, the beginning of it or its name."`
	KeepOnly bool   `help:"Keep its log, but let its word count for nothing."`
}

// Run makes a body a root, or lists it.
func (c *trustAddCmd) Run(ctx context.Context, a *app) error {
	as, done := api.AsRoot, "It is a root from now on: its log is kept, and those of whom it vouches for."
	if c.KeepOnly {
		as, done = api.AsListed, "Its log is kept from now on."
	}
	return a.onBody(ctx, c.Body, done, func(client *api.Client, body protocol.BodyID) error { return client.AddTrust(ctx, body, as) })
}

type trustRemoveCmd struct {
	Body string `arg:"" help:"As for \"trust add\"."`
}

// Run takes a body off the lists.
func (c *trustRemoveCmd) Run(ctx context.Context, a *app) error {
	return a.onBody(ctx, c.Body, `It is no root and not listed any more; "folkmoot trust why" says whether it is kept all the same.`,
		func(client *api.Client, body protocol.BodyID) error { return client.RemoveTrust(ctx, body) })
}

// onBody finds the body, does something with it, and says what was done.
func (a *app) onBody(ctx context.Context, arg, done string, do func(*api.Client, protocol.BodyID) error) error {
	return a.with(func(client *api.Client) error {
		body, err := findKnown(ctx, client, arg)
		if err != nil {
			return err
		}
		if err := do(client, body); err != nil {
			return err
		}
		fmt.Fprintln(a.stderr, done)
		return nil
	})
}

// findKnown is findBody that knows those as well who are blocked, wait, or were
// heard of.
func findKnown(ctx context.Context, client *api.Client, arg string) (protocol.BodyID, error) {
	if !protocol.MayBeID(arg) {
		tr, err := client.Trust(ctx)
		if err != nil {
			return protocol.BodyID{}, err
		}
		found := make(map[protocol.BodyID]bool)
		look := func(body protocol.BodyID, name string) {
			if isPrefix(arg) && strings.HasPrefix(body.String(), arg) || name != "" && strings.EqualFold(name, arg) {
				found[body] = true
			}
		}
		for _, x := range tr.Blocked {
			look(x.Body, x.Name)
		}
		for _, x := range append(tr.Roots, tr.Listed...) {
			look(x.Body, x.Name)
		}
		for _, x := range tr.Waiting {
			look(x.Body, "")
			if len(found) == 0 && strings.EqualFold(x.Name, arg) {
				return protocol.BodyID{}, &usageError{text: fmt.Sprintf("a stranger calls itself %q, as anybody can; give its identifier, once you know from it that it is: %s", plain(arg), x.Body)}
			}
		}
		for _, x := range tr.Heard {
			look(x.Body, "")
		}
		if len(found) == 1 {
			for body := range found {
				return body, nil
			}
		}
	}
	return findBody(ctx, client, arg)
}

type trustWhyCmd struct {
	jsonFlag
	Body string `arg:"" help:"As for \"trust add\"."`
}

// Run says why a body is kept, or not.
func (c *trustWhyCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		body, err := findKnown(ctx, client, c.Body)
		if err != nil {
			return err
		}
		why, err := client.Why(ctx, body)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(why)
		}
		fmt.Fprintln(a.stdout, whyWords(&why))
		for i, step := range why.Path {
			word := "vouched for by the one before"
			switch {
			case i == 0:
				word = "a root"
			case i == len(why.Path)-1:
				word = "this body, " + word
			}
			fmt.Fprintf(a.stdout, "  %d. %s %s: %s\n", i+1, short(step.Body), named(step.Name), word)
		}
		fmt.Fprintln(a.stdout, "Held: "+heldWords(&why))
		return nil
	})
}

func whyWords(w *api.Why) string {
	switch w.Ground {
	case "own":
		return "Kept: it is this node's own body."
	case "root":
		return "Kept: it is a root of trust."
	case "listed":
		return "Kept: it is listed."
	case "open":
		return "Kept: this node keeps every body."
	case "reached":
		return fmt.Sprintf("Kept: a root reaches it in %s.", count(uint64(len(w.Path)-1), "step", "steps")) //nolint:gosec // a path has a body at least
	case "set_aside":
		return "Set aside: there was too little room for it under the storage cap."
	case "blocked":
		return "Refused: blocked here, for this reason: " + plain(w.Reason)
	default:
		return "Not kept: no root reaches it, and it is not listed."
	}
}

func heldWords(w *api.Why) string {
	words := count(w.Held, "entry", "entries")
	if w.Waiting > 0 {
		words += fmt.Sprintf(", and %d wait", w.Waiting)
	}
	if w.Heard > 0 {
		words += fmt.Sprintf("; a peer says there are %s", grouped(w.Heard))
	}
	return words
}
