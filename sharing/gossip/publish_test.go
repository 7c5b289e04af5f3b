package gossip

import (
	"context"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func message(data []byte) *pb.Message { return &pb.Message{Data: data} }

func count(t testing.TB, c prometheus.Counter) float64 {
	t.Helper()
	reg := prometheus.NewRegistry()
	reg.MustRegister(c)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}

func TestOwnEntriesArePublishedWhileFreshAndPaced(t *testing.T) {
	h, err := libp2p.New(libp2p.NoListenAddrs, libp2p.DisableMetrics(), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	a, other := vectors.NewAuthor("forum", 0, nil), vectors.NewAuthor("council", 0, nil)
	now := func() time.Time { return time.Unix(vectors.Epoch, 0).Add(time.Hour) }
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
	g, err := New(Config{Network: vectors.NetworkName, Host: h, Ledger: l, Own: a.Body(), Now: now})
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
	a.Clock = uint64(now().Unix()) - 3600 + 60
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
	eventually("old entries are left to reconcile", func() bool { return count(t, g.metrics.stale) == 3 })
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
	if got := count(t, g.metrics.published); got != fresh {
		t.Errorf("%v were published", got)
	}
}
