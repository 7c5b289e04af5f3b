package node

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// trust keeps the web of who vouches for whom, as seen from the node's roots. It
// is safe for concurrent use.
type trust struct {
	catalogue *catalogue.Catalogue
	ledger    *ledger.Ledger
	log       *slog.Logger
	now       func() time.Time
	// configured are the node's own body and those that its operator named.
	configured []protocol.BodyID

	mu sync.Mutex
	// invited are the bodies by whose invite links the node joined.
	invited []protocol.BodyID
	// seen is the last web that was made, of the catalogue's version and at the
	// time given; its web is nil before the first.
	seen    api.Seen
	version uint64
	tried   time.Time
	// stale: the roots changed since.
	stale bool
	// building is closed by who makes a web when it is done; nil when nobody
	// does.
	building chan struct{}
}

const (
	// rootsNote is the ledger's note that keeps the bodies whose invitations
	// were followed, one identifier a line.
	rootsNote = "roots"
	// maxInvited is how many of them are kept.
	maxInvited = 100
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
	if own, ok := n.Body(); ok {
		configured = append([]protocol.BodyID{own}, configured...)
	}
	n.trust = &trust{catalogue: n.catalogue, ledger: n.ledger, log: n.log, now: n.cfg.Now, configured: configured}
	note, err := n.ledger.Note(rootsNote)
	if err != nil {
		return fmt.Errorf("read the roots of trust: %w", err)
	}
	for line := range strings.Lines(string(note)) {
		id, err := protocol.ParseBodyID(strings.TrimSpace(line))
		if err != nil {
			return fmt.Errorf("read the roots of trust: %w", err)
		}
		n.trust.invited = append(n.trust.invited, id)
	}
	return nil
}

// invite makes a body that invited this node a root, durably.
func (t *trust) invite(ctx context.Context, body protocol.BodyID) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if body.IsZero() || slices.Contains(t.invited, body) || slices.Contains(t.configured, body) {
		return nil
	}
	if len(t.invited) >= maxInvited {
		return fmt.Errorf("make %s a root of trust: there are %d invitations already", body, maxInvited)
	}
	invited := append(slices.Clone(t.invited), body)
	var note strings.Builder
	for _, id := range invited {
		note.WriteString(id.String() + "\n")
	}
	if err := t.ledger.PutNote(rootsNote, []byte(note.String())); err != nil {
		return fmt.Errorf("make %s a root of trust: %w", body, err)
	}
	t.invited, t.stale = invited, true
	t.log.InfoContext(ctx, "the body that invited this node is a root of trust from now on", "body", body)
	return nil
}

// roots lists the roots, each once. The caller holds the lock.
func (t *trust) roots() []protocol.BodyID {
	var out []protocol.BodyID
	for _, id := range append(slices.Clone(t.configured), t.invited...) {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// current returns the web. Whoever finds it out of date makes it anew, at most
// every webEvery; the others are served the old one meanwhile, and wait only
// where there is none yet.
func (t *trust) current(ctx context.Context) (api.Seen, error) {
	for {
		t.mu.Lock()
		now := t.now()
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
func (t *trust) due(now time.Time) bool {
	since := now.Sub(t.tried)
	return (t.stale || t.catalogue.WebVersion() != t.version) && (since >= webEvery || since < 0)
}

// build makes the web and gives up the lock. The work is finished even if who
// asked for it goes away, since others wait for it.
func (t *trust) build(ctx context.Context, now time.Time) (api.Seen, error) {
	done := make(chan struct{})
	roots := t.roots()
	t.building, t.tried, t.stale = done, now, false
	t.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), webTime)
	defer cancel()
	// The version first: what comes meanwhile makes the web anew.
	version := t.catalogue.WebVersion()
	web, err := t.catalogue.Web(ctx, roots, register.DefaultHops)

	t.mu.Lock()
	defer t.mu.Unlock()
	t.building = nil
	close(done)
	switch {
	case err == nil:
		t.seen, t.version = api.Seen{Web: web, Roots: roots, Version: t.seen.Version + 1}, version
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
