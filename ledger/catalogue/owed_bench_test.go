package catalogue

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// town is a ledger in which 50 communities ask 50 councils for something under
// a mandate in each of n decisions, and half of those are answered.
func town(b *testing.B, n int) *ledger.Ledger {
	b.Helper()
	l, err := ledger.Open(ledger.Config{Network: vectors.NetworkName, Floor: 1, Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	for council, forum := range vectors.Town(50, n) {
		if _, err := l.Join(b.Context(), []ledger.Run{forum.Log, council.Log}); err != nil {
			b.Fatal(err)
		}
	}
	return l
}

// BenchmarkOwed follows a ledger of 100,000 decisions, and asks what is owed.
func BenchmarkOwed(b *testing.B) {
	l := town(b, 100_000)
	path := filepath.Join(b.TempDir(), "c.db")
	c, err := Open(Config{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	start := time.Now()
	if err := c.CatchUp(b.Context(), l); err != nil {
		b.Fatal(err)
	}
	rate := float64(l.Last()) / time.Since(start).Seconds()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Unix(int64(vectors.Epoch), 0).AddDate(2, 0, 0).Unix()
	page, err := c.Owed(b.Context(), OwedQuery{Now: now})
	if err != nil || len(page.Keys) != DefaultOwed {
		b.Fatal(page, err)
	}
	by := page.Keys[0].By
	ctx := context.Background()
	owed := func(q OwedQuery) func(int) error {
		q.Now = now
		return func(int) error { _, err := c.Owed(ctx, q); return err }
	}
	summary := func(q SummaryQuery) func(int) error {
		return func(int) error { _, err := c.Summarise(ctx, q); return err }
	}
	for _, m := range []struct {
		name string
		f    func(int) error
	}{
		{"late first", owed(OwedQuery{})},
		{"by a council", owed(OwedQuery{By: by})},
		{"overdue", owed(OwedQuery{State: register.Overdue})},
		{"none in that state", owed(OwedQuery{State: register.PartlyMet})},
		{"in a place", owed(OwedQuery{Place: "E07000007"})},
		{"of a service", owed(OwedQuery{Service: "Service 7"})},
		{"by a council in a place", owed(OwedQuery{By: by, Place: "E07000007"})},
		{"sums", func(int) error { _, err := c.OwedSums(ctx, OwedQuery{Now: now}); return err }},
		{"sums in a place", func(int) error { _, err := c.OwedSums(ctx, OwedQuery{Now: now, Place: "E07000007"}); return err }},
		{"named", func(int) error { _, _, err := c.Named(ctx, "E07000007", "Service 7"); return err }},
		{"summary", summary(SummaryQuery{})},
		{"summary of a place", summary(SummaryQuery{Place: "E07000007"})},
		{"summary of a service", summary(SummaryQuery{Service: "Service 7"})},
		{"summary of a method", summary(SummaryQuery{Method: record.Methods[1].Code})},
		{"summary of a network", summary(SummaryQuery{Network: "place"})},
		{"summary of a method in a network", summary(SummaryQuery{Method: record.Methods[1].Code, Network: "place"})},
	} {
		b.Run(m.name, func(b *testing.B) {
			measure(b, m.f)
			b.ReportMetric(rate, "events/s")
			b.ReportMetric(float64(info.Size())/1e6, "MB")
		})
	}
}

// BenchmarkWeb reads 100,000 edges.
func BenchmarkWeb(b *testing.B) {
	c, err := Open(Config{Path: filepath.Join(b.TempDir(), "c.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.writer.conn.ExecContext(b.Context(), `
		WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000) INSERT INTO parties SELECT x, randomblob(32) FROM n;
		WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000)
		INSERT INTO edges SELECT x, 1 + x % 1000, 1 + x * 7 % 997, x % 2 FROM n`); err != nil {
		b.Fatal(err)
	}
	measure(b, func(int) error { _, err := c.Web(context.Background(), nil, 0, nil); return err })
}
