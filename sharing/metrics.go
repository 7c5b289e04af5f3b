package sharing

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics count what happens between this node and its peers.
type metrics struct {
	faults    *prometheus.CounterVec
	dials     *prometheus.CounterVec
	pulls     *prometheus.CounterVec
	bytes     *prometheus.CounterVec
	pulled    prometheus.Counter
	postponed prometheus.Counter
	sentAway  prometheus.Counter
	refused   prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, n *Network) (*metrics, error) {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "folkmoot", Subsystem: "sharing", Name: name, Help: help})
	}
	vector := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "folkmoot", Subsystem: "sharing", Name: name, Help: help}, labels)
	}
	m := &metrics{
		faults:    vector("faults_total", "Misbehaviour of peers, by rejection code, or promise, protocol, stall or greeting.", "reason"),
		dials:     vector("dials_total", "Attempts to connect to a peer, by result.", "result"),
		pulls:     vector("pulls_total", "Reconcile sessions opened by this node, by result: same, changed or failed.", "result"),
		bytes:     vector("reconcile_bytes_total", "Bytes moved by reconcile sessions, by direction: in or out.", "direction"),
		pulled:    counter("pulled_entries_total", "Entries that reconcile added to the ledger."),
		postponed: counter("postponed_total", "Times that a contradiction was left for later, since the same log had changed too often lately."),
		sentAway:  counter("sent_away_total", "Peers that were disconnected and refused for a while."),
		refused:   counter("refused_streams_total", "Streams refused because enough of their kind were being answered."),
	}
	if reg == nil {
		return m, nil
	}
	peers := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "folkmoot", Subsystem: "sharing", Name: "peers", Help: "Peers that are connected and have introduced themselves.",
	}, func() float64 {
		n.mu.Lock()
		defer n.mu.Unlock()
		return float64(len(n.sessions))
	})
	for _, c := range []prometheus.Collector{m.faults, m.dials, m.pulls, m.bytes, m.pulled, m.postponed, m.sentAway, m.refused, peers} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
