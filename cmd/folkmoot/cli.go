package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// cli is the grammar of the command line: one field a subcommand, in the order
// in which help lists them.
type cli struct {
	Globals

	Init    initCmd    `cmd:"" group:"own" help:"Make a body, with its keys and its recovery words."`
	Serve   serveCmd   `cmd:"" group:"own" help:"Run the node: share, answer, and show pages, until it is told to stop."`
	New     newCmd     `cmd:"" group:"own" help:"Write a record to be filled in, with what to write where."`
	Publish publishCmd `cmd:"" group:"own" help:"Sign a record and put it in the body's log, or only check it."`
	Erase   eraseCmd   `cmd:"" group:"own" help:"Erase the content of entries that the body published."`
	Draft   draftCmd   `cmd:"" group:"own" help:"Keep private drafts in the casebook: create, edit, list, show, publish."`

	Officer  officerCmd  `cmd:"" group:"control" help:"Name officers who must approve what the body publishes."`
	Approve  approveCmd  `cmd:"" group:"control" help:"Sign a proposal with an officer's key, on another machine."`
	Proposal proposalCmd `cmd:"" group:"control" help:"Gather approvals: list, show, add, publish, withdraw."`
	Keys     keysCmd     `cmd:"" group:"control" help:"Show, rotate and recover the keys of a body."`

	Confirm confirmCmd `cmd:"" group:"own" help:"Say in words what the node cannot know before it publishes."`
	Backup  backupCmd  `cmd:"" group:"own" help:"Write everything that the node has to one encrypted file, or check such a file."`
	Restore restoreCmd `cmd:"" group:"own" help:"Make the data directory of a backup again."`

	Bodies bodiesCmd `cmd:"" group:"read" help:"List the bodies whose logs are held here."`
	Domain domainCmd `cmd:"" group:"read" help:"Ask whether the websites of bodies name the bodies."`
	Log    logCmd    `cmd:"" group:"read" help:"List the entries of a body, or all in the order in which they came."`
	Show   showCmd   `cmd:"" group:"read" help:"Show one entry."`
	Verify verifyCmd `cmd:"" group:"read" help:"Check an entry, a log, everything held, or an exported file."`
	Doctor doctorCmd `cmd:"" group:"read" help:"Look for what is wrong with the node, and how to mend it."`
	Export exportCmd `cmd:"" group:"read" help:"Write all that is held to one file that anyone can verify."`

	Assess  assessCmd  `cmd:"" group:"ask" help:"Say which method a decision used, rule by rule, with the evidence."`
	Owed    owedCmd    `cmd:"" group:"ask" help:"List what bodies owe, and what is late; or count it by body."`
	Thread  threadCmd  `cmd:"" group:"ask" help:"Show everything that hangs together with a record, from mandate to adoption."`
	Spread  spreadCmd  `cmd:"" group:"ask" help:"Say who adopted a lesson, what they changed, and whether it worked."`
	Path    pathCmd    `cmd:"" group:"ask" help:"Show the way of a service in a place through the four methods."`
	Summary summaryCmd `cmd:"" group:"ask" help:"Count what is held by the four questions, place and year."`

	Status statusCmd `cmd:"" group:"net" help:"Say how the node is."`
	Peers  peersCmd  `cmd:"" group:"net" help:"List the other nodes that this one knows."`
	Invite inviteCmd `cmd:"" group:"net" help:"Make a link with which another node can join this network."`
	Join   joinCmd   `cmd:"" group:"net" help:"Join a network by the link that its member gave."`

	Trust   trustCmd   `cmd:"" group:"keep" help:"Say whose logs are kept here, and why; trust a body, or no longer."`
	Block   blockCmd   `cmd:"" group:"keep" help:"Refuse a body, and hide what is held of it."`
	Unblock unblockCmd `cmd:"" group:"keep" help:"Take a block back."`
	Hide    hideCmd    `cmd:"" group:"keep" help:"Keep an entry out of the lists of this node."`
	Unhide  unhideCmd  `cmd:"" group:"keep" help:"Show a hidden entry again."`

	Schema     schemaCmd     `cmd:"" group:"other" help:"Print the JSON Schema of records."`
	Demo       demoCmd       `cmd:"" group:"other" help:"See it work: six nodes on this machine, with example records."`
	Bench      benchCmd      `cmd:"" group:"other" help:"Measure what this machine can do with it."`
	Completion completionCmd `cmd:"" group:"other" help:"Print the completion script of a shell."`
	Version    versionCmd    `cmd:"" group:"other" help:"Print the version."`
}

// Globals are the flags of every subcommand.
type Globals struct {
	Data   string `placeholder:"DIR" type:"path" help:"Data directory (FOLKMOOT_DATA; by default ~/.local/share/folkmoot)."`
	Config string `placeholder:"FILE" type:"path" help:"Configuration file (FOLKMOOT_CONFIG; by default config.toml in the data directory)."`
}

// jsonFlag is embedded by every subcommand that reads.
type jsonFlag struct {
	JSON bool `name:"json" help:"Print JSON instead of text."`
}

// app is what a subcommand works with.
type app struct {
	Globals
	kong *kong.Kong
	// command is the subcommand that was selected; empty for none.
	command string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

// about is the first line of help.
const about = "A shared ledger of who decides what with whose mandate: bodies sign, nodes share, anyone verifies."

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var grammar cli
	helped := false
	parser, err := kong.New(&grammar,
		kong.Name("folkmoot"), kong.Description(about), kong.Writers(stdout, stderr),
		kong.Vars{"roles": roleNames()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 96}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "own", Title: "Speak:"},
			{Key: "control", Title: "Say who may speak:"},
			{Key: "read", Title: "Read and check:"},
			{Key: "ask", Title: "Ask what follows from it:"},
			{Key: "net", Title: "Share:"},
			{Key: "keep", Title: "Choose what is kept and shown:"},
			{Key: "other", Title: "Other:"},
			{Key: "set", Title: "Configuration:"},
		}),
		kong.Exit(func(int) { helped = true }),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		fmt.Fprintln(stderr, "folkmoot: the command line's grammar:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if helped {
		return exitDone
	}
	out := &resultWriter{w: stdout}
	a := &app{Globals: grammar.Globals, kong: parser, stdin: stdin, stdout: out, stderr: stderr}
	if err != nil {
		var parse *kong.ParseError
		if errors.As(err, &parse) {
			a.command = pathOf(parse.Context)
		}
		return a.report(&usageError{text: err.Error()})
	}
	a.command = pathOf(command)
	if err = command.Run(a); err == nil && out.err != nil {
		err = fmt.Errorf("write the results: %w", out.err)
	}
	return a.report(err)
}

// resultWriter remembers its first failure, so that a command whose results
// could not be written does not end as if it had succeeded.
type resultWriter struct {
	w   io.Writer
	err error
}

// Write implements [io.Writer].
func (r *resultWriter) Write(b []byte) (int, error) {
	n, err := r.w.Write(b)
	if err != nil && r.err == nil {
		r.err = err
	}
	return n, err
}

// pathOf is the command that was selected, with those that it belongs to; empty
// when parsing did not come so far. A command that nobody needs to name is left
// out.
func pathOf(c *kong.Context) string {
	if c == nil || c.Selected() == nil {
		return ""
	}
	var names []string
	for n := c.Selected(); n.Type == kong.CommandNode; n = n.Parent {
		if !n.Hidden {
			names = append([]string{n.Name}, names...)
		}
	}
	return strings.Join(names, " ")
}

// report tells the error, if there is one, and returns the exit code for it.
func (a *app) report(err error) int {
	if err == nil {
		return exitDone
	}
	code := exitCode(err)
	if code == exitInterrupted {
		fmt.Fprintln(a.stderr, "folkmoot: interrupted")
		return code
	}
	fmt.Fprintln(a.stderr, "folkmoot:", err)
	if hint := hintFor(err, a.command); hint != "" {
		fmt.Fprintln(a.stderr, strings.TrimRight(hint, "\n"))
	}
	return code
}
