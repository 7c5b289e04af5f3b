package sharing

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// minPullGap is the least time between two pulls from one peer that hints can
// bring about.
const minPullGap = time.Second

// retryPull is how soon a pull that failed is tried again, the first time.
const retryPull = 2 * time.Second

// secondPull is how long after the first pull from a peer comes the next: what
// gossip brought meanwhile went to those that were known to take part in it then.
const secondPull = 8 * time.Second

// ask brings the next pull from a peer forward.
func (n *Network) ask(id peer.ID) {
	n.mu.Lock()
	if s := n.sessions[id]; s != nil {
		s.asked = true
	}
	n.mu.Unlock()
	wake(n.schedule)
}

// keepPulling pulls from every peer when it was met, then on a timer, and sooner
// when it was asked to: one pull per peer at a time, and a bounded number in
// all. It returns the ledger's own failure.
func (n *Network) keepPulling(ctx context.Context) error {
	pulls, ctx := errgroup.WithContext(ctx)
	pulls.SetLimit(n.cfg.Limits.Pulls + 1) // and the scheduler itself
	pulls.Go(func() error {
		timer := time.NewTimer(0)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-n.schedule:
			case <-timer.C:
			}
			for {
				id, wait, ok := n.nextPull(n.strangersPulled() < max(1, n.cfg.Limits.Pulls-1))
				if !ok {
					timer.Reset(wait)
					break
				}
				if !pulls.TryGo(func() error { return n.pull(ctx, id) }) {
					n.notPulled(id)
					break // a pull that ends wakes this loop
				}
			}
		}
	})
	return pulls.Wait()
}

// strangersPulled is how many pulls from peers that nobody named are under way.
func (n *Network) strangersPulled() (pulls int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, s := range n.sessions {
		if s.pulling && !n.book.isNamed(id) {
			pulls++
		}
	}
	return pulls
}

// nextPull picks the peer that has waited longest of those that are due, and
// marks it as being pulled from; or says how long there is none. Strangers are
// passed over when they take all pulls but one: any number of them can be made,
// and can let this node wait.
func (n *Network) nextPull(strangers bool) (id peer.ID, wait time.Duration, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	var next *session
	var at time.Time
	for _, s := range n.sessions {
		if s.pulling || !strangers && !n.book.isNamed(s.id) {
			continue
		}
		due := s.due
		if s.asked && s.earliest.Before(due) {
			due = s.earliest
		}
		if next == nil || due.Before(at) {
			next, at = s, due
		}
	}
	if next == nil {
		return "", n.cfg.Timing.Pull, false
	}
	if at.After(now) {
		return "", at.Sub(now), false
	}
	next.pulling, next.asked = true, false
	return next.id, 0, true
}

func (n *Network) notPulled(id peer.ID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s := n.sessions[id]; s != nil {
		s.pulling = false
	}
}

// pull reconciles with one peer once. Where it is due, the peer is greeted again
// before, and asked for the own log. The error is the ledger's own.
func (n *Network) pull(ctx context.Context, id peer.ID) error {
	n.greetAgain(ctx, id)
	var asking error
	if n.own.asks(id) && n.chosen(id) {
		asking = n.askOwnLog(ctx, id)
	}
	report, err := n.pullFrom(ctx, id)
	n.judgePull(id, report, err)
	n.settle(id, report, err)
	wake(n.schedule)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	err = errors.Join(asking, err)
	if errors.Is(err, ledger.ErrDamaged) || errors.Is(err, ledger.ErrCorrupt) {
		return fmt.Errorf("reconcile with %s: %w", id, err)
	}
	return nil
}

func (n *Network) pullFrom(ctx context.Context, id peer.ID) (report reconcile.Report, err error) {
	err = n.reconcile(ctx, id, func(s network.Stream, rw *patientStream) (err error) {
		cfg := n.keeping.session(originOf(s.Conn()), n.cfg.Now())
		cfg.Nonce = n.keeping.audit(id, n.cfg.Now())
		cfg.Skip = func(body protocol.BodyID, leaf protocol.Digest) bool {
			return n.fruitless.Rests(string(id), body, leaf, n.cfg.Now())
		}
		report, err = reconcile.Pull(ctx, rw, n.cfg.Ledger, n.keeping.index, cfg)
		n.moved(report.Read, report.Written)
		return err
	})
	return report, err
}

// reconcile opens a session of reconcile with a peer.
func (n *Network) reconcile(ctx context.Context, id peer.ID, session func(s network.Stream, rw *patientStream) error) error {
	opening, cancel := context.WithTimeout(ctx, n.cfg.Timing.Greeting)
	defer cancel()
	s, err := n.host.NewStream(opening, id, reconcileProtocol(n.cfg.Network))
	if err != nil {
		return fmt.Errorf("open a stream to reconcile: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = s.Reset() })
	defer stop()
	if err := session(s, newPatientStream(s, n.cfg.Timing.Stall)); err != nil {
		_ = s.Reset() // the session failed already
		return err
	}
	return s.Close()
}

// greetAgain greets a peer of this node's choice that it has not greeted lately,
// to hear whether anybody else serves the body, and to be heard of.
func (n *Network) greetAgain(ctx context.Context, id peer.ID) {
	reported := n.rivals.reports(id)
	n.mu.Lock()
	s := n.sessions[id]
	due := s != nil && (reported || time.Since(s.greeted) > n.cfg.Timing.Pull/2)
	n.mu.Unlock()
	if n.cfg.Body.IsZero() || !due || !n.chosen(id) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timing.Greeting)
	defer cancel()
	if err := n.sayHello(ctx, id); err != nil {
		n.cfg.Logger.Debug("a peer was not greeted again", "peer", id, "error", err)
	}
}

// judgePull charges a peer for what it sent.
func (n *Network) judgePull(id peer.ID, report reconcile.Report, err error) {
	n.received(id, report.Entries)
	n.metrics.pulled.Add(float64(report.Entries))
	for code, times := range report.Offences {
		n.charge(id, costInvalid*float64(times), code.String())
	}
	if report.Unkept > 0 {
		// A peer whose disk is damaged breaks many promises in good faith.
		n.charge(id, costPromise*float64(min(report.Unkept, 3)), "promise")
	}
	if errors.Is(err, reconcile.ErrProtocol) {
		n.charge(id, costProtocol, "protocol")
	}
	for body, leaf := range report.Fruitless {
		n.fruitless.Note(string(id), body, leaf, n.cfg.Now())
	}
	for _, l := range report.Lacking {
		n.fruitless.Note(string(id), l.Body, protocol.Digest(l.ID), n.cfg.Now())
	}
	for body, until := range report.Postponed {
		n.fruitless.Rest(string(id), body, until)
		n.metrics.postponed.Inc()
	}
	if errors.Is(err, ledger.ErrDiskFloor) {
		n.cfg.Logger.Warn("nothing is taken from peers", "error", err)
	}
	if err != nil {
		n.metrics.pulls.WithLabelValues("failed").Inc()
		n.cfg.Logger.Debug("a pull failed", "peer", id, "error", err)
		return
	}
	if report.Agreed {
		n.metrics.pulls.WithLabelValues("same").Inc()
		return
	}
	n.metrics.pulls.WithLabelValues("changed").Inc()
}

// settle notes how a pull ended and when the next one is due: at once when a
// bound cut this one short, soon when it failed, which may be for a moment only, as
// when the peer has not read the greeting yet; else after the usual time, give or
// take a quarter so that nodes do not fall into step.
func (n *Network) settle(id peer.ID, report reconcile.Report, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.sessions[id]
	if s == nil {
		return
	}
	now := time.Now()
	every := n.cfg.Timing.Pull
	s.pulling = false
	s.due = now.Add(every*3/4 + rand.N(every/2+1))
	s.earliest = now.Add(min(minPullGap, every/4))
	if err != nil {
		// Soon the first time; a peer that goes on failing is left alone longer,
		// but for a named one, on a bad line maybe, which is not given up.
		again := min(retryPull<<min(s.failures, 16), 16*every)
		if n.book.isNamed(id) {
			again = min(again, n.cfg.Timing.RedialNamed/2)
		}
		s.failures++
		s.due = now.Add(again + rand.N(again+1))
		s.earliest = s.due
		return
	}
	s.failures = 0
	if s.lastPull.IsZero() {
		s.due = now.Add(min(secondPull, every/4))
	}
	s.lastPull, s.agrees = n.cfg.Now(), report.Agreed
	s.nothingIn = reconcile.Remote{}
	if !report.Agreed && report.Entries == 0 && !report.Deferred {
		s.nothingIn = report.Remote
	}
	if report.Deferred {
		s.due = now
	}
	for _, until := range report.Postponed {
		if s.rested.Before(n.cfg.Now()) || until.Before(s.rested) {
			s.rested = until
		}
	}
	if wait := s.rested.Sub(n.cfg.Now()); wait > 0 && wait < s.due.Sub(now) {
		s.due = now.Add(wait)
	}
	if report.Entries > 0 {
		n.spread(id)
	}
}

// spread brings forward the pulls from all peers but the one that brought what
// is new: who finds there that this node holds something else pulls from here.
// Old entries, freezes and their ends do not travel by gossip, and would wait
// for a timer at each step of their way. The caller holds mu.
func (n *Network) spread(from peer.ID) {
	soon := time.Now().Add(n.cfg.Timing.Spread/2 + rand.N(n.cfg.Timing.Spread/2+1))
	for id, s := range n.sessions {
		switch {
		case id == from, s.failures > 0: // that one waits for its own turn
		case s.pulling:
			s.asked = true // the pull that runs may have compared before
		case soon.Before(s.due):
			s.due = soon
		}
	}
}

// tell lets the peers learn soon of a change that topics do not bring them for
// certain: they may lose what the body itself says, and carry nothing but entries.
func (n *Network) tell(event *ledger.Event) {
	if event.Kind == ledger.EventEntry && event.Body != n.cfg.Body {
		return
	}
	n.mu.Lock()
	n.spread("")
	n.mu.Unlock()
	wake(n.schedule)
}

// answerReconcile serves the pulls of others.
func (n *Network) answerReconcile(ctx context.Context) network.StreamHandler {
	return n.answer(ctx, n.serving, func(s network.Stream) error {
		id := s.Conn().RemotePeer()
		if n.session(id) == nil {
			return errors.New("the peer has not introduced itself")
		}
		if !n.startServing(id) {
			return errors.New("the peer is being served already")
		}
		defer n.stopServing(id)
		ps := newPatientStream(s, n.cfg.Timing.Stall)
		served := servedLedger{n.cfg.Ledger, n.cfg.Body, n.handing}
		report, err := reconcile.Serve(ctx, ps, served, n.keeping.index, reconcile.Config{
			Network: n.cfg.Network, Peer: string(id), Nonce: n.keeping.audited(id, n.cfg.Now()),
		})
		n.moved(report.Read, report.Written)
		if report.Audited {
			n.keeping.answeredAudit(id, n.cfg.Now())
		}
		if report.Differs && n.mayBring(id, report.Remote) {
			n.ask(id)
		}
		switch {
		case errors.Is(err, reconcile.ErrProtocol):
			n.charge(id, costProtocol, "protocol")
		case errors.Is(err, errStalled):
			n.charge(id, costStall, "stall")
		}
		return err
	})
}

// mayBring reports whether a peer that holds something else may hold something
// that is missing here. Two nodes can differ for long, when one is behind the
// other or keeps fewer bodies: they must not ask each other without end.
func (n *Network) mayBring(id peer.ID, remote reconcile.Remote) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.sessions[id]
	return s != nil && remote.Keep.Count > 0 && s.nothingIn != remote
}

func (n *Network) moved(in, out uint64) {
	n.metrics.bytes.WithLabelValues("in").Add(float64(in))
	n.metrics.bytes.WithLabelValues("out").Add(float64(out))
}

// startServing allows a peer one session at a time.
func (n *Network) startServing(id peer.ID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.sessions[id]
	if s == nil || s.served {
		return false
	}
	s.served = true
	return true
}

func (n *Network) stopServing(id peer.ID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s := n.sessions[id]; s != nil {
		s.served = false
	}
}
