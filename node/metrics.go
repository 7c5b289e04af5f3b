package node

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// register adds the metrics of the process and of the ledger.
func (n *Node) register() {
	n.metrics.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&ledgerCollector{node: n},
	)
}

// ledgerCollector reads the ledger's totals when it is asked.
type ledgerCollector struct{ node *Node }

var (
	descBodies  = prometheus.NewDesc("folkmoot_ledger_bodies", "Bodies whose log is held.", nil, nil)
	descEntries = prometheus.NewDesc("folkmoot_ledger_entries", "Entries in the logs.", nil, nil)
	descEvents  = prometheus.NewDesc("folkmoot_ledger_events_total", "Events of the arrival order.", nil, nil)
	descFrozen  = prometheus.NewDesc("folkmoot_ledger_frozen", "Bodies whose log contradicts itself.", nil, nil)
	descDisk    = prometheus.NewDesc("folkmoot_ledger_disk_bytes", "Bytes that the ledger takes on disk.", nil, nil)
	descFree    = prometheus.NewDesc("folkmoot_disk_free_bytes", "Bytes free where the ledger lies.", nil, nil)
	descBehind  = prometheus.NewDesc("folkmoot_catalogue_behind_events", "Events that the catalogue has still to take in.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (c *ledgerCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descBodies, descEntries, descEvents, descFrozen, descDisk, descFree, descBehind} {
		out <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *ledgerCollector) Collect(out chan<- prometheus.Metric) {
	s, err := c.node.ledger.Stats()
	if err != nil {
		out <- prometheus.NewInvalidMetric(descEntries, err)
		return
	}
	gauge := func(d *prometheus.Desc, v uint64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
	gauge(descBodies, s.Bodies)
	gauge(descEntries, s.Entries)
	gauge(descFrozen, s.Frozen)
	gauge(descDisk, s.DiskBytes)
	gauge(descFree, s.FreeBytes)
	out <- prometheus.MustNewConstMetric(descEvents, prometheus.CounterValue, float64(s.Events))
	gauge(descBehind, c.node.behind())
}
