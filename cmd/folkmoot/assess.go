package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol/record"
)

type assessCmd struct {
	jsonFlag
	atFlag
	ID string `arg:"" help:"Identifier of a decision, or the beginning of it."`
}

// Help is the long text of the subcommand.
func (assessCmd) Help() string {
	return `A decision claims a method of handing over power. Whether it was one is computed from signed records: each rule is named with what was found, the records from which that follows, and what to do where it is open. The answer is this node's, as seen from the bodies that it trusts (the setting "roots"); another node may see it otherwise.

Signs: + it holds, ~ it holds by the parties' own dates, - it is open, . there is still time, * worth knowing.

Examples:

    folkmoot assess bafyreib2qxmvfxsd3x
    folkmoot assess bafyreib2qxmvfxsd3x --at 2026-06-30 --json`
}

// atFlag asks about another time than now.
type atFlag struct {
	At string `placeholder:"DATE" help:"Answer as of this day or moment, such as 2026-06-30, instead of now."`
}

// time is the moment that was given; zero when none was.
func (f *atFlag) time() (time.Time, error) {
	if f.At == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, f.At); err == nil {
		return t, nil
	}
	d, err := record.ParseDate(f.At)
	if err != nil {
		return time.Time{}, &usageError{text: fmt.Sprintf("--at %q is no date; write a day such as 2026-06-30, or a moment such as 2026-06-30T12:00:00Z", clip(f.At, 40))}
	}
	return d.Start(), nil
}

// Run assesses a decision.
func (c *assessCmd) Run(ctx context.Context, a *app) error {
	at, err := c.time()
	if err != nil {
		return err
	}
	return a.onEntry(ctx, c.ID, func(client *api.Client, d api.Entry) error {
		if err := ofKind(d, record.KindDecision, "assess"); err != nil {
			return err
		}
		out, err := client.Assessment(ctx, d.ID, at)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(out)
		}
		showAssessment(a.stdout, &out)
		a.sayHidden(out.Hidden)
		return nil
	})
}

// results say in words what a result means.
var results = map[register.Result]string{
	register.NoMethod:  "no method claimed: nothing to assess, and nothing held against it",
	register.Claimed:   "claimed: no rule of the method is shown to hold",
	register.Partly:    "partly evidenced",
	register.Evidenced: "evidenced: every rule holds",
	register.Contested: "contested: a body without an interest disputes it",
	register.Lapsed:    "lapsed: the mandate was not in force",
}

// decisionLabels say in words how a decision is shown.
var decisionLabels = map[string]string{
	"consultation": "a consultation: the public body set the agenda",
	"own":          "the body's own decision, without a mandate, as most are",
	"overridden":   "overridden: the public body used its reserved powers",
	"promise":      "under a political promise, not law",
}

var verdictSigns = map[register.Verdict]string{
	register.Holds: "+", register.ByOwnDates: "~", register.Unmet: "-", register.Pending: ".", register.Noted: "*",
}

func showAssessment(w io.Writer, a *api.Assessment) {
	fmt.Fprintln(w, citedText(a.Decision))
	fmt.Fprintln(w, "  by "+partyText(a.Body))
	if a.State != register.Standing {
		fmt.Fprintf(w, "  This decision is %s: it claims nothing any more.\n", a.State)
	}
	fmt.Fprintln(w)
	if a.Method != "" {
		fmt.Fprintln(w, "method      "+a.MethodLabel+", as the decision claims")
	}
	fmt.Fprintln(w, "assessment  "+assessmentText(a))
	if a.Mandate != nil {
		fmt.Fprintln(w, "mandate     "+citedText(*a.Mandate))
	}
	for _, l := range a.Labels {
		if text := decisionLabels[l]; text != "" {
			fmt.Fprintln(w, "shown as    "+text)
		}
	}
	if a.Until != nil {
		fmt.Fprintln(w, "may change  on "+date(*a.Until)+", by time alone")
	}
	for _, f := range a.Findings {
		fmt.Fprintln(w)
		wrapTo(w, fmt.Sprintf("%s %-4s ", verdictSigns[f.Verdict], f.Rule), plain(f.Sentence))
		if f.Remedy != "" && f.Verdict != register.Holds {
			wrapTo(w, "       ", plain(f.Remedy))
		}
		for _, e := range f.Evidence {
			fmt.Fprintln(w, "       "+citedText(e))
		}
		if f.MoreEvidence > 0 {
			fmt.Fprintf(w, "       and %d more\n", f.MoreEvidence)
		}
	}
	showSeenFrom(w, a.AsSeenFrom)
}

// assessmentText is the result with the rules that are open.
func assessmentText(a *api.Assessment) string {
	text := results[a.Result]
	var open, pending []string
	for _, f := range a.Findings {
		switch f.Verdict {
		case register.Unmet, register.ByOwnDates:
			if f.Rule[0] != 'G' {
				open = append(open, f.Rule)
			}
		case register.Pending:
			pending = append(pending, f.Rule)
		}
	}
	if a.Result == register.Claimed || a.Result == register.Partly || a.Result == register.Contested || a.Result == register.Lapsed {
		if len(open) > 0 {
			text += "; open: " + strings.Join(open, ", ")
		}
		if len(pending) > 0 {
			text += "; still time for: " + strings.Join(pending, ", ")
		}
	}
	return text
}

// showSeenFrom says whose judgement an answer is.
func showSeenFrom(w io.Writer, s api.SeenFrom) {
	names := make([]string, 0, len(s.Roots))
	for _, p := range s.Roots {
		names = append(names, bodyText(p))
	}
	fmt.Fprintln(w)
	wrapTo(w, "", plain(s.Note))
	if len(names) > 0 {
		wrapTo(w, "", "Roots: "+strings.Join(names, ", ")+".")
	}
}
