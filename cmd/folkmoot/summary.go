package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

type summaryCmd struct {
	jsonFlag
	Kind    string `placeholder:"KIND" help:"What to count: decision (the default) or report, or any other kind."`
	Place   string `placeholder:"CODE" help:"Only of this place."`
	Service string `placeholder:"NAME" help:"Only of this service."`
	Network string `placeholder:"CODE" help:"Only of bodies whose network shares this: place, need or interest."`
	Method  string `placeholder:"CODE" help:"Only what claims this method."`
	Depth   string `placeholder:"CODE" help:"Only of this depth of participation."`
	Body    string `placeholder:"BODY" help:"Only of this body."`
	From    string `placeholder:"DATE" help:"Not before this day, month or year."`
	To      string `placeholder:"DATE" help:"Not after this day, month or year."`
}

// Help is the long text of the subcommand.
func (summaryCmd) Help() string {
	return `Counts what is held by the four questions: the type of service, the nature of the network, the method of handing over power, and the depth of participation; and by place and year. Under each stands how many do not say.

Examples:

    folkmoot summary
    folkmoot summary --kind report
    folkmoot summary --method binding_deliberation --from 2025 --json`
}

// Run counts.
func (c *summaryCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		body, err := filterBody(ctx, client, c.Body)
		if err != nil {
			return err
		}
		s, err := client.Summary(ctx, api.SummaryQuery{
			Kind: protocol.Kind(c.Kind), Place: c.Place, Service: c.Service, Network: c.Network, Method: c.Method, Depth: c.Depth,
			Body: body, From: c.From, To: c.To,
		})
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(s)
		}
		showSummary(a.stdout, &s)
		return nil
	})
}

func showSummary(w io.Writer, s *api.Summary) {
	noun := plain(string(s.Kind))
	fmt.Fprintln(w, count(uint64(max(s.Total, 0)), noun, noun+"s"))
	if s.Total == 0 {
		fmt.Fprintln(w, "Nothing here is of that kind and passes the filters. \"folkmoot log\" lists what there is.")
	}
	for _, q := range []struct {
		title string
		axis  *api.Axis
	}{
		{"Type of service", &s.Service},
		{"Nature of the network", &s.Network},
		{"Method", &s.Method},
		{"Depth of participation", &s.Depth},
		{"Place", &s.Place},
		{"Year", &s.Year},
	} {
		if s.Total > 0 {
			showAxis(w, q.title, q.axis, s.Total)
		}
	}
	behind(w, s.Behind)
}

// barWidth is how many characters stand for all.
const barWidth = 24

func showAxis(w io.Writer, title string, a *api.Axis, total int) {
	fmt.Fprintln(w, "\n"+title)
	var t table
	row := func(label string, n int) {
		share := float64(n) / float64(total)
		bar := strings.Repeat("#", int(math.Round(share*barWidth)))
		t.row(" ", label, grouped(uint64(max(n, 0))), fmt.Sprintf("%3.0f%%", 100*share), bar)
	}
	for _, c := range a.Counts {
		row(clip(orElse(c.Label, c.Value), 36), c.N)
	}
	if a.Others > 0 {
		row("(others)", a.Others)
	}
	if a.Missing > 0 {
		row("(not said)", a.Missing)
	}
	t.write(w)
}
