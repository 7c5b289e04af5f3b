package main

import (
	"bytes"
	"context"
	stdflag "flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing"
)

var divided = stdflag.Duration("namespace.divided", 5*time.Second, "for how long TestNamespaces divides the network")

// wire is a network of namespaces around a bridge, in a namespace of its own.
type wire struct {
	t    *testing.T
	name string
}

// newWire skips the test where namespaces cannot be made.
func newWire(t *testing.T) *wire {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root makes network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("the program ip is missing; Debian has it in iproute2")
	}
	w := &wire{t: t, name: fmt.Sprintf("folkmoot%d", os.Getpid())}
	if out, err := exec.Command("ip", "netns", "add", w.ns("hub")).CombinedOutput(); err != nil {
		t.Skipf("this machine makes no namespaces: %s", out)
	}
	t.Cleanup(func() { w.ip("netns", "delete", w.ns("hub")) })
	w.ip("-n", w.ns("hub"), "link", "add", "bridge", "type", "bridge")
	w.ip("-n", w.ns("hub"), "addr", "add", address(0)+"/24", "dev", "bridge")
	w.ip("-n", w.ns("hub"), "link", "set", "bridge", "up")
	return w
}

func (w *wire) ns(of string) string { return w.name + of }

// address is where a node is; 0 is the hub.
func address(n int) string { return fmt.Sprintf("10.91.0.%d", 254-n) }

func (w *wire) ip(args ...string) {
	w.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		w.t.Fatalf("ip %v: %v: %s", args, err, out)
	}
}

// plug makes the namespace of a node.
func (w *wire) plug(n int) {
	w.t.Helper()
	ns, end := w.ns(fmt.Sprint(n)), fmt.Sprint("port", n)
	w.ip("netns", "add", ns)
	w.t.Cleanup(func() { w.ip("netns", "delete", ns) })
	w.ip("-n", ns, "link", "set", "lo", "up")
	w.ip("-n", w.ns("hub"), "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", ns)
	w.ip("-n", w.ns("hub"), "link", "set", end, "master", "bridge", "up")
	w.ip("-n", ns, "addr", "add", address(n)+"/24", "dev", "eth0")
	w.ip("-n", ns, "link", "set", "eth0", "up")
}

// run starts a program in a namespace and kills it at the end of the test.
func (w *wire) run(ns, name string, args ...string) {
	w.t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command("ip", append([]string{"netns", "exec", w.ns(ns), name}, args...)...)
	cmd.Stderr = &errs
	cmd.Env = append(os.Environ(), "FOLKMOOT_TRUST=open") // all keep all
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			w.t.Errorf("%s ended by itself: %v: %s", name, err, &errs)
		}
		_ = cmd.Wait() // it was killed
	})
}

// serve founds a body and runs its node in a namespace.
func (w *wire) serve(n int) *api.Client {
	w.t.Helper()
	w.plug(n)
	data := filepath.Join(w.t.TempDir(), "data")
	out, err := exec.Command("folkmoot", "--data", data, "init", "--name", fmt.Sprintf("Forum %d (example)", n), "--role", "community_body").CombinedOutput()
	if err != nil {
		w.t.Fatalf("%v: %s", err, out)
	}
	w.run(fmt.Sprint(n), "folkmoot", "--data", data, "serve", "--listen", "127.0.0.1:0", "--log-level", "error",
		"--p2p-listen", "/ip4/"+address(n)+"/udp/4101/quic-v1")
	var client *api.Client
	w.await("the node runs", func(context.Context) (err error) {
		client, err = api.Dial(data)
		return err
	})
	w.t.Cleanup(func() { _ = client.Close() })
	return client
}

// await tries again until something succeeds, for a minute at most, and returns
// how long that took.
func (w *wire) await(what string, try func(context.Context) error) time.Duration {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for start := time.Now(); ; {
		err := try(ctx)
		if err == nil {
			return time.Since(start)
		}
		select {
		case <-ctx.Done():
			w.t.Fatalf("not within a minute: %s: %v", what, err)
		case <-tick.C:
		}
	}
}

// equal compares all that the nodes hold, byte by byte.
func equal(nodes []*api.Client, entries uint64) func(context.Context) error {
	return func(ctx context.Context) error {
		var first []byte
		for i, n := range nodes {
			s, err := n.Status(ctx)
			if err != nil {
				return err
			}
			if s.Entries != entries {
				return fmt.Errorf("node %d holds %d entries, not %d", i, s.Entries, entries)
			}
			var b bytes.Buffer
			if err := n.Export(ctx, "jsonl", protocol.BodyID{}, &b); err != nil {
				return err
			}
			if i == 0 {
				first = b.Bytes()
			} else if !bytes.Equal(first, b.Bytes()) {
				return fmt.Errorf("node %d holds something else", i)
			}
		}
		return nil
	}
}

// TestNamespaces connects three real nodes over a line that is slow and loses
// packets, each in a network namespace of its own, cuts one of them off by a
// route that leads nowhere, and wants the same bytes everywhere within a minute
// after it is gone.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	var nodes []*api.Client
	for n := 1; n <= 3; n++ {
		nodes = append(nodes, w.serve(n))
	}
	w.run("hub", "lossy", address(0)+":4101", address(1)+":4101", "40ms", "3")
	link, err := nodes[0].Invite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	invite, err := sharing.ParseInvite(link.Link)
	if err != nil {
		t.Fatal(err)
	}
	invite.Peers = []peer.AddrInfo{{
		ID: invite.Peers[0].ID, Addrs: []ma.Multiaddr{ma.StringCast("/ip4/" + address(0) + "/udp/4101/quic-v1")},
	}}
	for _, n := range nodes[1:] {
		if err := n.Join(t.Context(), invite.String()); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("equal %v after they met", w.await("all hold the same", equal(nodes, 6)))

	w.ip("-n", w.ns("3"), "route", "add", "blackhole", address(0)+"/32")
	entries := uint64(6)
	tick := time.NewTicker(max(*divided/4, time.Second))
	defer tick.Stop()
	for over := time.After(*divided); over != nil; {
		for _, n := range nodes {
			tell(t, n, entries)
			entries++
		}
		select {
		case <-over:
			over = nil
		case <-tick.C:
		}
	}
	if err := equal(nodes, entries)(t.Context()); err == nil {
		t.Fatal("entries crossed the partition")
	}
	w.ip("-n", w.ns("3"), "route", "delete", "blackhole", address(0)+"/32")
	t.Logf("equal %v after healing, with %d entries", w.await("all hold the same again", equal(nodes, entries)), entries)
}

func tell(t *testing.T, n *api.Client, number uint64) {
	t.Helper()
	record := fmt.Sprintf(`{"kind": "challenge", "title": "Challenge %d (example)", "lang": "en", "licence": "CC-BY-4.0",
		"signed_as": "clerk", "raised_by": "community", "question": "Does it come through?"}`, number)
	if _, err := n.Publish(t.Context(), []byte(record), false); err != nil {
		t.Fatal(err)
	}
}
