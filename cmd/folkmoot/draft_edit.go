package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
)

type draftEditCmd struct {
	jsonFlag
	draftArg
	From string `placeholder:"FILE" help:"Put the text of this file, or \"-\" for stdin, in the place of the draft's instead of opening an editor."`
	Base int    `placeholder:"N" help:"With --from: the revision that the text was made from; the present one when left out."`
	By   string `placeholder:"OFFICE" help:"Who writes; kept in the casebook."`
}

// Help is the long text of the subcommand.
func (draftEditCmd) Help() string {
	return `Opens the editor that VISUAL or EDITOR names. If somebody else saves meanwhile, your text is kept too, as a revision of its own. If saving fails, the file that you edited stays, and is named.`
}

// Run changes a draft.
func (c *draftEditCmd) Run(ctx context.Context, a *app) error {
	// Nothing is held open while somebody writes.
	var present api.DraftText
	err := a.with(func(client *api.Client) (err error) {
		present, err = client.Draft(ctx, c.Draft, 0)
		return err
	})
	if err != nil {
		return err
	}
	if c.From != "" {
		text, err := a.readRecord(c.From)
		if err != nil {
			return err
		}
		base := present.Draft.Revision
		if c.Base != 0 {
			base = c.Base
		}
		return c.save(ctx, a, present.Draft.ID, base, casebook.Revision{Text: string(text), By: c.By})
	}
	text, file, err := a.edit(ctx, present.Revision)
	if err != nil {
		return err
	}
	if text == present.Revision.Text {
		fmt.Fprintln(a.stderr, "Nothing was changed.")
		return os.Remove(file)
	}
	err = c.save(ctx, a, present.Draft.ID, present.Draft.Revision, casebook.Revision{Text: text, By: c.By})
	if conflict := (*casebook.ConflictError)(nil); err != nil && !errors.As(err, &conflict) {
		return fmt.Errorf("%w. What you wrote is in %s", err, file)
	}
	return errors.Join(err, os.Remove(file))
}

func (c *draftEditCmd) save(ctx context.Context, a *app, id string, base int, r casebook.Revision) error {
	return a.with(func(client *api.Client) error {
		d, err := client.SaveDraft(ctx, id, base, r)
		if err != nil {
			return explainConflict(err)
		}
		return a.tellDraft(d, c.JSON, fmt.Sprintf("Saved as revision %d. \"folkmoot draft check %s\" says what is missing.", d.Revision, d.ID))
	})
}

// edit lets a person edit a text, and returns it with the file that it is in.
func (a *app) edit(ctx context.Context, r casebook.Revision) (text, file string, err error) {
	editor := orElse(os.Getenv("VISUAL"), os.Getenv("EDITOR"))
	if editor == "" {
		return "", "", &usageError{text: "no editor is set: name one in the variable EDITOR, such as EDITOR=nano, or give a file with --from"}
	}
	// Only the owner can read a file that CreateTemp makes.
	f, err := os.CreateTemp("", "folkmoot-draft-*."+orElse(r.Format, casebook.FormatYAML))
	if err != nil {
		return "", "", err
	}
	_, err = f.WriteString(r.Text)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", "", err
	}
	// The variable may have arguments, as git takes them too.
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$1"`, "sh", f.Name()) //nolint:gosec // the user's own editor
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.stdin, a.stderr, a.stderr
	if err := cmd.Run(); err != nil {
		return "", "", fmt.Errorf("the editor %q ended with an error: %w. What you wrote is in %s", plain(editor), err, f.Name())
	}
	b, err := os.ReadFile(f.Name())
	if err != nil {
		return "", "", err
	}
	return string(b), f.Name(), nil
}

// readRecord reads the text of a record from a file or from stdin, of which more
// than the node takes is not read.
func (a *app) readRecord(file string) ([]byte, error) {
	in, name := a.stdin, "the record"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, &usageError{text: fmt.Sprintf("read the record: %v", err)}
		}
		defer f.Close() //nolint:errcheck // it was only read
		in, name = f, plain(file)
	}
	text, err := io.ReadAll(io.LimitReader(in, api.MaxRequest+1))
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	if len(text) > api.MaxRequest {
		return nil, fmt.Errorf("%s is longer than %d bytes: shorten it, or refer to a document by its address", name, api.MaxRequest)
	}
	return text, nil
}
