package node

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// eventually waits for a condition, and fails the test if it does not come.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// member is a node that runs in this process.
type member struct {
	*Node
	t    *testing.T
	api  *api.Client
	stop func()
}

// start runs a node on a data directory until the test ends or it is stopped.
func start(t *testing.T, dir string, change func(*Config)) *member {
	t.Helper()
	cfg := loopback(dir)
	cfg.P2PListen = cfg.P2PListen[:1]
	cfg.Trust, cfg.PullInterval = "open", time.Second
	if change != nil {
		change(&cfg)
	}
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	m := &member{Node: n, t: t, api: api.InProcess(n.Local())}
	stopped := false
	m.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := errors.Join(<-done, n.Close()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(m.stop)
	return m
}

// join makes m follow the invitations of others, and waits until it met them.
func (m *member) join(others ...*member) {
	m.t.Helper()
	for _, o := range others {
		invite, err := o.api.Invite(m.t.Context())
		if err != nil {
			m.t.Fatal(err)
		}
		if err := m.api.Join(m.t.Context(), invite.Link); err != nil {
			m.t.Fatal(err)
		}
	}
	eventually(m.t, "the nodes have met", func() bool { return len(m.network.Peers()) >= len(others) })
}

func (m *member) publish() (api.Published, error) {
	return m.api.Publish(m.t.Context(), []byte(challenge), false)
}

func (m *member) mustPublish(times int) {
	m.t.Helper()
	for range times {
		if _, err := m.publish(); err != nil {
			m.t.Fatal(err)
		}
	}
}

// awaitOpen waits until nothing keeps m from publishing.
func (m *member) awaitOpen() {
	m.t.Helper()
	var held []string
	defer func() {
		if len(held) > 0 {
			m.t.Log(held)
		}
	}()
	eventually(m.t, "the node may publish", func() bool {
		var err error
		if held, err = m.held(); err != nil {
			m.t.Fatal(err)
		}
		return len(held) == 0
	})
}

// agree waits until all hold the same of a body, up to a length, and wants no
// fork anywhere.
func agree(t *testing.T, body protocol.BodyID, length uint64, nodes ...*member) {
	t.Helper()
	eventually(t, "all nodes hold the same log", func() bool {
		var leaves []protocol.Digest
		for _, n := range nodes {
			h, err := n.ledger.Head(body)
			if err != nil || h.Length < length {
				return false
			}
			leaves = append(leaves, h.Leaf())
		}
		return len(slices.Compact(leaves)) == 1
	})
	for _, n := range nodes {
		h, err := n.ledger.Head(body)
		if err != nil || h.Freeze.Kind != protocol.NotFrozen || h.Length != length {
			t.Errorf("a log of %d entries, %v, %v, want %d", h.Length, h.Freeze.Kind, err, length)
		}
		for ev, err := range n.ledger.Events(0) {
			if err != nil || ev.Kind != ledger.EventEntry {
				t.Errorf("event %v, %v", ev.Kind, err)
			}
		}
	}
}

// federation is a body's node and two observers that it joined, which hold the
// four entries that it published.
func federation(t *testing.T) (body *member, made InitResult, peers []*member) {
	t.Helper()
	dir := t.TempDir()
	made, err := Init(t.Context(), dir, forum())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		peers = append(peers, start(t, t.TempDir(), nil))
	}
	body = start(t, dir, nil)
	body.join(peers...)
	body.mustPublish(2)
	agree(t, made.Body, 4, append(peers, body)...)
	return body, made, peers
}

// TestClonedMachine runs a copy of a data directory beside the one that it was
// copied from: one peer with one key, twice. The peers of both tell the copy of
// the other before it may publish.
func TestClonedMachine(t *testing.T) {
	body, made, peers := federation(t)
	body.stop()
	clone := filepath.Join(t.TempDir(), "clone")
	if err := os.CopyFS(clone, os.DirFS(body.cfg.Data)); err != nil {
		t.Fatal(err)
	}
	private(t, clone)
	first := start(t, body.cfg.Data, nil)
	first.awaitOpen()
	first.mustPublish(1)
	agree(t, made.Body, 5, append(peers, first)...)

	second := start(t, clone, nil)
	eventually(t, "the copy notices", func() bool {
		_, err := second.publish()
		if err == nil {
			t.Fatal("the copy published")
		}
		return errors.Is(err, api.ErrTwoWriters)
	})
	eventually(t, "the copy is certain, and tells what to do", func() bool {
		held, err := second.held()
		return err == nil && len(held) == 1 && strings.Contains(held[0], "has a copy of the keys") && strings.Contains(held[0], "Stop one of the two")
	})
	var p *api.Problem
	if _, err := second.publish(); !errors.As(err, &p) || p.Code != api.CodeTwoWriters {
		t.Errorf("%v", err)
	}
	agree(t, made.Body, 5, append(peers, first, second)...)

	// When the copy is gone the first one goes on after it was started again.
	second.stop()
	first.stop()
	first = start(t, body.cfg.Data, nil)
	first.awaitOpen()
	first.mustPublish(1)
	agree(t, made.Body, 6, append(peers, first)...)
}

// private takes from others what a copy gave them.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		return os.Chmod(name, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAloneInWords lets an officer publish where no peers are.
func TestAloneInWords(t *testing.T) {
	dir := t.TempDir()
	made, err := Init(t.Context(), dir, forum())
	if err != nil {
		t.Fatal(err)
	}
	only := start(t, t.TempDir(), nil)
	n := start(t, dir, nil)
	// A log that never left the machine needs nobody, at this start or the next.
	n.mustPublish(1)
	if handed, err := sharing.Handed(n.ledger); err != nil || handed {
		t.Errorf("handed: %v, %v", handed, err)
	}
	n.stop()
	n = start(t, dir, nil)
	n.mustPublish(1)
	n.join(only)
	agree(t, made.Body, 4, n, only)
	n.mustPublish(1)
	n.stop()

	n = start(t, dir, nil)
	eventually(t, "the one peer has answered", func() bool { return len(n.network.OwnLog().Answered) == 1 })
	ctx := t.Context()
	if _, err := n.publish(); !errors.Is(err, api.ErrAskFirst) || !strings.Contains(err.Error(), "1 of 2 peers") {
		t.Errorf("after one answer: %v", err)
	}
	var p *api.Problem
	for _, a := range []api.Assurance{{What: api.ConfirmAlone, Reason: "  "}, {What: "whatever", Reason: "so"}} {
		if err := n.api.Confirm(ctx, a); !errors.As(err, &p) || p.Code != api.CodeBadRequest {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if err := n.api.Confirm(ctx, api.Assurance{What: api.ConfirmAlone, Reason: "there is one peer, and this disk was never restored", By: "clerk"}); err != nil {
		t.Fatal(err)
	}
	n.mustPublish(1)
	n.stop()

	off, err := NewOffline(loopback(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer off.Close()
	c := api.InProcess(off.Local())
	if _, err := c.Publish(ctx, []byte(challenge), false); !errors.Is(err, api.ErrAskFirst) {
		t.Errorf("offline: %v", err)
	}
	if _, err := c.PublishConfirmed(ctx, []byte(challenge), api.Confirm{Alone: "this is the only machine"}); err != nil {
		t.Errorf("offline, in words: %v", err)
	}
}

// TestWrongClock runs an hour behind its peers.
func TestWrongClock(t *testing.T) {
	late := func() time.Time { return time.Now().Add(-time.Hour) }
	p := forum()
	p.Now = late
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, p); err != nil {
		t.Fatal(err)
	}
	n := start(t, dir, func(c *Config) { c.Now = late })
	n.mustPublish(1)
	n.join(start(t, t.TempDir(), nil), start(t, t.TempDir(), nil))
	eventually(t, "the clock is compared", func() bool {
		_, err := n.publish()
		return errors.Is(err, api.ErrClock)
	})
	if held, err := n.held(); err != nil || len(held) != 1 || !strings.Contains(held[0], "folkmoot confirm clock") {
		t.Errorf("%v, %v", held, err)
	}
	if err := n.api.Confirm(t.Context(), api.Assurance{What: api.ConfirmClock, Reason: "checked by radio"}); err != nil {
		t.Fatal(err)
	}
	n.mustPublish(1)
}
