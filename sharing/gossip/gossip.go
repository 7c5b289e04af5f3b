package gossip

import (
	"context"
	"errors"
	"fmt"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/folkmoot/folkmoot/protocol"
)

// Gossip takes part in a network's topic.
type Gossip struct {
	cfg       Config
	topicName string
	metrics   *metrics
	verifier  *protocol.Verifier
	tips      *tips
	hints     *hints
	// newcomers limits the bodies that are taken from gossip.
	newcomers *rate.Limiter
	// after is the event after which own entries are news.
	after uint64
	// queue carries entries from the validator, its only sender, to the
	// writer. It is never closed. When it is full the entry is dropped and the
	// gap remembered, so that reconcile brings it.
	queue chan arrival
}

// arrival is an entry that extends a log, and who brought it.
type arrival struct {
	entry *protocol.Entry
	from  peer.ID
}

// New checks the configuration. Nothing happens before [Gossip.Run].
func New(cfg Config) (*Gossip, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure gossip: %w", err)
	}
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of gossip: %w", err)
	}
	return &Gossip{
		cfg: cfg, topicName: Topic(cfg.Network), metrics: m,
		verifier: protocol.NewVerifier(maxTips),
		tips:     newTips(cfg.Ledger), hints: newHints(), after: cfg.Ledger.Last(),
		newcomers: rate.NewLimiter(newcomersEach, newcomersAtOnce),
		queue:     make(chan arrival, queueSize),
	}, nil
}

// Run joins the topic and takes part until ctx ends, or the ledger fails. On
// the way out it leaves the topic first, then writes what is queued, then stops
// gossipsub.
func (g *Gossip) Run(ctx context.Context) error {
	// Gossipsub must outlive ctx for as long as leaving the topic takes.
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ps, err := pubsub.NewGossipSub(life, g.cfg.Host, g.options()...)
	if err != nil {
		return fmt.Errorf("start gossipsub: %w", err)
	}
	if err := ps.RegisterTopicValidator(g.topicName, g.validate, pubsub.WithValidatorInline(true)); err != nil {
		return fmt.Errorf("register the validator: %w", err)
	}
	topic, err := ps.Join(g.topicName)
	if err != nil {
		return fmt.Errorf("join %s: %w", g.topicName, err)
	}
	// The validator hands entries on, so nobody reads the topic: to relay is
	// enough to be part of it.
	leave, err := topic.Relay()
	if err != nil {
		return fmt.Errorf("relay %s: %w", g.topicName, err)
	}
	writing, finish := context.WithCancel(life)
	defer finish()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return g.publish(ctx, topic) })
	group.Go(func() error { return g.askForGaps(ctx, topic) })
	group.Go(func() error {
		<-ctx.Done()
		leave()
		finish()
		return nil
	})
	group.Go(func() error { return g.write(writing) })
	err = group.Wait()
	if closing := topic.Close(); closing != nil && err == nil && life.Err() == nil {
		err = fmt.Errorf("leave %s: %w", g.topicName, closing)
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
