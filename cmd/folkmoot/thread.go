package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

type threadCmd struct {
	jsonFlag
	ID string `arg:"" help:"Identifier of an entry, or the beginning of it."`
}

// Help is the long text of the subcommand.
func (threadCmd) Help() string {
	return `Everything that hangs together with one record, both ways: the mandate, the challenges, the decision, the answers, what was done, what came of it, what was learned, and who adopted that. The record that was asked for is marked with >.

Examples:

    folkmoot thread bafyreib2qxmvfxsd3x
    folkmoot thread bafyreib2qxmvfxsd3x --json | jq '.steps[].title'`
}

// Run shows a thread.
func (c *threadCmd) Run(ctx context.Context, a *app) error {
	return a.onEntry(ctx, c.ID, func(client *api.Client, e api.Entry) error {
		t, err := client.Thread(ctx, e.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(t)
		}
		showThread(a.stdout, &t)
		a.sayHidden(t.Hidden)
		return nil
	})
}

// stages name the parts of a thread.
var stages = map[register.Stage]string{
	register.StageMandate: "Mandate", register.StageChallenge: "Challenge", register.StageDecision: "Decision", register.StageResponse: "Response",
	register.StageProgress: "Progress", register.StageOutcome: "Outcome", register.StageLesson: "Lesson", register.StageAdoption: "Adoption elsewhere",
	register.StageOther: "Also",
}

func showThread(w io.Writer, t *api.Thread) {
	numbers := map[protocol.EntryID]int{}
	for i, s := range t.Steps {
		numbers[s.ID] = i + 1
	}
	stage := register.Stage("")
	for i, s := range t.Steps {
		if s.Stage != stage {
			if stage != "" {
				fmt.Fprintln(w)
			}
			stage = s.Stage
			fmt.Fprintln(w, stages[stage])
		}
		mark := " "
		if s.ID == t.Start.ID {
			mark = ">"
		}
		fmt.Fprintf(w, "%s %3d  %s\n", mark, i+1, citedText(s.Cited))
		var about []string
		if s.BodyName != "" {
			about = append(about, "by "+clip(s.BodyName, 48))
		}
		if s.State != register.Standing && s.Held {
			about = append(about, string(s.State))
		}
		if to := linkedTo(&s, numbers); to != "" {
			about = append(about, "names "+to)
		}
		if len(about) > 0 {
			fmt.Fprintln(w, "       "+strings.Join(about, ", "))
		}
	}
	if t.More {
		fmt.Fprintln(w, "\nThere is more: the thread is shown up to its limit.")
	}
}

// linkedTo lists the numbers of the steps that a step names.
func linkedTo(s *api.ThreadStep, numbers map[protocol.EntryID]int) string {
	var out []string
	seen := map[int]bool{}
	for _, l := range s.Links {
		if n := numbers[l.To]; n > 0 && !seen[n] {
			seen[n] = true
			out = append(out, fmt.Sprint(n))
		}
	}
	return strings.Join(out, ", ")
}
