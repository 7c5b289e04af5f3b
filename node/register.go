package node

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// standing keeps the web of who vouches for whom, as seen from the node's roots,
// and what its operator decided about bodies and entries. It is safe for
// concurrent use.
type standing struct {
	catalogue *catalogue.Catalogue
	ledger    *ledger.Ledger
	domains   *domains
	log       *slog.Logger
	now       func() time.Time
	hops      int
	// own is the node's body, configured are it and those that the configuration
	// names as roots.
	own        protocol.BodyID
	configured []protocol.BodyID
	// hidden is what lists leave out, replaced when that changes.
	hidden atomic.Pointer[hidden]
	// woken has a token when the lists changed; capacity one, sent by whoever
	// changes them, never closed.
	woken chan struct{}

	mu sync.Mutex
	// lists are the operator's; changed counts their changes.
	lists   lists
	changed uint64
	// seen is the last web that was made, of the catalogue's version and at the
	// time given; its web is nil before the first.
	seen    api.Seen
	version uint64
	// listed is the version of the listings by domains that went into it.
	listed uint64
	tried  time.Time
	// stale: the roots changed since.
	stale bool
	// building is closed by who makes a web when it is done; nil when nobody
	// does.
	building chan struct{}
}

const (
	// webEvery is how often the web is made anew at most: it is read from all
	// mandates and attestations that there are.
	webEvery = time.Second
	// webTime is how long that may take.
	webTime = 20 * time.Second
)

func (n *Node) openTrust() error {
	configured, err := n.cfg.roots()
	if err != nil {
		return err
	}
	own, ok := n.Body()
	if ok {
		configured = append([]protocol.BodyID{own}, configured...)
	}
	n.trust = &standing{
		catalogue: n.catalogue, ledger: n.ledger, domains: n.domains, log: n.log, now: n.cfg.Now, hops: n.cfg.Hops, own: own, configured: configured,
		woken: make(chan struct{}, 1),
	}
	if n.trust.lists, err = readLists(n.ledger); err != nil {
		return err
	}
	n.trust.hidden.Store(n.trust.lists.hidden(0))
	return nil
}

// invite makes a body that invited this node a root, durably.
func (t *standing) invite(ctx context.Context, body protocol.BodyID) error {
	if body.IsZero() || slices.Contains(t.configured, body) {
		return nil
	}
	added := false
	err := t.change(func(l *lists) (err error) {
		added, err = l.addRoot(body)
		return err
	})
	if err != nil {
		return fmt.Errorf("make %s a root of trust: %w", body, err)
	}
	if added {
		t.log.InfoContext(ctx, "the body that invited this node is a root of trust from now on", "body", body)
	}
	return nil
}

// change lets f change the lists and makes that durable. f gets a copy.
func (t *standing) change(f func(*lists) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := t.lists.clone()
	if err := f(&next); err != nil {
		return err
	}
	if err := next.write(t.ledger, &t.lists); err != nil {
		return err
	}
	t.changed++
	t.lists, t.stale = next, true
	t.hidden.Store(next.hidden(t.changed))
	select {
	case t.woken <- struct{}{}:
	default:
	}
	return nil
}

// roots lists the roots, each once. The caller holds the lock.
func (t *standing) roots() []protocol.BodyID {
	var out []protocol.BodyID
	for _, id := range append(slices.Clone(t.configured), t.lists.Roots...) {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// current returns the web. Whoever finds it out of date makes it anew, at most
// every webEvery; the others are served the old one meanwhile, and wait only
// where there is none yet.
func (t *standing) current(ctx context.Context) (api.Seen, error) {
	for {
		t.mu.Lock()
		now := time.Now() // the pace is this machine's, whatever clock the node goes by
		switch {
		case t.seen.Web != nil && (t.building != nil || !t.due(now)):
			defer t.mu.Unlock()
			return t.seen, nil
		case t.building == nil:
			// The lock is handed over.
			return t.build(ctx, now)
		}
		building := t.building
		t.mu.Unlock()
		select {
		case <-building:
		case <-ctx.Done():
			return api.Seen{}, ctx.Err()
		}
	}
}

// due reports whether a web that there is should be made anew. A clock that was
// set back does not put it off.
func (t *standing) due(now time.Time) bool {
	since := now.Sub(t.tried)
	return (t.stale || t.catalogue.WebVersion() != t.version || t.domains.Version() != t.listed) && (since >= webEvery || since < 0)
}

// build makes the web and gives up the lock. The work is finished even if who
// asked for it goes away, since others wait for it.
func (t *standing) build(ctx context.Context, now time.Time) (api.Seen, error) {
	done := make(chan struct{})
	roots, silent := t.roots(), t.lists.blocked()
	t.building, t.tried, t.stale = done, now, false
	t.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), webTime)
	defer cancel()
	// The version first: what comes meanwhile makes the web anew.
	version := t.catalogue.WebVersion()
	listings, listed := t.domains.listed()
	web, err := t.catalogue.Web(ctx, roots, t.hops, listings, silent...)

	t.mu.Lock()
	defer t.mu.Unlock()
	t.building = nil
	close(done)
	switch {
	case err == nil:
		t.seen, t.version, t.listed = api.Seen{Web: web, Roots: roots, Version: t.seen.Version + 1}, version, listed
	case t.seen.Web == nil:
		return api.Seen{}, fmt.Errorf("read who vouches for whom: %w", err)
	default:
		t.stale = true
		t.log.WarnContext(ctx, "who vouches for whom could not be read anew; the last answer stands", "error", err)
	}
	return t.seen, nil
}

// questions answers from the node's catalogue what the register does not.
type questions struct{ node *Node }

var _ api.Register = questions{}

// Seen implements [api.Register].
func (q questions) Seen(ctx context.Context) (api.Seen, error) { return q.node.trust.current(ctx) }

// Cursor implements [api.Register].
func (q questions) Cursor() uint64 { return q.node.catalogue.Cursor() }

// Owed implements [api.Register].
func (q questions) Owed(ctx context.Context, query catalogue.OwedQuery) (catalogue.OwedPage, error) {
	return q.node.catalogue.Owed(ctx, query)
}

// OwedSums implements [api.Register].
func (q questions) OwedSums(ctx context.Context, query catalogue.OwedQuery) ([]catalogue.OwedSum, error) {
	return q.node.catalogue.OwedSums(ctx, query)
}

// Named implements [api.Register].
func (q questions) Named(ctx context.Context, place, service string) ([]protocol.EntryID, bool, error) {
	return q.node.catalogue.Named(ctx, place, service)
}

// Summarise implements [api.Register].
func (q questions) Summarise(ctx context.Context, query catalogue.SummaryQuery) (*catalogue.Summary, error) {
	return q.node.catalogue.Summarise(ctx, query)
}
