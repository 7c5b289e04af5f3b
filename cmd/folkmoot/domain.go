package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
)

// domainCmd groups what concerns the websites of bodies.
type domainCmd struct {
	Check domainCheckCmd `cmd:"" help:"Ask the website of a body now, and say what to publish there."`
	List  domainListCmd  `cmd:"" help:"List the domains that this node asks, and what they say."`
}

// Help is the long text of the subcommand.
func (domainCmd) Help() string {
	return `A body says in its "body" record which website is its own. Anybody can say so; whoever runs the website can say it back, in a file or in the DNS. Then the body is shown with its domain, and if the domain is one that only public bodies get (the setting public_domains), its role counts as verified.

A node asks each domain by itself, about once a week.

Examples:

    folkmoot domain check
    folkmoot domain check "Fenmarch Council"
    folkmoot domain list`
}

type domainCheckCmd struct {
	jsonFlag
	Body string `arg:"" optional:"" help:"Body, by its identifier, the beginning of it, or its name; by default this node's."`
}

// Run asks the website of a body.
func (c *domainCheckCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		body, err := a.bodyOrOwn(ctx, client, c.Body)
		if err != nil {
			return err
		}
		check, err := client.CheckDomain(ctx, body)
		if err != nil {
			return err
		}
		if c.JSON {
			err = a.printJSON(check)
		} else {
			showDomainCheck(a, &check)
		}
		if err == nil && check.Domain == nil {
			err = fmt.Errorf("%s does not name the body", check.Name)
		}
		return err
	})
}

func showDomainCheck(a *app, c *api.DomainCheck) {
	var t table
	t.row("file", plain(c.File.Where), wayText(&c.File))
	t.row("DNS", "TXT "+plain(c.DNS.Where), wayText(&c.DNS))
	t.write(a.stdout)
	if d := c.Domain; d != nil {
		fmt.Fprintf(a.stdout, "\nProven by its %s: %s names the body, checked on %s.\n", wayName(d.By), d.Name, d.CheckedOn)
		if !c.File.Names && !c.DNS.Names {
			fmt.Fprintln(a.stdout, "It could not be asked now. What was seen then counts for 30 days.")
		}
		return
	}
	fmt.Fprintf(a.stdout, `
Publish one of these at %s, and check again:

  the file https://%[1]s/.well-known/folkmoot, plain text with the line
    %s

  a TXT record in the DNS
    %s. TXT "%s"
`, c.Name, c.File.Publish, c.DNS.Where, c.DNS.Publish)
}

func wayName(by string) string {
	if by == "dns" {
		return "DNS record"
	}
	return by
}

// wayText says what one way of asking gave.
func wayText(w *api.DomainWay) string {
	var said []string
	switch {
	case w.Names:
		said = append(said, "names the body")
	case w.Answered && w.Others > 0:
		said = append(said, "names "+count(uint64(w.Others), "body, another one", "others")) //nolint:gosec // a count
	case w.Answered && len(w.Problems) == 0:
		said = append(said, "names no body")
	}
	for _, p := range w.Problems {
		said = append(said, clip(p, 200))
	}
	return strings.Join(said, "; ")
}

type domainListCmd struct{ jsonFlag }

// Run lists domains.
func (c *domainListCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		list, err := client.Domains(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(list)
		}
		if len(list) == 0 {
			fmt.Fprintln(a.stderr, `No body here names a website that can be asked, or the setting domain_checks is false.`)
			return nil
		}
		var t table
		t.row("DOMAIN", "CLAIMED BY", "PROVEN", "ASKED", "AGAIN", "")
		for _, d := range list {
			asked, again := "not yet", ""
			if d.Tried > 0 {
				asked, again = date(d.Tried), date(d.Next)
			}
			note := clip(strings.Join(d.Problems, "; "), 100)
			if len(d.Proven) > 0 && d.Public {
				note = "a public body's"
			} else if len(d.Proven) > 0 {
				note = ""
			}
			t.row(d.Name, count(uint64(d.Claimed), "body", "bodies"), grouped(uint64(len(d.Proven))), asked, again, note) //nolint:gosec // a count
		}
		t.write(a.stdout)
		return nil
	})
}

// domainText shows the domain of a body in a list.
func domainText(d *api.Domain) string {
	if d == nil {
		return "-"
	}
	return d.Name
}
