package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// member is one of the demo's nodes. The goroutine that plays the demo owns it.
type member struct {
	// key names it in the story, label in tables.
	key, label string
	name, role string
	place      string
	cfg        node.Config
	body       protocol.BodyID
	url        string
	client     *api.Client
	// end stops the node and waits for it; nil while it does not run.
	end func() error
}

// stage holds the nodes, and what they have published.
type stage struct {
	*app
	cast []*member
	// published are the identifiers of the story's records by their names.
	published map[string]protocol.EntryID
	// now is the time on every node, in Unix seconds: the story has days of its
	// own, and what is late depends on them.
	now atomic.Int64
	// failed receives the error of a node that ended by itself; capacity one for
	// each start, sent by the node's goroutine, never closed.
	failed chan error
}

const (
	// demoNetwork is the network of the demo.
	demoNetwork = "demo"
	// restarts is how many nodes start again after they were stopped.
	restarts = 1
)

func newStage(a *app, dir string) *stage {
	s := &stage{app: a, published: make(map[string]protocol.EntryID), cast: []*member{
		{key: "council", label: "council", name: "Fenmarch Council (example)", role: "council", place: "Fenmarch (example)"},
		{key: "forum", label: "forum", name: "Marsh Lane Residents' Forum (example)", role: "community_body", place: "Marsh Lane (example)"},
		{key: "tenants", label: "tenants", name: "Lime Street Tenants (example)", role: "community_body", place: "Lime Street (example)"},
		{key: "trust", label: "trust", name: "Eastgate Community Trust (example)", role: "community_body", place: "Eastgate (example)"},
		{key: "reader", label: "reading room", name: "Reading room (example)", role: "observer"},
		{key: "researcher", label: "researcher", name: "Researcher, without a body"},
	}}
	s.failed = make(chan error, len(s.cast)+restarts)
	for _, m := range s.cast {
		cfg := node.DefaultConfig()
		cfg.Data = filepath.Join(dir, m.key)
		cfg.Network = demoNetwork
		cfg.Listen = "127.0.0.1:0"
		cfg.P2PListen = []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
		cfg.PullInterval = minPull
		cfg.Version = thisBuild().Version
		cfg.Now = s.time
		m.cfg = cfg
	}
	return s
}

// minPull is the shortest time between two pulls that a node accepts.
const minPull = 1e9

// opening is the day on which the bodies are founded.
const opening = "2025-01-06"

// turn sets the time on every node to noon of a day. It never goes back.
func (s *stage) turn(day string) error {
	d, err := record.ParseDate(day)
	if err != nil {
		return fmt.Errorf("the day of a scene: %w", err)
	}
	noon := d.Start().Add(12 * time.Hour).Unix()
	if noon < s.now.Load() {
		return fmt.Errorf("the story goes back to %s", day)
	}
	s.now.Store(noon)
	return nil
}

func (s *stage) time() time.Time { return time.Unix(s.now.Load(), 0).UTC() }

func (s *stage) member(key string) *member {
	for _, m := range s.cast {
		if m.key == key {
			return m
		}
	}
	panic("demo: no member is called " + key)
}

// found makes the body of a member that has one.
func (s *stage) found(ctx context.Context, m *member) error {
	if m.role == "" {
		return nil
	}
	made, err := node.Init(ctx, m.cfg.Data, node.InitParams{
		Name: m.name, Role: m.role, Place: placeOf(m.place), Network: m.cfg.Network, DiskFloor: m.cfg.DiskFloor, Now: s.time,
	})
	if err != nil {
		return fmt.Errorf("make %s: %w", m.name, err)
	}
	m.body = made.Body
	return nil
}

// start runs a member's node.
func (s *stage) start(ctx context.Context, m *member) error {
	// All know the reading room, which says of each body that it is who it says: so
	// each keeps the logs of all.
	m.cfg.Roots = []string{s.member("reader").body.String()}
	if m.key == "researcher" {
		m.cfg.Roots = append(m.cfg.Roots, s.member("council").body.String())
	}
	n, err := node.New(m.cfg)
	if err != nil {
		return fmt.Errorf("start %s: %w", m.name, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		if err := n.Run(ctx); err != nil {
			s.failed <- fmt.Errorf("the node of %s: %w", m.name, err)
		}
	})
	m.url = n.URL() + "/"
	m.client = api.InProcess(n.Local())
	m.end = func() error {
		cancel()
		running.Wait()
		m.end = nil
		return errors.Join(m.client.Close(), n.Close())
	}
	return nil
}

// close ends every node that runs.
func (s *stage) close() error {
	var errs []error
	for _, m := range s.cast {
		if m.end != nil {
			errs = append(errs, m.end())
		}
	}
	return errors.Join(errs...)
}

// wait returns when ctx ends or a node fails.
func (s *stage) wait(ctx context.Context) error {
	select {
	case err := <-s.failed:
		return err
	case <-ctx.Done():
		return nil
	}
}
