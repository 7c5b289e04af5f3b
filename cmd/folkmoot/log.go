package main

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

type logCmd struct {
	jsonFlag
	Body string `arg:"" optional:"" help:"Identifier of a body, the beginning of it, or its name; all bodies when left out."`
}

// Help is the long text of the subcommand.
func (logCmd) Help() string {
	return `For one body the entries stand in the order of its log; for all of them in the order in which they came here, which differs from node to node. With --json there is one object a line.

Examples:

    folkmoot log
    folkmoot log bafyreib2qxmvfxsd3x
    folkmoot log "Marsh Lane Residents' Forum (example)" --json`
}

// Run lists entries.
func (c *logCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		if c.Body == "" {
			return c.arrivals(ctx, a, client)
		}
		body, err := findBody(ctx, client, c.Body)
		if err != nil {
			return err
		}
		var t table
		t.row("SEQ", "ENTRY", "DATE", "KIND", "TITLE")
		hidden := 0
		defer func() { a.sayHidden(hidden) }()
		for e, err := range allLog(ctx, client, body, &hidden) {
			if err != nil {
				return err
			}
			if c.JSON {
				if err := a.printLine(e); err != nil {
					return err
				}
				continue
			}
			t.row(fmt.Sprint(e.Seq), short(e.ID), date(e.At), string(e.Kind), titleOf(e))
		}
		if !c.JSON {
			t.write(a.stdout)
		}
		return nil
	})
}

func (c *logCmd) arrivals(ctx context.Context, a *app, client *api.Client) error {
	var t table
	t.row("EVENT", "ENTRY", "DATE", "KIND", "BODY", "TITLE")
	hidden := 0
	defer func() { a.sayHidden(hidden) }()
	var dropped protocol.BodyID
	for ev, err := range eventsCounting(ctx, client, api.EventQuery{}, &hidden) {
		switch {
		case err != nil:
			return err
		case c.JSON:
			if err := a.printLine(ev); err != nil {
				return err
			}
		case ev.Type == "dropped":
			// A mark stands in the place of each entry that the log had.
			if ev.Body != dropped {
				t.row(fmt.Sprint(ev.Event), "", "", ev.Type, short(ev.Body), "to make room")
			}
			dropped = ev.Body
		case ev.Entry == nil:
			t.row(fmt.Sprint(ev.Event), "", "", ev.Type, short(ev.Body), fmt.Sprintf("positions %v", ev.Positions))
		default:
			e := *ev.Entry
			t.row(fmt.Sprint(ev.Event), short(e.ID), date(e.At), string(e.Kind), nameOf(e), titleOf(e))
		}
	}
	if c.JSON {
		return nil
	}
	if len(t.rows) == 1 {
		fmt.Fprintln(a.stderr, `No entries yet. "folkmoot publish FILE" adds one of your own; "folkmoot serve" fetches those of others.`)
		return nil
	}
	t.write(a.stdout)
	return nil
}

// nameOf is the body's name or, when it has none, its identifier.
func nameOf(e api.Entry) string {
	if e.BodyName == "" {
		return short(e.Body)
	}
	return clip(e.BodyName, 36)
}

func titleOf(e api.Entry) string {
	if text := erasedText(&e); text != "" {
		return "(" + text + ")"
	}
	if e.Approvals != nil && e.Approvals.Unapproved {
		return "UNAPPROVED: " + clip(e.Title, 58)
	}
	return clip(e.Title, 70)
}
