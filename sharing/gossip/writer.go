package gossip

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// write joins queued entries to the ledger until ctx ends, then those that are
// left. What came during one commit goes into the next together, so that a
// burst is not committed entry by entry, and a single entry does not wait.
func (g *Gossip) write(ctx context.Context) error {
	for {
		select {
		case first := <-g.queue:
			if err := g.commit(context.WithoutCancel(ctx), g.gather(first)); err != nil {
				return err
			}
		case <-ctx.Done():
			select {
			case first := <-g.queue:
				if err := g.commit(context.WithoutCancel(ctx), g.gather(first)); err != nil {
					return err
				}
			default:
				return nil
			}
		}
	}
}

// gather returns first and what is queued behind it, up to a batch.
func (g *Gossip) gather(first arrival) []arrival {
	batch := []arrival{first}
	for len(batch) < batchSize {
		select {
		case a := <-g.queue:
			batch = append(batch, a)
		default:
			return batch
		}
	}
	return batch
}

// commit joins a batch. The error is the ledger's own.
func (g *Gossip) commit(ctx context.Context, batch []arrival) error {
	place := make(map[protocol.BodyID]int)
	var runs []ledger.Run
	var from []peer.ID
	for _, a := range batch {
		i, ok := place[a.entry.Body()]
		if !ok {
			i = len(runs)
			place[a.entry.Body()] = i
			runs, from = append(runs, nil), append(from, a.from)
		}
		runs[i] = append(runs[i], a.entry)
	}
	outcomes, err := g.cfg.Ledger.Join(ctx, runs)
	if err != nil {
		for body := range place {
			g.tips.forget(body)
		}
		if errors.Is(err, ledger.ErrDiskFloor) {
			g.cfg.Logger.Warn("entries from gossip were dropped", "entries", len(batch), "error", err)
			return nil // reconcile brings them when there is room again
		}
		return fmt.Errorf("join entries from gossip: %w", err)
	}
	for i, o := range outcomes {
		g.metrics.joined.Add(float64(o.Added))
		if o.Added > 0 {
			g.cfg.Joined(from[i], o.Added)
		}
		if o.Err != nil {
			// Another way in was quicker, or the log changed meanwhile.
			g.tips.forget(runs[i][0].Body())
			g.cfg.Logger.Debug("entries from gossip were not taken", "body", runs[i][0].Body(), "error", o.Err)
		}
	}
	return nil
}
