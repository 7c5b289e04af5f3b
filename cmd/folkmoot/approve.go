package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

type approveCmd struct {
	File   string        `arg:"" type:"existingfile" help:"File with a proposal, from the body's secretary."`
	Key    string        `required:"" placeholder:"FILE" type:"existingfile" help:"File with the officer's key, from \"folkmoot officer key\"."`
	For    time.Duration `placeholder:"TIME" default:"336h" help:"How long the approval holds (default 336h, two weeks)."`
	Output string        `short:"o" placeholder:"FILE" type:"path" help:"Write the approval to this file instead of stdout."`
	Yes    bool          `help:"Approve without being asked."`
}

// Help is the long text of the subcommand.
func (approveCmd) Help() string {
	return `Shows what a proposal says, from the very bytes that will be published, and signs it with an officer's key. It needs no node, no data directory and no connection: do it on a machine of your own.

Examples:

    folkmoot officer key -o chair.key
    folkmoot approve lamps.json --key chair.key -o chair.approval`
}

// signedApproval is what an officer sends back.
type signedApproval struct {
	Proposal string          `json:"proposal"`
	Body     protocol.BodyID `json:"body"`
	Kind     protocol.Kind   `json:"kind"`
	Signed   []byte          `json:"signed"`
}

// maxProposalFile is the longest file with a proposal, in bytes.
const maxProposalFile = 1 << 20

// Run signs a proposal.
func (c *approveCmd) Run(_ context.Context, a *app) error {
	p, err := readProposal(c.File)
	if err != nil {
		return err
	}
	if c.For <= 0 {
		return &usageError{text: "an approval must hold for some time"}
	}
	key, err := node.ReadOfficerKey(c.Key)
	if err != nil {
		return err
	}
	if err := showProposal(a.stderr, p); err != nil {
		return err
	}
	if err := c.ask(a); err != nil {
		return err
	}
	var approval protocol.Approval
	if p.Kind == protocol.KindKeys {
		message := protocol.RecoveryMessage(p.Body, p.Control, p.Place.Seq, p.Place.Root, p.Payload)
		approval = protocol.Approval{Key: protocol.Ed25519OfficerKey(key.Public()), Sig: key.Sign(protocol.PurposeRecovery, message)}
	} else {
		until := uint64(time.Now().Add(c.For).Unix()) //nolint:gosec // after 1970
		approval = protocol.Approve(key, p.Body, p.Control, p.Kind, protocol.HashOf(p.Payload), until)
	}
	signed, err := protocol.EncodeApproval(p.Kind, &approval)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(signedApproval{Proposal: p.ID, Body: p.Body, Kind: p.Kind, Signed: signed}, "", "  ")
	if err != nil {
		return err
	}
	if c.Output == "" {
		_, err = fmt.Fprintf(a.stdout, "%s\n", b)
		return err
	}
	if err := os.WriteFile(c.Output, append(b, '\n'), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "Approved. Send %s back to the secretary.\n", plain(c.Output))
	return nil
}

func (c *approveCmd) ask(a *app) error {
	if c.Yes {
		return nil
	}
	if !isTerminal(a.stdin) || !isTerminal(a.stderr) {
		return &usageError{text: "there is no terminal to ask in: look at the proposal, and say --yes"}
	}
	fmt.Fprint(a.stderr, "\nApprove this? Type yes: ")
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strings.TrimSpace(line) != "yes" {
		return errors.New("not approved; nothing was signed")
	}
	return nil
}

func readProposal(path string) (*api.Proposal, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	p := new(api.Proposal)
	err = json.NewDecoder(io.LimitReader(f, maxProposalFile)).Decode(p)
	if err != nil || p.ID == "" || p.Body.IsZero() || len(p.Payload) == 0 || (p.Kind == protocol.KindKeys) != (p.Place != nil) {
		return nil, fmt.Errorf("%s is not what \"folkmoot proposal show -o\" writes", plain(path))
	}
	return p, nil
}

// showProposal shows what a proposal says, read from what would be signed.
func showProposal(w io.Writer, p *api.Proposal) error {
	var t table
	t.row("proposal", p.ID)
	t.row("kind", string(p.Kind))
	t.row("body", strings.TrimSpace(plain(p.BodyName)+" "+p.Body.String()))
	switch p.Kind {
	case protocol.KindKeys:
		c, err := protocol.DecodeControl(p.Kind, p.Payload)
		if err != nil {
			return fmt.Errorf("the proposed change of control cannot be read: %w", err)
		}
		t.row("reason", c.Reason)
		t.row("place", fmt.Sprintf("position %d", p.Place.Seq))
		t.write(w)
		return showJSON(w, "control", api.ControlOf(c))
	case protocol.KindErase:
		e, err := protocol.DecodeErase(p.Payload)
		if err != nil {
			return fmt.Errorf("the proposed erasure cannot be read: %w", err)
		}
		t.write(w)
		return showJSON(w, "erases", e)
	}
	t.write(w)
	r, err := record.Decode(p.Kind, p.Payload)
	if err != nil {
		return fmt.Errorf("the proposed record cannot be read: %w", err)
	}
	fmt.Fprintln(w)
	showRecord(w, record.Plain(r.Fields))
	return nil
}

// proposedTitle is the title of a proposed record, or the reason of a change.
func proposedTitle(p *api.Proposal) string {
	if p.Kind == protocol.KindKeys {
		if c, err := protocol.DecodeControl(p.Kind, p.Payload); err == nil {
			return c.Reason
		}
		return ""
	}
	r, err := record.Decode(p.Kind, p.Payload)
	if err != nil {
		return ""
	}
	return r.Title()
}
