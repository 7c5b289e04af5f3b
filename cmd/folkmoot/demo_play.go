package main

import (
	"context"
	_ "embed" // the story and the reports
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// storyJSON is what the invented bodies publish, in order. Text of the form
// "@name" stands for the identifier of an earlier record, "@body:key" for that
// of a body.
//
//go:embed story.json
var storyJSON []byte

// reportsJSON are seven accounts of real cases, with their sources.
//
//go:embed reports.json
var reportsJSON []byte

// scene is one record of the story.
type scene struct {
	// On is the day of it.
	On   string `json:"on"`
	By   string `json:"by"`
	Name string `json:"name"`
	// WhileAway: it is published while the trust's node is stopped; AfterReturn:
	// when it is back.
	WhileAway   bool           `json:"while_away"`
	AfterReturn bool           `json:"after_return"`
	Record      map[string]any `json:"record"`
}

// play is the whole demo up to the verification.
func (s *stage) play(ctx context.Context) error {
	var story []scene
	var reports []map[string]any
	if err := json.Unmarshal(storyJSON, &story); err != nil {
		return fmt.Errorf("the story: %w", err)
	}
	if err := json.Unmarshal(reportsJSON, &reports); err != nil {
		return fmt.Errorf("the reports: %w", err)
	}
	for _, step := range []func(context.Context) error{
		s.open,
		func(ctx context.Context) error { return s.publishReports(ctx, reports) },
		func(ctx context.Context) error {
			return s.publishScenes(ctx, story, func(sc scene) bool { return !sc.WhileAway && !sc.AfterReturn })
		},
		s.converge,
		func(ctx context.Context) error { return s.interlude(ctx, story) },
		func(ctx context.Context) error {
			return s.publishScenes(ctx, story, func(sc scene) bool { return sc.AfterReturn })
		},
		s.converge,
		s.verifyAll,
		s.conclude,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// open founds the bodies, starts the nodes, and lets all join the council.
func (s *stage) open(ctx context.Context) error {
	if err := s.turn(opening); err != nil {
		return err
	}
	s.tell("Six nodes start, each with its own data directory and libp2p host on this machine:")
	for _, m := range s.cast {
		if err := s.found(ctx, m); err != nil {
			return err
		}
	}
	for _, m := range s.cast {
		if err := s.start(ctx, m); err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "  %s\n", m.name)
	}
	council := s.member("council")
	inv, err := council.client.Invite(ctx)
	if err != nil {
		return fmt.Errorf("invite to %s: %w", council.name, err)
	}
	for _, m := range s.cast {
		if m == council {
			continue
		}
		if err := m.client.Join(ctx, inv.Link); err != nil {
			return fmt.Errorf("%s joins: %w", m.name, err)
		}
	}
	// A node that is started again asks two peers for its own log.
	if inv, err = s.member("reader").client.Invite(ctx); err != nil {
		return fmt.Errorf("invite to the reading room: %w", err)
	}
	if err := s.member("trust").client.Join(ctx, inv.Link); err != nil {
		return fmt.Errorf("the trust joins the reading room: %w", err)
	}
	fmt.Fprintln(s.stdout, "The council invites, the five others join by its link; the trust joins by the reading room's too.")
	return nil
}

func (s *stage) publishReports(ctx context.Context, reports []map[string]any) error {
	s.tell(fmt.Sprintf("The reading room publishes %d reports of real cases, each with its sources:", len(reports)))
	for _, r := range reports {
		r["kind"] = "report"
		if _, err := s.publish(ctx, s.member("reader"), r); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) publishScenes(ctx context.Context, story []scene, now func(scene) bool) error {
	s.tell("The bodies publish, each on its own node, on the days of their story:")
	for _, sc := range story {
		if !now(sc) {
			continue
		}
		if err := s.turn(sc.On); err != nil {
			return err
		}
		record, ok := s.fill(sc.Record).(map[string]any)
		if !ok {
			return fmt.Errorf("the record %s of the story is not an object", sc.Name)
		}
		id, err := s.publish(ctx, s.member(sc.By), record)
		if err != nil {
			return err
		}
		s.published[sc.Name] = id
	}
	return nil
}

// fill puts identifiers in the place of names.
func (s *stage) fill(v any) any {
	switch v := v.(type) {
	case string:
		if key, ok := strings.CutPrefix(v, "@body:"); ok {
			return s.member(key).body.String()
		}
		if name, ok := strings.CutPrefix(v, "@"); ok {
			return s.published[name].String()
		}
		return v
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = s.fill(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			out[name] = s.fill(e)
		}
		return out
	default:
		return v
	}
}

func (s *stage) publish(ctx context.Context, m *member, record map[string]any) (protocol.EntryID, error) {
	raw, err := json.Marshal(record)
	if err != nil {
		return protocol.EntryID{}, err
	}
	p, err := m.client.Publish(ctx, raw, false)
	if err != nil {
		return protocol.EntryID{}, fmt.Errorf("%s publishes %q: %w", m.name, record["title"], err)
	}
	fmt.Fprintf(s.stdout, "  %s  %-13s %-11v %v\n", s.time().Format("2006-01-02"), m.label, record["kind"], record["title"])
	return p.Entry.ID, nil
}

// interlude stops a node, goes on without it, and starts it again.
func (s *stage) interlude(ctx context.Context, story []scene) error {
	trust := s.member("trust")
	before, err := holdings(ctx, trust)
	if err != nil {
		return err
	}
	if err := trust.end(); err != nil {
		return fmt.Errorf("stop %s: %w", trust.name, err)
	}
	s.tell("The trust's node is stopped. The others go on.")
	if err := s.publishScenes(ctx, story, func(sc scene) bool { return sc.WhileAway }); err != nil {
		return err
	}
	if err := s.converge(ctx); err != nil {
		return err
	}
	held, err := holdings(ctx, s.member("council"))
	if err != nil {
		return err
	}
	s.tell("The trust's node is started again.")
	began := time.Now()
	if err := s.start(ctx, trust); err != nil {
		return err
	}
	if err := s.converge(ctx); err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "It had missed %s, and has them %d ms after its start.\n",
		count(held.total()-before.total(), "entry", "entries"), time.Since(began).Milliseconds())
	if err := s.awaitOpen(ctx, trust); err != nil {
		return err
	}
	fmt.Fprintln(s.stdout, "Two peers have answered for its own log, so that it may publish again.")
	return nil
}

// awaitOpen waits until nothing keeps a member's node from publishing.
func (s *stage) awaitOpen(ctx context.Context, m *member) error {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		status, err := m.client.Status(ctx)
		if err != nil {
			return fmt.Errorf("status of %s: %w", m.name, err)
		}
		if len(status.Held) == 0 {
			return nil
		}
		select {
		case err := <-s.failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("%s may not publish: %s", m.name, strings.Join(status.Held, " "))
		case <-tick.C:
		}
	}
}

// verifyAll lets every node check all that it holds.
func (s *stage) verifyAll(ctx context.Context) error {
	s.tell("Every node verifies every log that it holds, from the stored bytes:")
	for _, m := range s.cast {
		r, err := m.client.Verify(ctx, api.VerifyScope{}, nil)
		if err != nil {
			return fmt.Errorf("%s verifies: %w", m.name, err)
		}
		if !r.OK() {
			return fmt.Errorf("%w: what %s holds: %v", errDoesNotHold, m.name, r.Problems)
		}
		fmt.Fprintf(s.stdout, "  %-13s sound: %s of %s\n", m.label, count(r.Entries, "entry", "entries"), count(r.Bodies, "body", "bodies"))
	}
	return nil
}

func (s *stage) tell(line string) { fmt.Fprintln(s.stdout, "\n"+line) }
