package node_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

var (
	benchDecisions = flag.Int("decisions", 20_000, "how many decisions the benchmark's ledger has")
	benchPairs     = flag.Int("pairs", 50, "how many councils, each with a forum, those are of")
)

// BenchmarkAnswers measures whole answers of the public API and whole pages, as a
// client gets them: go test ./node -run - -bench Answers -decisions 100000.
func BenchmarkAnswers(b *testing.B) {
	cfg := node.DefaultConfig()
	cfg.Data, cfg.Network, cfg.Offline, cfg.DiskFloor = b.TempDir(), vectors.NetworkName, true, 1
	n, err := node.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	var ids []protocol.EntryID
	var by protocol.BodyID
	for council, forum := range vectors.Town(*benchPairs, *benchDecisions) {
		if _, err := n.Ledger().Join(b.Context(), []ledger.Run{forum.Log, council.Log}); err != nil {
			b.Fatal(err)
		}
		for _, e := range forum.Log {
			if e.Envelope.Kind == record.KindDecision {
				ids = append(ids, e.ID)
			}
		}
		by = council.Body()
	}
	entries := n.Ledger().Last()
	start := time.Now()
	// A node that is opened offline brings its catalogue up to date.
	if err := n.Close(); err != nil {
		b.Fatal(err)
	}
	if n, err = node.NewOffline(cfg); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = n.Close() }()
	rate := float64(entries) / time.Since(start).Seconds()

	some := func() protocol.EntryID { return ids[rand.IntN(len(ids))] }
	for _, m := range []struct {
		name string
		path func() string
	}{
		{"assessment", func() string { return "/api/v1/entries/" + some().String() + "/assessment" }},
		{"thread", func() string { return "/api/v1/entries/" + some().String() + "/thread" }},
		{"owed", func() string { return "/api/v1/owed?at=2027-06-01" }},
		{"owed, late", func() string { return "/api/v1/owed?late=1&at=2027-06-01" }},
		{"owed by a council", func() string { return "/api/v1/owed?at=2027-06-01&by=" + by.String() }},
		{"owed in a place", func() string { return fmt.Sprintf("/api/v1/owed?at=2027-06-01&place=E07%06d", rand.IntN(300)) }},
		{"owed, in sums", func() string { return "/api/v1/owed/sums?at=2027-06-01" }},
		{"path", func() string {
			return fmt.Sprintf("/api/v1/path?place=E07%06d&service=Service+%d", rand.IntN(300), rand.IntN(40))
		}},
		{"summary", func() string { return "/api/v1/summary" }},
		{"summary of a method", func() string { return "/api/v1/summary?method=binding_deliberation" }},
		{"summary of a place", func() string { return fmt.Sprintf("/api/v1/summary?place=E07%06d", rand.IntN(300)) }},
		{"page: first", func() string { return "/" }},
		{"page: decision", func() string { return "/entries/" + some().String() }},
		{"page: search", func() string { return fmt.Sprintf("/search?q=decision+%d", rand.IntN(1000)) }},
		{"page: search by axes", func() string {
			return fmt.Sprintf("/search?kind=decision&place=E07%06d&year=2026", rand.IntN(300))
		}},
		{"page: body", func() string { return "/bodies/" + by.String() }},
		{"page: owed", func() string { return "/owed?show=late" }},
		{"page: place", func() string { return fmt.Sprintf("/places/E07%06d", rand.IntN(300)) }},
		{"page: summary", func() string { return "/summary" }},
	} {
		b.Run(m.name, func(b *testing.B) {
			var took []time.Duration
			size := 0
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, m.path(), nil)
				w := httptest.NewRecorder()
				start := time.Now()
				n.Public().ServeHTTP(w, r)
				took = append(took, time.Since(start))
				if w.Code != http.StatusOK || !bytes.ContainsAny(w.Body.Bytes()[:1], "{<") {
					b.Fatal(w.Code, w.Body)
				}
				size = w.Body.Len()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(size), "bytes")
			b.ReportMetric(rate, "catch-up/s")
		})
	}
}
