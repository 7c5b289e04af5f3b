package node

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

func offline(t *testing.T, dir, network string) *Node {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Data, cfg.Network = dir, network
	n, err := NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func forum() InitParams {
	return InitParams{Name: "Marsh Lane Forum (example)", Role: "community_body", Network: "test"}
}

func TestInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	p := forum()
	p.Place = record.Place{Scheme: "gss", Code: "E08000032", Name: "Bradford"}
	var shown [2]string
	p.Confirm = func(words [2]string) error { shown = words; return nil }
	res, err := Init(t.Context(), dir, p)
	if err != nil {
		t.Fatal(err)
	}
	if shown != res.Words || shown[0] == shown[1] {
		t.Errorf("words shown %v, returned %v", shown, res.Words)
	}
	for _, words := range res.Words {
		if _, err := protocol.ParseRecovery(words); err != nil {
			t.Error(err)
		}
		assertNowhere(t, dir, words)
	}
	for _, path := range []string{"keys/signing", "config.toml", "LOCK"} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if _, err := Init(t.Context(), dir, forum()); !errors.Is(err, ErrBodyExists) {
		t.Errorf("a second body: %v", err)
	}
	n := offline(t, dir, "test")
	if body, ok := n.Body(); !ok || body != res.Body {
		t.Errorf("body %s", body)
	}
	assertFounded(t, n, res)
	chain, err := n.ledger.Chain(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	key, err := protocol.ParseRecovery(res.Words[0])
	if err != nil || chain.InForce().Control.Recovery[0] != protocol.RecoveryDigest(key.Public()) {
		t.Error("the first words are not the strongest recovery key")
	}
}

// assertNowhere looks for a text in every file of a directory.
func assertNowhere(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil && len(text) > 0 && contains(b, text) {
			t.Errorf("%s holds recovery words", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func contains(b []byte, text string) bool {
	for i := 0; i+len(text) <= len(b); i++ {
		if string(b[i:i+len(text)]) == text {
			return true
		}
	}
	return false
}

func assertFounded(t *testing.T, n *Node, res InitResult) {
	t.Helper()
	stats, err := n.ledger.Stats()
	if err != nil || stats.Bodies != 1 || stats.Entries != 2 {
		t.Errorf("%+v, %v: want one body of two entries", stats, err)
	}
	report, err := n.Verify(t.Context(), api.VerifyScope{}, nil)
	if err != nil || !report.OK() || report.Entries != 2 {
		t.Errorf("%+v, %v", report, err)
	}
	name, role, err := n.reader.Profile(res.Body)
	if err != nil || name != "Marsh Lane Forum (example)" || role != "community_body" {
		t.Errorf("profile %q %q, %v", name, role, err)
	}
	rec := &record.Record{Kind: "challenge", Fields: map[string]any{
		"title": "Buses", "lang": "en", "licence": "CC-BY-4.0", "signed_as": "clerk", "question": "How?", "raised_by": "community",
	}}
	if _, err := n.Publish(t.Context(), rec, api.Confirm{}); err != nil {
		t.Errorf("the body cannot publish: %v", err)
	}
	if _, err := os.Stat(keyPath(n.cfg.Data, foundingFile)); err == nil {
		t.Error("the file of the first entries was left behind")
	}
}

var errCrash = errors.New("crash here")

// TestInitCrash fails at each step, as a crash would.
func TestInitCrash(t *testing.T) {
	steps := []string{stepLock, stepLedger, stepConfig, stepConfirm, stepFounding, stepSigning, stepAppend, stepClean}
	var seen []string
	p := forum()
	p.step = func(name string) error { seen = append(seen, name); return nil }
	if _, err := Init(t.Context(), t.TempDir(), p); err != nil {
		t.Fatal(err)
	}
	if len(seen) != len(steps) {
		t.Fatalf("steps %v, want %v", seen, steps)
	}
	for i, step := range steps {
		if seen[i] != step {
			t.Fatalf("steps %v, want %v", seen, steps)
		}
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			p := forum()
			p.step = func(name string) error {
				if name == step {
					return errCrash
				}
				return nil
			}
			res, err := Init(t.Context(), dir, p)
			if !errors.Is(err, errCrash) {
				t.Fatalf("error %v", err)
			}
			made := errors.Is(err, ErrUnfinished)
			if want := step == stepAppend || step == stepClean; made != want {
				t.Fatalf("made: %v, want %v", made, want)
			}
			if made {
				if _, err := Init(t.Context(), dir, forum()); !errors.Is(err, ErrBodyExists) {
					t.Fatalf("another body over it: %v", err)
				}
			} else if res, err = Init(t.Context(), dir, forum()); err != nil {
				t.Fatal(err)
			}
			assertFounded(t, offline(t, dir, "test"), res)
		})
	}
}

// TestInitCrashLeavesObserver opens what a crash before the key left behind.
func TestInitCrashLeavesObserver(t *testing.T) {
	dir := t.TempDir()
	p := forum()
	p.step = func(name string) error {
		if name == stepSigning {
			return errCrash
		}
		return nil
	}
	if _, err := Init(t.Context(), dir, p); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	n := offline(t, dir, "test")
	if body, ok := n.Body(); ok || n.ledger.Last() != 0 {
		t.Errorf("body %s, %d events", body, n.ledger.Last())
	}
	if _, err := n.Publish(t.Context(), &record.Record{Kind: "challenge"}, api.Confirm{}); !errors.Is(err, api.ErrNoBody) {
		t.Errorf("an observer published: %v", err)
	}
}

func TestInitRefuses(t *testing.T) {
	dir := t.TempDir()
	p := forum()
	p.Confirm = func([2]string) error { return errors.New("the printer is out of paper") }
	if _, err := Init(t.Context(), dir, p); err == nil {
		t.Error("a body whose words could not be shown")
	}
	p = forum()
	p.Role = "king"
	var refused *api.FindingsError
	if _, err := Init(t.Context(), dir, p); !errors.As(err, &refused) {
		t.Errorf("a role that there is not: %v", err)
	}
	p = forum()
	p.Network = "Two words"
	if _, err := Init(t.Context(), dir, p); protocol.CodeOf(err) != protocol.BadControl {
		t.Errorf("a network that there cannot be: %v", err)
	}
	if _, err := NewOffline(Config{Data: filepath.Join(dir, "none")}); !errors.Is(err, ErrNotInitialised) {
		t.Errorf("an empty directory: %v", err)
	}
	if id, err := readIdentity(dir); err != nil || id != nil {
		t.Errorf("identity %v, %v", id, err)
	}
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	offline(t, dir, "test")
	cfg := DefaultConfig()
	cfg.Data, cfg.Network = dir, "test"
	_, err := NewOffline(cfg)
	var locked *LockedError
	if !errors.As(err, &locked) || locked.PID != os.Getpid() || !errors.Is(err, ledger.ErrLocked) {
		t.Errorf("a second node: %v", err)
	}
	if _, err := Init(t.Context(), dir, forum()); !errors.As(err, &locked) {
		t.Errorf("init beside a node: %v", err)
	}
}

func TestWrongNetworkRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.Data, cfg.Network = dir, "other"
	var ce *ConfigError
	if _, err := NewOffline(cfg); !errors.As(err, &ce) || ce.Key != "network" {
		t.Errorf("a body in another network: %v", err)
	}
}

func TestReadableKeyRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(keyPath(dir, signingFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readIdentity(dir); err == nil {
		t.Error("a key that others can read was used")
	}
}
