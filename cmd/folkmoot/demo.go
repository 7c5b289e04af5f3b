package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

type demoCmd struct {
	Once bool `help:"End after the verification instead of running on until Ctrl-C."`
}

// Help is the long text of the subcommand.
func (demoCmd) Help() string {
	return `Starts six real nodes on this machine, each with its own data directory and its own network address: a council, three community bodies, an observer that reports seven real cases from public sources, and a researcher without a body. They publish, exchange and verify; one is stopped, misses something, comes back and catches up. Their story has one case of each of the four methods, two of which go wrong, and the researcher's node says what follows: the methods, what is late, who adopted what was learned. Then the pages of all six can be looked at until Ctrl-C. The data lies in a temporary directory (TMPDIR), which is removed at the end.

The bodies whose names say "(example)" and what they write are invented. The reports are not.

Examples:

    folkmoot demo
    folkmoot demo --once`
}

// demoPatience is how long the demo waits for the nodes to agree.
const demoPatience = time.Minute

// Run shows the federation at work.
func (c *demoCmd) Run(ctx context.Context, a *app) (err error) {
	began := time.Now()
	dir, err := os.MkdirTemp("", "folkmoot-demo-")
	if err != nil {
		return err
	}
	s := newStage(a, dir)
	// The nodes let go of their files before these are removed.
	defer func() { err = errors.Join(err, s.close(), os.RemoveAll(dir)) }()
	if err := s.play(ctx); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\nAll of it in %.1f seconds, in %s.\n", time.Since(began).Seconds(), dir)
	if c.Once {
		return nil
	}
	fmt.Fprintln(a.stdout, "\nLook at what each node shows:")
	var t table
	for _, m := range s.cast {
		t.row("  "+m.name, m.url)
	}
	t.write(a.stdout)
	fmt.Fprintf(a.stdout, "\nOr ask one of them: folkmoot --data %s log\nThe nodes run until Ctrl-C.\n", s.member("researcher").cfg.Data)
	return s.wait(ctx)
}
