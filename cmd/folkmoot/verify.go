package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

type verifyCmd struct {
	jsonFlag
	What string `arg:"" optional:"" name:"what" help:"An exported file, the identifier of a body or an entry, or \"-\" for a file on stdin; everything held when left out."`
}

// Help is the long text of the subcommand.
func (verifyCmd) Help() string {
	return `Every signature, every chain and every hash is checked again from the stored bytes. A file is checked from itself alone: neither a node nor a data directory is needed. Exit code 14 says that something does not hold.

Examples:

    folkmoot verify
    folkmoot verify bafyreib2qxmvfxsd3x
    folkmoot verify ledger.car`
}

// Run verifies what was named.
func (c *verifyCmd) Run(ctx context.Context, a *app) error {
	if c.What == "-" {
		return c.file(ctx, a, "stdin", a.stdin)
	}
	f, err := os.Open(c.What)
	switch {
	case c.What == "":
		return c.held(ctx, a)
	case err == nil:
		defer f.Close() //nolint:errcheck // it was only read
		return c.file(ctx, a, c.What, f)
	case errors.Is(err, fs.ErrNotExist):
		if !isPrefix(c.What) && !protocol.MayBeID(c.What) {
			return &usageError{text: fmt.Sprintf("there is no file %q, and it is no identifier either", plain(c.What))}
		}
		return c.held(ctx, a)
	default:
		return err
	}
}

// file verifies an export.
func (c *verifyCmd) file(ctx context.Context, a *app, name string, r io.Reader) error {
	p := a.progress()
	report, err := api.VerifyExport(&watchedReader{ctx: ctx, r: r, p: p, name: name})
	p.done()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		if errors.Is(err, api.ErrAltered) {
			err = errors.Join(errDoesNotHold, err)
		}
		return fmt.Errorf("%s: %w", name, oneLine(err))
	}
	if c.JSON {
		return a.printJSON(report)
	}
	fmt.Fprintf(a.stdout, "%s: sound: %s of %s on the network %q%s\n", plain(name),
		count(report.Entries, "entry", "entries"), count(report.Bodies, "body", "bodies"), report.Network,
		exceptions(report.Erased, report.Frozen))
	if report.Missing > 0 {
		fmt.Fprintf(a.stderr, "%s without content, though nothing erased it: the node that made the file did not hold it, or does not show it.\n",
			count(report.Missing, "entry is", "entries are"))
	}
	return nil
}

// held verifies what the data directory holds.
func (c *verifyCmd) held(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		scope, err := c.scope(ctx, client)
		if err != nil {
			return err
		}
		p := a.progress()
		report, err := client.Verify(ctx, scope, func(v api.VerifyProgress) {
			p.say("%s of %s entries checked", grouped(v.Entries), grouped(v.Total))
		})
		p.done()
		if err != nil {
			return err
		}
		if c.JSON {
			if err := a.printJSON(report); err != nil {
				return err
			}
		} else if report.OK() {
			fmt.Fprintf(a.stdout, "sound: %s of %s%s\n", count(report.Entries, "entry", "entries"),
				count(report.Bodies, "body", "bodies"), exceptions(report.Erased, report.Frozen))
			if report.Missing > 0 {
				fmt.Fprintf(a.stderr, "%s without content so far; other nodes are asked for it.\n", count(report.Missing, "entry is", "entries are"))
			}
		}
		if report.OK() {
			return nil
		}
		for _, problem := range report.Problems {
			fmt.Fprintf(a.stderr, "%s: %s\n", problem.Body, plain(problem.Detail))
		}
		return fmt.Errorf("%w: %s", errDoesNotHold, count(uint64(len(report.Problems)), "log is not sound", "logs are not sound"))
	})
}

func (c *verifyCmd) scope(ctx context.Context, client *api.Client) (api.VerifyScope, error) {
	if c.What == "" {
		return api.VerifyScope{}, nil
	}
	id, err := findEntry(ctx, client, c.What)
	if err != nil {
		return api.VerifyScope{}, err
	}
	d, err := client.Entry(ctx, id)
	if err != nil {
		return api.VerifyScope{}, err
	}
	// A body has the identifier of its first entry.
	if d.Seq == 0 {
		return api.VerifyScope{Body: protocol.BodyID(id)}, nil
	}
	return api.VerifyScope{Entry: id}, nil
}

// exceptions tells of what is sound but not as everybody would expect it.
func exceptions(erased, frozen uint64) string {
	text := ""
	if erased > 0 {
		text += ", " + count(erased, "content erased by its author", "contents erased by their authors")
	}
	if frozen > 0 {
		text += ", " + count(frozen, "log frozen because it contradicts itself", "logs frozen because they contradict themselves")
	}
	return text
}

// watchedReader ends with its context and shows how far it is.
type watchedReader struct {
	ctx  context.Context //nolint:containedctx // an io.Reader has no other way to be told
	r    io.Reader
	p    *progress
	name string
	n    uint64
}

// Read implements [io.Reader].
func (w *watchedReader) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(b)
	w.n += uint64(n)
	w.p.say("%s: %s read", w.name, bytesText(w.n))
	return n, err
}
