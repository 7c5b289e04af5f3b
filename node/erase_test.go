package node

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// officered is an offline node whose body has two officers, of whom both must
// approve decisions.
func officered(t *testing.T) (*Node, *api.Client, []protocol.PrivateKey) {
	t.Helper()
	dir := t.TempDir()
	res, err := Init(t.Context(), dir, forum())
	if err != nil {
		t.Fatal(err)
	}
	n := offline(t, dir, vectors.NetworkName)
	recovery, err := protocol.ParseRecovery(res.Words[1])
	if err != nil {
		t.Fatal(err)
	}
	officers := []protocol.PrivateKey{vectors.Secret("clerk"), vectors.Secret("chair")}
	_, err = n.ledger.Append(t.Context(), n.own().body, func(chain *protocol.Chain) (*protocol.Entry, error) {
		last := chain.InForce()
		c := &protocol.Control{
			Key: n.own().key.Public(), Reason: "officers", Quorum: map[protocol.Kind]uint64{"challenge": 2},
			Recovery: []protocol.Digest{last.Control.Recovery[0], protocol.RecoveryDigest(vectors.Secret("next").Public())},
		}
		for i, office := range []string{"clerk", "chair"} {
			c.Officers = append(c.Officers, protocol.Officer{Office: office, Keys: []protocol.OfficerKey{protocol.Ed25519OfficerKey(officers[i].Public())}})
		}
		act, err := protocol.EncodeControl(protocol.KindKeys, c)
		if err != nil {
			return nil, err
		}
		env := chain.Next(protocol.KindKeys, unixNow(n.cfg.Now))
		env.Act = act
		env.Approvals = []protocol.Approval{protocol.Recover(recovery, protocol.RecoveryMessage(n.own().body, last.ID, env.Seq, env.Root, act))}
		return protocol.SignEntry(n.own().key, env, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n, api.InProcess(n.Local()), officers
}

// TestEraseNeedsApprovals erases with too few approvals, with some that do not
// count, and with enough. The entry says who approved then.
func TestEraseNeedsApprovals(t *testing.T) {
	n, c, officers := officered(t)
	out, err := c.PublishConfirmed(t.Context(), []byte(challenge), api.Confirm{Unapproved: true})
	if err != nil {
		t.Fatal(err)
	}
	want := api.Erasing{Entries: []protocol.EntryID{out.Entry.ID}, Reason: protocol.ReasonLegal, Check: true}
	plan, err := c.Erase(t.Context(), want)
	if err != nil || plan.Needed != 2 || !slices.Equal(plan.Offices, []string{"clerk", "chair"}) || plan.Erase != nil || len(plan.Entries) != 1 {
		t.Fatalf("%+v, %v", plan, err)
	}
	want.Check = false
	before := n.ledger.Last()
	proposed, err := c.Erase(t.Context(), want)
	if err != nil || proposed.Erase != nil || proposed.Proposal == nil || proposed.Proposal.Needed != 2 {
		t.Fatalf("%+v, %v", proposed, err)
	}
	p := proposed.Proposal
	until := uint64(time.Now().Add(time.Hour).Unix())
	approve := func(k protocol.PrivateKey, digest protocol.Digest, until uint64) error {
		a := protocol.Approve(k, n.own().body, p.Control, protocol.KindErase, digest, until)
		signed, err := protocol.EncodeApproval(protocol.KindErase, &a)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Approve(t.Context(), p.ID, signed)
		return err
	}
	digest := protocol.HashOf(p.Payload)
	short := func(what string) {
		t.Helper()
		// What is not approved cannot be erased, whoever would let it be seen.
		if _, err := c.PublishProposal(t.Context(), p.ID, true); !errors.Is(err, api.ErrUnapproved) {
			t.Errorf("%s: %v", what, err)
		}
	}
	short("none")
	for range 2 {
		if err := approve(officers[0], digest, until); err != nil {
			t.Fatal(err)
		}
		short("one")
	}
	for name, err := range map[string]error{
		"a stranger's":     approve(vectors.Secret("stranger"), digest, until),
		"of another thing": approve(officers[1], protocol.HashOf([]byte("x")), until),
		"lapsed":           approve(officers[1], digest, 1),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
		short(name)
	}
	if _, err := c.Approve(t.Context(), p.ID, []byte("no approval")); err == nil || !strings.Contains(err.Error(), "no approval of a") {
		t.Errorf("not an approval: %v", err)
	}
	if n.ledger.Last() != before {
		t.Fatal("something was written")
	}
	if err := approve(officers[1], digest, until); err != nil {
		t.Fatal(err)
	}
	done, err := c.PublishProposal(t.Context(), p.ID, false)
	if err != nil || done.Entry == nil {
		t.Fatalf("%+v, %v", done, err)
	}
	d, err := c.Entry(t.Context(), out.Entry.ID)
	if err != nil || d.Content != api.ContentGone || d.Erasure == nil || d.Erasure.ID != *done.Entry ||
		d.Erasure.Reason != protocol.ReasonLegal || !slices.Equal(d.Erasure.Offices, []string{"clerk", "chair"}) || d.Record != nil || d.Title != "" {
		t.Errorf("%+v, %v", d, err)
	}
	if err := n.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := c.Search(t.Context(), api.SearchQuery{Kind: "challenge"})
	if err != nil || len(page.Hits) != 1 || page.Hits[0].Content != api.ContentGone || page.Hits[0].Erasure == nil || page.Hits[0].Title != "" {
		t.Errorf("%+v, %v", page, err)
	}
	if b, err := c.Body(t.Context(), n.own().body); err != nil || b.Erased != 1 {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestWhatCannotBeErased asks for what is refused, each with a sentence.
func TestWhatCannotBeErased(t *testing.T) {
	n, c := founded(t)
	other := vectors.NewAuthor("someone else", 0, nil)
	other.PublishN(1, 100)
	if _, err := n.ledger.Join(t.Context(), []ledger.Run{other.Log}); err != nil {
		t.Fatal(err)
	}
	own, err := n.ledger.IDAt(n.own().body, 1)
	if err != nil {
		t.Fatal(err)
	}
	before := n.ledger.Last()
	for name, x := range map[string]struct {
		ask  api.Erasing
		want string
	}{
		"nothing":     {api.Erasing{Reason: "privacy"}, "0 entries are named"},
		"no reason":   {api.Erasing{Entries: []protocol.EntryID{own}}, `The reason "" is not one`},
		"a charter":   {api.Erasing{Entries: []protocol.EntryID{protocol.EntryID(n.own().body)}, Reason: "privacy"}, "is a charter entry"},
		"another's":   {api.Erasing{Entries: []protocol.EntryID{own, other.Log[1].ID}, Reason: "privacy"}, "entry of another body"},
		"what is not": {api.Erasing{Entries: []protocol.EntryID{{1}}, Reason: "privacy"}, "Not held here"},
	} {
		if _, err := c.Erase(t.Context(), x.ask); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(x.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n.ledger.Last() != before {
		t.Error("something was written")
	}
}

// TestDeletedFromTheWholeDataDirectory erases the body's own profile and a draft
// that was published, puts the ledger aside for one that is built again, lets a
// week pass while no node runs, and looks for the text in every file.
func TestDeletedFromTheWholeDataDirectory(t *testing.T) {
	dir := t.TempDir()
	p := forum()
	p.Name = "Quagmirean Forum (example)"
	if _, err := Init(t.Context(), dir, p); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	cfg := DefaultConfig()
	cfg.Data, cfg.Network, cfg.Now = dir, vectors.NetworkName, func() time.Time { return now }
	opened := func() (*Node, *api.Client) {
		n, err := NewOffline(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return n, api.InProcess(n.Local())
	}
	n, c := opened()
	d, err := c.CreateDraft(t.Context(), casebook.Revision{Text: asking("Who knows the Quagmirean road?")})
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.PublishDraft(t.Context(), d.ID, 0, api.Confirm{})
	if err != nil {
		t.Fatal(err)
	}
	profile, err := n.ledger.IDAt(n.own().body, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.Status(t.Context()); err != nil || s.BodyName != p.Name {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := c.Erase(t.Context(), api.Erasing{Entries: []protocol.EntryID{profile, out.Entry.ID}, Reason: "mistake"}); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Status(t.Context()); err != nil || s.BodyName != "" || s.Erased != 2 {
		t.Errorf("the erased name is still shown: %+v, %v", s, err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	rebuilt, err := Rebuild(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(filesWith(t, rebuilt.Kept, "Quagmirean")) == 0 {
		t.Fatal("the ledger that was put aside does not have the text")
	}
	for _, week := range []time.Duration{ledger.DefaultEraseAfter - time.Minute, time.Minute} {
		now = now.Add(week)
		n, _ = opened()
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		found := append(filesWith(t, dir, "Quagmirean"), filesWith(t, dir, "quagmirean")...)
		if due := week == time.Minute; due != (len(found) == 0) {
			t.Errorf("due: %t; the text is in %v", due, found)
		}
	}
}

func filesWith(t *testing.T, dir, text string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = append(found, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestLedgerPutAside: one that was put aside goes after a while, and not before
// the own log is whole, nor one that somebody named.
func TestLedgerPutAside(t *testing.T) {
	cfg := loopback(t.TempDir())
	if _, err := Init(t.Context(), cfg.Data, forum()); err != nil {
		t.Fatal(err)
	}
	n, err := NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}()
	aside := func(name string) string {
		dir := filepath.Join(n.cfg.Data, ledgerDir+damagedSuffix+name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	old, named, fresh := aside("20200102-030405"), aside("mine"), aside(n.cfg.Now().UTC().Format(damagedTime))
	left := func(must string) (out []string) {
		if err := errors.Join(n.ledger.PutNote(wholeNote, []byte(must)), n.removeDamaged()); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{old, named, fresh} {
			if _, err := os.Stat(dir); err == nil {
				out = append(out, dir)
			}
		}
		return out
	}
	if got := left("99"); len(got) != 3 {
		t.Errorf("while the log is short only %v are left", got)
	}
	if got := left("1"); !slices.Equal(got, []string{named, fresh}) {
		t.Errorf("once it is whole %v are left", got)
	}
}
