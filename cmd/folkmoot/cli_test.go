package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/node/archive"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// TestExitCodes maps each error that scripts may branch on, wrapped as it comes
// from below, to its code, with something to do about it.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{
		{nil, 0},
		{errors.New("whatever"), 1},
		{api.ErrOffline, 1},
		{api.ErrNoBody, 1},
		{&usageError{text: "no"}, 2},
		{&node.ConfigError{Where: "f:1", Problem: "no"}, 2},
		{node.ErrNotInitialised, 10},
		{&node.LockedError{Dir: "d"}, 11},
		{ledger.ErrLocked, 11},
		{api.ErrAskFirst, 12},
		{api.ErrTwoWriters, 12},
		{api.ErrKeyNew, 12},
		{&node.ClockError{}, 12},
		{&api.Problem{Code: api.CodeAskFirst, Detail: "not asked"}, 12},
		{archive.ErrNewer, 15},
		{archive.ErrDamaged, 14},
		{ledger.ErrDiskFloor, 13},
		{&api.Problem{Code: api.CodeDiskFloor, Detail: "full"}, 13},
		{ledger.ErrCorrupt, 14},
		{ledger.ErrDamaged, 14},
		{&api.Problem{Code: api.CodeDamaged, Detail: "damaged"}, 14},
		{node.ErrKeyDamaged, 14},
		{errDoesNotHold, 14},
		{ledger.ErrNewerSchema, 15},
		{ledger.ErrOlderSchema, 15},
		{context.Canceled, 130},
	} {
		err := c.err
		if err != nil {
			err = fmt.Errorf("open: %w", err)
		}
		if got := exitCode(err); got != c.code {
			t.Errorf("%v: exit code %d, want %d", c.err, got, c.code)
		}
		if c.code >= 10 && c.code < 100 && !errors.Is(err, errDoesNotHold) && hintFor(err, "log") == "" {
			t.Errorf("%v: nothing is said about what to do", c.err)
		}
	}
}

// TestInterruptedDemo ends as interrupted, and removes what it made.
func TestInterruptedDemo(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	// The first thing that it says is the signal to stop it.
	code := run(ctx, []string{"demo"}, strings.NewReader(""), writerFunc(func(b []byte) (int, error) {
		cancel()
		return stdout.Write(b)
	}), &stderr)
	if code != exitInterrupted {
		t.Errorf("exit code %d, want %d: %s", code, exitInterrupted, stderr.String())
	}
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

type writerFunc func([]byte) (int, error)

// Write implements [io.Writer].
func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestPlaceOf(t *testing.T) {
	for in, want := range map[string]record.Place{
		"":                      {},
		"E05012345":             {Scheme: "gss", Code: "E05012345"},
		"E05012345  Marsh Lane": {Scheme: "gss", Code: "E05012345", Name: "Marsh Lane"},
		"GB-CAM":                {Scheme: "iso3166-2", Code: "GB-CAM"},
		"Marsh Lane":            {Scheme: "other", Code: "Marsh Lane", Name: "Marsh Lane"},
	} {
		if got := placeOf(in); got != want {
			t.Errorf("%q is read as %+v, want %+v", in, got, want)
		}
	}
}

func TestTextForTerminals(t *testing.T) {
	// An escape sequence, a carriage return, and a mark that turns the direction
	// of writing around.
	if got := plain("a\x1b[31mb\rc\u202ed"); strings.ContainsAny(got, "\x1b\r\u202e") {
		t.Errorf("%q can act on a terminal", got)
	}
	if got := clip("éééé", 3); got != "éé…" {
		t.Errorf("clipped to %q", got)
	}
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
}

func TestMedian(t *testing.T) {
	if m := median([]float64{3, 1, 2}); m != 2 {
		t.Errorf("the median of three is %v", m)
	}
	if m := median([]float64{4, 1, 2, 3}); m != 2.5 {
		t.Errorf("the median of four is %v", m)
	}
}
