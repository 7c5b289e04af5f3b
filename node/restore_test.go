package node

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// backup returns the backup of a node, in clear.
func (m *member) backup(key bool) []byte {
	m.t.Helper()
	var b bytes.Buffer
	if err := m.api.Backup(m.t.Context(), &b, key); err != nil {
		m.t.Fatal(err)
	}
	return b.Bytes()
}

func restore(t *testing.T, backup []byte) (dir string, res Restored) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "restored")
	res, err := Restore(t.Context(), loopback(dir), bytes.NewReader(backup))
	if err != nil {
		t.Fatal(err)
	}
	return dir, res
}

// TestOldBackupForksNothing restores last week's backup, with its key, while
// peers hold newer entries, and publishes.
func TestOldBackupForksNothing(t *testing.T) {
	body, made, peers := federation(t)
	backup := body.backup(true)
	body.mustPublish(3)
	agree(t, made.Body, 7, append(peers, body)...)
	body.stop()

	dir, res := restore(t, backup)
	if res.NewKey || !res.SigningKey || res.Report.Entries != 4 {
		t.Errorf("%+v", res)
	}
	// Without a node nobody can be asked.
	off, err := NewOffline(loopback(dir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.InProcess(off.Local()).Publish(t.Context(), []byte(challenge), false); !errors.Is(err, api.ErrAskFirst) {
		t.Errorf("offline: %v", err)
	}
	if err := off.Close(); err != nil {
		t.Fatal(err)
	}

	back := start(t, dir, nil)
	// Peers have not answered yet, or they have and what they hold came first.
	published := uint64(0)
	if _, err := back.publish(); err == nil {
		published++
	} else if !errors.Is(err, api.ErrAskFirst) {
		t.Errorf("at the start: %v", err)
	}
	back.awaitOpen()
	back.mustPublish(1)
	agree(t, made.Body, 8+published, append(peers, back)...)
}

// TestBackupWithoutKey puts a new key in force by the recovery words, behind all
// that was published.
func TestBackupWithoutKey(t *testing.T) {
	body, made, peers := federation(t)
	backup := body.backup(false)
	if bytes.Contains(backup, []byte(signingHeader)) {
		t.Error("the signing key is in the backup")
	}
	body.mustPublish(3)
	agree(t, made.Body, 7, append(peers, body)...)
	body.stop()

	dir, res := restore(t, backup)
	if !res.NewKey || res.SigningKey {
		t.Errorf("%+v", res)
	}
	var keys []protocol.PrivateKey
	for _, words := range made.Words {
		key, err := protocol.ParseRecovery(words)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	edit := api.ControlEdit{Reason: protocol.ReasonRestore}
	off, err := NewOffline(loopback(dir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signedBy(t, off, keys[1], 9, edit); !errors.Is(err, api.ErrAskFirst) {
		t.Errorf("a change of control on an old log: %v", err)
	}
	if err := off.Close(); err != nil {
		t.Fatal(err)
	}
	back := start(t, dir, nil)
	eventually(t, "two peers have answered", func() bool { return back.askedFirst() == nil })
	if _, err := back.publish(); !errors.Is(err, api.ErrKeyNew) {
		t.Errorf("with a key that is not in force: %v", err)
	}
	var problem *api.Problem
	if _, err := signedBy(t, back.Node, vectors.Secret("a stranger"), 9, edit); !errors.As(err, &problem) || problem.Code != api.CodeBadRequest {
		t.Errorf("with a stranger's words: %v", err)
	}
	p, err := signedBy(t, back.Node, keys[1], 9, edit)
	if err != nil || p.Place.Seq != 7 {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := back.api.PublishProposal(t.Context(), p.ID, false); err != nil {
		t.Fatal(err)
	}
	back.awaitOpen()
	back.mustPublish(1)
	agree(t, made.Body, 9, append(peers, back)...)
	chain, err := back.ledger.Chain(made.Body)
	if err != nil {
		t.Fatal(err)
	}
	c := chain.InForce().Control
	if c.Reason != protocol.ReasonRestore || !slices.Equal(c.Recovery, []protocol.Digest{protocol.RecoveryDigest(keys[0].Public()), protocol.RecoveryDigest(protocol.KeyFromSeed([32]byte{9}).Public())}) {
		t.Errorf("%+v", c)
	}
}

// TestSameKeyElsewhere meets another peer that shows a binding of the body.
func TestSameKeyElsewhere(t *testing.T) {
	body, made, peers := federation(t)
	dir, _ := restore(t, body.backup(true))
	if err := os.Remove(keyPath(dir, peerFile)); err != nil {
		t.Fatal(err)
	}
	other := start(t, dir, nil)
	other.join(body)
	for _, n := range []*member{body, other} {
		eventually(t, "both stop publishing", func() bool {
			_, err := n.publish()
			return errors.Is(err, api.ErrTwoWriters)
		})
		if err := n.api.Confirm(t.Context(), api.Assurance{What: api.ConfirmAlone, Reason: "it is fine"}); err != nil {
			t.Error(err)
		}
		if _, err := n.publish(); !errors.Is(err, api.ErrTwoWriters) {
			t.Errorf("a word against what was seen: %v", err)
		}
	}
	h, err := body.ledger.Head(made.Body)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, made.Body, h.Length, append(peers, body, other)...)
}

// TestRestoredLogIsAskedFor although the backup knows nothing of any peer: it may
// have been shared after the backup was made.
func TestRestoredLogIsAskedFor(t *testing.T) {
	n, c := founded(t)
	if _, err := c.Publish(t.Context(), []byte(challenge), false); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Backup(t.Context(), &b, true); err != nil {
		t.Fatal(err)
	}
	dir, _ := restore(t, b.Bytes())
	off := offline(t, dir, n.cfg.Network)
	if _, err := api.InProcess(off.Local()).Publish(t.Context(), []byte(challenge), false); !errors.Is(err, api.ErrAskFirst) {
		t.Errorf("%v", err)
	}
}
