package node

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func loopback(dir string) Config {
	cfg := DefaultConfig()
	cfg.Data, cfg.Network, cfg.Listen = dir, vectors.NetworkName, "127.0.0.1:0"
	cfg.P2PListen = []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
	return cfg
}

// run runs a node with a body until the returned function is called, which
// waits for it to stop and to close.
func run(t *testing.T, cfg Config) (*Node, func()) {
	t.Helper()
	if _, err := Init(t.Context(), cfg.Data, forum()); err != nil && !errors.Is(err, ErrBodyExists) {
		t.Fatal(err)
	}
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	return n, func() {
		cancel()
		if err := errors.Join(<-done, n.Close()); err != nil {
			t.Error(err)
		}
	}
}

const challenge = `{"kind": "challenge", "title": "Buses after six", "lang": "en", "licence": "CC-BY-4.0",
	"signed_as": "secretary", "question": "How can people get home after six?", "raised_by": "community"}`

func TestRunAndStop(t *testing.T) {
	before := goleak.IgnoreCurrent()
	dir := t.TempDir()
	n, stop := run(t, loopback(dir))
	c, err := api.Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Publish(t.Context(), []byte(challenge), false)
	if err != nil || p.Entry == nil || p.Entry.Seq != 2 {
		t.Fatalf("%+v, %v", p, err)
	}
	// A connection that is kept open must not hold up the end.
	idle, err := net.Dial("tcp", n.public.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	began := time.Now()
	stop()
	if took := time.Since(began); took > shutdownTime+5*time.Second {
		t.Errorf("stopping took %s", took)
	}
	if err := idle.Close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
	if _, err := os.Stat(filepath.Join(dir, api.SocketName)); err == nil {
		t.Error("the socket was left behind")
	}
	// SQLite keeps this while somebody has the casebook open.
	if _, err := os.Stat(filepath.Join(dir, casebookFile+"-wal")); err == nil {
		t.Error("the casebook was left open")
	}
	if _, err := api.Dial(dir); !errors.Is(err, api.ErrOffline) {
		t.Errorf("dialling a node that stopped: %v", err)
	}
	again := offline(t, dir, vectors.NetworkName)
	if _, err := again.ledger.Entry(p.Entry.ID); err != nil {
		t.Errorf("what was published is gone: %v", err)
	}
}

func TestSocketIsTheOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	_, stop := run(t, loopback(dir))
	defer stop()
	info, err := os.Stat(filepath.Join(dir, api.SocketName))
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != os.ModeSocket {
		t.Errorf("%v, %v", info, err)
	}
}

// TestLongPath has a data directory whose path no socket address could hold.
func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 30))
	n, stop := run(t, loopback(dir))
	defer stop()
	c, err := api.Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Status(t.Context())
	if err != nil || s.Data != n.cfg.Data {
		t.Errorf("%+v, %v", s, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestClientsAgree asks everything over the socket and in the process.
func TestClientsAgree(t *testing.T) {
	dir := t.TempDir()
	n, stop := run(t, loopback(dir))
	defer stop()
	author := vectors.NewAuthor("someone else", 1, nil)
	author.PublishN(5, 100)
	if _, err := n.ledger.Join(t.Context(), []ledger.Run{author.Log}); err != nil {
		t.Fatal(err)
	}
	socket, err := api.Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	inside := api.InProcess(n.Local())
	if _, err := inside.Publish(t.Context(), []byte(challenge), false); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	draft, err := socket.CreateDraft(ctx, casebook.Revision{Text: challenge})
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]func(c *api.Client) (any, error){
		"bodies": func(c *api.Client) (any, error) { return c.Bodies(ctx, protocol.BodyID{}, 10) },
		"body":   func(c *api.Client) (any, error) { return c.Body(ctx, author.Body()) },
		"log":    func(c *api.Client) (any, error) { return c.Log(ctx, author.Body(), nil, 3) },
		"entries": func(c *api.Client) (any, error) {
			return c.Entries(ctx, api.EventQuery{After: 1, Kind: "decision", Limit: 2})
		},
		"entry":       func(c *api.Client) (any, error) { return c.Entry(ctx, author.Log[3].ID) },
		"raw":         func(c *api.Client) (any, error) { return c.Raw(ctx, author.Log[3].ID) },
		"peers":       func(c *api.Client) (any, error) { return c.Peers(ctx) },
		"invite":      func(c *api.Client) (any, error) { return c.Invite(ctx) },
		"check":       func(c *api.Client) (any, error) { return c.Publish(ctx, []byte(challenge), true) },
		"verify":      func(c *api.Client) (any, error) { return c.Verify(ctx, api.VerifyScope{}, nil) },
		"drafts":      func(c *api.Client) (any, error) { return c.Drafts(ctx, casebook.StateOpen) },
		"draft":       func(c *api.Client) (any, error) { return c.Draft(ctx, draft.ID, 1) },
		"history":     func(c *api.Client) (any, error) { return c.DraftHistory(ctx, draft.ID) },
		"check draft": func(c *api.Client) (any, error) { return c.CheckDraft(ctx, draft.ID) },
		"confirmed":   func(c *api.Client) (any, error) { return c.ConfirmedIn(ctx, draft.ID) },
		"bad draft":   func(c *api.Client) (any, error) { return c.Draft(ctx, "zzzzzz", 0) },
		"bad conflict": func(c *api.Client) (any, error) {
			return c.SaveDraft(ctx, draft.ID, 7, casebook.Revision{Text: "another"})
		},
		"bad passage": func(c *api.Client) (any, error) {
			return c.PublishConfirmed(ctx, []byte(asking("Ring 0113 496 0182.")), api.Confirm{Hits: []string{"x"}})
		},
		"missing entry": func(c *api.Client) (any, error) {
			return c.Entry(ctx, protocol.EntryID(protocol.HashOf([]byte("no"))))
		},
		"bad record": func(c *api.Client) (any, error) { return c.Publish(ctx, []byte(`{"kind":`), false) },
		"findings":   func(c *api.Client) (any, error) { return c.Publish(ctx, []byte(`{"kind":"decision"}`), false) },
		"bad link":   func(c *api.Client) (any, error) { return nil, c.Join(ctx, "https://example.org") },
		"export": func(c *api.Client) (any, error) {
			var b strings.Builder
			err := c.Export(ctx, api.FormatJSONL, protocol.BodyID{}, &b)
			return b.String(), err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			a, errA := call(socket)
			b, errB := call(inside)
			if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(errA, errB) {
				t.Errorf("over the socket: %s, %v\nin the process: %s, %v", asJSON(t, a), errA, asJSON(t, b), errB)
			}
			wantErr := strings.HasPrefix(name, "bad") || name == "missing entry" || name == "findings"
			if (errA != nil) != wantErr {
				t.Errorf("error %v", errA)
			}
		})
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestLocalCallsAreNotPublic asks the public port for what only the owner may.
func TestLocalCallsAreNotPublic(t *testing.T) {
	n, stop := run(t, loopback(t.TempDir()))
	defer stop()
	before := n.ledger.Last()
	for _, path := range []string{"/local/v1/publish", "/local/v1/invite", "/local/v1/join", "/local/v1/status", "/local/v1/verify", "/local/v1/peers", "/local/v1/drafts"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			req, err := http.NewRequestWithContext(t.Context(), method, n.URL()+path, strings.NewReader(challenge))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Error(err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if resp.StatusCode/100 != 4 {
				t.Errorf("%s %s: %d", method, path, resp.StatusCode)
			}
		}
	}
	if n.ledger.Last() != before {
		t.Error("something was published")
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestReady(t *testing.T) {
	dir := t.TempDir()
	n, stop := run(t, loopback(dir))
	defer stop()
	c := api.InProcess(n.Public())
	deadline := time.After(20 * time.Second)
	for {
		err := c.Ready(t.Context())
		if err == nil {
			break
		}
		var p *api.Problem
		if !errors.As(err, &p) || p.Code != api.CodeNotReady || len(p.Missing) == 0 {
			t.Fatalf("not ready: %v", err)
		}
		select {
		case <-deadline:
			t.Fatal(p.Missing)
		case <-time.After(time.Millisecond):
		}
	}
}

func TestNotReadyBeforeRun(t *testing.T) {
	dir := t.TempDir()
	n, err := New(loopback(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	var p *api.Problem
	if err := api.InProcess(n.Public()).Ready(t.Context()); !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable || len(p.Missing) == 0 {
		t.Errorf("%v", err)
	}
	if _, ok := n.Body(); ok {
		t.Error("an observer has a body")
	}
	if _, err := api.InProcess(n.Local()).Publish(t.Context(), []byte(challenge), false); !errors.Is(err, api.ErrNoBody) {
		t.Errorf("an observer published: %v", err)
	}
}

func TestPortTaken(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	cfg := loopback(dir)
	cfg.Listen = l.Addr().String()
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), cfg.Listen) {
		t.Fatalf("error %v", err)
	}
	// Whatever had been opened is closed again.
	cfg.Listen = "127.0.0.1:0"
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

func TestPublish(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	cfg := loopback(dir)
	cfg.Now = func() time.Time { return now }
	n, err := NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	rec, err := record.FromJSON([]byte(challenge))
	if err != nil {
		t.Fatal(err)
	}
	ahead, err := n.Publish(t.Context(), rec, api.Confirm{})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(-ledger.MaxAhead / 2)
	back, err := n.Publish(t.Context(), rec, api.Confirm{})
	if err != nil || back.Entry.Envelope.At != ahead.Entry.Envelope.At {
		t.Errorf("with a clock that is a little behind: %v", err)
	}
	if string(back.Entry.Content) == string(ahead.Entry.Content) {
		t.Error("two records have one salt")
	}
	now = now.Add(-ledger.MaxAhead)
	var ce *ClockError
	if _, err := n.Publish(t.Context(), rec, api.Confirm{}); !errors.As(err, &ce) {
		t.Errorf("with a clock that is far behind: %v", err)
	}
	if _, err := api.InProcess(n.Local()).Publish(t.Context(), []byte(challenge), false); !errors.Is(err, api.ErrClock) {
		t.Errorf("over the API: %v", err)
	}
	if _, err := n.Publish(t.Context(), &record.Record{Kind: "erase"}, api.Confirm{}); err == nil {
		t.Error("an act was published as a record")
	}
}

// TestRetiredKeyPublishesNothing has control changed from elsewhere.
func TestRetiredKeyPublishesNothing(t *testing.T) {
	dir := t.TempDir()
	res, err := Init(t.Context(), dir, forum())
	if err != nil {
		t.Fatal(err)
	}
	n := offline(t, dir, vectors.NetworkName)
	chain, err := n.ledger.Chain(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	recovery, err := protocol.ParseRecovery(res.Words[0])
	if err != nil {
		t.Fatal(err)
	}
	key := vectors.Secret("a new machine")
	act, err := protocol.EncodeControl(protocol.KindKeys, &protocol.Control{
		Key: key.Public(), Reason: protocol.ReasonKeyStolen,
		Recovery: []protocol.Digest{protocol.RecoveryDigest(vectors.Secret("new words").Public())},
	})
	if err != nil {
		t.Fatal(err)
	}
	env := chain.Next(protocol.KindKeys, unixNow(time.Now))
	env.Act = act
	message := protocol.RecoveryMessage(res.Body, chain.InForce().ID, env.Seq, env.Root, env.Act)
	env.Approvals = []protocol.Approval{protocol.Recover(recovery, message)}
	keys, err := protocol.SignEntry(key, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := n.ledger.Join(t.Context(), []ledger.Run{{keys}}); err != nil || out[0].Err != nil {
		t.Fatal(err, out)
	}
	if _, err := api.InProcess(n.Local()).Publish(t.Context(), []byte(challenge), false); !errors.Is(err, api.ErrKeyRetired) {
		t.Errorf("a retired key published: %v", err)
	}
}

func TestForkedBodyStopsPublishing(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	n := offline(t, dir, vectors.NetworkName)
	rec, err := record.FromJSON([]byte(challenge))
	if err != nil {
		t.Fatal(err)
	}
	chain, err := n.ledger.Chain(n.own().body)
	if err != nil {
		t.Fatal(err)
	}
	// Another machine with a copy of the key signs at the same position.
	other, err := signRecord(n.own().key, chain, rec, unixNow(time.Now))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Publish(t.Context(), rec, api.Confirm{}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.ledger.Join(t.Context(), []ledger.Run{{other}}); err != nil {
		t.Fatal(err)
	}
	c := api.InProcess(n.Local())
	var p *api.Problem
	if _, err := c.Publish(t.Context(), []byte(challenge), false); !errors.Is(err, ledger.ErrFrozen) || !errors.As(err, &p) || p.Code != api.CodeFrozen {
		t.Errorf("a frozen body published: %v", err)
	}
	b, err := c.Body(t.Context(), n.own().body)
	if err != nil || b.Freeze == nil || b.Freeze.Proof == nil {
		t.Fatalf("%+v, %v", b, err)
	}
	proof, err := b.Freeze.Proof.Decode()
	if err != nil {
		t.Fatal(err)
	}
	if f, err := proof.Verify(); err != nil || f.Kind != protocol.Forked {
		t.Errorf("%v, %v", f, err)
	}
}
