package gossip

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics count what happens to messages. The labels take a fixed number of
// values.
type metrics struct {
	judged    *prometheus.CounterVec
	dropped   *prometheus.CounterVec
	published prometheus.Counter
	stale     prometheus.Counter
	joined    prometheus.Counter
	overflow  prometheus.Counter
	asked     prometheus.Counter
	peers     prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "folkmoot", Subsystem: "gossip", Name: name, Help: help})
	}
	m := &metrics{
		judged: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "folkmoot", Subsystem: "gossip", Name: "judged_total",
			Help: "Messages from peers by verdict (accept, ignore, reject) and reason: a rejection code, or what kept the entry out.",
		}, []string{"verdict", "reason"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "folkmoot", Subsystem: "gossip", Name: "dropped_total",
			Help: "Messages that gossipsub lost or refused before they were judged, by cause.",
		}, []string{"cause"}),
		published: counter("published_total", "Own entries that were published."),
		stale:     counter("stale_total", "Own entries that were too old to publish, or had nobody to go to, and are left to reconcile."),
		joined:    counter("joined_total", "Entries from gossip that were added to the ledger."),
		overflow:  counter("overflow_total", "Entries dropped because the queue to the ledger was full; reconcile brings them."),
		asked:     counter("asked_total", "Times that a gap in a log made the node ask a peer for a reconcile."),
		peers: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "folkmoot", Subsystem: "gossip", Name: "topic_peers", Help: "Peers that take part in the topic.",
		}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.judged, m.dropped, m.published, m.stale, m.joined, m.overflow, m.asked, m.peers} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// tracer counts what gossipsub loses without telling anybody.
type tracer struct{ metrics *metrics }

func (t *tracer) drop(cause string) { t.metrics.dropped.WithLabelValues(cause).Inc() }

// RejectMessage counts messages that were refused before the validator saw
// them; the validator counts its own verdicts.
func (t *tracer) RejectMessage(_ *pubsub.Message, reason string) {
	switch reason {
	case pubsub.RejectValidationFailed, pubsub.RejectValidationIgnored:
	case pubsub.RejectValidationQueueFull, pubsub.RejectValidationThrottled:
		t.drop("validation_queue")
	default:
		t.drop("refused")
	}
}

// DropRPC counts messages lost because a peer's outbound queue was full.
func (t *tracer) DropRPC(rpc *pubsub.RPC, _ peer.ID) {
	t.metrics.dropped.WithLabelValues("outbound_queue").Add(float64(max(1, len(rpc.Publish))))
}

// UndeliverableMessage counts messages that no reader took.
func (t *tracer) UndeliverableMessage(*pubsub.Message) { t.drop("undeliverable") }

// ThrottlePeer counts refusals by gossipsub's own gate.
func (t *tracer) ThrottlePeer(peer.ID) { t.drop("throttled_peer") }

// The rest of [pubsub.RawTracer] is of no interest here.

// OnNewOutboundStream does nothing.
func (t *tracer) OnNewOutboundStream(peer.ID, protocol.ID) {}

// OnClosedOutboundStream does nothing.
func (t *tracer) OnClosedOutboundStream(peer.ID) {}

// Join does nothing.
func (t *tracer) Join(string) {}

// Leave does nothing.
func (t *tracer) Leave(string) {}

// Graft does nothing.
func (t *tracer) Graft(peer.ID, string) {}

// Prune does nothing.
func (t *tracer) Prune(peer.ID, string) {}

// ValidateMessage does nothing.
func (t *tracer) ValidateMessage(*pubsub.Message) {}

// DeliverMessage does nothing.
func (t *tracer) DeliverMessage(*pubsub.Message) {}

// DuplicateMessage does nothing.
func (t *tracer) DuplicateMessage(*pubsub.Message) {}

// RecvRPC does nothing.
func (t *tracer) RecvRPC(*pubsub.RPC) {}

// SendRPC does nothing.
func (t *tracer) SendRPC(*pubsub.RPC, peer.ID) {}

// SendRPCCompleted does nothing.
func (t *tracer) SendRPCCompleted(*pubsub.RPC, peer.ID, time.Duration) {}
