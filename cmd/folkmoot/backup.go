package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"

	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

type backupCmd struct {
	Make   backupMakeCmd   `cmd:"" default:"withargs" hidden:"" help:"Make a backup (the word may be left out)."`
	Verify backupVerifyCmd `cmd:"" help:"Restore a backup into a temporary folder and check all of it there."`
}

// Help is the long text of the subcommand.
func (backupCmd) Help() string {
	return `A backup has the settings, the casebook, the peers, and the logs of all bodies that are held, in one file that is encrypted to a passphrase or to age recipients. The node goes on meanwhile. The signing key is left out, unless --with-key asks for it: whoever opens such a file can publish as the body. Without it a restored body gets a new key by its recovery words.

Examples:

    folkmoot backup folkmoot-2026-11-24.age
    folkmoot backup /mnt/backup/today.age --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
    folkmoot backup verify folkmoot-2026-11-24.age`
}

type backupMakeCmd struct {
	sealFlags
	File    string `arg:"" type:"path" help:"File to write."`
	WithKey bool   `help:"Put the signing key into the backup."`
}

// Run makes a backup.
func (c *backupMakeCmd) Run(ctx context.Context, a *app) error {
	recipients, err := c.recipients(a)
	if err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		p := a.progress()
		size, err := writeWhole(c.File, 0o600, func(w io.Writer) error {
			sealed, err := age.Encrypt(w, recipients...)
			if err != nil {
				return fmt.Errorf("encrypt: %w", err)
			}
			if err := client.Backup(ctx, &watchedWriter{w: sealed, p: p}, c.WithKey); err != nil {
				return err
			}
			return sealed.Close()
		})
		p.done()
		if err != nil {
			return fmt.Errorf("back up to %s: %w", plain(c.File), err)
		}
		fmt.Fprintf(a.stderr, "Wrote %s, %s, %s. Check it with \"folkmoot backup verify\", and keep it on another machine.\n",
			plain(c.File), bytesText(size), keyWords(c.WithKey))
		return nil
	})
}

func keyWords(with bool) string {
	if with {
		return "with the signing key"
	}
	return "without the signing key"
}

// watchedWriter shows how much was written.
type watchedWriter struct {
	w io.Writer
	p *progress
	n uint64
}

// Write implements [io.Writer].
func (w *watchedWriter) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	w.n += uint64(n)
	w.p.say("%s backed up", bytesText(w.n))
	return n, err
}

type backupVerifyCmd struct {
	jsonFlag
	openFlags
	File string `arg:"" type:"path" help:"The backup."`
}

// Help is the long text of the subcommand.
func (backupVerifyCmd) Help() string {
	return `The backup is restored in the folder for temporary files (TMPDIR), which needs room for all of it, and removed again. Every part is compared with the manifest, the heads of all logs with those that were backed up, and every entry is verified from its bytes.

Examples:

    folkmoot backup verify folkmoot-2026-11-24.age
    TMPDIR=/mnt/scratch folkmoot backup verify today.age --identity key.txt`
}

// restored is a backup that was read, for JSON.
type restored struct {
	Made       api.Timestamp     `json:"made"`
	Software   string            `json:"software"`
	Network    string            `json:"network"`
	Body       *protocol.BodyID  `json:"body,omitempty"`
	SigningKey bool              `json:"signing_key"`
	NewKey     bool              `json:"new_key,omitempty"`
	Data       string            `json:"data,omitempty"`
	Kept       string            `json:"kept,omitempty"`
	Report     *api.VerifyReport `json:"report"`
}

func restoredOf(r *node.Restored) restored {
	return restored{
		Made: api.Timestamp(r.Made), Software: r.Software, Network: r.Network, Body: r.Body,
		SigningKey: r.SigningKey, NewKey: r.NewKey, Kept: r.Kept, Report: &r.Report,
	}
}

// Run verifies a backup.
func (c *backupVerifyCmd) Run(ctx context.Context, a *app) (err error) {
	cfg, err := a.load(nil)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "folkmoot-verify-*")
	if err != nil {
		return fmt.Errorf("make a folder to restore into: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p := a.progress()
	defer p.done()
	var res node.Restored
	err = c.read(ctx, a, c.File, p, func(r io.Reader) (err error) {
		res, err = node.VerifyBackup(ctx, cfg, dir, r, func(v api.VerifyProgress) {
			p.say("%s of %s entries checked", grouped(v.Entries), grouped(v.Total))
		})
		return err
	})
	p.done()
	if err != nil {
		return fmt.Errorf("%s: %w", plain(c.File), oneLine(err))
	}
	if c.JSON {
		if err := a.printJSON(restoredOf(&res)); err != nil {
			return err
		}
	}
	for _, problem := range res.Report.Problems {
		fmt.Fprintf(a.stderr, "%s: %s\n", problem.Body, plain(problem.Detail))
	}
	if !res.Report.OK() {
		return fmt.Errorf("%s: %w", plain(c.File), errDoesNotHold)
	}
	if !c.JSON {
		fmt.Fprintf(a.stdout, "%s: sound: %s of %s on the network %q, of %s, %s%s\n", plain(c.File),
			count(res.Report.Entries, "entry", "entries"), count(res.Report.Bodies, "body", "bodies"), res.Network,
			api.Timestamp(res.Made), keyWords(res.SigningKey), exceptions(res.Report.Erased, res.Report.Frozen))
	}
	return nil
}

// read opens and decrypts a backup for use.
func (f *openFlags) read(ctx context.Context, a *app, name string, p *progress, use func(io.Reader) error) (err error) {
	file, err := os.Open(name)
	if err != nil {
		return &usageError{text: fmt.Sprintf("the backup cannot be read: %v", err)}
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	clear, err := f.open(a, &watchedReader{ctx: ctx, r: file, p: p, name: plain(name)})
	if err != nil {
		return err
	}
	return use(clear)
}
