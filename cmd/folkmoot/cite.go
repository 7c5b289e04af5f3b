package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// lineWidth is how wide text is made.
const lineWidth = 80

// wrapTo writes text under a heading, in lines of at most lineWidth that begin
// below its first word.
func wrapTo(w io.Writer, heading, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(heading))
	line, empty := heading, true
	for _, word := range strings.Fields(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > lineWidth {
			fmt.Fprintln(w, line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

// citedText names an entry in one line: what it is, its title and its identifier.
func citedText(c api.Cited) string {
	if !c.Held {
		return short(c.ID) + "  (not held here)"
	}
	title := clip(c.Title, 44)
	if c.Content == api.ContentGone {
		title = "(erased by its author)"
	}
	if c.Hidden {
		title = "(hidden here)"
	}
	text := strings.TrimSpace(fmt.Sprintf("%s “%s”", c.Kind, title))
	if c.At != nil {
		text += ", " + date(*c.At)
	}
	if c.Unapproved {
		text += ", UNAPPROVED"
	}
	return text + "  " + short(c.ID)
}

// bodyText names a body.
func bodyText(p api.Party) string {
	if p.Name == "" {
		return short(p.ID)
	}
	return clip(p.Name, 48)
}

// partyText names a body and its role, and whose word that is.
func partyText(p api.Party) string {
	if p.Role == "" {
		return bodyText(p)
	}
	return fmt.Sprintf("%s, %s (%s)", bodyText(p), strings.ToLower(record.Roles.Label(plain(p.Role))), p.RoleShown)
}

// onEntry finds an entry by its identifier, or the beginning of it, and runs use.
func (a *app) onEntry(ctx context.Context, id string, use func(c *api.Client, e api.Entry) error) error {
	if err := mayBeEntry(id); err != nil {
		return err
	}
	return a.with(func(client *api.Client) error {
		entry, err := findEntry(ctx, client, id)
		if err != nil {
			return err
		}
		d, err := client.Entry(ctx, entry)
		if err != nil {
			return err
		}
		return use(client, d.Entry)
	})
}

// asking are the commands that answer about entries of a kind.
var asking = map[protocol.Kind]string{record.KindDecision: "assess", record.KindLesson: "spread"}

// ofKind refuses an entry of another kind than the command is about, and names
// the command that helps.
func ofKind(e api.Entry, want protocol.Kind, command string) error {
	if e.Kind == want {
		return nil
	}
	help := "thread"
	if asking[e.Kind] != "" {
		help = asking[e.Kind]
	}
	return &usageError{
		text: fmt.Sprintf("%s is about a %s, and %s is a %s; try \"folkmoot %s %s\"", command, want, short(e.ID), plain(string(e.Kind)), help, short(e.ID)),
	}
}

// filterBody reads a body that a flag names; nobody when it is empty.
func filterBody(ctx context.Context, c *api.Client, arg string) (protocol.BodyID, error) {
	if arg == "" {
		return protocol.BodyID{}, nil
	}
	return findBody(ctx, c, arg)
}
