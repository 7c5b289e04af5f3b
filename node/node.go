package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/node/web"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing"
	"github.com/folkmoot/folkmoot/sharing/trust"
)

// Node is an open data directory and, unless it is offline, the interfaces
// through which others reach it.
type Node struct {
	cfg     Config
	log     *slog.Logger
	started time.Time
	lock    *dirLock
	// identity is the body that the node authors as; nil for an observer.
	// controlling is held, exclusively, while its control changes.
	identity    atomic.Pointer[identity]
	controlling sync.RWMutex
	ledger      *ledger.Ledger
	// catalogue follows the ledger while Run runs.
	catalogue *catalogue.Catalogue
	trust     *standing
	domains   *domains
	// casebook has what is not published. publishing is held while a draft is
	// being published.
	casebook   *casebook.Casebook
	publishing sync.Mutex
	// assured is what officers took upon themselves since the start.
	assured assurances
	reader  *api.Reader
	metrics *prometheus.Registry
	// network, public and local are nil when the node is offline. The listeners
	// are open from New on, so that their addresses are known.
	network       *sharing.Network
	public, local net.Listener
	// running is set while Run runs.
	running atomic.Bool
	// publicHandler and localHandler answer.
	publicHandler, localHandler http.Handler
}

// New opens a data directory, which it makes if need be, the network and the
// listeners. Nobody is answered before [Node.Run]. The caller must call
// [Node.Close]. It returns a [LockedError] while another process has the
// directory, and the errors of [ledger.Open].
func New(cfg Config) (*Node, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	n := &Node{cfg: cfg, log: cfg.Logger, started: cfg.Now(), metrics: prometheus.NewRegistry()}
	if err := n.open(); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// NewOffline opens a data directory without the network and without listeners,
// for a command that runs while no node does. It returns [ErrNotInitialised]
// when there is nothing there, else the errors of [New].
func NewOffline(cfg Config) (*Node, error) {
	if _, err := os.Stat(filepath.Join(cfg.Data, ledgerDir)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotInitialised, cfg.Data)
	}
	cfg.Offline = true
	n, err := New(cfg)
	if err != nil {
		return nil, err
	}
	// Nothing follows the ledger for such a node, so the catalogue catches up
	// here. On a full disk, or before a damaged event, what it has must do.
	if err := n.catchUp(context.Background()); errors.Is(err, ledger.ErrDiskFloor) || errors.Is(err, ledger.ErrDamaged) {
		n.log.Warn("the catalogue falls behind", "error", err)
	} else if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	n.deleteOffline(context.Background())
	if err := n.domains.recall(context.Background()); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// complete fills in what code may leave out, and checks the rest.
func (c *Config) complete() error {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c.validate()
}

func (n *Node) open() (err error) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(n.cfg.MemoryLimit))
	}
	dir := n.cfg.Data
	if err := makeDataDir(dir); err != nil {
		return err
	}
	if n.lock, err = lockDir(dir); err != nil {
		return err
	}
	if err = removeSnapshots(dir); err != nil {
		return err
	}
	id, err := readIdentity(dir)
	if err != nil {
		return fmt.Errorf("read the body's key: %w", err)
	}
	n.identity.Store(id)
	n.ledger, err = ledger.Open(ledger.Config{
		Dir: filepath.Join(dir, ledgerDir), Network: n.cfg.Network, Now: n.cfg.Now,
		Floor: uint64(n.cfg.DiskFloor), EraseAfter: n.cfg.EraseAfter, Logger: n.log,
	})
	if err != nil {
		return fmt.Errorf("open the ledger: %w", err)
	}
	if err := finishFounding(context.Background(), dir, n.ledger, func(string) error { return nil }); err != nil {
		return fmt.Errorf("finish making the body: %w", err)
	}
	if err := n.promoteKey(); err != nil {
		return err
	}
	if err := n.checkBody(); err != nil {
		return err
	}
	if err := n.openCatalogue(); err != nil {
		return err
	}
	if err := n.openDomains(); err != nil {
		return err
	}
	if err := n.openTrust(); err != nil {
		return err
	}
	if err := n.openCasebook(context.Background()); err != nil {
		return err
	}
	n.reader = api.NewReader(n.ledger, n.trust)
	n.register()
	if !n.cfg.Offline {
		if err := n.openNetwork(); err != nil {
			return err
		}
		if err := n.listen(); err != nil {
			return err
		}
	}
	return n.handlers()
}

// checkBody makes sure that the body whose key lies here is held, and in the
// network that is configured.
func (n *Node) checkBody() error {
	if n.own() == nil {
		return nil
	}
	chain, err := n.ledger.Chain(n.own().body)
	if errors.Is(err, ledger.ErrNotFound) {
		// A ledger that was lost is replicated again from other nodes; until
		// then there is nothing to append to.
		n.log.Warn("the log of this node's body is not held here; it must come back from other nodes before anything can be published",
			"body", n.own().body)
		return nil
	}
	if err != nil {
		return fmt.Errorf("log of this node's body: %w", err)
	}
	if chain.Network() != n.cfg.Network {
		return n.cfg.wrong("network", fmt.Sprintf("this node's body belongs to the network %q, not %q", chain.Network(), n.cfg.Network),
			"set that network, or use another data directory")
	}
	return nil
}

func (n *Node) openNetwork() error {
	key, err := peerKey(n.cfg.Data)
	if err != nil {
		return err
	}
	cfg := sharing.Config{
		Network: n.cfg.Network, Identity: key, MDNS: n.cfg.MDNS, Ledger: n.ledger,
		Software: "folkmoot/" + n.cfg.version(), Timing: sharing.Timing{Pull: n.cfg.PullInterval},
		Trust: trust.NewView(n.rules(false)),
		Now:   n.cfg.Now, Registerer: n.metrics, Logger: n.log,
	}
	if cfg.ListenAddrs, err = multiaddrs(n.cfg.P2PListen); err != nil {
		return err
	}
	if cfg.Announce, err = multiaddrs(n.cfg.Announce); err != nil {
		return err
	}
	for _, s := range n.cfg.Bootstrap {
		p, err := sharing.ParsePeer(s)
		if err != nil {
			return n.cfg.wrong("bootstrap", err.Error(), "")
		}
		cfg.Bootstrap = append(cfg.Bootstrap, p)
	}
	if own := n.own(); own != nil {
		cfg.Body = own.body
		cfg.SignBinding = func(b *protocol.Binding) ([]byte, protocol.Signature, error) {
			raw, sig := protocol.SignBinding(n.own().key, b)
			return raw, sig, nil
		}
	}
	if n.network, err = sharing.New(cfg); err != nil {
		return fmt.Errorf("open the network: %w", err)
	}
	return nil
}

func multiaddrs(list []string) ([]multiaddr.Multiaddr, error) {
	out := make([]multiaddr.Multiaddr, len(list))
	for i, s := range list {
		a, err := multiaddr.NewMultiaddr(s)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w", s, err)
		}
		out[i] = a
	}
	return out, nil
}

func (c *Config) version() string {
	if c.Version == "" {
		return "devel"
	}
	return c.Version
}

func (n *Node) listen() (err error) {
	if n.public, err = new(net.ListenConfig).Listen(context.Background(), "tcp", n.cfg.Listen); err != nil {
		return fmt.Errorf("listen on %s: %w; is another node running, or the port taken?", n.cfg.Listen, err)
	}
	if n.local, err = api.ListenSocket(context.Background(), n.cfg.Data); err != nil {
		return fmt.Errorf("open the local socket: %w", err)
	}
	return nil
}

func (n *Node) handlers() error {
	cfg := api.Config{
		Ledger: n.ledger, Reader: n.reader, Hidden: n.trust, Search: searcher{n}, Register: questions{n}, Domains: n.domains, Node: backend{n}, Casebook: n.casebook, Network: n.cfg.Network,
		Now:      n.cfg.Now,
		Gatherer: n.metrics, Logger: n.log,
	}
	n.localHandler = api.Local(cfg)
	// Pages ask what anybody may ask.
	pages, err := web.New(web.Config{API: api.InProcess(api.Public(cfg)), Status: backend{n}.Status, Peers: backend{n}.Peers, Log: n.log})
	if err != nil {
		return fmt.Errorf("prepare the pages: %w", err)
	}
	cfg.Home = pages
	n.publicHandler = api.Public(cfg)
	return nil
}

// own is the body that the node authors as, with its key; nil for an observer.
func (n *Node) own() *identity { return n.identity.Load() }

// Body is the body that the node authors as; false for an observer.
func (n *Node) Body() (protocol.BodyID, bool) {
	if n.own() == nil {
		return protocol.BodyID{}, false
	}
	return n.own().body, true
}

// Ledger is the node's ledger, for reading and measuring.
func (n *Node) Ledger() *ledger.Ledger { return n.ledger }

// Local answers the node's owner, as over its Unix socket.
func (n *Node) Local() http.Handler { return n.localHandler }

// Public answers anybody, as over its HTTP port.
func (n *Node) Public() http.Handler { return n.publicHandler }

// URL is the address of the pages and the API; empty when offline.
func (n *Node) URL() string {
	if n.public == nil {
		return ""
	}
	return "http://" + n.public.Addr().String()
}

// Addrs are the multiaddrs by which other nodes reach this one; none when
// offline.
func (n *Node) Addrs() []string {
	if n.network == nil {
		return nil
	}
	var out []string
	for _, a := range n.network.Addrs() {
		out = append(out, a.String())
	}
	return out
}

// Close closes what New opened, after Run has returned or instead of it: first
// the listeners, so that nobody asks any more; then the network, so that
// nothing more comes in; then the catalogue, which follows the ledger; then the
// casebook, which nobody asks any more; then the ledger; and last the lock, so
// that another process finds all of it closed.
func (n *Node) Close() error {
	var errs []error
	for _, l := range []net.Listener{n.public, n.local} {
		// A server that ran has closed its listener already.
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, fmt.Errorf("close a listener: %w", err))
			}
		}
	}
	if n.network != nil {
		errs = append(errs, wrap("close the network", n.network.Close()))
	}
	if n.catalogue != nil {
		errs = append(errs, wrap("close the catalogue", n.catalogue.Close()))
	}
	if n.casebook != nil {
		errs = append(errs, n.casebook.Close())
	}
	if n.ledger != nil {
		errs = append(errs, wrap("close the ledger", n.ledger.Close()))
	}
	if n.lock != nil {
		errs = append(errs, wrap("give up the lock", n.lock.Close()))
	}
	return errors.Join(errs...)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
