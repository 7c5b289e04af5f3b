package sharing

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// BenchmarkLive measures how long an entry takes from its author's call to every
// other node's ledger: the nodes share this machine, and one of them publishes
// 50 entries a second, one for each iteration.
func BenchmarkLive(b *testing.B) {
	for _, count := range []int{5, 20} {
		b.Run(fmt.Sprintf("nodes=%d", count), func(b *testing.B) { benchmarkLive(b, count) })
	}
}

func benchmarkLive(b *testing.B, count int) {
	nodes := []*testNode{startNode(b, "council", only("/ip4/127.0.0.1/tcp/0"))}
	for i := 1; i < count; i++ {
		n := startNode(b, "", only("/ip4/127.0.0.1/tcp/0"))
		n.join(nodes[i/2])
		n.join(nodes[(i-1)/3])
		nodes = append(nodes, n)
	}
	eventually(b, "the network is connected", func() bool {
		for _, n := range nodes {
			if topicSize(n) == 0 || len(n.state()) != 1 {
				return false
			}
		}
		return true
	})
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for range 200 { // the mesh takes a few heartbeats to form
		<-pace.C
		nodes[0].publish(600)
	}
	eventually(b, "the first entries arrived", func() bool { return converged(nodes...) })
	byReconcile := -pulled(nodes)
	arrivals := make([]map[protocol.EntryID]time.Time, count)
	ctx, cancel := context.WithCancel(b.Context())
	var followers sync.WaitGroup
	for i, n := range nodes[1:] {
		seen := make(map[protocol.EntryID]time.Time)
		arrivals[i+1] = seen
		after := n.ledger.Last()
		followers.Go(func() {
			for e, err := range n.ledger.Follow(ctx, after) {
				if err != nil {
					return
				}
				seen[e.Entry.ID] = time.Now()
			}
		})
	}
	sent := make(map[protocol.EntryID]time.Time)
	for b.Loop() {
		<-pace.C
		at := time.Now()
		sent[nodes[0].publish(600)] = at
	}
	eventually(b, "everything arrived", func() bool { return converged(nodes...) })
	byReconcile += pulled(nodes)
	cancel()
	followers.Wait()
	var took []time.Duration
	for _, seen := range arrivals[1:] {
		for id, at := range sent {
			took = append(took, seen[id].Sub(at))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
	b.ReportMetric(100*byReconcile/float64(len(took)), "%reconciled")
}

// pulled is how many entries came by reconcile, over all nodes.
func pulled(nodes []*testNode) float64 {
	total := 0.0
	for _, n := range nodes {
		total += n.metric("folkmoot_sharing_pulled_entries_total")
	}
	return total
}

// BenchmarkCatchUp measures how fast an empty node gets 100,000 entries of 600
// bytes from another over loopback, and over a proxy that holds every byte back
// for 25 ms each way.
func BenchmarkCatchUp(b *testing.B) {
	const bodies, each = 100, 1000
	source := onDisk(b)
	defer source.Close()
	for i := range bodies {
		a := vectors.NewAuthor(fmt.Sprintf("body %d", i), 0, nil)
		a.PublishN(each-1, 300)
		if _, err := source.Join(b.Context(), []ledger.Run{a.Log}); err != nil {
			b.Fatal(err)
		}
	}
	for _, delay := range []time.Duration{0, 25 * time.Millisecond} {
		b.Run(fmt.Sprintf("rtt=%v", 2*delay), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				server := startNode(b, "", func(c *Config) {
					c.Ledger = source
					only("/ip4/127.0.0.1/tcp/0")(c)
				})
				to := server.info()
				if delay > 0 {
					to.Addrs = []ma.Multiaddr{delayed(b, to.Addrs[0], delay)}
				}
				held := onDisk(b)
				client := startNode(b, "", func(c *Config) { c.Ledger, c.Bootstrap = held, []peer.AddrInfo{to} })
				b.StartTimer()
				start := time.Now()
				eventually(b, "everything arrived", func() bool { return held.Last() == bodies*each })
				b.ReportMetric(bodies*each/time.Since(start).Seconds(), "entries/s")
				b.StopTimer()
				client.stop()
				server.stop()
				if err := held.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

// onDisk opens a ledger that must wait for its disk.
func onDisk(b *testing.B) *ledger.Ledger {
	b.Helper()
	l, err := ledger.Open(ledger.Config{Dir: b.TempDir(), Network: vectors.NetworkName})
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// delayed returns the address of a TCP proxy that delivers every byte to target
// after a delay, however many are on their way.
func delayed(t testing.TB, target ma.Multiaddr, delay time.Duration) ma.Multiaddr {
	t.Helper()
	port, err := target.ValueForProtocol(ma.P_TCP)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp4", "127.0.0.1:"+port)
			if err != nil {
				t.Error(errors.Join(err, in.Close()))
				return
			}
			running.Go(func() { forward(in, out, delay) })
			running.Go(func() { forward(out, in, delay) })
		}
	})
	return ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", l.Addr().(*net.TCPAddr).Port))
}

type parcel struct {
	bytes []byte
	due   time.Time
}

// forward copies what it reads to w when its time has come, and closes both at
// the end.
func forward(r, w net.Conn, delay time.Duration) {
	onTheWay := make(chan parcel, 4096) // closed by the reader
	go func() {
		defer close(onTheWay)
		for {
			b := make([]byte, 32<<10)
			n, err := r.Read(b)
			if n > 0 {
				onTheWay <- parcel{b[:n], time.Now().Add(delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range onTheWay {
		<-time.After(time.Until(p.due))
		if _, err := w.Write(p.bytes); err != nil {
			break
		}
	}
	_ = w.Close() // either side ends both
	_ = r.Close()
	for range onTheWay { // let the reader end
	}
}
