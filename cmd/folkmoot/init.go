package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

type initCmd struct {
	jsonFlag
	Name     string `placeholder:"NAME" help:"Name of the body, as people know it."`
	Role     string `placeholder:"ROLE" help:"One of ${roles}."`
	Place    string `placeholder:"PLACE" help:"Where it works: a GSS or ISO 3166-2 code with or without the name after it, or a name alone; optional."`
	Network  string `placeholder:"NAME" help:"Network to belong to, for good (by default \"main\")."`
	SignedAs string `placeholder:"OFFICE" default:"clerk" help:"Office that signs the first record (default ${default})."`
}

// Help is the long text of the subcommand.
func (initCmd) Help() string {
	return `Asks for what the flags do not say, if it runs in a terminal. The recovery words are printed once and kept nowhere: write them down, and keep the two sets apart. Whoever has a set can take over the body, and without them a lost or stolen key cannot be put right.

Offices and the approvals that they give stay public for ever; personal names never belong into them.

A node without a body observes: it holds and serves what others publish. It needs no init; "folkmoot serve" makes its data directory.

Examples:

    folkmoot init
    folkmoot init --name "Marsh Lane Residents' Forum" --role community_body --place "E05012345 Marsh Lane"`
}

// founded is what the command made.
type founded struct {
	Body     protocol.BodyID  `json:"body"`
	Charter  protocol.EntryID `json:"charter"`
	Record   protocol.EntryID `json:"record"`
	Data     string           `json:"data"`
	Network  string           `json:"network"`
	Recovery [2]string        `json:"recovery_words"`
}

// Run makes the body.
func (c *initCmd) Run(ctx context.Context, a *app) error {
	flags := map[string]string{}
	if c.Network != "" {
		flags["network"] = c.Network
	}
	cfg, err := a.load(flags)
	if err != nil {
		return err
	}
	if err := c.ask(a); err != nil {
		return err
	}
	made, err := node.Init(ctx, cfg.Data, node.InitParams{
		Name: c.Name, Role: c.Role, Place: placeOf(c.Place), Network: cfg.Network, SignedAs: c.SignedAs,
		DiskFloor: cfg.DiskFloor,
		Confirm:   func(words [2]string) error { return c.showWords(a, words) },
	})
	if err != nil && !errors.Is(err, node.ErrUnfinished) {
		return err
	}
	if c.JSON {
		return errors.Join(err, a.printJSON(founded{
			Body: made.Body, Charter: made.Charter, Record: made.Record, Data: cfg.Data,
			Network: cfg.Network, Recovery: made.Words,
		}))
	}
	fmt.Fprintf(a.stdout, "body %s\n", made.Body)
	fmt.Fprintf(a.stderr, "\n%s is founded on the network %q, in %s.\nNext: \"folkmoot publish FILE\", and \"folkmoot serve\" to share it.\n", plain(c.Name), cfg.Network, cfg.Data)
	return err
}

// showWords prints the recovery words before the body is made: there is no body
// whose words could not be shown.
func (c *initCmd) showWords(a *app, words [2]string) error {
	if c.JSON {
		return nil
	}
	for i, w := range words {
		if _, err := fmt.Fprintf(a.stdout, "recovery %d: %s\n", i+1, w); err != nil {
			return err
		}
	}
	fmt.Fprint(a.stderr, `
Write the recovery words down now: they are shown this once and kept nowhere.
Keep the two sets in two places, away from this machine. Whoever has a set can
take over the body; without one, a lost or stolen key cannot be put right.
`)
	return nil
}

// ask completes what the flags left open, from a terminal only.
func (c *initCmd) ask(a *app) error {
	in := bufio.NewReader(a.stdin)
	for _, q := range []struct {
		value        *string
		flag, prompt string
		required     bool
	}{
		{&c.Name, "name", "Name of the body: ", true},
		{&c.Role, "role", "Role (" + record.Roles.String() + "): ", true},
		{&c.Place, "place", "Place (a code or a name; empty for none): ", false},
	} {
		if *q.value != "" || !q.required && !c.asking(a) {
			continue
		}
		if !c.asking(a) {
			return &usageError{text: fmt.Sprintf("--%s is missing, and there is no terminal to ask in", q.flag)}
		}
		fmt.Fprint(a.stderr, q.prompt)
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if *q.value = strings.TrimSpace(line); *q.value == "" && q.required {
			return &usageError{text: fmt.Sprintf("--%s is missing", q.flag)}
		}
	}
	if !record.Roles.Has(c.Role) {
		return &usageError{text: fmt.Sprintf("%q is not a role: use %s", plain(c.Role), record.Roles)}
	}
	return nil
}

func (c *initCmd) asking(a *app) bool { return isTerminal(a.stdin) && isTerminal(a.stderr) }

var (
	gssCode = regexp.MustCompile(`^[EWSNK]\d{8}$`)
	isoCode = regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9]{1,3}$`)
)

// placeOf reads "CODE", "CODE NAME" or "NAME".
func placeOf(s string) record.Place {
	s = strings.TrimSpace(s)
	first, rest, _ := strings.Cut(s, " ")
	switch {
	case s == "":
		return record.Place{}
	case gssCode.MatchString(first):
		return record.Place{Scheme: "gss", Code: first, Name: strings.TrimSpace(rest)}
	case isoCode.MatchString(first):
		return record.Place{Scheme: "iso3166-2", Code: first, Name: strings.TrimSpace(rest)}
	default:
		return record.Place{Scheme: "other", Code: s, Name: s}
	}
}

// roleNames lists the roles for help.
func roleNames() string {
	names := make([]string, 0, len(record.Roles))
	for _, r := range record.Roles {
		names = append(names, r.Code)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
