package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// officerCmd groups what can be done about officers.
type officerCmd struct {
	Key    officerKeyCmd    `cmd:"" help:"Make an officer's own key, on the officer's machine."`
	List   officerListCmd   `cmd:"" help:"List the officers, and how many must approve what."`
	Add    officerAddCmd    `cmd:"" help:"Name officers, by their offices and public keys."`
	Remove officerRemoveCmd `cmd:"" help:"Take offices away."`
	Quorum officerQuorumCmd `cmd:"" help:"Say how many officers must approve entries of a kind."`
}

// Help is the long text of the subcommand.
func (officerCmd) Help() string {
	return `Officers approve with keys of their own, on machines of their own: a stolen server key alone cannot make a decision look approved. An officer is known by the office, never by a name; offices and their approvals stay public for ever.

Each change is a change of control: it needs a set of recovery words, or the officers' quorum for "keys" with --propose. Do several at once.

Examples:

    folkmoot officer key -o chair.key
    folkmoot officer add chair=ed0185… secretary=ed01f4… --quorum decision=2 --quorum erase=2 --quorum keys=2
    folkmoot officer quorum decision=1
    folkmoot officer list`
}

type officerKeyCmd struct {
	Output string `short:"o" required:"" placeholder:"FILE" type:"path" help:"Write the key to this file, which must not exist."`
}

// Run makes a key.
func (c *officerKeyCmd) Run(_ context.Context, a *app) error {
	key, err := node.MakeOfficerKey(c.Output)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, key)
	fmt.Fprintf(a.stderr, "The key is in %s; keep it, and a copy elsewhere. What is printed is its public half: give that to the secretary.\n", c.Output)
	return nil
}

type officerListCmd struct {
	jsonFlag
	Body string `arg:"" optional:"" help:"Body, by its identifier, the beginning of it, or its name; by default this node's."`
}

// Run lists the officers.
func (c *officerListCmd) Run(ctx context.Context, a *app) error {
	controls, err := a.controls(ctx, c.Body)
	if err != nil {
		return err
	}
	last := controls.Controls[len(controls.Controls)-1].Control
	if c.JSON {
		return a.printJSON(last)
	}
	showOfficers(a.stdout, last)
	return nil
}

func showOfficers(w io.Writer, c *api.Control) {
	if len(c.Officers) == 0 {
		fmt.Fprintln(w, "No officers: the signing key alone publishes.")
		return
	}
	fmt.Fprintln(w, "Officers:")
	var t table
	for _, o := range c.Officers {
		t.row("  "+plain(o.Office), strings.Join(o.Keys, " "))
	}
	t.write(w)
	for _, kind := range slices.Sorted(maps.Keys(c.Quorum)) {
		fmt.Fprintf(w, "  %s must approve: %s\n", count(c.Quorum[kind], "officer", "officers"), kind)
	}
	if len(c.Quorum) == 0 {
		fmt.Fprintln(w, "  none of them needs to approve anything but erasures")
	}
}

// officerFlags are those of every change of the officers.
type officerFlags struct {
	keysFlags
	Quorum []string `placeholder:"KIND=N" help:"How many officers must approve entries of a kind, 0 for none; repeat it."`
}

type officerAddCmd struct {
	officerFlags
	Officers []string `arg:"" name:"office=key" help:"An office with the public half of its key; two keys of one office with a comma between."`
}

// Run names officers.
func (c *officerAddCmd) Run(ctx context.Context, a *app) error {
	var edit api.ControlEdit
	for _, arg := range c.Officers {
		office, keys, ok := strings.Cut(arg, "=")
		if office = strings.TrimSpace(office); !ok || office == "" {
			return &usageError{text: fmt.Sprintf("%q is not an office with its key: write it like chair=ed01…", plain(arg))}
		}
		edit.Add = append(edit.Add, api.Officer{Office: office, Keys: strings.Split(keys, ",")})
	}
	return c.apply(ctx, a, edit, c.Quorum)
}

type officerRemoveCmd struct {
	officerFlags
	Offices []string `arg:"" name:"office" help:"Office to take away."`
}

// Run takes offices away.
func (c *officerRemoveCmd) Run(ctx context.Context, a *app) error {
	return c.apply(ctx, a, api.ControlEdit{Remove: c.Offices}, c.Quorum)
}

type officerQuorumCmd struct {
	keysFlags
	Quorum []string `arg:"" name:"kind=n" help:"A kind of entry, such as decision, keys or erase, with how many officers must approve it; 0 for none."`
}

// Run sets quorums.
func (c *officerQuorumCmd) Run(ctx context.Context, a *app) error {
	return (&officerFlags{keysFlags: c.keysFlags}).apply(ctx, a, api.ControlEdit{}, c.Quorum)
}

// apply makes a change of the officers.
func (c *officerFlags) apply(ctx context.Context, a *app, edit api.ControlEdit, quorum []string) error {
	edit.Reason, edit.Quorum = protocol.ReasonOfficers, map[protocol.Kind]uint64{}
	for _, arg := range quorum {
		kind, n, _ := strings.Cut(arg, "=")
		need, err := strconv.ParseUint(n, 10, 8)
		if err != nil {
			return &usageError{text: fmt.Sprintf("%q is not a kind with a number: write it like decision=2", plain(arg))}
		}
		edit.Quorum[protocol.Kind(kind)] = need
	}
	return c.change(ctx, a, "", edit, "Control changed. Approvals that were gathered before do not count any more.")
}
