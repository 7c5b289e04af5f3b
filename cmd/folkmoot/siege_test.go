package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/sharing"
)

// What a node must keep to under any siege.
const (
	siegeMemory  = 384 << 20
	siegeArrival = time.Minute
	siegePublish = 500 * time.Millisecond
)

// siege is an attack of some peers for a while, which the node must outlast.
type siege struct {
	*victim
	honest *api.Client
	// count is how many of whatever the attack is made of, lasting how long.
	count   int
	lasting time.Duration
	// noticed is a counter of the victim's by which it must have noticed.
	noticed string

	invite  sharing.Invite
	memory  float64
	arrival time.Duration
	publish time.Duration
	told    int
}

// ways are the attacks by name. Each returns when ctx ends.
var ways = map[string]struct {
	attack  func(*siege, context.Context) error
	noticed string
}{
	"topics":    {attack: (*siege).topics},
	"orphans":   {attack: (*siege).orphans, noticed: `folkmoot_gossip_judged_total{reason="unknown_body"`},
	"rubbish":   {attack: (*siege).rubbish, noticed: "folkmoot_sharing_sent_away_total"},
	"sockets":   {attack: (*siege).sockets},
	"crowd":     {attack: (*siege).crowd},
	"newcomers": {attack: (*siege).strangers, noticed: `folkmoot_gossip_judged_total{reason="newcomers"`},
	"loris":     {attack: (*siege).loris, noticed: `folkmoot_sharing_faults_total{reason="stall"`},
	"cold":      {attack: (*siege).sybils, noticed: `folkmoot_sharing_pulls_total{result="failed"`},
	"strangers": {attack: (*siege).strangers, noticed: `folkmoot_gossip_judged_total{reason="not_kept"`},
	"dawn":      {attack: (*siege).sybils, noticed: `folkmoot_sharing_faults_total{reason="promise"`},
}

// siegeMain attacks the node that runs on a data directory in one way, from this
// process, while it and an honest node publish to each other, and fails unless it
// stays within its memory, and both hear from each other and publish in time. The
// honest node joins before the attack begins, or, if the way is "cold", in the
// middle of it:
//
//	siege WAY COUNT DURATION VICTIM HONEST
func siegeMain(args []string) int {
	if err := besiege(args); err != nil {
		fmt.Fprintln(os.Stderr, "siege:", err)
		return 1
	}
	return 0
}

func besiege(args []string) error {
	way, known := ways[args[0]]
	if !known {
		return fmt.Errorf("there is no way %q, but %v", args[0], slices.Sorted(maps.Keys(ways)))
	}
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	lasting, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lasting+3*time.Minute)
	defer cancel()
	s := &siege{count: count, lasting: lasting, noticed: way.noticed}
	if err := s.open(ctx, args[3], args[4]); err != nil {
		return err
	}
	if args[0] != "cold" {
		if err := s.acquaint(ctx); err != nil {
			return err
		}
	}
	attacking, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- way.attack(s, attacking) }()
	if args[0] == "cold" {
		if err := s.await(ctx, "the Sybils are there", func() (bool, error) {
			peers, err := s.client.Peers(ctx)
			return len(peers) >= min(count, 8), err
		}); err != nil {
			return err
		}
		if err := s.acquaint(ctx); err != nil {
			return err
		}
	}
	measured := s.measure(ctx, ended)
	stop()
	if err := errors.Join(measured, <-ended); err != nil {
		return err
	}
	return s.judge(ctx, args[0])
}

func (s *siege) open(ctx context.Context, data, honest string) (err error) {
	if s.victim, err = findVictim(ctx, data); err != nil {
		return err
	}
	if s.invite, err = sharing.ParseInvite(s.peer); err != nil {
		return err
	}
	s.honest, err = api.Dial(honest)
	return err
}

// acquaint lets the honest node join, and waits until both hold both bodies.
func (s *siege) acquaint(ctx context.Context) error {
	if err := s.honest.Join(ctx, s.peer); err != nil {
		return err
	}
	return s.await(ctx, "victim and honest node know each other", func() (bool, error) {
		a, err := s.client.Status(ctx)
		if err != nil {
			return false, err
		}
		b, err := s.honest.Status(ctx)
		return a.Bodies >= 2 && b.Bodies >= 2, err
	})
}

// await waits as long as an honest entry may take.
func (s *siege) await(ctx context.Context, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, siegeArrival)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %v: %s", siegeArrival, what)
		case <-tick.C:
		}
	}
}

// measure publishes in both directions until the siege is over, and notes the
// worst. It ends early when the attack fails.
func (s *siege) measure(ctx context.Context, ended chan error) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for over := time.After(s.lasting); ; {
		select {
		case <-over:
			return nil
		case err := <-ended:
			ended <- nil // whoever waits for the attack finds that it is over
			return fmt.Errorf("the attack ended early: %w", err)
		case <-tick.C:
		}
		memory, err := s.metric(ctx, "process_resident_memory_bytes", "")
		if err != nil {
			return err
		}
		s.memory = max(s.memory, memory)
		if err := s.tell(ctx, s.client, s.honest); err != nil {
			return err
		}
		if err := s.tell(ctx, s.honest, s.client); err != nil {
			return err
		}
	}
}

// tell publishes at one node and waits until the other holds it.
func (s *siege) tell(ctx context.Context, from, to *api.Client) error {
	s.told++
	record := fmt.Sprintf(`{"kind": "challenge", "title": "Challenge %d (example)", "lang": "en", "licence": "CC-BY-4.0",
		"signed_as": "clerk", "raised_by": "community", "question": "What holds under siege?"}`, s.told)
	start := time.Now()
	p, err := from.Publish(ctx, []byte(record), false)
	if err != nil {
		return err
	}
	if from == s.client {
		s.publish = max(s.publish, time.Since(start))
	}
	start = time.Now()
	err = s.await(ctx, "an honest entry arrives", func() (bool, error) {
		_, err := to.Entry(ctx, p.Entry.ID)
		return err == nil, nil //nolint:nilerr // it is not there yet
	})
	s.arrival = max(s.arrival, time.Since(start))
	return err
}

// judge says what was measured, and whether it is good enough.
func (s *siege) judge(ctx context.Context, way string) error {
	fmt.Printf("%s, %d for %v: at most %.0f MB, entries arrive within %v, publishing takes %v; %d were told\n",
		way, s.count, s.lasting, s.memory/(1<<20), s.arrival.Round(time.Millisecond), s.publish.Round(time.Millisecond), s.told)
	switch {
	case s.memory == 0 || s.memory > siegeMemory:
		return errors.New("the node takes too much memory")
	case s.publish > siegePublish:
		return errors.New("publishing takes too long")
	case s.told < 4:
		return errors.New("hardly anything was told")
	case s.noticed == "":
		return nil
	}
	name, label, _ := strings.Cut(s.noticed, "{")
	seen, err := s.metric(ctx, name, label)
	if err != nil {
		return err
	}
	if seen == 0 {
		return fmt.Errorf("the node noticed nothing: no %s", s.noticed)
	}
	fmt.Printf("noticed: %.0f %s\n", seen, strings.TrimSuffix(s.noticed, "{"))
	return nil
}

// drip sends a frame that is said to be long, a byte a second, until the stream
// is closed.
func drip(ctx context.Context, w io.Writer) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for next := []byte{0x80, 0x10, 'H'}; ; next = []byte{0} {
		if _, err := w.Write(next); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// framed puts the length before a message.
func framed(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }
