package gossip

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func message(data []byte) *pb.Message { return &pb.Message{Data: data} }

func count(t testing.TB, c prometheus.Collector) float64 {
	t.Helper()
	reg := prometheus.NewRegistry()
	reg.MustRegister(c)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	m := families[0].GetMetric()[0]
	return m.GetCounter().GetValue() + m.GetGauge().GetValue()
}

// readerOf is a peer that reads the topic.
func readerOf(t *testing.T) host.Host {
	t.Helper()
	h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableMetrics(), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	ps, err := pubsub.NewGossipSub(t.Context(), h, pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor())
	if err != nil {
		t.Fatal(err)
	}
	topic, err := ps.Join(Topic(vectors.NetworkName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := topic.Relay(); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestOwnEntriesArePublishedWhileFreshAndPaced(t *testing.T) {
	h, err := libp2p.New(libp2p.NoListenAddrs, libp2p.DisableMetrics(), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	reader := readerOf(t)
	a, other := vectors.NewAuthor("forum", 0, nil), vectors.NewAuthor("council", 0, nil)
	var minutes atomic.Int64
	now := func() time.Time { return time.Unix(vectors.Epoch+60*minutes.Load(), 0).Add(time.Hour) }
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	join := func(run []*protocol.Entry) {
		if _, err := l.Join(t.Context(), []ledger.Run{run}); err != nil {
			t.Fatal(err)
		}
	}
	join(a.Log)
	join(other.Log)
	var handed atomic.Bool
	g, err := New(Config{
		Network: vectors.NetworkName, Host: h, Ledger: l, Own: a.Body(), Now: now,
		Handing: func() error { handed.Store(true); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	started := time.NewTicker(time.Millisecond)
	defer started.Stop()
	eventually := func(what string, holds func() bool) {
		t.Helper()
		for late := time.After(20 * time.Second); !holds(); {
			select {
			case <-started.C:
			case <-late:
				t.Fatal(what)
			}
		}
	}
	// Without anybody in the topic nothing leaves the machine.
	a.Clock = uint64(now().Unix())
	join(a.PublishN(1, 50))
	eventually("an entry for nobody is left to reconcile", func() bool { return count(t, g.metrics.stale) == 1 })
	if handed.Load() {
		t.Error("the own log was noted as handed out, and nobody was there")
	}
	if err := h.Connect(ctx, peer.AddrInfo{ID: reader.ID(), Addrs: reader.Addrs()}); err != nil {
		t.Fatal(err)
	}
	eventually("a reader is there", func() bool { return count(t, g.metrics.peers) == 1 })
	minutes.Store(5)
	a.Clock = uint64(now().Unix()) - 240
	old := a.PublishN(3, 50)
	a.Clock = uint64(now().Unix())
	const fresh = 40
	var news []*protocol.Entry
	for range fresh {
		a.Clock = uint64(now().Unix())
		news = append(news, a.PublishN(1, 50)...)
	}
	other.Clock = uint64(now().Unix())
	join(other.PublishN(5, 50))
	join(old)
	eventually("old entries are left to reconcile", func() bool { return count(t, g.metrics.stale) == 4 })
	begun := time.Now()
	join(news)
	eventually("all fresh ones are published", func() bool { return count(t, g.metrics.published) == fresh })
	if took, least := time.Since(begun), (fresh-publishBurst-3)*time.Second/publishRate; took < least {
		t.Errorf("%d entries were published in %v, faster than %v", fresh, took, least)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	if got := count(t, g.metrics.published); got != fresh || !handed.Load() {
		t.Errorf("%v were published, noted as handed out: %v", got, handed.Load())
	}
}
