package gossip

import (
	"context"
	"fmt"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"golang.org/x/time/rate"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// publish follows the arrival order and publishes own entries that are fresh,
// until ctx ends.
func (g *Gossip) publish(ctx context.Context, topic *pubsub.Topic) error {
	if g.cfg.Own.IsZero() {
		<-ctx.Done()
		return ctx.Err()
	}
	pace := rate.NewLimiter(publishRate, publishBurst)
	for event, err := range g.cfg.Ledger.Follow(ctx, g.after) {
		if err != nil {
			return fmt.Errorf("follow the ledger to publish: %w", err)
		}
		if !g.own(event) {
			continue
		}
		if g.fresh(event.Entry) {
			if err := pace.Wait(ctx); err != nil {
				return err
			}
		}
		if !g.fresh(event.Entry) { // it may have aged while it waited
			g.metrics.stale.Inc()
			continue
		}
		if len(g.cfg.Host.Network().Peers()) == 0 {
			// Whoever comes later finds it by reconcile; gossipsub would offer it to
			// them, and then it would have left the machine unnoted.
			g.metrics.stale.Inc()
			continue
		}
		if err := g.cfg.Handing(); err != nil {
			g.cfg.Logger.Warn("an entry was not published", "entry", event.Entry.ID, "error", err)
			continue
		}
		if err := topic.Publish(ctx, event.Entry.Encode()); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			g.cfg.Logger.Warn("an entry was not published; peers will find it by reconcile", "entry", event.Entry.ID, "error", err)
			continue
		}
		g.metrics.published.Inc()
	}
	return ctx.Err()
}

// own reports whether an event is an own entry that can be published whole.
func (g *Gossip) own(event ledger.Event) bool {
	return event.Kind == ledger.EventEntry && event.Body == g.cfg.Own && event.Entry != nil &&
		(event.Entry.Envelope.Content.IsZero() || event.Entry.Content != nil)
}

// fresh reports whether an entry is young enough to be news.
func (g *Gossip) fresh(e *protocol.Entry) bool {
	return int64(e.Envelope.At) > g.cfg.Now().Add(-fresh).Unix()
}
