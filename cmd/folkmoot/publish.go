package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/node/api"
)

type publishCmd struct {
	jsonFlag
	confirmFlags
	unapprovedFlag
	File  string `arg:"" help:"File with one record as JSON or YAML, or \"-\" for stdin."`
	Check bool   `help:"Only check the record; nothing is signed or written."`
}

// Help is the long text of the subcommand.
func (publishCmd) Help() string {
	return `A record is a list of fields, in JSON or YAML. "kind" says what it is; "folkmoot new KIND" writes one to be filled in. Every kind has "title", "lang", "licence" and "signed_as", the office that signs it, never a person's name. What is wrong or missing is explained; a record with a finding marked "must" is not published. When the command ends with exit code 0 the entry is on disk.

What is published stays for ever, so passages that look like somebody's personal data (e-mail addresses, telephone and National Insurance numbers, full postcodes, titles with a name) are shown in their place first. Change the text, or let each stand by its ID with --confirm; who did so and why is kept in the casebook, which never leaves the node. Counts of 1 to 4 in a breakdown are left out.

Examples:

    folkmoot publish decision.yaml
    folkmoot publish --check decision.json
    folkmoot publish decision.yaml --confirm 1f2e3d4c5b6a7988 --reason "the hall's own line" --by clerk
    echo '{"kind": "challenge", "title": "Buses after six",
      "lang": "en", "licence": "CC-BY-4.0", "signed_as": "secretary",
      "question": "How can people get home after six?",
      "raised_by": "community"}' | folkmoot publish -`
}

// Run publishes or checks a record.
func (c *publishCmd) Run(ctx context.Context, a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	text, err := a.readRecord(c.File)
	if err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		var out api.Published
		if c.Check {
			out, err = client.Publish(ctx, text, true)
		} else {
			how := c.confirm()
			how.Unapproved = c.Unapproved
			out, err = client.PublishConfirmed(ctx, text, how)
		}
		return a.tellPublished(c.name(), out, c.JSON, err)
	})
}

// tellPublished tells what became of a record, or why it was refused.
func (a *app) tellPublished(name string, p api.Published, asJSON bool, err error) error {
	var refused *api.FindingsError
	var private *api.PrivacyError
	switch {
	case errors.As(err, &refused):
		p.Findings, p.Hits = refused.Findings, refused.Hits
	case errors.As(err, &private):
		p.Findings, p.Hits = private.Findings, private.Hits
	case err != nil:
		return err
	}
	if asJSON {
		if err := a.printJSON(p); err != nil {
			return err
		}
	}
	tellFindings(a.stderr, p.Findings)
	tellHits(a.stderr, p.Hits, p.Confirmed)
	switch {
	case refused != nil:
		return fmt.Errorf("%s was not published: mend what is marked \"must\" and try again", name)
	case private != nil:
		return fmt.Errorf("%s was not published: change the passages that may be personal data, or confirm each", name)
	case p.Entry != nil && !asJSON:
		fmt.Fprintln(a.stdout, p.Entry.ID)
	case p.Entry == nil:
		return a.tellChecked(name, &p)
	}
	return nil
}

// tellChecked says whether a record that was only checked can be published.
func (a *app) tellChecked(name string, p *api.Published) error {
	open := len(p.Hits) - len(p.Confirmed)
	for _, f := range p.Findings {
		if f.Severity == api.SeverityMust {
			return fmt.Errorf("%s cannot be published as it is", name)
		}
	}
	if open > 0 {
		return fmt.Errorf("%s cannot be published before %s changed or confirmed", name, passages(open))
	}
	fmt.Fprintf(a.stderr, "%s can be published. Nothing was written.\n", name)
	return nil
}

func passages(n int) string {
	if n == 1 {
		return "the passage that may be personal data is"
	}
	return fmt.Sprintf("the %d passages that may be personal data are", n)
}

func (c *publishCmd) name() string {
	if c.File == "-" {
		return "the record"
	}
	return plain(c.File)
}
