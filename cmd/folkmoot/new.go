package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

type newCmd struct {
	jsonFlag
	Kind   string `arg:"" optional:"" help:"Kind of record, such as decision; without it the kinds are listed."`
	Output string `short:"o" placeholder:"FILE" help:"Write to this file, which must not exist, instead of stdout."`
}

// Help is the long text of the subcommand.
func (newCmd) Help() string {
	return `Writes a record to be filled in, as YAML: each field with its label, what to write, and an example. Nothing is published; "folkmoot publish" does that when it is filled in, and "folkmoot draft create" keeps it in the casebook meanwhile.

Examples:

    folkmoot new
    folkmoot new decision -o decision.yaml
    folkmoot publish --check decision.yaml`
}

// Run writes a template, or lists the kinds.
func (c *newCmd) Run(_ context.Context, a *app) error {
	if c.Kind == "" {
		if c.JSON {
			return a.printJSON(record.Kinds())
		}
		var t table
		for _, k := range record.Kinds() {
			t.row(string(k.Kind), k.Hint)
		}
		t.write(a.stdout)
		return nil
	}
	text, ok := record.Template(protocol.Kind(c.Kind))
	if !ok {
		return unknownKind(c.Kind)
	}
	return a.writeNew(c.Output, text)
}

// unknownKind explains that there is no such kind.
func unknownKind(kind string) error {
	names := make([]string, 0, len(record.Kinds()))
	for _, k := range record.Kinds() {
		names = append(names, string(k.Kind))
	}
	text := fmt.Sprintf("there is no kind %q of record; the kinds are %s", clip(kind, 40), strings.Join(names, ", "))
	if near := record.NearestKind(kind); near != "" {
		text = fmt.Sprintf("there is no kind %q of record: did you mean %q?", clip(kind, 40), near)
	}
	return &usageError{text: text}
}

// writeNew writes to stdout or to a file that does not exist yet.
func (a *app) writeNew(file string, text []byte) error {
	if file == "" || file == "-" {
		_, err := a.stdout.Write(text)
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // it holds nothing secret, and the umask applies
	if errors.Is(err, fs.ErrExist) {
		return &usageError{text: fmt.Sprintf("%s is there already, and is left as it is; name another file", plain(file))}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		fmt.Fprintf(a.stderr, "Written to %s.\n", plain(file))
	}
	return err
}
