package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

const (
	// benchLog is how many entries each log of the measurement has, all sent in
	// one run as a peer would.
	benchLog     = 200
	benchBatch   = 256
	benchNetwork = "bench"
)

// measure does the whole run, in a directory that it may fill.
func (c *benchCmd) measure(ctx context.Context, p *progress, dir string) (*figures, error) {
	defer p.done()
	f := &figures{Entries: c.Entries, Rounds: c.Rounds, Cores: cores()}
	last, err := c.rounds(ctx, f, p, dir)
	if err != nil {
		return nil, err
	}
	// What was prepared for the rounds is not held any more.
	f.Resident, f.Anonymous, err = measureMemory(last)
	return f, err
}

// rounds measures all but the memory, and returns the last ledger's directory.
func (c *benchCmd) rounds(ctx context.Context, f *figures, p *progress, dir string) (last string, err error) {
	p.say("signing %d entries", c.Entries)
	runs, err := benchRuns(c.Entries)
	if err != nil {
		return "", err
	}
	var size int
	for _, run := range runs {
		for _, raw := range run {
			size += len(raw)
		}
	}
	f.Bodies, f.EntryBytes = len(runs), float64(size)/float64(c.Entries)
	var verify, ingest, share, reopen []float64
	for round := range c.Rounds {
		p.say("round %d of %d", round+1, c.Rounds)
		if last != "" {
			if err := os.RemoveAll(last); err != nil {
				return "", err
			}
		}
		last = filepath.Join(dir, strconv.Itoa(round))
		limit, err := measureVerify(runs)
		if err != nil {
			return "", err
		}
		rate, err := measureIngest(ctx, last, runs)
		if err != nil {
			return "", err
		}
		opened, disk, err := measureReopen(last)
		if err != nil {
			return "", err
		}
		verify, ingest, share = append(verify, limit), append(ingest, rate), append(share, rate/limit)
		reopen = append(reopen, opened)
		f.DiskBytes, f.DiskRatio = float64(disk)/float64(c.Entries), float64(disk)/float64(size)
	}
	f.Verify, f.Ingest, f.IngestShare, f.ReopenMS = median(verify), median(ingest), median(share), median(reopen)
	return last, nil
}

// benchRuns signs the logs of invented bodies and returns them encoded.
func benchRuns(n int) ([][][]byte, error) {
	text := strings.Repeat("The path by the allotments is to be mended before the winter. ", 5)
	at := uint64(time.Now().Unix())
	var runs [][][]byte
	for left := n; left > 0; left -= benchLog {
		run, err := benchRun(min(left, benchLog), at, text)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	return runs, nil
}

func benchRun(n int, at uint64, text string) ([][]byte, error) {
	key, err := protocol.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	recovery, _, err := protocol.NewRecovery(rand.Reader)
	if err != nil {
		return nil, err
	}
	act, err := protocol.EncodeControl(protocol.KindCharter, &protocol.Control{
		Key: key.Public(), Network: benchNetwork,
		Recovery: []protocol.Digest{protocol.RecoveryDigest(recovery.Public())},
	})
	if err != nil {
		return nil, err
	}
	chain := new(protocol.Chain)
	run := make([][]byte, 0, n)
	for len(run) < n {
		env, content := chain.Next(protocol.KindCharter, at), []byte(nil)
		if len(run) == 0 {
			env.Act = act
		} else {
			content, err = protocol.EncodeContent(map[string]any{
				"salt": protocol.NewSalt(), "title": fmt.Sprintf("Decision %d (example)", len(run)),
				"lang": "en", "licence": "CC-BY-4.0", "signed_as": "clerk", "decision": text[:benchEntrySize/2],
			})
			if err != nil {
				return nil, err
			}
			env = chain.Next("decision", at)
			env.Content = protocol.ContentRef{Hash: protocol.HashOf(content), Size: uint64(len(content))}
		}
		e, err := protocol.SignEntry(key, env, content)
		if err != nil {
			return nil, err
		}
		if chain, _, err = chain.Extend(e, nil); err != nil {
			return nil, err
		}
		run = append(run, e.Encode())
	}
	return run, nil
}

func parseRun(encoded [][]byte) (ledger.Run, error) {
	run := make(ledger.Run, len(encoded))
	for i, raw := range encoded {
		e, err := protocol.ParseEntry(raw)
		if err != nil {
			return nil, err
		}
		run[i] = e
	}
	return run, nil
}

// measureVerify returns how many signatures a second all cores verify in
// batches when they do nothing else.
func measureVerify(runs [][][]byte) (float64, error) {
	var batches [][]protocol.Signed
	var batch []protocol.Signed
	total := 0
	for _, encoded := range runs {
		run, err := parseRun(encoded)
		if err != nil {
			return 0, err
		}
		chain := new(protocol.Chain)
		for _, e := range run {
			next, signed, err := chain.Extend(e, nil)
			if err != nil {
				return 0, err
			}
			chain, batch, total = next, append(batch, signed), total+1
			if len(batch) == benchBatch {
				batches, batch = append(batches, batch), nil
			}
		}
	}
	batches = append(batches, batch)
	keys := protocol.NewVerifier(4096)
	var g errgroup.Group
	g.SetLimit(cores())
	start := time.Now()
	for _, b := range batches {
		g.Go(func() error {
			for _, ok := range keys.VerifyBatch(b) {
				if !ok {
					return errors.New("a good signature does not verify")
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	return float64(total) / time.Since(start).Seconds(), nil
}

// measureIngest decodes, verifies and writes all runs to a new ledger, and
// returns how many entries a second were durable.
func measureIngest(ctx context.Context, dir string, runs [][][]byte) (rate float64, err error) {
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: benchNetwork})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	total := 0
	start := time.Now()
	err = l.JoinStream(ctx, func(yield func(ledger.Run, error) bool) {
		for _, encoded := range runs {
			if run, err := parseRun(encoded); !yield(run, err) || err != nil {
				return
			}
		}
	}, func(_ ledger.Run, o ledger.Outcome) error {
		total += o.Added
		return o.Err
	})
	return float64(total) / time.Since(start).Seconds(), err
}

// measureReopen returns the time to open the ledger again, in milliseconds, and
// its size on disk.
func measureReopen(dir string) (ms float64, disk uint64, err error) {
	start := time.Now()
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: benchNetwork})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	ms = float64(time.Since(start).Microseconds()) / 1000
	s, err := l.Stats()
	return ms, s.DiskBytes, err
}

// measureMemory returns what the process holds, in megabytes, after the ledger
// was opened and every event read once.
func measureMemory(dir string) (resident, anonymous float64, err error) {
	debug.FreeOSMemory()
	l, err := ledger.Open(ledger.Config{Dir: dir, Network: benchNetwork})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for _, err := range l.Events(0) {
		if err != nil {
			return 0, 0, err
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if errors.Is(err, os.ErrNotExist) {
		return 0, 0, nil
	}
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			resident = kilobytes(v)
		}
		if v, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			anonymous = kilobytes(v)
		}
	}
	return resident, anonymous, err
}

// kilobytes reads a size of /proc and returns megabytes.
func kilobytes(field string) float64 {
	n, _, _ := strings.Cut(strings.TrimSpace(field), " ")
	kb, err := strconv.ParseFloat(n, 64)
	if err != nil {
		return 0
	}
	return kb / 1024
}
