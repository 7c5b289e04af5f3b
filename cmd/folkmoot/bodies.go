package main

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/node/api"
)

type bodiesCmd struct{ jsonFlag }

// Help is the long text of the subcommand.
func (bodiesCmd) Help() string {
	return `Name and role are by each body's own word. A domain is shown while the body's website names the body: see "folkmoot domain". The identifier shown is enough to name the body in other commands.

Examples:

    folkmoot bodies
    folkmoot bodies --json`
}

// Run lists the bodies.
func (c *bodiesCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		bodies := []api.Body{}
		hidden := 0
		for b, err := range bodiesCounting(ctx, client, &hidden) {
			if err != nil {
				return err
			}
			bodies = append(bodies, b)
		}
		a.sayHidden(hidden)
		if c.JSON {
			return a.printJSON(bodies)
		}
		if len(bodies) == 0 {
			fmt.Fprintln(a.stderr, `No bodies yet. Make one with "folkmoot init", or join a network with "folkmoot join LINK" and "folkmoot serve".`)
			return nil
		}
		var t table
		t.row("BODY", "ENTRIES", "LAST", "ROLE", "DOMAIN", "NAME")
		for _, b := range bodies {
			name := clip(b.Name, 60)
			if b.Erased > 0 {
				name += " (" + grouped(b.Erased) + " erased)"
			}
			if b.Freeze != nil {
				name += " (" + b.Freeze.Kind + ": contradicts itself)"
			}
			t.row(short(b.ID), grouped(b.Length), date(b.At), plain(b.Role), domainText(b.Domain), name)
		}
		t.write(a.stdout)
		return nil
	})
}

// date is the day that an author claims.
func date(t api.Timestamp) string { return t.Time().Format("2006-01-02") }
