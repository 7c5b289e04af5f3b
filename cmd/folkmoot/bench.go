package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
)

type benchCmd struct {
	jsonFlag
	Entries int `default:"20000" placeholder:"N" help:"How many entries to write (default ${default})."`
	Rounds  int `default:"3" placeholder:"N" help:"How often to measure; medians are printed (default ${default})."`
}

// Help is the long text of the subcommand.
func (benchCmd) Help() string {
	return `Measures on this machine, in one run, how fast signatures are verified in batches on all cores, and how fast entries of about 600 bytes are verified and made durable in a ledger. The second as a share of the first says how well the ledger uses the machine, and hardly depends on what else runs. It writes to a temporary directory (TMPDIR) and removes it.

Examples:

    folkmoot bench
    folkmoot bench --entries 100000 --json`
}

// benchEntrySize is about how many bytes an entry of the measurement has.
const benchEntrySize = 600

// figures are what a run measured. Rates are entries a second, medians over the
// rounds; shares are of the verification limit of the same round.
type figures struct {
	Entries     int     `json:"entries"`
	Bodies      int     `json:"bodies"`
	EntryBytes  float64 `json:"entry_bytes"`
	Rounds      int     `json:"rounds"`
	Cores       int     `json:"cores"`
	Verify      float64 `json:"verify_per_second"`
	Ingest      float64 `json:"ingest_per_second"`
	IngestShare float64 `json:"ingest_share_of_verify"`
	ReopenMS    float64 `json:"reopen_ms"`
	DiskBytes   float64 `json:"disk_bytes_per_entry"`
	DiskRatio   float64 `json:"disk_share_of_entries"`
	// Resident is the whole process with the ledger open and read through once;
	// Anonymous leaves out the pages of files, which the system can take back.
	Resident  float64 `json:"resident_mb"`
	Anonymous float64 `json:"anonymous_mb"`
}

// Run measures and prints.
func (c *benchCmd) Run(ctx context.Context, a *app) error {
	if c.Entries < 1000 || c.Rounds < 1 {
		return &usageError{text: "at least 1000 entries and 1 round are needed to measure anything"}
	}
	dir, err := os.MkdirTemp("", "folkmoot-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	f, err := c.measure(ctx, a.progress(), dir)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.printJSON(f)
	}
	f.print(a)
	return nil
}

func (f *figures) print(a *app) {
	fmt.Fprintf(a.stdout, "%s of %.0f bytes by %s, median of %d on %s\n\n",
		count(uint64(f.Entries), "entry", "entries"), f.EntryBytes, count(uint64(f.Bodies), "body", "bodies"),
		f.Rounds, count(uint64(f.Cores), "core", "cores"))
	var t table
	t.row("batch verification alone (the limit)", grouped(uint64(f.Verify))+" a second")
	t.row("verified, indexed and durable", grouped(uint64(f.Ingest))+" a second")
	t.row("  as a share of the limit", fmt.Sprintf("%.2f", f.IngestShare))
	t.row("reopening the ledger", fmt.Sprintf("%.0f ms", f.ReopenMS))
	t.row("disk", fmt.Sprintf("%.0f bytes an entry, %.2f times its size", f.DiskBytes, f.DiskRatio))
	t.row("memory, ledger open and read once", fmt.Sprintf("%.0f MB resident, %.0f MB without files", f.Resident, f.Anonymous))
	t.write(a.stdout)
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func cores() int { return runtime.GOMAXPROCS(0) }
