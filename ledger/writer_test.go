package ledger_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// longAuthor is whose log the writer's process writes.
func longAuthor() *vectors.Author {
	a := vectors.NewAuthor("long", 0, nil)
	a.PublishN(1200, 700)
	return a
}

// writeUntil starts a process that writes a ledger in the given way, and ends it,
// after calling cut, when so many positions were acknowledged. It returns how many
// were.
func writeUntil(t *testing.T, how, dir string, after int, cut func()) (acked int) {
	t.Helper()
	writer := exec.Command(os.Args[0], "-test.run=^TestWriterProcess$")
	writer.Env = append(os.Environ(), "LEDGER_WRITER="+how, "LEDGER_DIR="+dir)
	acknowledged, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	writer.ExtraFiles = []*os.File{theirs}
	if err := errors.Join(writer.Start(), theirs.Close()); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for in := bufio.NewScanner(acknowledged); in.Scan(); lines++ {
		if _, err := fmt.Sscan(in.Text(), &acked); err != nil {
			t.Fatalf("the writer says %q", in.Text())
		}
		if lines == after {
			cut()
			if err := writer.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
		}
	}
	_ = errors.Join(writer.Wait(), acknowledged.Close()) // it was killed
	if lines <= after {
		t.Fatalf("the writer, %s, ended after %d lines", how, lines)
	}
	return acked
}

// TestWriterProcess is the process that writeUntil starts.
func TestWriterProcess(t *testing.T) {
	how := os.Getenv("LEDGER_WRITER")
	if how == "" {
		t.Skip("it is started by other tests")
	}
	if err := writeLedger(t.Context(), how, os.Getenv("LEDGER_DIR"), os.NewFile(3, "acknowledged")); err != nil {
		t.Fatal(err)
	}
}

// writeLedger goes on with an author's log where the ledger ends, and writes to
// acknowledged how long the log is whenever the ledger has said that it is on
// disk.
func writeLedger(ctx context.Context, how, dir string, acknowledged io.Writer) error {
	cfg := ledger.Config{Dir: dir, Network: vectors.NetworkName, Now: func() time.Time { return noon }, Floor: 1}
	switch how {
	case "unsynced":
		cfg = ledger.Unsynced(cfg)
	case "collect":
		return collectAgainAndAgain(ctx, cfg, acknowledged)
	}
	l, err := ledger.Open(cfg)
	if err != nil {
		return err
	}
	a := longAuthor()
	length, err := lengthIn(l, a.Body())
	if err != nil {
		return err
	}
	rest := a.Log[length:]
	tell := func(length uint64) error {
		_, err := fmt.Fprintln(acknowledged, length)
		return err
	}
	switch how {
	case "stream":
		err = l.JoinStream(ctx, ofOne(rest), func(_ ledger.Run, o ledger.Outcome) error { return errors.Join(o.Err, tell(o.Head.Length)) })
	case "catalogue":
		err = indexAgainAndAgain(ctx, l, filepath.Join(dir, "..", "catalogue.db"), func() error { return tell(length) })
	case "closing":
		if _, err = l.Join(ctx, []ledger.Run{rest[:20]}); err == nil {
			err = errors.Join(tell(length+20), l.Close(), tell(length+20))
		}
	default:
		for _, e := range rest {
			ev, err := l.Append(ctx, bodyOf(e), func(*protocol.Chain) (*protocol.Entry, error) { return e, nil })
			if err := errors.Join(err, tell(ev.Entry.Envelope.Seq+1)); err != nil {
				return err
			}
		}
	}
	return err
}

// lengthIn is how long a body's log is; 0 where it is not held.
func lengthIn(l *ledger.Ledger, body protocol.BodyID) (uint64, error) {
	head, err := l.Head(body)
	if errors.Is(err, ledger.ErrNotFound) {
		return 0, nil
	}
	return head.Length, err
}

// bodyOf is the body whose log an entry extends; zero for one that founds it.
func bodyOf(e *protocol.Entry) protocol.BodyID {
	if e.Envelope.Seq == 0 {
		return protocol.BodyID{}
	}
	return e.Body()
}

// ofOne yields runs of one entry each.
func ofOne(entries []*protocol.Entry) iter.Seq2[ledger.Run, error] {
	return func(yield func(ledger.Run, error) bool) {
		for _, e := range entries {
			if !yield(ledger.Run{e}, nil) {
				return
			}
		}
	}
}

// indexAgainAndAgain builds the catalogue of a ledger and clears it out, over and
// over.
func indexAgainAndAgain(ctx context.Context, l *ledger.Ledger, path string, tell func() error) error {
	for {
		c, err := catalogue.Open(catalogue.Config{Path: path, Entry: l.Entry}) //nolint:contextcheck // opening takes no context
		if err != nil {
			return err
		}
		err = errors.Join(c.CatchUp(ctx, l), tell(), c.Purge(ctx), tell(), c.Close(), tell(), os.Remove(path))
		if err != nil {
			return err
		}
	}
}
