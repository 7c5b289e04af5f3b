package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

type exportCmd struct {
	Format string `enum:"jsonl,car" default:"jsonl" help:"jsonl: one entry a line, with its record in clear; car: the archive of IPLD (default ${default})."`
	Output string `short:"o" placeholder:"FILE" type:"path" help:"File to write; stdout when left out."`
	Body   string `placeholder:"BODY" help:"Only the log of this body."`
}

// Help is the long text of the subcommand.
func (exportCmd) Help() string {
	return `Whoever has the file can check it with "folkmoot verify FILE", without a node. Two nodes that hold the same logs write the same file. A file appears under its name only when it is whole.

Examples:

    folkmoot export -o ledger.jsonl
    folkmoot export --format car -o ledger.car
    folkmoot export | jq -r 'select(.kind == "decision") | .record.title'`
}

// Run writes the export.
func (c *exportCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		var body protocol.BodyID
		if c.Body != "" {
			var err error
			if body, err = findBody(ctx, client, c.Body); err != nil {
				return err
			}
		}
		write := func(w io.Writer) error { return client.Export(ctx, c.Format, body, w) }
		if c.Output == "" {
			return write(a.stdout)
		}
		// An export is public: whoever may enter the folder may read it.
		size, err := writeWhole(c.Output, 0o644, write)
		if err != nil {
			return fmt.Errorf("export to %s: %w", c.Output, err)
		}
		fmt.Fprintf(a.stderr, "wrote %s, %s; check it anywhere with \"folkmoot verify %s\"\n", c.Output, bytesText(size), filepath.Base(c.Output))
		return nil
	})
}

// writeWhole writes a file that has its name only once it is whole and on disk.
func writeWhole(name string, mode os.FileMode, write func(io.Writer) error) (size uint64, err error) {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = errors.Join(write(f), f.Sync()); err != nil {
		return 0, errors.Join(err, f.Close())
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return 0, err
	}
	return uint64(info.Size()), os.Rename(f.Name(), name)
}
