package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// foundedNode is an offline node with a new body, and its recovery keys.
func foundedNode(t *testing.T) (Config, *Node, []protocol.PrivateKey) {
	t.Helper()
	cfg := loopback(t.TempDir())
	res, err := Init(t.Context(), cfg.Data, forum())
	if err != nil {
		t.Fatal(err)
	}
	var keys []protocol.PrivateKey
	for _, words := range res.Words {
		key, err := protocol.ParseRecovery(words)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return cfg, reopenNode(t, cfg), keys
}

func reopenNode(t *testing.T, cfg Config) *Node {
	t.Helper()
	n, err := NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// signedBy proposes a change of control and lets a recovery key sign it, which the
// key of a seed takes the place of.
func signedBy(t *testing.T, n *Node, key protocol.PrivateKey, seed byte, edit api.ControlEdit) (api.Proposal, error) {
	t.Helper()
	used, next := protocol.RecoveryDigest(key.Public()), protocol.RecoveryDigest(protocol.KeyFromSeed([32]byte{seed}).Public())
	edit.Used, edit.New = &used, &next
	p, err := n.proposeControl(t.Context(), edit)
	if err != nil {
		return p, err
	}
	a := protocol.Recover(key, protocol.RecoveryMessage(p.Body, p.Control, p.Place.Seq, p.Place.Root, p.Payload))
	signed, err := protocol.EncodeApproval(protocol.KindKeys, &a)
	if err != nil {
		t.Fatal(err)
	}
	return n.approve(t.Context(), p.ID, signed)
}

func mustPublish(t *testing.T, n *Node, text string) protocol.EntryID {
	t.Helper()
	out, err := n.publishText(t.Context(), []byte(text), "", api.Publishing{})
	if err != nil {
		t.Fatal(err)
	}
	return out.Entry.ID
}

// TestCrashWhileControlChanges: the change is in the log and the machine stops
// before the new key lies in its place. The next start puts it there.
func TestCrashWhileControlChanges(t *testing.T) {
	cfg, n, keys := foundedNode(t)
	old := n.own().key.Public()
	p, err := signedBy(t, n, keys[0], 9, api.ControlEdit{Reason: protocol.ReasonRotation})
	if err != nil {
		t.Fatal(err)
	}
	// What publishKeys does up to its rename.
	next, err := readKey(keyPath(cfg.Data, nextFile(p.ID)))
	if err != nil {
		t.Fatal(err)
	}
	chain, err := n.ledger.Chain(p.Body)
	if err != nil {
		t.Fatal(err)
	}
	approvals, err := decodeApprovals(&p.Proposal)
	if err != nil {
		t.Fatal(err)
	}
	env := chain.Next(protocol.KindKeys, unixNow(n.cfg.Now))
	env.Act, env.Approvals = p.Payload, approvals
	e, err := protocol.SignEntry(next.key, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.putKeys(t.Context(), &p, e); err != nil {
		t.Fatal(err)
	}
	if _, err := n.publishText(t.Context(), []byte(challenge), "", api.Publishing{}); !errors.Is(err, api.ErrKeyRetired) {
		t.Fatalf("the old key publishes: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = reopenNode(t, cfg)
	defer func() { _ = n.Close() }()
	if n.own().key.Public() == old || n.own().key.Public() != next.key.Public() {
		t.Error("the new key is not in use")
	}
	if got, err := n.casebook.Proposal(t.Context(), p.ID); err != nil || got.State != casebook.ProposalPublished || *got.Entry != e.ID {
		t.Errorf("%+v %v", got, err)
	}
	if left, err := filepath.Glob(keyPath(cfg.Data, nextPrefix+"*")); err != nil || len(left) != 0 {
		t.Error(left, err)
	}
	mustPublish(t, n, challenge)
}

// TestRecoverFrozenLog: two machines with the same key wrote different entries. A
// recovery key ends it, and says which branches it gives up.
func TestRecoverFrozenLog(t *testing.T) {
	cfg, n, keys := foundedNode(t)
	defer func() { _ = n.Close() }()
	clone := cfg
	clone.Data = t.TempDir()
	if err := os.CopyFS(clone.Data, os.DirFS(cfg.Data)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(keyPath(clone.Data, signingFile), 0o600); err != nil {
		t.Fatal(err)
	}
	other := reopenNode(t, clone)
	defer func() { _ = other.Close() }()
	mine := mustPublish(t, n, challenge)
	theirs, err := other.ledger.Entry(mustPublish(t, other, strings.Replace(challenge, "Buses", "Trains", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.ledger.Join(t.Context(), []ledger.Run{{theirs.Entry}}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.publishText(t.Context(), []byte(challenge), "", api.Publishing{}); !errors.Is(err, ledger.ErrFrozen) {
		t.Fatalf("a frozen log takes entries: %v", err)
	}
	p, err := signedBy(t, n, keys[1], 9, api.ControlEdit{Reason: protocol.ReasonFork})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = n.publishProposal(t.Context(), p.ID, false); err != nil || p.Entry == nil {
		t.Fatal(p, err)
	}
	controls, err := n.reader.Controls(p.Body)
	if err != nil || controls.Frozen || len(controls.GivenUp) != 1 || controls.GivenUp[0].Entry.ID != mine || !controls.GivenUp[0].Disclosed {
		t.Fatalf("%+v %v", controls, err)
	}
	if last := controls.Controls[1]; last.By != "recovery 2" || len(last.Control.Disowns) != 2 {
		t.Errorf("%+v", last)
	}
	mustPublish(t, n, challenge)
	// The clone hears of it and stops.
	for ev, err := range n.ledger.Log(p.Body, 2, 99) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.ledger.Join(t.Context(), []ledger.Run{{ev.Entry}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := other.publishText(t.Context(), []byte(challenge), "", api.Publishing{}); !errors.Is(err, api.ErrKeyRetired) {
		t.Errorf("the clone publishes: %v", err)
	}
}

// TestRecoverOnAnotherMachine takes a body up where only its log is.
func TestRecoverOnAnotherMachine(t *testing.T) {
	_, n, keys := foundedNode(t)
	defer func() { _ = n.Close() }()
	body := n.own().body
	mustPublish(t, n, challenge)
	cfg := loopback(t.TempDir())
	if err := os.MkdirAll(filepath.Join(cfg.Data, ledgerDir), 0o700); err != nil {
		t.Fatal(err)
	}
	fresh := reopenNode(t, cfg)
	edit := api.ControlEdit{Reason: protocol.ReasonRestore, Body: &body}
	var log ledger.Run
	for ev, err := range n.ledger.Log(body, 0, 99) {
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, ev.Entry)
	}
	if _, err := fresh.ledger.Join(t.Context(), []ledger.Run{log}); err != nil {
		t.Fatal(err)
	}
	if _, err := signedBy(t, fresh, keys[0], 9, edit); !errors.Is(err, api.ErrAskFirst) {
		t.Fatalf("with a log that came from elsewhere: %v", err)
	}
	if err := fresh.confirm(t.Context(), api.Assurance{What: api.ConfirmAlone, Reason: "the only other machine burnt down"}); err != nil {
		t.Fatal(err)
	}
	p, err := signedBy(t, fresh, keys[0], 9, edit)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.publishProposal(t.Context(), p.ID, false); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, fresh, challenge)
	if err := fresh.Close(); err != nil {
		t.Fatal(err)
	}
	fresh = reopenNode(t, cfg)
	defer func() { _ = fresh.Close() }()
	if got, ok := fresh.Body(); !ok || got != body {
		t.Error("the body is not this node's")
	}
	if _, err := fresh.publishText(t.Context(), []byte(challenge), "", api.Publishing{}); !errors.Is(err, api.ErrAskFirst) {
		t.Errorf("after a start nobody is asked: %v", err)
	}
	if err := fresh.confirm(t.Context(), api.Assurance{What: api.ConfirmAlone, Reason: "still the only one"}); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, fresh, challenge)
}

// TestControlEdits asks for changes that cannot be.
func TestControlEdits(t *testing.T) {
	_, n, keys := foundedNode(t)
	defer func() { _ = n.Close() }()
	first, second, beyond := uint64(0), uint64(1), uint64(9)
	other := protocol.BodyID{1}
	for name, edit := range map[string]api.ControlEdit{
		"the charter goes":      {Reason: protocol.ReasonFork, From: &first},
		"beyond the end":        {Reason: protocol.ReasonFork, From: &beyond},
		"no reason":             {From: &second},
		"an unknown office":     {Reason: protocol.ReasonOfficers, Remove: []string{"chair"}},
		"a key that is none":    {Reason: protocol.ReasonOfficers, Add: []api.Officer{{Office: "chair", Keys: []string{"xyz"}}}},
		"more than there are":   {Reason: protocol.ReasonOfficers, Quorum: map[protocol.Kind]uint64{"decision": 1}},
		"another body":          {Reason: protocol.ReasonRotation, Body: &other},
		"a quorum of a charter": {Reason: protocol.ReasonOfficers, Quorum: map[protocol.Kind]uint64{"charter": 1}},
	} {
		if p, err := signedBy(t, n, keys[0], 9, edit); err == nil || p.Entry != nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if _, err := n.proposeControl(t.Context(), api.ControlEdit{Reason: protocol.ReasonRotation}); err == nil || !strings.Contains(err.Error(), "recovery words") {
		t.Errorf("officers that are not there: %v", err)
	}
	// What was only asked for left no key behind that anybody would take up.
	if n.ledger.Last() != 2 {
		t.Errorf("%d events", n.ledger.Last())
	}
}
