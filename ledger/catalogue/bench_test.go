package catalogue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// benchEntries is how many entries the budgets speak of.
const benchEntries = 100_000

// corpus is entries of about 600 bytes whose words are as unevenly used as those
// of a language, of 100 bodies in turn.
var corpus = sync.OnceValue(func() list {
	rnd := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rnd, 1.2, 8, 40_000)
	authors := make([]*vectors.Author, 100)
	for i := range authors {
		authors[i] = vectors.NewAuthor(fmt.Sprint("bench ", i), 0, nil)
	}
	var events list
	add := func(a *vectors.Author) {
		e := a.Log[len(a.Log)-1]
		events = append(events, ledger.Event{Seq: uint64(len(events) + 1), Kind: ledger.EventEntry, Body: a.Body(), Entry: e})
	}
	for _, a := range authors {
		add(a)
	}
	kinds := []protocol.Kind{"decision", "decision", "decision", "lesson", "outcome", "challenge"}
	for i := len(events); i < benchEntries; i++ {
		var text strings.Builder
		for text.Len() < 200 {
			text.WriteString(word(zipf.Uint64()) + " ")
		}
		a := authors[i%len(authors)]
		a.Publish(kinds[i%len(kinds)], map[string]any{
			"title": fmt.Sprintf("%s %s %s (example)", word(zipf.Uint64()), word(zipf.Uint64()), word(zipf.Uint64())), "lang": "en",
			"licence": "CC-BY-4.0", "signed_as": "clerk", "decision": text.String(), "method": fmt.Sprintf("method_%d", i%4),
			"places":  []any{map[string]any{"scheme": "gss", "code": fmt.Sprintf("E07%06d", i%300), "name": "Somewhere"}},
			"service": map[string]any{"label": fmt.Sprintf("Service %d", i%40)},
		})
		add(a)
	}
	return events
})

// word makes a word of a number.
func word(n uint64) string {
	const syllables = "ba de fi go hu ka le mi no pu ra se ti vo wu"
	parts := strings.Fields(syllables)
	s := ""
	for n += 20; n > 0; n /= uint64(len(parts)) {
		s += parts[n%uint64(len(parts))]
	}
	return s
}

// BenchmarkCatchUp builds a catalogue of 100,000 entries from nothing.
func BenchmarkCatchUp(b *testing.B) {
	events := corpus()
	bytes := 0
	for _, ev := range events {
		bytes += len(ev.Entry.Encode())
	}
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "c.db")
		c, err := Open(Config{Path: path})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.CatchUp(b.Context(), events); err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, "MB")
		b.ReportMetric(float64(info.Size())/float64(bytes), "of-entries")
	}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		b.Fatal(err)
	}
	cpu := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(cpu)/float64(1000*len(events)*b.N), "cpu-µs/entry")
	b.ReportMetric(float64(bytes)/float64(len(events)), "B/entry")
	b.ReportMetric(float64(len(events)*b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkSearch asks for frequent, middling and rare words, alone and with
// filters, at 100,000 entries.
func BenchmarkSearch(b *testing.B) {
	c, err := Open(Config{Path: filepath.Join(b.TempDir(), "c.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	events := corpus()
	before := anonymous()
	if err := c.CatchUp(b.Context(), events); err != nil {
		b.Fatal(err)
	}
	resident := anonymous() - before
	body := events[7].Body
	searches := map[string]func(i int) Query{
		"newest":        func(int) Query { return Query{} },
		"frequent word": func(i int) Query { return Query{Text: word(uint64(i % 5))} },
		"by relevance":  func(i int) Query { return Query{Text: word(uint64(i % 5)), Order: Relevance} },
		"two words": func(i int) Query {
			return Query{Text: word(uint64(i%5)) + " " + word(uint64(10+i%200)), Order: Relevance}
		},
		"rare word":     func(i int) Query { return Query{Text: word(uint64(3000 + i%9000))} },
		"word and kind": func(i int) Query { return Query{Text: word(uint64(i % 50)), Kind: "lesson"} },
		"kind":          func(int) Query { return Query{Kind: "decision"} },
		"body":          func(int) Query { return Query{Body: body} },
		"place":         func(i int) Query { return Query{Place: fmt.Sprintf("E07%06d", i%300)} },
		"service, years": func(i int) Query {
			return Query{Service: fmt.Sprintf("Service %d", i%40), From: time.Unix(vectors.Epoch+5000, 0)}
		},
		"from": func(i int) Query { return Query{From: time.Unix(vectors.Epoch+int64(i%5000), 0)} },
	}
	for name, q := range searches {
		b.Run(name, func(b *testing.B) {
			measure(b, func(i int) error { _, err := c.Search(context.Background(), q(i)); return err })
			b.ReportMetric(resident, "MB-resident")
		})
	}
	for _, name := range []string{"newest", "frequent word", "kind"} {
		b.Run("facets of "+name, func(b *testing.B) {
			measure(b, func(i int) error { _, err := c.Facets(context.Background(), searches[name](i)); return err })
		})
	}
}

// measure reports the 99th percentile besides the mean.
func measure(b *testing.B, f func(int) error) {
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := f(len(took)); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// anonymous is how many MB of memory the process holds that are not a file's.
func anonymous() float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "RssAnon: %f kB", &kb); n == 1 {
			return kb / 1000
		}
	}
	return 0
}
