package ledger_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// flood makes the encoded logs of n entries of about 600 bytes by bodies of 200
// entries each, in runs as they come from a peer.
func flood(n int) [][][]byte {
	const each = 200
	var runs [][][]byte
	for i := range (n + each - 1) / each {
		a := vectors.NewAuthor(fmt.Sprint("flood ", i), 0, nil)
		a.PublishN(min(each, n-i*each)-1, 300)
		var run [][]byte
		for _, e := range a.Log {
			run = append(run, e.Encode())
		}
		runs = append(runs, run)
	}
	return runs
}

func parse(b testing.TB, encoded [][]byte) ledger.Run {
	run := make(ledger.Run, len(encoded))
	for i, raw := range encoded {
		e, err := protocol.ParseEntry(raw)
		if err != nil {
			b.Fatal(err)
		}
		run[i] = e
	}
	return run
}

// verifyLimit is how many entries a second the machine can verify and do
// nothing else: batches of 256 on all cores.
func verifyLimit(b *testing.B, runs [][][]byte) float64 {
	var batches [][]protocol.Signed
	var batch []protocol.Signed
	for _, encoded := range runs {
		c := new(protocol.Chain)
		for _, e := range parse(b, encoded) {
			next, s, err := c.Extend(e, nil)
			if err != nil {
				b.Fatal(err)
			}
			if c, batch = next, append(batch, s); len(batch) == 256 {
				batches, batch = append(batches, batch), nil
			}
		}
	}
	v := protocol.NewVerifier(4096)
	work := make(chan []protocol.Signed, len(batches))
	for _, s := range batches {
		work <- s
	}
	close(work)
	start := time.Now()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for s := range work {
				for _, ok := range v.VerifyBatch(s) {
					if !ok {
						b.Error("a good signature does not hold")
					}
				}
			}
		})
	}
	wg.Wait()
	return float64(256*len(batches)) / time.Since(start).Seconds()
}

// BenchmarkIngest measures durable, verified ingest with all indexes as a share
// of the batch-verification limit of the same cores, in the same run.
func BenchmarkIngest(b *testing.B) {
	n := 20000
	if s := os.Getenv("BENCH_ENTRIES"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	runs := flood(n)
	size := 0
	for _, r := range runs {
		for _, e := range r {
			size += len(e)
		}
	}
	for b.Loop() {
		b.StopTimer()
		limit := verifyLimit(b, runs)
		dir := b.TempDir()
		l := open(b, dir)
		b.StartTimer()
		start := time.Now()
		err := l.JoinStream(b.Context(), func(yield func(ledger.Run, error) bool) {
			for _, r := range runs {
				if !yield(parse(b, r), nil) {
					return
				}
			}
		}, func(_ ledger.Run, o ledger.Outcome) error { return o.Err })
		took := time.Since(start)
		b.StopTimer()
		if err != nil {
			b.Fatal(err)
		}
		rate := float64(n) / took.Seconds()
		b.ReportMetric(rate, "entries/s")
		b.ReportMetric(rate/limit, "of-limit")
		b.ReportMetric(limit, "limit/s")
		b.ReportMetric(residentMB(b), "resident-MB")
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
		start = time.Now()
		l = open(b, dir)
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "reopen-ms")
		s, err := l.Stats()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(s.DiskBytes)/float64(size), "disk-ratio")
		b.ReportMetric(float64(s.DiskBytes)/float64(n), "disk-B/entry")
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func residentMB(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kb) / 1024
		}
	}
	b.Fatal("no resident size in /proc")
	return 0
}
