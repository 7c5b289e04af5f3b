package sharing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// OwnAnswers is how many peers of the node's choice must have answered for its
// own log before a body whose log was shared publishes again.
const OwnAnswers = 2

// OwnLog says how far the question for the own log has come.
type OwnLog struct {
	// Settled is true when nothing has to be waited for: the log was never handed
	// to a peer before this start, or enough peers answered.
	Settled bool
	// Answered are the peers whose answer counts, Unkept those that claimed more
	// than they delivered; both ordered by identifier.
	Answered, Unkept []peer.ID
	// Named is how many peers the operator named.
	Named int
}

// ownLog is the question for the own log, asked anew at every start. It is safe
// for concurrent use.
type ownLog struct {
	mu sync.Mutex
	// settled never goes back to false.
	settled bool
	// kept says of each peer that answered whether it delivered what it claimed.
	kept map[peer.ID]bool
	// begun is when the node began to ask.
	begun time.Time
}

// asks reports whether a peer is still to be asked.
func (o *ownLog) asks(id peer.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.settled && !o.kept[id]
}

func (o *ownLog) note(id peer.ID, kept bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept[id] = kept
}

// OwnLog says how far the question for the own log has come. Peers that the
// operator named are believed first: while there are two of them, others count
// only after a while in which the named ones have not answered. What was settled
// stays so until the node stops.
func (n *Network) OwnLog() OwnLog {
	o := &n.own
	named := n.book.named()
	o.mu.Lock()
	defer o.mu.Unlock()
	out := OwnLog{Settled: o.settled, Named: len(named)}
	anybody := len(named) < OwnAnswers || time.Since(o.begun) > n.cfg.Timing.Choice
	for id, kept := range o.kept {
		switch {
		case !kept:
			out.Unkept = append(out.Unkept, id)
		case anybody || slices.Contains(named, id):
			out.Answered = append(out.Answered, id)
		}
	}
	slices.SortFunc(out.Answered, byID)
	slices.SortFunc(out.Unkept, byID)
	if !o.settled && len(out.Answered) >= OwnAnswers {
		o.settled, out.Settled = true, true
		n.cfg.Logger.Info("peers have answered for the log of this node's body", "peers", out.Answered)
	}
	return out
}

func byID(a, b peer.ID) int { return strings.Compare(string(a), string(b)) }

// openOwnLog finds out whether the own log must be asked for.
func (n *Network) openOwnLog() error {
	handed := false
	var err error
	if !n.cfg.Body.IsZero() {
		if handed, err = Handed(n.cfg.Ledger); err != nil {
			return err
		}
	}
	n.own = ownLog{settled: !handed, kept: make(map[peer.ID]bool), begun: time.Now()}
	n.handing = &handing{ledger: n.cfg.Ledger, noted: handed}
	return nil
}

// chosen reports whether a peer is of this node's choice: the operator named it,
// or this node dialled it. Whoever only connects to this node is not.
func (n *Network) chosen(id peer.ID) bool { return n.book.isNamed(id) || n.dialled(id) }

// askOwnLog asks a peer for the own log and adds what is missing of it here. A
// peer that claims more than it delivers has not answered.
func (n *Network) askOwnLog(ctx context.Context, id peer.ID) error {
	var answer reconcile.Answer
	err := n.reconcile(ctx, id, func(_ network.Stream, rw *patientStream) (err error) {
		cfg := reconcile.Config{Network: n.cfg.Network, Peer: string(id)}
		answer, err = reconcile.Ask(ctx, rw, n.cfg.Ledger, n.keeping.index, n.cfg.Body, cfg)
		n.moved(answer.Read, answer.Written)
		return err
	})
	n.judgePull(id, answer.Report, err)
	if err != nil {
		return fmt.Errorf("ask for the own log: %w", err)
	}
	n.own.note(id, answer.Kept)
	if !answer.Kept {
		n.cfg.Logger.Warn("a peer says that it holds more of the log of this node's body, and does not deliver it", "peer", id, "length", answer.Claimed.Length)
	}
	if answer.Entries > 0 {
		n.cfg.Logger.Warn("a peer held entries of this node's body that were missing here; they were taken in", "peer", id, "entries", answer.Entries)
	}
	n.OwnLog()
	return nil
}

// ownBody reports whether a body is the one that this node serves.
func (n *Network) ownBody(body protocol.BodyID) bool { return !body.IsZero() && body == n.cfg.Body }
