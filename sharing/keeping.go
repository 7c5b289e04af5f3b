package sharing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	mathrand "math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
	"github.com/folkmoot/folkmoot/sharing/trust"
)

// keeping is whose logs this node keeps: the index of those that it holds and
// keeps, who waits, and who was heard of.
type keeping struct {
	network string
	ledger  *ledger.Ledger
	log     *slog.Logger
	index   *reconcile.Index
	room    *trust.Room
	heard   *trust.Heard

	// applying is held while the index is brought in line with the ledger or with
	// another view; the fields below are guarded by it.
	applying sync.Mutex
	// indexed is the event up to which the index agrees with the ledger.
	indexed uint64
	// unkept are the bodies that are held and not in the index.
	unkept map[protocol.BodyID]bool

	mu   sync.RWMutex
	view *trust.View
	// choices counts the views.
	choices uint64
	every   time.Duration
	// asked is when a peer was audited last, answered when it last audited.
	asked, answered map[peer.ID]time.Time
}

// maxAudited is how many peers' audits are remembered. One that is forgotten is
// audited once more.
const maxAudited = 1024

func newKeeping(cfg *Config) (*keeping, error) {
	k := &keeping{
		network: cfg.Network, ledger: cfg.Ledger, log: cfg.Logger, view: cfg.Trust, every: cfg.Timing.Audit,
		room:  trust.NewRoom(cfg.Network, trust.DefaultQuotas, mathrand.IntN),
		heard: trust.NewHeard(mathrand.IntN), unkept: make(map[protocol.BodyID]bool),
		asked: make(map[peer.ID]time.Time), answered: make(map[peer.ID]time.Time),
	}
	k.indexed = cfg.Ledger.Last()
	var err error
	if k.index, err = reconcile.NewIndex(k.kept(cfg.Ledger.Heads())); err != nil {
		return nil, fmt.Errorf("index the ledger: %w", err)
	}
	return k, nil
}

// kept passes on the heads of the bodies that are kept, and notes the others.
func (k *keeping) kept(heads iter.Seq2[ledger.Head, error]) iter.Seq2[ledger.Head, error] {
	return func(yield func(ledger.Head, error) bool) {
		for h, err := range heads {
			if err == nil && !k.holds(h.Body) {
				k.unkept[h.Body] = true
				continue
			}
			if !yield(h, err) {
				return
			}
		}
	}
}

// keeps reports whether a body's log is taken.
func (k *keeping) keeps(body protocol.BodyID) bool {
	choice, _ := k.current().Ground(body)
	return choice == trust.Keep
}

// holds reports whether a log that is held is kept: while it is not known who
// vouches for whom, nobody is taken for a stranger.
func (k *keeping) holds(body protocol.BodyID) bool {
	v := k.current()
	choice, _ := v.Ground(body)
	return choice == trust.Keep || choice == trust.Wait && !v.Known()
}

func (k *keeping) current() *trust.View {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.view
}

// follow lets the index follow the ledger, until ctx ends. It passes
// each event on once the index agrees with it.
func (k *keeping) follow(ctx context.Context, indexed func(*ledger.Event)) error {
	for event, err := range k.ledger.Follow(ctx, k.indexed) {
		if err != nil {
			return fmt.Errorf("follow the ledger to index it: %w", err)
		}
		if err := k.apply(event.Body); err != nil {
			return err
		}
		indexed(&event)
	}
	return ctx.Err()
}

// apply makes the index say what the ledger holds of a body, if it is kept.
func (k *keeping) apply(body protocol.BodyID) error {
	k.applying.Lock()
	defer k.applying.Unlock()
	return k.applyLocked(body)
}

func (k *keeping) applyLocked(body protocol.BodyID) error {
	head, err := k.ledger.Head(body)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		delete(k.unkept, body)
		k.index.Remove(body)
	case err != nil:
		return fmt.Errorf("index the ledger: %w", err)
	case k.holds(body):
		delete(k.unkept, body)
		k.index.Set(reconcile.StateOf(head))
	default:
		k.unkept[body] = true
		k.index.Remove(body)
	}
	return nil
}

// set makes another view the one that counts, and lets those in who waited and
// are kept by it. The error is the ledger's own.
func (k *keeping) set(ctx context.Context, v *trust.View) error {
	k.applying.Lock()
	defer k.applying.Unlock()
	k.mu.Lock()
	k.view = v
	k.choices++
	k.mu.Unlock()
	for _, s := range k.index.States(nil) {
		if !k.holds(s.Body) {
			k.unkept[s.Body] = true
			k.index.Remove(s.Body)
		}
	}
	for body := range k.unkept {
		if k.holds(body) {
			if err := k.applyLocked(body); err != nil {
				return err
			}
		}
	}
	k.heard.Forget(k.keeps)
	admitted := k.room.Admit(k.keeps)
	if len(admitted) == 0 {
		return nil
	}
	outcomes, err := k.ledger.Join(ctx, admitted)
	if errors.Is(err, ledger.ErrDiskFloor) {
		k.log.WarnContext(ctx, "logs that waited cannot be taken in", "error", err)
		return nil // peers bring them when there is room again
	}
	if err != nil {
		return fmt.Errorf("take in logs that waited: %w", err)
	}
	for i, o := range outcomes {
		k.log.InfoContext(ctx, "a body that waited is kept from now on", "body", admitted[i][0].Body(), "entries", o.Added)
	}
	return nil
}

// session configures a pull from a peer.
func (k *keeping) session(from trust.Origin, now time.Time) reconcile.Config {
	k.mu.RLock()
	v, choices := k.view, k.choices
	k.mu.RUnlock()
	cfg := reconcile.Config{Network: k.network, Peer: from.Peer, Choices: choices}
	if v.KeepsAll() {
		return cfg
	}
	cfg.Choose = func(body protocol.BodyID) reconcile.Choice {
		switch choice, _ := v.Ground(body); choice {
		case trust.Keep:
			return reconcile.Keep
		case trust.Wait:
			return reconcile.Wait
		default:
			return reconcile.Leave
		}
	}
	cfg.Heard = func(s reconcile.State) {
		k.heard.Note(trust.Rumour{Body: s.Body, Length: s.Length, Root: s.Root, Peer: from.Peer})
	}
	cfg.Room = func(s reconcile.State) int {
		if _, err := k.ledger.Head(s.Body); err == nil {
			return 0 // it is held, and will do when it is kept again
		}
		return k.room.Entries(s.Body)
	}
	cfg.Wait = func(_ reconcile.State, run ledger.Run) { k.room.Add(from, run, now) }
	return cfg
}

// audit returns a nonce when it is time to audit a peer. One that was just met is
// audited when it has been known for as long as lies between two audits.
func (k *keeping) audit(id peer.ID, now time.Time) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	last, known := k.asked[id]
	if known && now.Sub(last) < k.every {
		return nil
	}
	remember(k.asked, id, now)
	if !known {
		return nil
	}
	return nonce()
}

// audited returns a nonce with which a peer may audit this node, nil if it did so
// lately: it costs a walk through all that is kept.
func (k *keeping) audited(id peer.ID, now time.Time) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if last, known := k.answered[id]; known && now.Sub(last) < k.every/4 {
		return nil
	}
	return nonce()
}

// answeredAudit takes note of an audit that a peer made.
func (k *keeping) answeredAudit(id peer.ID, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	remember(k.answered, id, now)
}

func remember(times map[peer.ID]time.Time, id peer.ID, now time.Time) {
	if _, known := times[id]; !known && len(times) >= maxAudited {
		for other := range times {
			delete(times, other)
			break
		}
	}
	times[id] = now
}

func nonce() []byte {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails
	return b
}

// originOf is who brings what comes over a connection.
func originOf(c network.Conn) trust.Origin {
	o := trust.Origin{Peer: string(c.RemotePeer())}
	if ip, err := manet.ToIP(c.RemoteMultiaddr()); err == nil {
		if addr, ok := netip.AddrFromSlice(ip); ok {
			o.Prefix = trust.PrefixOf(addr)
		}
	}
	return o
}

// SetTrust makes another view of whose logs are kept the one that counts, and has
// every peer asked for what is kept by it and missing. The error is the ledger's
// own.
func (n *Network) SetTrust(ctx context.Context, v *trust.View) error {
	if err := n.keeping.set(ctx, v); err != nil {
		return err
	}
	n.mu.Lock()
	for _, s := range n.sessions {
		s.asked = true
	}
	n.mu.Unlock()
	wake(n.schedule)
	return nil
}

// Waiting lists the strangers whose logs wait here.
func (n *Network) Waiting() []trust.Waiting { return n.keeping.room.Waiting() }

// Heard lists the bodies that peers told of and that are not kept.
func (n *Network) Heard() []trust.Rumour { return n.keeping.heard.List() }
