package main

import (
	"context"
	"fmt"
	"io"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol/record"
)

type pathCmd struct {
	jsonFlag
	Place   string `arg:"" help:"Code or name of a place, such as E08000032."`
	Service string `arg:"" optional:"" help:"Name of a service; all that are in the place when left out."`
}

// Help is the long text of the subcommand.
func (pathCmd) Help() string {
	return `The way of a service in a place through the four methods of handing over power, from mandates and, where there was none, from decisions and reports that name a method. The further right a step stands, the more power is handed over: 1 operational engagement, 2 non-binding deliberation, 3 binding deliberation, 4 formal governance.

Examples:

    folkmoot path E08000032
    folkmoot path E08000032 "Parks and open spaces"`
}

// Run shows a path.
func (c *pathCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		p, err := client.Path(ctx, c.Place, c.Service)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(p)
		}
		defer a.sayHidden(p.Hidden)
		if len(p.Steps) == 0 {
			fmt.Fprintf(a.stderr, "No mandate, decision or report here names a method in the place %q. \"folkmoot summary\" lists places and services that there are.\n", plain(c.Place))
			return nil
		}
		showPath(a.stdout, &p)
		return nil
	})
}

func showPath(w io.Writer, p *api.Path) {
	fmt.Fprintln(w, "from        until       1   2   3   4")
	for i := range p.Steps {
		s := &p.Steps[i]
		until := "goes on"
		if !s.Until.IsZero() {
			until = s.Until.String()
		}
		lanes := ""
		for _, m := range record.Methods {
			mark := "."
			if m.Code == s.Method {
				mark = "o"
				switch {
				case s.Reported:
					mark = "?"
				case s.Move > 0:
					mark = ">"
				case s.Move < 0:
					mark = "<"
				}
			}
			lanes += mark + "   "
		}
		fmt.Fprintf(w, "%-10s  %-10s  %s%s\n", s.From, until, lanes, plain(s.MethodLabel))
		fmt.Fprintln(w, "            "+citedText(s.Cited))
		if s.State != register.Standing {
			fmt.Fprintf(w, "            %s\n", s.State)
		}
		if s.Decisions > 0 {
			fmt.Fprintln(w, "            "+count(uint64(s.Decisions), "decision", "decisions")+" under it") //nolint:gosec // it is positive
		}
	}
	fmt.Fprintln(w, "\no a step, > one that hands over more than the step before, < less, ? a report's account")
	if p.More {
		fmt.Fprintln(w, "The place has more records than were looked at: these are from the newest. Name a service.")
	}
	behind(w, p.Behind)
}

// behind says when an answer may lack what has just come.
func behind(w io.Writer, events uint64) {
	if events > 0 {
		fmt.Fprintf(w, "\nThe catalogue has %s still to take in; ask again in a moment.\n", count(events, "event", "events"))
	}
}
