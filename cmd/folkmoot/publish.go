package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/folkmoot/folkmoot/node/api"
)

type publishCmd struct {
	jsonFlag
	File  string `arg:"" help:"File with one record as JSON, or \"-\" for stdin."`
	Check bool   `help:"Only check the record; nothing is signed or written."`
}

// Help is the long text of the subcommand.
func (publishCmd) Help() string {
	return `A record is a JSON object. "kind" says what it is; every kind has "title", "lang", "licence" and "signed_as", the office that signs it, never a person's name. What is wrong or missing is explained; a record with a finding marked "must" is not published. When the command ends with exit code 0 the entry is on disk.

Examples:

    folkmoot publish decision.json
    folkmoot publish --check decision.json
    echo '{"kind": "challenge", "title": "Buses after six",
      "lang": "en", "licence": "CC-BY-4.0", "signed_as": "secretary",
      "question": "How can people get home after six?",
      "raised_by": "community"}' | folkmoot publish -`
}

// Run publishes or checks a record.
func (c *publishCmd) Run(ctx context.Context, a *app) error {
	record, err := c.read(a.stdin)
	if err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		published, err := client.Publish(ctx, record, c.Check)
		var refused *api.FindingsError
		if errors.As(err, &refused) {
			return c.refuse(a, refused)
		}
		if err != nil {
			return err
		}
		for _, f := range published.Findings {
			fmt.Fprintln(a.stderr, findingText(f))
		}
		return c.tell(a, published)
	})
}

func (c *publishCmd) tell(a *app, p api.Published) error {
	if c.JSON {
		return a.printJSON(p)
	}
	if p.Entry != nil {
		fmt.Fprintln(a.stdout, p.Entry.ID)
		return nil
	}
	for _, f := range p.Findings {
		if f.Severity == api.SeverityMust {
			return fmt.Errorf("%s cannot be published as it is", c.name())
		}
	}
	fmt.Fprintf(a.stderr, "%s can be published. Nothing was written.\n", c.name())
	return nil
}

func (c *publishCmd) refuse(a *app, e *api.FindingsError) error {
	if c.JSON {
		if err := a.printJSON(api.Published{Findings: e.Findings}); err != nil {
			return err
		}
	}
	for _, f := range e.Findings {
		fmt.Fprintln(a.stderr, findingText(f))
	}
	return fmt.Errorf("%s was not published: mend what is marked \"must\" and try again", c.name())
}

func (c *publishCmd) name() string {
	if c.File == "-" {
		return "the record"
	}
	return plain(c.File)
}

// read returns the record's bytes, of which more than the node takes are not
// read.
func (c *publishCmd) read(stdin io.Reader) ([]byte, error) {
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, &usageError{text: fmt.Sprintf("read the record: %v", err), command: "publish"}
		}
		defer f.Close() //nolint:errcheck // it was only read
		stdin = f
	}
	record, err := io.ReadAll(io.LimitReader(stdin, api.MaxRequest+1))
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	if len(record) > api.MaxRequest {
		return nil, fmt.Errorf("%s is longer than %d bytes: shorten it, or refer to a document by its address", c.name(), api.MaxRequest)
	}
	return record, nil
}
