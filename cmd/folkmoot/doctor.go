package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
)

type doctorCmd struct {
	jsonFlag
	Deep    bool `xor:"how" help:"Read and verify every byte: logs, indexes, catalogue, casebook."`
	Rebuild bool `xor:"how" help:"Build the ledger again from the entries that can be read. No node may run."`
}

// errDefects ends the doctor when somebody must act.
var errDefects = errors.New("the node is not well")

// Help is the long text of the subcommand.
func (doctorCmd) Help() string {
	return `Says what is wrong, what follows from it, and what to do. Works with a running node and without, and on a data directory that no node starts on. Exit code 14 says that something severe was found.

With --rebuild the old ledger is kept beside the new one, which takes as much disk again. What could not be read is fetched from other nodes when the node runs; what its own body said must be back before it can publish.

Examples:

    folkmoot doctor
    folkmoot doctor --deep --json
    folkmoot doctor --rebuild`
}

// Run looks, or rebuilds.
func (c *doctorCmd) Run(ctx context.Context, a *app) error {
	if c.Rebuild {
		return c.rebuild(ctx, a)
	}
	var health api.Health
	err := a.with(func(client *api.Client) (err error) {
		p := a.progress()
		health, err = client.Doctor(ctx, c.Deep, func(v api.VerifyProgress) {
			p.say("%s of %s checked", grouped(v.Entries), grouped(v.Total))
		})
		p.done()
		return err
	})
	if err != nil {
		cfg, bad := a.load(nil)
		if bad != nil {
			return bad
		}
		d, ok := node.DefectOf(cfg, err)
		if !ok {
			return err
		}
		health = api.Health{Defects: []api.Defect{d}}
	}
	if c.JSON {
		if err := a.printJSON(health); err != nil {
			return err
		}
	} else {
		c.print(a, &health)
	}
	if !health.OK() {
		return fmt.Errorf("%w: %s", errDefects, count(uint64(len(health.Defects)), "defect", "defects"))
	}
	return nil
}

func (c *doctorCmd) print(a *app, h *api.Health) {
	for _, d := range h.Defects {
		fmt.Fprintf(a.stdout, "%s (%s): %s\n  %s\n  %s\n", d.Gravity, d.Area, plain(d.What), plain(d.Means), plain(d.Mend))
	}
	switch {
	case len(h.Defects) > 0:
	case h.Deep:
		fmt.Fprintf(a.stdout, "all is well: every byte was read, and %s verified\n", count(h.Entries, "entry", "entries"))
	default:
		fmt.Fprintln(a.stdout, `nothing is wrong at first sight; "folkmoot doctor --deep" reads every byte`)
	}
}

func (c *doctorCmd) rebuild(ctx context.Context, a *app) error {
	cfg, err := a.load(nil)
	if err != nil {
		return err
	}
	out, err := node.Rebuild(ctx, cfg)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if c.JSON {
		return a.printJSON(struct {
			Entries uint64 `json:"entries"`
			Lost    uint64 `json:"lost"`
			Short   uint64 `json:"own_lacking"`
			Kept    string `json:"kept"`
		}{out.Entries, out.Damaged + out.Missing + out.Refused, out.Short, out.Kept})
	}
	fmt.Fprintf(a.stdout, "the ledger is built again: it has %s; %s could not be kept\n", count(out.Entries, "entry", "entries"),
		count(out.Damaged+out.Missing+out.Refused, "event or entry", "events and entries"))
	if out.Short > 0 {
		fmt.Fprintf(a.stdout, "%s of this node's own body must come back from other nodes before it can publish\n", count(out.Short, "entry", "entries"))
	}
	fmt.Fprintf(a.stderr, "the old ledger is kept at %s; the node removes it after a while (erase_after), once its own log is whole\n", plain(out.Kept))
	return nil
}
