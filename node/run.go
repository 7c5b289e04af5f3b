package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/folkmoot/folkmoot/node/api"
)

// shutdownTime is how long requests have to end when the node stops.
const shutdownTime = 5 * time.Second

// Run runs the node until ctx ends or a part of it fails, and returns when all
// of it has stopped; nil when ctx ended. It can be called once, on a node that
// is not offline.
//
// Its goroutines are the HTTP server, the server on the local socket, the
// network, the watch over the disk's space, the catalogue's follower, one that
// keeps what is held in line with who is trusted, the deletion of what was erased,
// the checks of domains, and one that stops the last six when the servers have
// stopped, so that no request finds them gone.
func (n *Node) Run(ctx context.Context) error {
	if n.network == nil {
		return api.ErrOffline
	}
	g, front := errgroup.WithContext(ctx)
	back, stopBack := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBack()
	var servers sync.WaitGroup
	servers.Add(2)
	start := func(name string, f func() error) {
		g.Go(func() error {
			if err := f(); err != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("%s: %w", name, err)
			}
			// A part that ends by itself while the node goes on is a failure.
			if front.Err() == nil {
				return fmt.Errorf("%s ended", name)
			}
			return nil
		})
	}
	start("HTTP server", func() error { defer servers.Done(); return n.serve(front, n.publicHandler, n.public) })
	start("local socket", func() error { defer servers.Done(); return n.serve(front, n.localHandler, n.local) })
	start("network", func() error { return n.network.Run(back) })
	start("trust", func() error { return n.keepTrust(back) })
	start("disk space", func() error { return n.ledger.WatchSpace(back) })
	start("catalogue", func() error { return n.follow(back) })
	start("deletion", func() error { return n.deleteErased(back) })
	start("domain checks", func() error { return n.domains.run(back) })
	start("shutdown", func() error { servers.Wait(); stopBack(); return nil })
	n.running.Store(true)
	defer n.running.Store(false)
	n.log.InfoContext(ctx, "node is running", "pages", n.URL(), "addrs", n.Addrs())
	if err := g.Wait(); err != nil {
		return fmt.Errorf("run the node: %w", err)
	}
	return nil
}

// serve answers requests until ctx ends, and then until those that are being
// answered are done; those that are not done in time are broken off. When it
// returns no handler runs any more.
func (n *Node) serve(ctx context.Context, h http.Handler, l net.Listener) error {
	var handlers sync.WaitGroup
	s := api.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers.Add(1)
		defer handlers.Done()
		h.ServeHTTP(w, r)
	}), n.log)
	requests, breakOff := context.WithCancel(context.WithoutCancel(ctx))
	s.BaseContext = func(net.Listener) context.Context { return requests }
	stopped := make(chan error, 1) // one value, from the callback below
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(requests, shutdownTime)
		defer cancel()
		err := s.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			err = s.Close()
		}
		stopped <- err
	})
	err := s.Serve(l)
	if errors.Is(err, http.ErrServerClosed) || !stop() {
		err = <-stopped
	} else {
		err = errors.Join(err, s.Close())
	}
	breakOff()
	handlers.Wait()
	return err
}
