package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// maxWords is the longest text with recovery words that is read, in bytes.
const maxWords = 4 << 10

// wordsFlag names where recovery words are read from.
type wordsFlag struct {
	Words string `placeholder:"FILE" help:"Read the recovery words from this file, or \"-\" for stdin; they are asked for in a terminal."`
}

// read returns the text with the words.
func (f *wordsFlag) read(a *app) (string, error) {
	in := a.stdin
	switch {
	case f.Words == "" && isTerminal(a.stdin) && isTerminal(a.stderr):
		fmt.Fprint(a.stderr, "The twelve words of one recovery set: ")
		line, err := bufio.NewReader(a.stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return line, nil
	case f.Words == "":
		return "", &usageError{text: "say where the recovery words are with --words FILE, or \"-\" for stdin; or let the officers sign with --propose"}
	case f.Words != "-":
		file, err := os.Open(f.Words)
		if err != nil {
			return "", err
		}
		defer file.Close() //nolint:errcheck // it was only read
		in = file
	}
	b, err := io.ReadAll(io.LimitReader(in, maxWords))
	return string(b), err
}

// recoveryOf reads a recovery key from its words, with a slip mended if that
// leads to a key that the body's log lists.
func (a *app) recoveryOf(text string, c api.Controls) (protocol.PrivateKey, error) {
	var wanted []protocol.Digest
	for _, at := range c.Controls {
		wanted = append(wanted, at.Control.Recovery...)
	}
	text = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(text), "recovery 1:"), "recovery 2:")
	key, err := protocol.ParseRecovery(text)
	if err == nil {
		for _, d := range wanted {
			if d == protocol.RecoveryDigest(key.Public()) {
				return key, nil
			}
		}
	}
	mended, words, ok := protocol.MendRecovery(text, wanted)
	if ok {
		fmt.Fprintf(a.stderr, "The words have a slip; this body's are: %s\n", words)
		return mended, nil
	}
	if err != nil {
		return key, fmt.Errorf("the recovery words cannot be read: %w", err)
	}
	return key, errors.New("these recovery words are sound, but they are not this body's: compare them with the sheet, and the body with \"folkmoot bodies\"")
}

// changeControl proposes a change of control, signs it with a recovery key that
// never leaves this process, and publishes it. Where officers shall sign it stops
// at the first.
func (a *app) changeControl(ctx context.Context, client *api.Client, body protocol.BodyID, edit api.ControlEdit, how *keysFlags) (api.Proposal, error) {
	if how.Propose {
		return a.proposeControl(ctx, client, edit, how.Wait)
	}
	controls, err := client.Controls(ctx, body)
	if err != nil {
		return api.Proposal{}, err
	}
	text, err := how.read(a)
	if err != nil {
		return api.Proposal{}, err
	}
	old, err := a.recoveryOf(text, controls)
	if err != nil {
		return api.Proposal{}, err
	}
	next, nextWords, err := protocol.NewRecovery(rand.Reader)
	if err != nil {
		return api.Proposal{}, err
	}
	used, replaced := protocol.RecoveryDigest(old.Public()), protocol.RecoveryDigest(next.Public())
	edit.Used, edit.New = &used, &replaced
	p, err := a.proposeControl(ctx, client, edit, how.Wait)
	if err != nil {
		return p, err
	}
	message := protocol.RecoveryMessage(p.Body, p.Control, p.Place.Seq, p.Place.Root, p.Payload)
	approval := protocol.Recover(old, message)
	signed, err := protocol.EncodeApproval(protocol.KindKeys, &approval)
	if err != nil {
		return p, err
	}
	if _, err := client.Approve(ctx, p.ID, signed); err != nil {
		return p, err
	}
	// They are shown before the change lasts: there is no body whose words nobody saw.
	fmt.Fprintf(a.stdout, "recovery: %s\n", nextWords)
	fmt.Fprint(a.stderr, "\nThese words take the place of those that were just used, which are worth nothing\nfrom now on. Write them down: they are shown this once and kept nowhere.\n\n")
	done, err := client.PublishProposal(ctx, p.ID, false)
	if err != nil {
		return p, fmt.Errorf("control did not change, so the old words still hold and the new ones open nothing: %w", err)
	}
	return done, nil
}

// proposeControl proposes a change of control, again and again as long as peers
// have not answered for the body's log.
func (a *app) proposeControl(ctx context.Context, client *api.Client, edit api.ControlEdit, wait time.Duration) (api.Proposal, error) {
	p := a.progress()
	defer p.done()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(wait); ; {
		proposal, err := client.ProposeControl(ctx, edit)
		if !errors.Is(err, api.ErrAskFirst) || time.Now().After(deadline) {
			return proposal, err
		}
		p.say("%s", "waiting for two peers to answer for the body's log")
		select {
		case <-tick.C:
		case <-ctx.Done():
			return proposal, ctx.Err()
		}
	}
}

// tellChange says what became of a change of control.
func (a *app) tellChange(p api.Proposal, asJSON bool, what string) error {
	if asJSON {
		return a.printJSON(p)
	}
	if p.Entry != nil {
		fmt.Fprintln(a.stdout, p.Entry)
		fmt.Fprintln(a.stderr, what)
		return nil
	}
	fmt.Fprintln(a.stdout, p.ID)
	fmt.Fprintf(a.stderr, "Proposed: %s must sign it. Send each \"folkmoot proposal show %s -o FILE\", add what they send back with \"folkmoot proposal add\", then \"folkmoot proposal publish %s\". Nothing may be published meanwhile: the signatures name this place in the log.\n",
		count(p.Needed, "officer", "officers"), p.ID, p.ID)
	return nil
}

// ownBody is the body that the node speaks for.
func ownBody(ctx context.Context, client *api.Client) (protocol.BodyID, error) {
	s, err := client.Status(ctx)
	if err != nil {
		return protocol.BodyID{}, err
	}
	if s.Body == nil {
		return protocol.BodyID{}, api.ErrNoBody
	}
	return *s.Body, nil
}
