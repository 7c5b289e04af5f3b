package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// held is what a node holds: the head of each body's log.
type held map[protocol.BodyID]protocol.Head

func (h held) total() uint64 {
	n := uint64(0)
	for _, head := range h {
		n += head.Length
	}
	return n
}

func holdings(ctx context.Context, m *member) (held, error) {
	h := make(held)
	for b, err := range allBodies(ctx, m.client) {
		if err != nil {
			return nil, fmt.Errorf("what %s holds: %w", m.name, err)
		}
		h[b.ID] = protocol.Head{Length: b.Length, Root: b.Root}
	}
	return h, nil
}

// converge waits until every running node holds the same of every body as that
// body's own node does, and shows the table.
func (s *stage) converge(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, demoPatience, fmt.Errorf("the nodes did not agree within %s", demoPatience))
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	p := s.progress()
	began := time.Now()
	for {
		all, complete, want, err := s.survey(ctx)
		if err != nil {
			return err
		}
		p.say("%d of %d copies are complete", complete, want)
		if complete == want {
			p.done()
			fmt.Fprintf(s.stdout, "\nEntries held, by log and node, %d ms later:\n", time.Since(began).Milliseconds())
			s.table(all)
			return nil
		}
		select {
		case err := <-s.failed:
			return err
		case <-ctx.Done():
			p.done()
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				s.table(all)
			}
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// survey asks all running nodes, and counts how many of the copies that there
// should be are complete.
func (s *stage) survey(ctx context.Context) (all map[*member]held, complete, want int, err error) {
	all = make(map[*member]held)
	for _, m := range s.cast {
		if m.end == nil {
			continue
		}
		if all[m], err = holdings(ctx, m); err != nil {
			return nil, 0, 0, err
		}
	}
	for _, author := range s.cast {
		own, running := all[author][author.body]
		if author.body.IsZero() || !running {
			continue
		}
		for _, h := range all {
			want++
			if h[author.body] == own {
				complete++
			}
		}
	}
	return all, complete, want, nil
}

// table shows the entries of each log on each node.
func (s *stage) table(all map[*member]held) {
	var t table
	head := []string{"  log of"}
	for _, m := range s.cast {
		head = append(head, m.label)
	}
	t.row(head...)
	for _, author := range s.cast {
		if author.body.IsZero() {
			continue
		}
		row := []string{"  " + author.label}
		for _, m := range s.cast {
			switch h, running := all[m]; {
			case !running:
				row = append(row, "stopped")
			default:
				row = append(row, fmt.Sprint(h[author.body].Length))
			}
		}
		t.row(row...)
	}
	t.write(s.stdout)
}
