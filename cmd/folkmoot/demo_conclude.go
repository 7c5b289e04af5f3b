package main

import (
	"context"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/node/api"
)

// cases are the decisions of the story that claim a method, by their names.
var cases = []string{"oe-decision", "decision", "bd-decision", "fg-decision"}

// conclude asks the researcher's node what follows from what was published.
func (s *stage) conclude(ctx context.Context) error {
	r := s.member("researcher")
	s.tell("What follows from it, as the researcher's node sees it, which trusts the council and the reading room:")
	var t table
	for _, name := range cases {
		a, err := r.client.Assessment(ctx, s.published[name], time.Time{})
		if err != nil {
			return fmt.Errorf("assess %s: %w", name, err)
		}
		t.row("  "+a.MethodLabel, assessmentText(&a))
		t.row("", clip(a.Decision.Title, 60))
	}
	t.write(s.stdout)
	late, err := s.late(ctx, r)
	if err != nil {
		return err
	}
	s.tell("What is late:")
	for i := range late.Duties {
		showDuty(s.stdout, &late.Duties[i], s.time())
	}
	spread, err := r.client.Spread(ctx, s.published["lesson"])
	if err != nil {
		return fmt.Errorf("the spread of the lesson: %w", err)
	}
	fmt.Fprintln(s.stdout, "What became of what was learned:")
	fmt.Fprintf(s.stdout, "  %s\n  Adopted by %s, %d of them known here.\n", citedText(spread.Lesson), count(uint64(max(spread.Bodies, 0)), "body", "bodies"), spread.Known)
	for i := range spread.Tries {
		try := &spread.Tries[i]
		fmt.Fprintf(s.stdout, "  %s: %s\n", bodyText(try.By), try.StatusLabel)
	}
	return nil
}

// late lists what is late when the node's catalogue has taken everything in.
func (s *stage) late(ctx context.Context, m *member) (api.Owed, error) {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		page, err := m.client.Owed(ctx, api.OwedQuery{Late: true})
		if err != nil {
			return page, fmt.Errorf("what is late: %w", err)
		}
		if page.Behind == 0 {
			return page, nil
		}
		select {
		case <-ctx.Done():
			return page, fmt.Errorf("the catalogue of %s: %w", m.name, ctx.Err())
		case <-tick.C:
		}
	}
}
