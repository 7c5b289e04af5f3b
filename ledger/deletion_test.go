package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// later opens a store as it is so long after noon.
func later(t testing.TB, dir string, d time.Duration) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: vectors.NetworkName, Now: func() time.Time { return noon.Add(d) }, Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func closed(t testing.TB, l *ledger.Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// filesWith lists the files under dir that hold the salt of one of the entries
// anywhere.
func filesWith(t testing.TB, dir string, entries ...*protocol.Entry) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the store drops old journals meanwhile
		}
		b = bytes.TrimRight(b, "\x00") // the store keeps much room ahead
		for _, e := range entries {
			if bytes.Contains(b, saltOf(t, e)) {
				found = append(found, fmt.Sprintf("%s: entry %d", filepath.Base(path), e.Envelope.Seq))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// saltOf is the salt in an entry's content.
func saltOf(t testing.TB, e *protocol.Entry) []byte {
	t.Helper()
	fields, err := protocol.DecodeContent(e.Content)
	if err != nil {
		t.Fatal(err)
	}
	return fields["salt"].([]byte)
}

// served lists the ways in which l still gives away the content of an entry.
func served(t testing.TB, l *ledger.Ledger, e *protocol.Entry) []string {
	t.Helper()
	var ways []string
	note := func(way string, got *protocol.Entry, err error) {
		if err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		if got != nil && got.ID == e.ID && got.Content != nil {
			ways = append(ways, way)
		}
	}
	ev, err := l.Entry(e.ID)
	note("Entry", ev.Entry, err)
	ev, err = l.At(e.Body(), e.Envelope.Seq)
	note("At", ev.Entry, err)
	for ev, err := range l.Log(e.Body(), 0, 1<<20) {
		note("Log", ev.Entry, err)
	}
	for b, err := range l.Encoded(e.Body(), 0, 1<<20) {
		if err != nil {
			t.Fatal(err)
		}
		got, err := protocol.ParseEntry(b)
		note("Encoded", got, err)
	}
	for ev, err := range l.Events(0) {
		note("Events", ev.Entry, err)
	}
	for ev, err := range l.ByKind(e.Envelope.Kind, 0, 1<<60) {
		note("ByKind", ev.Entry, err)
	}
	return ways
}

// writeSecrets writes entries that will be erased: a short one, which would fit
// into the tree, a long one, one that refers to another, and one that was a
// branch of a frozen log.
func writeSecrets(t testing.TB, l *ledger.Ledger) (a *vectors.Author, doomed []*protocol.Entry) {
	t.Helper()
	a = vectors.NewAuthor("erasing", 0, nil)
	a.PublishN(2, 300)
	doomed = append(doomed, a.Publish("lesson", map[string]any{"title": "short", "lang": "en"}))
	doomed = append(doomed, a.PublishN(1, 20_000)...)
	doomed = append(doomed, a.Publish("correction", map[string]any{"of": a.Log[1].ID.String(), "lang": "en"}))
	thief := a.Clone()
	doomed = append(doomed, a.PublishN(1, 200)...)
	thief.Clock++
	thief.PublishN(1, 220)
	join(t, l, a.Log, thief.Log)
	if h, err := l.Head(a.Body()); err != nil || h.Freeze.Kind != protocol.Forked {
		t.Fatalf("the log should be frozen: %+v, %v", h, err)
	}
	a.Recover(0, 0, protocol.ReasonFork)
	a.PublishN(3, 300)
	join(t, l, a.Log)
	return a, doomed
}

func positions(entries []*protocol.Entry) []uint64 {
	var out []uint64
	for _, e := range entries {
		out = append(out, e.Envelope.Seq)
	}
	return out
}

// TestErasedContentIsWithheldAndDeleted looks for the bytes in every file of the
// store: they are served to nobody from the moment of the erasure, and after the
// delay they are nowhere. The store is one that was reopened, so that some of
// them lie in a finished file of the value log and some in the one being written.
func TestErasedContentIsWithheldAndDeleted(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	a, doomed := writeSecrets(t, l)
	closed(t, l)
	l = open(t, dir)
	doomed = append(doomed, a.PublishN(2, 600)...)
	kept := a.PublishN(1, 600)[0]
	join(t, l, a.Log)
	for _, e := range append(doomed, kept) {
		if len(served(t, l, e)) < 6 {
			t.Fatalf("entry %d is not served before it is erased", e.Envelope.Seq)
		}
	}
	a.Erase(protocol.ReasonPrivacy, 0, positions(doomed)...)
	join(t, l, a.Log)
	for _, e := range doomed {
		if ways := served(t, l, e); len(ways) > 0 {
			t.Errorf("entry %d is still served by %v", e.Envelope.Seq, ways)
		}
	}
	if n, err := l.Erased(a.Body()); err != nil || n != uint64(len(doomed)) {
		t.Errorf("%d erasures, %v", n, err)
	}
	week := ledger.DefaultEraseAfter
	if next, err := l.DeleteErased(t.Context()); err != nil || !next.Equal(noon.Add(week)) {
		t.Fatalf("the next deletion is at %s, %v", next, err)
	}
	closed(t, l)

	l = later(t, dir, week-time.Second)
	before := l.Last()
	if _, err := l.DeleteErased(t.Context()); err != nil || l.Last() != before {
		t.Fatalf("deleted too early: %v", err)
	}
	if len(filesWith(t, dir, doomed...)) < len(doomed) {
		t.Fatal("the salts were never in the files: the test tests nothing")
	}
	closed(t, l)

	l = later(t, dir, week)
	if next, err := l.DeleteErased(t.Context()); err != nil || !next.IsZero() {
		t.Fatalf("%s, %v", next, err)
	}
	checkDeleted(t, dir, l, a, doomed, kept)
	if events := erasedEvents(t, l); len(events) != 1 || len(events[0].Entries) != len(doomed) || events[0].Entries[1] != doomed[1].ID {
		t.Errorf("events %+v", events)
	}
	closed(t, l)
	l = later(t, dir, week)
	checkDeleted(t, dir, l, a, doomed, kept)
	join(t, l, a.Log) // brings the content again
	checkDeleted(t, dir, l, a, doomed, kept)
}

func erasedEvents(t testing.TB, l *ledger.Ledger) []ledger.Event {
	t.Helper()
	var out []ledger.Event
	for _, ev := range checkEvents(t, l) {
		if ev.Kind == ledger.EventErased {
			out = append(out, ev)
		}
	}
	return out
}

// checkDeleted fails the test unless the content of the doomed entries is in no
// file, the log is whole, and the rest has its content.
func checkDeleted(t testing.TB, dir string, l *ledger.Ledger, a *vectors.Author, doomed []*protocol.Entry, kept *protocol.Entry) {
	t.Helper()
	if files := filesWith(t, dir, doomed...); len(files) > 0 {
		t.Errorf("there are salts in %v", files)
	}
	for _, e := range doomed {
		if ways := served(t, l, e); len(ways) > 0 {
			t.Errorf("entry %d is served by %v", e.Envelope.Seq, ways)
		}
	}
	if ways := served(t, l, kept); len(ways) < 6 {
		t.Errorf("entry %d is served only by %v", kept.Envelope.Seq, ways)
	}
	n := 0
	for ev, err := range l.Log(a.Body(), 0, 1<<20) {
		if err != nil || ev.Entry.ID != a.Log[n].ID || !bytes.Equal(ev.Entry.Raw, a.Log[n].Raw) {
			t.Fatalf("position %d: %v", n, err)
		}
		n++
	}
	if n != len(a.Log) {
		t.Errorf("%d entries, want %d", n, len(a.Log))
	}
	if h, err := l.Head(a.Body()); err != nil || h.Root != a.Chain.Root() {
		t.Errorf("head %+v, %v", h, err)
	}
}

// TestDisownedEraseDeletesNothing lets a thief erase, and the owner recover the
// log within the delay, and after it.
func TestDisownedEraseDeletesNothing(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	owner := vectors.NewAuthor("robbed", 0, nil)
	owner.PublishN(3, 700)
	thief := owner.Clone()
	thief.Erase(protocol.ReasonLegal, 0, 1, 2)
	join(t, l, owner.Log)
	join(t, l, thief.Log)
	if ways := served(t, l, owner.Log[1]); len(ways) > 0 {
		t.Fatalf("served by %v while the erase stands", ways)
	}
	owner.Recover(0, 0, protocol.ReasonKeyStolen)
	join(t, l, owner.Log)
	closed(t, l)
	l = later(t, dir, 2*ledger.DefaultEraseAfter)
	if _, err := l.DeleteErased(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkLog(t, l, owner)
	if len(erasedEvents(t, l)) > 0 {
		t.Error("something was deleted")
	}
}

// TestContentComesBackAfterALateRecovery deletes by an erase that is disowned
// only then: the content is missed, and taken again from who has it.
func TestContentComesBackAfterALateRecovery(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	owner := vectors.NewAuthor("late", 0, nil)
	owner.PublishN(3, 700)
	thief := owner.Clone()
	thief.Erase(protocol.ReasonLegal, 0, 1, 2)
	join(t, l, thief.Log)
	closed(t, l)
	l = later(t, dir, ledger.DefaultEraseAfter)
	if _, err := l.DeleteErased(t.Context()); err != nil {
		t.Fatal(err)
	}
	if lacking, err := l.Lacking(10); err != nil || len(lacking) > 0 {
		t.Fatalf("lacking %v, %v", lacking, err)
	}
	owner.Recover(0, 0, protocol.ReasonKeyStolen)
	join(t, l, owner.Log[4:])
	lacking, err := l.Lacking(10)
	if err != nil || len(lacking) != 2 || lacking[0].Seq != 1 || lacking[1].Seq != 2 {
		t.Fatalf("lacking %v, %v", lacking, err)
	}
	join(t, l, owner.Log[1:3])
	checkLog(t, l, owner)
	if lacking, err := l.Lacking(10); err != nil || len(lacking) > 0 {
		t.Errorf("still lacking %v, %v", lacking, err)
	}
	last := checkEvents(t, l)[l.Last()-1]
	if last.Kind != ledger.EventRestored || last.Entries[0] != owner.Log[2].ID {
		t.Errorf("the last event is %+v", last)
	}
}

// TestBareEntriesAreTaken gives a ledger the log of a body as a peer has it that
// erased: the log is the same, nothing is lacking, and content that comes later
// is not taken.
func TestBareEntriesAreTaken(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	a := vectors.NewAuthor("bare", 0, nil)
	a.PublishN(3, 700)
	secret := a.Log[2]
	bare := append(ledger.Run(nil), a.Log...)
	bare[2] = secret.WithoutContent()
	join(t, l, bare)
	if lacking, err := l.Lacking(10); err != nil || len(lacking) != 1 || lacking[0] != (ledger.Lack{Body: a.Body(), Seq: 2, ID: secret.ID}) {
		t.Fatalf("lacking %v, %v", lacking, err)
	}
	erase := a.Erase(protocol.ReasonPrivacy, 0, 2)
	join(t, l, ledger.Run{erase})
	join(t, l, a.Log)
	if lacking, err := l.Lacking(10); err != nil || len(lacking) > 0 {
		t.Fatalf("lacking %v, %v", lacking, err)
	}
	if files := filesWith(t, dir, secret); len(files) > 0 {
		t.Errorf("the content was taken into %v", files)
	}
}
