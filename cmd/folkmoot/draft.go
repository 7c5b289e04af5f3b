package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// draftCmd groups what can be done with drafts.
type draftCmd struct {
	Create  draftCreateCmd  `cmd:"" help:"Begin a draft, from a template or from a file."`
	Edit    draftEditCmd    `cmd:"" help:"Change a draft in your editor, or put a file in its place."`
	List    draftListCmd    `cmd:"" help:"List the drafts."`
	Show    draftShowCmd    `cmd:"" help:"Print the text of a draft, or of an earlier revision."`
	History draftHistoryCmd `cmd:"" help:"List what was saved of a draft, and what was confirmed in it."`
	Check   draftCheckCmd   `cmd:"" help:"Say what publishing a draft would find."`
	Propose draftProposeCmd `cmd:"" help:"Put a draft before the officers who must approve it."`
	Publish draftPublishCmd `cmd:"" help:"Sign a draft and put it in the body's log."`
	Discard draftDiscardCmd `cmd:"" help:"Put a draft aside; reopen undoes it."`
	Reopen  draftReopenCmd  `cmd:"" help:"Take up a draft again that was discarded."`
}

// Help is the long text of the subcommand.
func (draftCmd) Help() string {
	return `Drafts are private: they lie in the casebook on this node and never leave it, until one is published. Every saving is kept, and nothing that was typed is lost, also when two people edit one draft. A draft is named by its ID or the first three characters of it.

Examples:

    folkmoot draft create decision
    folkmoot draft edit k7m
    folkmoot draft check k7m
    folkmoot draft publish k7m`
}

// draftArg names a draft.
type draftArg struct {
	Draft string `arg:"" help:"ID of a draft, or the first three or more characters of it."`
}

type draftCreateCmd struct {
	jsonFlag
	Kind string `arg:"" optional:"" help:"Kind of record to begin from its template."`
	From string `placeholder:"FILE" help:"Take the text of this file, or \"-\" for stdin, instead of a template."`
	By   string `placeholder:"OFFICE" help:"Who writes; kept in the casebook."`
}

// Run begins a draft.
func (c *draftCreateCmd) Run(ctx context.Context, a *app) error {
	var text []byte
	switch {
	case (c.Kind == "") == (c.From == ""):
		return &usageError{text: "name a kind, such as \"decision\", or a file with --from; \"folkmoot new\" lists the kinds"}
	case c.From != "":
		var err error
		if text, err = a.readRecord(c.From); err != nil {
			return err
		}
	default:
		var ok bool
		if text, ok = record.Template(protocol.Kind(c.Kind)); !ok {
			if _, err := os.Stat(c.Kind); err == nil {
				return &usageError{text: fmt.Sprintf("%q is a file and no kind of record: begin from it with --from", plain(c.Kind))}
			}
			return unknownKind(c.Kind)
		}
	}
	return a.with(func(client *api.Client) error {
		d, err := client.CreateDraft(ctx, casebook.Revision{Text: string(text), By: c.By})
		if err != nil {
			return err
		}
		return a.tellDraft(d, c.JSON, fmt.Sprintf("Draft %s is begun. \"folkmoot draft edit %s\" goes on with it.", d.ID, d.ID))
	})
}

// tellDraft prints a draft as JSON, or its ID on stdout and a sentence on stderr.
func (a *app) tellDraft(d casebook.Draft, asJSON bool, sentence string) error {
	if asJSON {
		return a.printJSON(d)
	}
	fmt.Fprintln(a.stdout, d.ID)
	fmt.Fprintln(a.stderr, sentence)
	return nil
}

type draftListCmd struct {
	jsonFlag
	All bool `help:"Those that were published or discarded too."`
}

// Run lists drafts.
func (c *draftListCmd) Run(ctx context.Context, a *app) error {
	state := casebook.StateOpen
	if c.All {
		state = ""
	}
	return a.with(func(client *api.Client) error {
		drafts, err := client.Drafts(ctx, state)
		switch {
		case err != nil:
			return err
		case c.JSON:
			return a.printJSON(api.Drafts{Drafts: drafts})
		case len(drafts) == 0:
			fmt.Fprintln(a.stderr, "No drafts. \"folkmoot draft create decision\" begins one.")
			return nil
		}
		var t table
		t.row("DRAFT", "SAVED", "REVISION", "STATE", "KIND", "TITLE")
		for _, d := range drafts {
			t.row(d.ID, localTime(d.Saved), fmt.Sprint(d.Revision), string(d.State), plain(string(d.Kind)), clip(orElse(d.Title, "(no title yet)"), 50))
		}
		t.write(a.stdout)
		return nil
	})
}

func localTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

type draftShowCmd struct {
	jsonFlag
	draftArg
	Revision int `placeholder:"N" help:"Print this revision; the present one when left out."`
}

// Run prints the text of a draft.
func (c *draftShowCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		d, err := client.Draft(ctx, c.Draft, c.Revision)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(d)
		}
		text := d.Revision.Text
		if isTerminal(a.stdout) {
			text = plainLines(text)
		}
		if !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		_, err = fmt.Fprint(a.stdout, text)
		return err
	})
}

// plainLines is plain for text of several lines.
func plainLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return strings.Join(lines, "\n")
}

type draftHistoryCmd struct {
	jsonFlag
	draftArg
}

// draftHistory is the answer of history as JSON.
type draftHistory struct {
	Revisions     []casebook.Revision     `json:"revisions"`
	Confirmations []casebook.Confirmation `json:"confirmations"`
}

// Run lists revisions and confirmations.
func (c *draftHistoryCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		var h draftHistory
		var err error
		if h.Revisions, err = client.DraftHistory(ctx, c.Draft); err != nil {
			return err
		}
		if h.Confirmations, err = client.ConfirmedIn(ctx, c.Draft); err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(h)
		}
		var t table
		t.row("REVISION", "SAVED", "BY", "SIZE", "")
		for _, r := range h.Revisions {
			note := ""
			if r.NotTaken {
				note = "not taken: somebody else had saved before"
			}
			t.row(fmt.Sprint(r.Revision), localTime(r.Saved), clip(r.By, 30), bytesText(uint64(max(r.Size, 0))), note)
		}
		t.write(a.stdout)
		for _, k := range h.Confirmations {
			wrapTo(a.stdout, "confirmed "+localTime(k.At)+": ", strings.TrimSuffix(plain(fmt.Sprintf("“%s” in %s, %s; %s", k.Excerpt, k.Field, k.By, k.Reason)), "; "))
		}
		return nil
	})
}

type draftCheckCmd struct {
	jsonFlag
	draftArg
}

// Run says what publishing would find.
func (c *draftCheckCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		out, err := client.CheckDraft(ctx, c.Draft)
		return a.tellPublished("draft "+plain(c.Draft), out, c.JSON, err)
	})
}

type draftPublishCmd struct {
	jsonFlag
	confirmFlags
	unapprovedFlag
	draftArg
	Revision int `placeholder:"N" help:"Publish only if this is still the present revision."`
}

// Run publishes a draft.
func (c *draftPublishCmd) Run(ctx context.Context, a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		how := c.confirm()
		how.Unapproved = c.Unapproved
		out, err := client.PublishDraft(ctx, c.Draft, c.Revision, how)
		return a.tellPublished("draft "+plain(c.Draft), out, c.JSON, err)
	})
}

type draftDiscardCmd struct {
	jsonFlag
	draftArg
}

// Run puts a draft aside.
func (c *draftDiscardCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		d, err := client.DiscardDraft(ctx, c.Draft)
		if err != nil {
			return err
		}
		return a.tellDraft(d, c.JSON, fmt.Sprintf("Draft %s is discarded. \"folkmoot draft reopen %s\" takes it up again.", d.ID, d.ID))
	})
}

type draftReopenCmd struct {
	jsonFlag
	draftArg
}

// Run takes up a draft again.
func (c *draftReopenCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		d, err := client.ReopenDraft(ctx, c.Draft)
		if err != nil {
			return err
		}
		return a.tellDraft(d, c.JSON, fmt.Sprintf("Draft %s is open again.", d.ID))
	})
}

// explainConflict says how to go on when somebody else saved meanwhile.
func explainConflict(err error) error {
	var conflict *casebook.ConflictError
	if !errors.As(err, &conflict) {
		return err
	}
	id := conflict.Draft.ID
	return fmt.Errorf("%w: \"folkmoot draft show %s --revision %d\" prints yours, \"folkmoot draft show %s\" the other; \"folkmoot draft edit %s\" begins from that",
		conflict, id, conflict.Kept, id, id)
}
