package main

import (
	"context"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

type schemaCmd struct {
	Kind   string `arg:"" optional:"" help:"Kind of record; that of all kinds when left out."`
	Output string `short:"o" placeholder:"FILE" help:"Write to this file, which must not exist, instead of stdout."`
}

// Help is the long text of the subcommand.
func (schemaCmd) Help() string {
	return `Writes the JSON Schema (2020-12) of records, for editors and programs. What lies between several fields, such as a date after another, a schema cannot say: "folkmoot publish --check" does.

Examples:

    folkmoot schema decision
    folkmoot schema -o record.schema.json`
}

// Run writes a schema.
func (c *schemaCmd) Run(_ context.Context, a *app) error {
	if c.Kind == "" {
		return a.writeNew(c.Output, record.Schemas())
	}
	text, ok := record.Schema(protocol.Kind(c.Kind))
	if !ok {
		return unknownKind(c.Kind)
	}
	return a.writeNew(c.Output, text)
}
