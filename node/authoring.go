package node

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing"
)

// assurances are what an officer took upon themselves, until the node stops.
// It is safe for concurrent use.
type assurances struct {
	mu   sync.Mutex
	what map[string]bool
}

func (a *assurances) has(what string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.what[what]
}

// confirm takes an officer's word for what the node cannot know.
func (n *Node) confirm(ctx context.Context, a api.Assurance) error {
	if err := a.Check(); err != nil {
		return err
	}
	n.assured.mu.Lock()
	defer n.assured.mu.Unlock()
	if n.assured.what == nil {
		n.assured.what = make(map[string]bool)
	}
	n.assured.what[a.What] = true
	n.log.WarnContext(ctx, "an officer takes it upon themselves that this node publishes until it stops", "what", a.What, "reason", a.Reason, "by", a.By)
	return nil
}

// confirmAlone takes the word that came with what is to be published, if one did.
func (n *Node) confirmAlone(ctx context.Context, c api.Confirm) error {
	if c.Alone == "" {
		return nil
	}
	return n.confirm(ctx, api.Assurance{What: api.ConfirmAlone, Reason: c.Alone, By: c.By})
}

// mayAuthor returns nil when nothing speaks against signing an entry now, else an
// error that wraps [api.ErrTwoWriters], [api.ErrAskFirst] or [api.ErrClock]. All
// that signs with the body's key asks it first: two entries at one position can
// only be put right by a recovery key.
func (n *Node) mayAuthor() error {
	if n.network != nil {
		rival, ok, err := n.network.Rival()
		if err != nil {
			return err
		}
		if ok {
			return n.twoWriters(rival)
		}
	}
	if err := n.askedFirst(); err != nil {
		return err
	}
	if n.network == nil || n.assured.has(api.ConfirmClock) {
		return nil
	}
	if clock := n.network.Clock(); clock.Wrong() {
		now := n.cfg.Now()
		return &ClockError{Now: now, Peers: now.Add(clock.Behind)}
	}
	return nil
}

// askedFirst returns an error that wraps [api.ErrAskFirst] while the body's log
// may be longer elsewhere.
func (n *Node) askedFirst() error {
	if n.assured.has(api.ConfirmAlone) {
		return nil
	}
	if n.network != nil {
		if own := n.network.OwnLog(); !own.Settled {
			return fmt.Errorf("%w: %s", api.ErrAskFirst, progressOf(own))
		}
		return nil
	}
	handed, err := sharing.Handed(n.ledger)
	if err == nil && handed {
		err = fmt.Errorf("%w: it was shared before, and peers can only be asked by a node that runs", api.ErrAskFirst)
	}
	return err
}

// twoWriters says what is known of the other writer.
func (n *Node) twoWriters(r sharing.Rival) error {
	at := r.At.UTC().Format(time.RFC3339)
	who := fmt.Sprintf("it serves the body as peer %s, and signed so at %s", r.Peer, at)
	if r.Peer == n.network.ID() {
		who = fmt.Sprintf("it has a copy of the keys in this data directory, and signed with them at %s", at)
	}
	if r.Proved {
		return fmt.Errorf("%w: %s", api.ErrTwoWriters, who)
	}
	return fmt.Errorf("%w, says peer %s, which is connected to it: %s; if this node was started again just now, that may be its own connection from before, which ends by itself within some minutes",
		api.ErrTwoWriters, r.By, who)
}

// progressOf says how far the question for the own log has come.
func progressOf(o sharing.OwnLog) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d peers of this node's choice have answered for it", len(o.Answered), sharing.OwnAnswers)
	if len(o.Unkept) > 0 {
		fmt.Fprintf(&b, ", and %d claimed more than they delivered", len(o.Unkept))
	}
	return b.String()
}

// keyStands returns nil when the key here is in force at the end of chain, else
// [api.ErrKeyRetired] or [api.ErrKeyNew].
func (n *Node) keyStands(chain *protocol.Chain) error {
	key := n.own().key.Public()
	if chain.InForce().Control.Key == key {
		return nil
	}
	for _, c := range chain.Controls() {
		if c.Control.Key == key {
			return api.ErrKeyRetired
		}
	}
	return api.ErrKeyNew
}

// held says what keeps the node from publishing, each with what to do; nothing
// when it may, and for an observer.
func (n *Node) held() ([]string, error) {
	if n.own() == nil {
		return nil, nil
	}
	head, err := n.ledger.Head(n.own().body)
	if errors.Is(err, ledger.ErrNotFound) {
		return []string{api.Advise(errNoLog)}, nil
	}
	if err != nil {
		return nil, err
	}
	chain, err := n.ledger.Chain(n.own().body)
	if err != nil {
		return nil, err
	}
	errs := []error{n.mayAuthor(), n.keyStands(chain), n.whole(chain)}
	if head.Freeze.Kind != protocol.NotFrozen {
		errs = append(errs, ledger.ErrFrozen)
	}
	var out []string
	for _, err := range errs {
		if err != nil {
			out = append(out, api.Advise(err))
		}
	}
	return out, nil
}
