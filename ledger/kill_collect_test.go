package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/faults"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// secretive is whose log the collecting process writes: in each round a record that
// is erased in the next, and one that stays.
func secretive(rounds int) *vectors.Author {
	a := vectors.NewAuthor("secretive", 0, nil)
	for i := range rounds {
		secret := a.Publish("outcome", map[string]any{"title": fmt.Sprintf("Secret %d", i), "lang": "en", "body": string(bytes.Repeat([]byte{'s'}, 2000))})
		a.PublishN(1, 1500)
		a.Erase(protocol.ReasonPrivacy, 0, secret.Envelope.Seq)
	}
	return a
}

// perRound is how many entries of a secretive log one round is; the first also has
// the charter.
const perRound = 3

// collectAgainAndAgain takes in a round of a log, deletes what it erases, takes in
// and drops another log that fills a file of values, and collects the garbage of
// the round before, over and over. It tells how long the first log is whenever that
// is on disk, twice for a round once its secret is deleted.
func collectAgainAndAgain(ctx context.Context, cfg ledger.Config, acknowledged io.Writer) error {
	cfg.EraseAfter = time.Nanosecond
	at := noon
	cfg.Now = func() time.Time { at = at.Add(time.Second); return at }
	a, guest := secretive(60), vectors.NewAuthor("guest", 0, nil)
	guest.PublishN(150, 60_000)
	for {
		l, err := ledger.Open(cfg)
		if err != nil {
			return err
		}
		length, err := lengthIn(l, a.Body())
		if err != nil {
			return err
		}
		rest := a.Log[length:]
		rest = rest[:min(len(rest), perRound+perRound-int(length+perRound-1)%perRound)]
		tell := func() error {
			_, err := fmt.Fprintln(acknowledged, int(length)+len(rest))
			return err
		}
		if _, err := l.Join(ctx, []ledger.Run{rest}); err != nil {
			return err
		}
		if err := tell(); err != nil {
			return err
		}
		if _, err := l.DeleteErased(ctx); err != nil {
			return err
		}
		if err := tell(); err != nil {
			return err
		}
		if _, err := l.Join(ctx, []ledger.Run{guest.Log}); err != nil {
			return err
		}
		if err := errors.Join(l.Drop(ctx, guest.Body()), l.Reclaim(), l.Close()); err != nil {
			return err
		}
	}
}

// TestKilledCollecting ends a process at random moments while it deletes what was
// erased, drops a log and collects garbage, each time on what was left: nothing
// that was acknowledged is lost or changed, and what was deleted is in no file.
func TestKilledCollecting(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	a := secretive(60)
	r := rand.New(rand.NewPCG(5, 1))
	dir := filepath.Join(t.TempDir(), "ledger")
	held := 0
	var slowest time.Duration
	for i := range faults.Times(12, 100) {
		if held > len(a.Log)-60 {
			dir, held = filepath.Join(t.TempDir(), "ledger"), 0
		}
		wait := time.Duration(r.IntN(400)) * time.Millisecond
		acked := writeUntil(t, "collect", dir, r.IntN(6), func() { time.Sleep(wait) })
		opened, took := collected(t, dir, a)
		if opened < max(acked, held) {
			t.Fatalf("kill %d: %d entries were acknowledged, %d are held", i, max(acked, held), opened)
		}
		held, slowest = opened, max(slowest, took)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil || len(files) > 6 {
		t.Errorf("%d files of values, which nobody collects: %v", len(files), err)
	}
	t.Logf("%d entries in %d files of values, the slowest opening took %s", held, len(files), slowest)
	if slowest > 5*time.Second {
		t.Errorf("an opening took %s", slowest)
	}
}

// collected opens what a collecting process left, checks every entry in it, lets
// the deletions come to their end, and searches the files for what they deleted.
func collected(t *testing.T, dir string, a *vectors.Author) (length int, took time.Duration) {
	t.Helper()
	start := time.Now()
	later := func() time.Time { return noon.Add(24 * time.Hour) }
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Now: later, Floor: 1, EraseAfter: time.Nanosecond})
	took = time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.DeleteErased(t.Context()); err != nil {
		t.Fatal(err)
	}
	for head, err := range l.Heads() {
		if err != nil {
			t.Fatal(err)
		}
		for ev, err := range l.Log(head.Body, 0, head.Length) {
			if err != nil {
				t.Fatal(err)
			}
			if head.Body != a.Body() {
				continue // reading it verified what it is
			}
			if want := a.Log[length]; !same(a, ev.Entry, want) {
				t.Fatalf("position %d is another entry", length)
			}
			length++
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	noSecret(t, dir, a.Log[:length])
	return length, took
}

// noSecret wants no file of a store to have what a log erased.
func noSecret(t *testing.T, dir string, log []*protocol.Entry) {
	t.Helper()
	var secrets [][]byte
	for _, e := range log {
		if act := e.Erase(); act != nil {
			for _, seq := range act.Positions {
				secrets = append(secrets, log[seq].Content)
			}
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(b, secret[:40]) {
				t.Fatalf("%s has the salt of erased content", f.Name())
			}
		}
	}
}
