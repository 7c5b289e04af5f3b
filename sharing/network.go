package sharing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	libp2pquic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"golang.org/x/sync/errgroup"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/gossip"
	"github.com/folkmoot/folkmoot/sharing/reconcile"
)

// Network is a node's part in its network.
type Network struct {
	cfg     Config
	host    host.Host
	gate    *gater
	scores  *scores
	book    *book
	metrics *metrics
	gossip  *gossip.Gossip // nil when off
	keeping *keeping
	ran     atomic.Bool
	// run tells this process from others in greetings.
	run []byte
	// own is the question for the own log, handing what keeps the note that it
	// was shared, and rivals who else serves the body.
	own     ownLog
	handing *handing
	rivals  rivalry
	// clockWrong is set while the clock here is thought to be wrong.
	clockWrong atomic.Bool
	// fruitless are claims of peers that brought nothing and rest for a while.
	fruitless *reconcile.Backoff

	// redial and schedule wake the goroutines that dial and that pull. Each
	// holds one token; who finds it full has nothing to add.
	redial, schedule chan struct{}
	// greeting and serving hold a token for each stream that is being answered;
	// when they are full a stream is refused.
	greeting, serving chan struct{}
	// answers counts stream handlers, which libp2p starts, and the like.
	answers sync.WaitGroup

	mu sync.Mutex
	// stopping is set before answers is waited for: none may begin then.
	stopping bool
	sessions map[peer.ID]*session // greeted and connected peers
	// greetings are the peers that are introducing themselves.
	greetings map[peer.ID]bool
}

// New opens the host, so that its addresses are known. Connections are refused
// until [Network.Run]. The caller must call [Network.Close].
func New(cfg Config) (*Network, error) {
	return open(cfg, libp2p.Transport(libp2pquic.NewTransport), libp2p.Transport(tcp.NewTCPTransport))
}

// open is New over the transports given.
func open(cfg Config, transports ...libp2p.Option) (*Network, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure sharing: %w", err)
	}
	n := &Network{
		cfg: cfg, gate: newGater(cfg.Blocked, cfg.Now), scores: newScores(cfg.Now), book: newBook(cfg.Limits.Book),
		redial: make(chan struct{}, 1), schedule: make(chan struct{}, 1),
		greeting: make(chan struct{}, cfg.Limits.connections()), serving: make(chan struct{}, cfg.Limits.Serves),
		fruitless: reconcile.NewBackoff(), sessions: make(map[peer.ID]*session),
		run: make([]byte, runSize), rivals: newRivalry(cfg.Now()),
		greetings: make(map[peer.ID]bool),
	}
	_, _ = rand.Read(n.run) // it never fails
	if err := n.openBook(); err != nil {
		return nil, err
	}
	if err := n.openOwnLog(); err != nil {
		return nil, err
	}
	var err error
	if n.keeping, err = newKeeping(&cfg); err != nil {
		return nil, err
	}
	if n.host, err = newHost(&cfg, n.gate, transports); err != nil {
		return nil, err
	}
	if err := n.compose(); err != nil {
		return nil, errors.Join(err, n.host.Close())
	}
	return n, nil
}

// compose makes what needs the host.
func (n *Network) compose() error {
	var err error
	if n.metrics, err = newMetrics(n.cfg.Registerer, n); err != nil {
		return fmt.Errorf("register the metrics of sharing: %w", err)
	}
	for _, id := range n.book.named() {
		n.trust(id)
	}
	if n.cfg.GossipOff {
		return nil
	}
	n.gossip, err = gossip.New(gossip.Config{
		Network: n.cfg.Network, Host: n.host, Ledger: n.cfg.Ledger, Own: n.cfg.Body, Now: n.cfg.Now,
		Keeps: n.keeping.keeps, Score: n.scores.of,
		Ask:     func(id peer.ID, _ protocol.BodyID) { n.ask(id) },
		Invalid: func(id peer.ID, code protocol.Code) { n.charge(id, costInvalid, code.String()) },
		Handing: n.handing.now,
		Joined:  n.received, Registerer: n.cfg.Registerer, Logger: n.cfg.Logger,
	})
	return err
}

// Run takes part in the network until ctx ends, or the ledger fails; it can be
// called once. When it returns nil it has refused new connections and streams,
// left the topic and written what it had from there, ended its pulls, waited for
// the streams that it was answering, and stored the list of peers, in that
// order.
func (n *Network) Run(ctx context.Context) error {
	if n.ran.Swap(true) {
		return errors.New("a network runs once")
	}
	group, ctx := errgroup.WithContext(ctx)
	n.host.SetStreamHandler(helloProtocol(n.cfg.Network), n.answerHello(ctx))
	n.host.SetStreamHandler(reconcileProtocol(n.cfg.Network), n.answerReconcile(ctx))
	n.gate.open.Store(true)
	group.Go(func() error {
		<-ctx.Done()
		n.gate.open.Store(false)
		n.host.RemoveStreamHandler(helloProtocol(n.cfg.Network))
		n.host.RemoveStreamHandler(reconcileProtocol(n.cfg.Network))
		return nil
	})
	if n.gossip != nil {
		group.Go(func() error { return n.gossip.Run(ctx) })
	}
	group.Go(func() error { return n.keeping.follow(ctx, n.tell) })
	group.Go(func() error { return n.watch(ctx) })
	group.Go(func() error { return n.keepDialling(ctx) })
	group.Go(func() error { return n.keepPulling(ctx) })
	group.Go(func() error { return n.keepBook(ctx) })
	if n.cfg.MDNS {
		group.Go(func() error { return n.discover(ctx) })
	}
	err := group.Wait()
	n.finish()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	saved := n.saveBook()
	if errors.Is(saved, ledger.ErrDiskFloor) {
		// The list as it was stored last will do.
		n.cfg.Logger.WarnContext(ctx, "the list of peers was not stored", "error", saved)
		saved = nil
	}
	return errors.Join(err, saved)
}

// Close closes all connections and the host. It must be called after Run has
// returned, or instead of it.
func (n *Network) Close() error {
	if err := n.host.Close(); err != nil {
		return fmt.Errorf("close the libp2p host: %w", err)
	}
	return nil
}

// begin counts a goroutine that Run must wait for, and reports whether it may
// start; the goroutine calls answers.Done at its end.
func (n *Network) begin() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopping {
		return false
	}
	n.answers.Add(1)
	return true
}

func (n *Network) finish() {
	n.mu.Lock()
	n.stopping = true
	n.mu.Unlock()
	n.answers.Wait()
}

// wake puts a token into one of the wake-up channels.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
