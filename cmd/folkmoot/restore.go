package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
)

type restoreCmd struct {
	jsonFlag
	openFlags
	File string `arg:"" type:"path" help:"The backup."`
}

// Help is the long text of the subcommand.
func (restoreCmd) Help() string {
	return `The backup is restored and checked beside the data directory, and then takes its place; the old one is kept under another name. After an error nothing has changed.

A backup may be older than what the body published last. So a restored node asks two peers for the body's own log before it publishes, and where the backup has no signing key, "folkmoot keys recover" makes one after that, by the recovery words. Make sure that the old machine is stopped for good.

Examples:

    folkmoot restore folkmoot-2026-11-24.age
    folkmoot serve &
    folkmoot keys recover --reason restore`
}

// Run restores a backup.
func (c *restoreCmd) Run(ctx context.Context, a *app) error {
	cfg, err := a.load(nil)
	if err != nil {
		return err
	}
	p := a.progress()
	var res node.Restored
	err = c.read(ctx, a, c.File, p, func(r io.Reader) (err error) {
		res, err = node.Restore(ctx, cfg, r)
		return err
	})
	p.done()
	if err != nil {
		return fmt.Errorf("nothing was changed: %s: %w", plain(c.File), oneLine(err))
	}
	if c.JSON {
		out := restoredOf(&res)
		out.Data = cfg.Data
		return a.printJSON(out)
	}
	fmt.Fprintf(a.stdout, "restored %s of %s to %s\n", count(res.Report.Entries, "entry", "entries"), count(res.Report.Bodies, "body", "bodies"), cfg.Data)
	if res.Kept != "" {
		fmt.Fprintf(a.stdout, "kept %s\n", res.Kept)
	}
	if res.Body != nil {
		fmt.Fprint(a.stderr, "Next: \"folkmoot serve\". The node asks two peers for the body's own log before it publishes.\n")
	}
	if res.NewKey {
		fmt.Fprint(a.stderr, "Then: \"folkmoot keys recover --reason restore\", with a set of recovery words: the backup has no signing key.\n")
	}
	return nil
}

// withRunning runs use on a client of the node that runs on the data directory,
// or else of one that runs in this process for as long as use takes.
func (a *app) withRunning(ctx context.Context, use func(c *api.Client) error) (err error) {
	cfg, err := a.load(nil)
	if err != nil {
		return err
	}
	client, err := api.Dial(cfg.Data)
	if err == nil {
		defer func() { err = errors.Join(err, client.Close()) }()
		return use(client)
	}
	if !errors.Is(err, api.ErrOffline) {
		return err
	}
	// What such a node does besides is nobody's question.
	cfg.LogLevel = max(cfg.LogLevel, slog.LevelWarn)
	cfg.Logger = cfg.NewLogger(a.stderr)
	n, err := openNode(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	ctx, stop := context.WithCancel(ctx)
	ran := make(chan error, 1) // one value, from the goroutine that runs the node
	go func() { ran <- n.Run(ctx) }()
	client = api.InProcess(n.Local())
	err = use(client)
	stop()
	return errors.Join(err, client.Close(), <-ran)
}
