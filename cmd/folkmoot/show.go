package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
)

type showCmd struct {
	jsonFlag
	ID  string `arg:"" help:"Identifier of the entry, or the beginning of it."`
	Raw bool   `help:"Write the entry's bytes as they are passed on: CBOR of envelope, signature and content."`
}

// Help is the long text of the subcommand.
func (showCmd) Help() string {
	return `Shows what the entry says, what is missing from it, what it refers to and what refers to it. The identifier may be cut short as far as it stays the only one.

Examples:

    folkmoot show bafyreib2qxmvfxsd3x
    folkmoot show bafyreib2qxmvfxsd3x --json | jq .record`
}

// Run shows one entry.
func (c *showCmd) Run(ctx context.Context, a *app) error {
	if err := mayBeEntry(c.ID); err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		id, err := findEntry(ctx, client, c.ID)
		if err != nil {
			return err
		}
		d, err := client.Entry(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case c.Raw:
			e, err := d.Raw.Decode()
			if err == nil {
				_, err = a.stdout.Write(e.Encode())
			}
			return err
		case c.JSON:
			return a.printJSON(d)
		}
		return showText(a.stdout, d)
	})
}

func showText(w io.Writer, d api.Detail) error {
	var t table
	t.row("entry", d.ID.String())
	t.row("kind", string(d.Kind))
	t.row("body", strings.TrimSpace(plain(d.BodyName)+" "+d.Body.String()))
	t.row("position", fmt.Sprintf("%d, event %d here", d.Seq, d.Event))
	t.row("dated", d.At.String()+" by its author's clock")
	if !d.InLog {
		t.row("place", "not in the log any more: a stronger branch took its place")
	}
	if d.Approvals != nil {
		t.row("approved", approvalsText(d.Approvals))
	}
	if text := erasedText(&d.Entry); text != "" {
		t.row("content", text)
	}
	if d.Erasure != nil {
		t.row("erased in", fmt.Sprintf("%s, position %d", d.Erasure.ID, d.Erasure.Seq))
	}
	if d.Unreadable != "" {
		t.row("content", "cannot be read as a record: "+plain(d.Unreadable))
	}
	t.write(w)
	if len(d.Record) > 0 {
		fmt.Fprintln(w)
		showRecord(w, d.Record)
	}
	if d.Envelope.Control != nil {
		if err := showJSON(w, "control", d.Envelope.Control); err != nil {
			return err
		}
	}
	if d.Envelope.Erase != nil {
		if err := showJSON(w, "erases", d.Envelope.Erase); err != nil {
			return err
		}
	}
	showFindings(w, d.Findings)
	showReferences(w, "Refers to", d.Refers)
	showReferences(w, "Referred to by", d.ReferredBy)
	return nil
}

// approvalsText says which officers approved an entry.
func approvalsText(a *api.Approvals) string {
	by := "by nobody"
	if len(a.Offices) > 0 {
		by = "by " + plain(strings.Join(a.Offices, ", "))
	}
	if a.Unapproved {
		return fmt.Sprintf("UNAPPROVED: %s, and %s must", by, count(a.Needed, "officer", "officers"))
	}
	return by
}

// showRecord writes the fields, the title and the summary first, the longer
// ones as indented JSON.
func showRecord(w io.Writer, record map[string]any) {
	first := []string{"title", "summary"}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(record)), func(n string) bool { return slices.Contains(first, n) })
	var t table
	var long []string
	for _, name := range append(first, names...) {
		switch v := record[name].(type) {
		case nil:
		case map[string]any, []any:
			long = append(long, name)
		default:
			t.row(plain(name), plain(fmt.Sprint(v)))
		}
	}
	t.write(w)
	for _, name := range long {
		// A record came from JSON, so it goes back into it.
		_ = showJSON(w, plain(name), record[name])
	}
}

func showJSON(w io.Writer, name string, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("  ", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s\n  %s", name, b.String())
	return err
}

func showFindings(w io.Writer, findings []api.Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintln(w, "\nFindings")
	for _, f := range findings {
		fmt.Fprintln(w, "  "+findingText(f))
	}
}

// findingText explains a finding in one paragraph.
func findingText(f api.Finding) string {
	text := f.Severity + ": "
	if f.Field != "" {
		text += plain(f.Field) + ": "
	}
	text += plain(f.Means)
	if f.Advice != "" {
		text += " " + plain(f.Advice)
	}
	return text + " [" + f.Code + "]"
}

func showReferences(w io.Writer, heading string, refs []api.Reference) {
	if len(refs) == 0 {
		return
	}
	fmt.Fprintln(w, "\n"+heading)
	var t table
	for _, r := range refs {
		if r.Held {
			t.row(" ", plain(r.Field), short(r.ID), string(r.Kind), clip(r.Title, 70))
		} else {
			t.row(" ", plain(r.Field), r.ID.String(), "(not held here)")
		}
	}
	t.write(w)
}
