package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol/record"
)

type spreadCmd struct {
	jsonFlag
	ID string `arg:"" help:"Identifier of a lesson, or the beginning of it."`
}

// Help is the long text of the subcommand.
func (spreadCmd) Help() string {
	return `What became of a lesson elsewhere: who adopted it, what they changed, and whether it worked there. Distinct bodies count, without the author, its fiscal host and those that it funds; "known" are those that this node knows without the author's help, since anybody can found a body that adopts.

Example:

    folkmoot spread bafyreib2qxmvfxsd3x`
}

// Run shows what became of a lesson.
func (c *spreadCmd) Run(ctx context.Context, a *app) error {
	return a.onEntry(ctx, c.ID, func(client *api.Client, e api.Entry) error {
		if err := ofKind(e, record.KindLesson, "spread"); err != nil {
			return err
		}
		s, err := client.Spread(ctx, e.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(s)
		}
		showSpread(a.stdout, &s)
		a.sayHidden(s.Hidden)
		return nil
	})
}

func showSpread(w io.Writer, s *api.Spread) {
	fmt.Fprintln(w, citedText(s.Lesson))
	fmt.Fprintf(w, "Adopted by %s, %d of them known here.\n", count(uint64(max(s.Bodies, 0)), "body", "bodies"), s.Known)
	if len(s.Tries)+s.Hidden == 0 {
		fmt.Fprintln(w, "Nobody has said yet what became of it elsewhere. A record of the kind \"adoption\" does.")
	}
	for i := range s.Tries {
		t := &s.Tries[i]
		fmt.Fprintln(w)
		known := "not known here"
		if t.Known {
			known = "known here"
		}
		fmt.Fprintf(w, "%s (%s): %s\n", bodyText(t.By), known, strings.ToLower(orElse(plain(t.StatusLabel), plain(t.Status), string(t.State))))
		fmt.Fprintln(w, "  "+citedText(t.Cited))
		if !t.Adopts && t.Excluded != "" {
			wrapTo(w, "  not counted: ", plain(t.Excluded))
		}
		for _, line := range []struct{ heading, text string }{
			{"  why: ", t.Why},
			{"  changed: ", t.Changes},
			{"  there it became: ", record.Directions.Label(t.Direction)},
			{"  worked there: ", record.Verdicts.Label(t.Worked)},
		} {
			if line.text != "" {
				wrapTo(w, line.heading, plain(line.text))
			}
		}
	}
	if s.MoreTries > 0 {
		fmt.Fprintf(w, "\nand %d more\n", s.MoreTries)
	}
	showSeenFrom(w, s.AsSeenFrom)
}

// orElse is the first text that is not empty.
func orElse(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
