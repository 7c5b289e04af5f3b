package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/node/api"
)

type owedCmd struct {
	jsonFlag
	atFlag
	By      string `placeholder:"BODY" help:"Only what this body owes or was asked."`
	Asker   string `placeholder:"BODY" help:"Only what this body asked."`
	State   string `placeholder:"STATE" help:"Only in this state, such as overdue, no_response, obligation_missing, waiting, underway or met."`
	Late    bool   `help:"Only what is late."`
	All     bool   `help:"What is settled too."`
	Place   string `placeholder:"CODE" help:"Only of this place."`
	Service string `placeholder:"NAME" help:"Only of this service."`
	DueFrom string `placeholder:"DATE" help:"Not due before this day, month or year."`
	DueTo   string `placeholder:"DATE" help:"Not due after this day, month or year."`
	Sums    bool   `help:"Count by body instead of listing; takes --by, --place, --service and --at."`
	Limit   int    `placeholder:"N" default:"200" help:"List at most this many (default 200); 0 for all."`
}

// Help is the long text of the subcommand.
func (owedCmd) Help() string {
	return `Lists what bodies were asked and what they undertook, the longest late first and then the soonest due. Owed is what stems from a mandate that the body itself granted, or from its own commitment; everything else is asked, and never late. The first date counts, however often it was moved.

Examples:

    folkmoot owed --late
    folkmoot owed --by "Fenmarch Council (example)"
    folkmoot owed --sums
    folkmoot owed --late --json | jq -r '.by.name'

With --json there is one object a line.`
}

// Run lists or counts what is owed.
func (c *owedCmd) Run(ctx context.Context, a *app) error {
	at, err := c.time()
	if err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		q := api.OwedQuery{
			State: register.DutyState(c.State), Late: c.Late, All: c.All, Place: c.Place, Service: c.Service,
			DueFrom: c.DueFrom, DueTo: c.DueTo, At: at,
		}
		if q.By, err = filterBody(ctx, client, c.By); err != nil {
			return err
		}
		if q.Asker, err = filterBody(ctx, client, c.Asker); err != nil {
			return err
		}
		if c.Sums {
			return c.sums(ctx, a, client, q)
		}
		return c.list(ctx, a, client, q)
	})
}

// list asks for page after page.
func (c *owedCmd) list(ctx context.Context, a *app, client *api.Client, q api.OwedQuery) error {
	listed, hidden := 0, 0
	for {
		q.Limit = api.MaxOwed
		if c.Limit > 0 {
			q.Limit = min(q.Limit, c.Limit-listed)
		}
		page, err := client.Owed(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Duties {
			if c.JSON {
				err = a.printLine(&page.Duties[i])
			} else {
				showDuty(a.stdout, &page.Duties[i], time.Unix(int64(page.At), 0)) //nolint:gosec // a date of this age
			}
			if err != nil {
				return err
			}
		}
		listed += len(page.Duties)
		hidden += page.Hidden
		q.After = page.Next
		if page.Next != "" && (c.Limit == 0 || listed < c.Limit) {
			continue
		}
		if !c.JSON {
			a.sayHidden(hidden)
		}
		return c.end(a, &page, listed)
	}
}

// end says what a list does not show.
func (c *owedCmd) end(a *app, page *api.Owed, listed int) error {
	if c.JSON {
		return nil
	}
	switch {
	case listed == 0 && c.Late:
		fmt.Fprintln(a.stderr, "Nothing is late.")
	case listed == 0:
		fmt.Fprintln(a.stderr, "Nothing is owed or asked that passes the filters. --all lists what is settled too.")
	case page.Next != "":
		fmt.Fprintf(a.stderr, "There are more: these are the first %d. --limit 0 lists all.\n", listed)
	}
	behind(a.stderr, page.Behind)
	return nil
}

// dutyStates say in words how a duty stands.
var dutyStates = map[register.DutyState]string{
	register.Asked: "asked, not owed", register.Waiting: "waiting for an answer", register.NoResponse: "NO RESPONSE",
	register.ObligationMissing: "OBLIGATION MISSING", register.Answered: "answered", register.Underway: "under way", register.Overdue: "OVERDUE",
	register.NotMet: "not met, by its own word", register.PartlyMet: "partly met, by its own word", register.MetByOwnWord: "met, by its own word",
	register.Met: "met, as the asker attests",
}

func showDuty(w io.Writer, d *api.Duty, now time.Time) {
	head := dutyStates[d.State]
	if d.Late && d.LateFrom != nil {
		days := int(now.Sub(time.Unix(int64(*d.LateFrom), 0)).Hours()/24) + 1 //nolint:gosec // a date of this age
		head += fmt.Sprintf(", %s late", count(uint64(max(days, 1)), "day", "days"))
	}
	if !d.Due.IsZero() {
		head = fmt.Sprintf("%-10s  %s", d.Due, head)
	} else {
		head = "no date     " + head
	}
	fmt.Fprintln(w, head)
	what := orElse(d.Action, d.Ref)
	if d.Kind == register.DutyAnswer {
		what = "answer to: " + what
	}
	wrapTo(w, "            ", plain(what))
	by := "by " + bodyText(d.By)
	if d.Office != "" {
		by += ", " + clip(d.Office, 40)
	}
	if d.To != nil {
		by += ", for " + bodyText(*d.To)
	}
	wrapTo(w, "            ", by)
	fmt.Fprintln(w, "            "+citedText(d.Decision))
	if n := len(d.Moved); n > 0 {
		last := d.Moved[n-1]
		moved := fmt.Sprintf("date moved %s, last to %s", times(n), last.Due)
		if last.Reasons != "" {
			moved += ": " + plain(last.Reasons)
		}
		wrapTo(w, "            ", moved)
	}
	fmt.Fprintln(w)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (c *owedCmd) sums(ctx context.Context, a *app, client *api.Client, q api.OwedQuery) error {
	var given []string
	for name, is := range map[string]bool{"--asker": c.Asker != "", "--state": c.State != "", "--late": c.Late, "--all": c.All, "--due-from": c.DueFrom != "", "--due-to": c.DueTo != ""} {
		if is {
			given = append(given, name)
		}
	}
	if len(given) > 0 {
		return &usageError{text: fmt.Sprintf("--sums counts every state; leave %s out", strings.Join(given, " and "))}
	}
	s, err := client.OwedSums(ctx, q)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.printJSON(s)
	}
	if len(s.Bodies) == 0 {
		fmt.Fprintln(a.stderr, "Nobody owes anything or was asked anything.")
		return nil
	}
	var t table
	t.row("BODY", "LATE", "OVERDUE", "NO RESPONSE", "MISSING", "OPEN", "ASKED", "SETTLED", "MOVED", "OLDEST DUE")
	for i := range s.Bodies {
		b := &s.Bodies[i]
		oldest := ""
		if b.OldestDue != nil {
			oldest = date(*b.OldestDue)
		}
		n := func(n int) string { return grouped(uint64(max(n, 0))) }
		t.row(clip(bodyText(b.Body), 32), n(b.Late), n(b.Overdue), n(b.NoResponse), n(b.ObligationMissing), n(b.Open), n(b.Asked), n(b.Settled), n(b.Moved), oldest)
	}
	t.write(a.stdout)
	behind(a.stderr, s.Behind)
	return nil
}
