package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
)

type eraseCmd struct {
	jsonFlag
	IDs    []string `arg:"" name:"id" help:"Entries of this node's body: their identifiers, or the beginnings of them."`
	Reason string   `required:"" placeholder:"WHY" help:"Why: privacy, legal or mistake. Everybody will see it."`
	Check  bool     `help:"Only say what would happen; nothing is written."`
	Yes    bool     `help:"Do not ask for confirmation."`
	Output string   `short:"o" placeholder:"FILE" type:"path" help:"Write the file that officers sign, where they must approve."`
}

// Help is the long text of the subcommand.
func (eraseCmd) Help() string {
	return `Takes back the content of entries that this node's body published. It is hidden at once, here and on every node that hears of it, and deleted from their disks a week later; within that week a recovery of the body's log can still undo an erasure that a thief of its key made. The identifier, the date, the kind and who approved the entry stay, and so does the erasure itself: everybody sees that something was erased, when, why and by which offices. Where the body has officers, at least one must approve: the erasure is put before them, and happens when it is published with "folkmoot proposal publish".

An erasure is no excuse: what the body undertook in an erased entry it still owes. It cannot reach copies outside the network.

Examples:

    folkmoot erase bafyreib2qxmvfxsd3x --reason privacy --check
    folkmoot erase bafyreib2qxmvfxsd3x --reason privacy
    folkmoot erase bafyreib2qxmvfxsd3x bafyreic4tnm2jq7xwl --reason legal -o erase.json`
}

// Run erases entries, after it has said what that means.
func (c *eraseCmd) Run(ctx context.Context, a *app) error {
	want := api.Erasing{Reason: c.Reason, Check: true}
	return a.with(func(client *api.Client) error {
		for _, given := range c.IDs {
			if err := mayBeEntry(given); err != nil {
				return err
			}
			id, err := findEntry(ctx, client, given)
			if err != nil {
				return err
			}
			want.Entries = append(want.Entries, id)
		}
		plan, err := client.Erase(ctx, want)
		if err != nil {
			return err
		}
		if c.Check && c.JSON {
			return a.printJSON(plan)
		}
		explainErasure(a.stderr, &plan, c.Reason)
		if c.Check {
			fmt.Fprintln(a.stderr, "Nothing was written.")
			return nil
		}
		if !c.Yes {
			if err := a.confirmErasure(); err != nil {
				return err
			}
		}
		want.Check = false
		done, err := client.Erase(ctx, want)
		switch {
		case err != nil:
			return err
		case c.JSON:
			return a.printJSON(done)
		case done.Proposal != nil:
			fmt.Fprintln(a.stdout, done.Proposal.ID)
			fmt.Fprintf(a.stderr, "Nothing is erased yet: %s must approve. Gather their approvals with \"folkmoot proposal add\", then \"folkmoot proposal publish %s\".\n", count(done.Needed, "officer", "officers"), done.Proposal.ID)
			if c.Output != "" {
				return a.writeProposal(done.Proposal, c.Output)
			}
			return nil
		}
		fmt.Fprintln(a.stdout, done.Erase.ID)
		fmt.Fprintf(a.stderr, "Erased. This node deletes the content on %s, the others as long after they hear of it.\n", date(done.DeletedAt))
		return nil
	})
}

// explainErasure says in plain words what an erasure does and what it does not.
func explainErasure(w io.Writer, plan *api.Erased, reason string) {
	fmt.Fprintf(w, "To be erased (%s):\n", plain(reason))
	var t table
	for _, e := range plan.Entries {
		t.row(" ", short(e.ID), date(e.At), string(e.Kind), clip(e.Title, 60))
	}
	t.write(w)
	if n := len(plan.Already); n > 0 {
		fmt.Fprintf(w, "%s erased before and is left out.\n", count(uint64(n), "entry was", "entries were"))
	}
	for _, line := range []string{
		"At once: the text is hidden on every node that hears of it, from pages, searches, exports and other nodes.",
		fmt.Sprintf("On %s here, and as long after they hear of it elsewhere: the text is deleted from disk, with the draft that it came from. Until then recovering the body's log can undo it.", date(plan.DeletedAt)),
		"For ever: the identifier, date, kind and approvals of each entry stay, and that it was erased, when, why and by which offices.",
		"What the body undertook in it is owed still. Copies that somebody made outside the network are not reached.",
	} {
		wrapTo(w, "- ", line)
	}
	if plan.Needed > 0 {
		wrapTo(w, "- ", fmt.Sprintf("%s needed first, of %s.", count(plan.Needed, "approval is", "approvals are"), plain(strings.Join(plan.Offices, ", "))))
	}
}

// confirmErasure asks, and takes nothing but the word for a yes.
func (a *app) confirmErasure() error {
	fmt.Fprint(a.stderr, `Type "erase" to go on: `)
	answer, err := bufio.NewReader(io.LimitReader(a.stdin, 1024)).ReadString('\n')
	if err != nil && answer == "" {
		fmt.Fprintln(a.stderr)
	}
	if strings.TrimSpace(answer) != "erase" {
		return &usageError{text: "not confirmed; nothing was written. Use --yes where nobody can be asked"}
	}
	return nil
}

// erasedText says of an entry whose content is not here what became of it; empty
// for others.
func erasedText(e *api.Entry) string {
	switch {
	case e.Content == api.ContentMissing:
		return "not here yet: it came without its content, which is asked for from other nodes"
	case e.Content != api.ContentGone:
		return ""
	case e.Erasure == nil:
		return "erased by its author"
	}
	text := fmt.Sprintf("erased by its author on %s, reason: %s", date(e.Erasure.At), plain(e.Erasure.Reason))
	if len(e.Erasure.Offices) > 0 {
		text += ", approved by " + plain(strings.Join(e.Erasure.Offices, ", "))
	}
	return text
}
