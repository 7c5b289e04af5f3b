package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

type restoreCmd struct {
	Make restoreMakeCmd `cmd:"" default:"withargs" hidden:"" help:"Restore a backup (the word may be left out)."`
	Key  restoreKeyCmd  `cmd:"" help:"Put the new signing key of a restored body in force, by its recovery words."`
}

// Help is the long text of the subcommand.
func (restoreCmd) Help() string {
	return `The backup is restored and checked beside the data directory, and then takes its place; the old one is kept under another name. After an error nothing has changed.

A backup may be older than what the body published last. So a restored node asks two peers for the body's own log before it publishes, and where the backup has no signing key, the new one is put in force after that, with "folkmoot restore key". Make sure that the old machine is stopped for good.

Examples:

    folkmoot restore folkmoot-2026-11-24.age
    folkmoot serve &
    folkmoot restore key`
}

type restoreMakeCmd struct {
	jsonFlag
	openFlags
	File string `arg:"" type:"path" help:"The backup."`
}

// Run restores a backup.
func (c *restoreMakeCmd) Run(ctx context.Context, a *app) error {
	cfg, err := a.load(nil)
	if err != nil {
		return err
	}
	p := a.progress()
	var res node.Restored
	err = c.read(ctx, a, "restore", c.File, p, func(r io.Reader) (err error) {
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
		fmt.Fprint(a.stderr, "Then: \"folkmoot restore key\", with a set of recovery words: the backup has no signing key, and a new one was made.\n")
	}
	return nil
}

type restoreKeyCmd struct {
	Alone string        `placeholder:"WORDS" help:"Do not wait for peers: why you are certain that nobody holds later entries of the body."`
	Wait  time.Duration `placeholder:"TIME" default:"2m" help:"How long peers have to answer (default ${default})."`
}

// Help is the long text of the subcommand.
func (restoreKeyCmd) Help() string {
	return `Reads a set of recovery words from stdin, and uses it up: a new set that takes its place is printed once and kept nowhere. Works through the node that runs; when none does, one runs for as long as this takes.

The key is put in force only after two peers have answered for the body's log, since the change outranks everything that was published after the position where it stands.

Examples:

    folkmoot restore key
    folkmoot restore key --alone "no other node ever held our log" < words.txt`
}

// Run puts the new key in force.
func (c *restoreKeyCmd) Run(ctx context.Context, a *app) error {
	if isTerminal(a.stdin) {
		fmt.Fprint(a.stderr, "Recovery words: ")
	}
	words, err := bufio.NewReader(io.LimitReader(a.stdin, 4<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the recovery words: %w", err)
	}
	words = strings.TrimSpace(words)
	if _, err := protocol.ParseRecovery(words); err != nil {
		return &usageError{text: fmt.Sprintf("the recovery words cannot be read: %v", err), command: "restore"}
	}
	next, nextWords, err := protocol.NewRecovery(rand.Reader)
	if err != nil {
		return err
	}
	return a.withRunning(ctx, func(client *api.Client) error {
		if c.Alone != "" {
			if err := client.Confirm(ctx, api.Assurance{What: api.ConfirmAlone, Reason: c.Alone}); err != nil {
				return err
			}
		}
		fmt.Fprintf(a.stdout, "recovery: %s\n", nextWords)
		fmt.Fprint(a.stderr, "These words take the place of the set that is used up now. Write them down: they are shown this once.\n")
		done, err := c.rekey(ctx, a, client, api.Rekey{Words: words, Recovery: protocol.RecoveryDigest(next.Public())})
		if err != nil {
			return fmt.Errorf("the words that were printed count for nothing: %w", err)
		}
		fmt.Fprintf(a.stdout, "key %s\n", done.Entry)
		fmt.Fprintf(a.stderr, "The new signing key is in force from position %d of the log. Destroy the words that you have used.\n", done.Seq)
		return nil
	})
}

// rekey asks again as long as peers have not answered.
func (c *restoreKeyCmd) rekey(ctx context.Context, a *app, client *api.Client, req api.Rekey) (api.Rekeyed, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	p := a.progress()
	defer p.done()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := client.Rekey(context.WithoutCancel(ctx), req)
		if !errors.Is(err, api.ErrAskFirst) {
			return done, err
		}
		p.say("%s", "waiting for two peers to answer for the body's log")
		select {
		case <-tick.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return done, ctx.Err()
			}
			return done, err
		}
	}
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
