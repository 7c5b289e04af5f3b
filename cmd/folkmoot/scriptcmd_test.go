package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for a condition before it fails.
const patience = 40 * time.Second

// waitforMain runs a program again and again until it succeeds and its stdout
// matches, and prints that:
//
//	exec waitfor PATTERN program [args...]
func waitforMain(args []string) int {
	pattern, err := regexp.Compile("(?m)" + args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, "waitfor:", err)
		return 2
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		var stdout, stderr bytes.Buffer
		cmd := exec.Command(args[1], args[2:]...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		if err == nil && pattern.MatchString(stdout.String()) {
			fmt.Print(stdout.String())
			return 0
		}
		if time.Now().After(deadline) {
			fmt.Fprintf(os.Stderr, "%q did not come within %s: %v\n%s%s", args[0], patience, err, stdout.String(), stderr.String())
			return 1
		}
	}
}

// cmdExits runs a program and wants a certain exit code:
//
//	exits CODE program [args...]
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	default:
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// cmdCapture puts what a group of a pattern matches in the last stdout into a
// variable:
//
//	capture NAME PATTERN
func cmdCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("%q does not match", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// cmdFlip changes one bit of a file, at a share of its length in percent:
//
//	flip FILE PERCENT
func cmdFlip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE PERCENT")
	}
	percent, err := strconv.Atoi(args[1])
	ts.Check(err)
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	b[len(b)*percent/100] ^= 1
	ts.Check(os.WriteFile(name, b, 0o600))
}

// cmdHeld wants every line of a file somewhere in the last stdout:
//
//	held FILE
func cmdHeld(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: held FILE")
	}
	out, n := ts.ReadFile("stdout"), 0
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if n++; !strings.Contains(out, strings.TrimSpace(line)) {
			ts.Fatalf("%s, which was acknowledged, is not there", strings.TrimSpace(line))
		}
	}
	if n == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
	ts.Logf("all %d are there", n)
}

// cmdHas waits until a file has at least so many whole lines:
//
//	has FILE LINES
func cmdHas(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: has FILE LINES")
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && bytes.Count(b, []byte("\n")) >= want {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s has not got %d lines within %s", args[0], want, patience)
		}
	}
}

// cmdNowhere waits until a text stands in no file of a folder; with a ! before
// it, it wants the text in one of them now:
//
//	nowhere FOLDER TEXT
func cmdNowhere(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: nowhere FOLDER TEXT")
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		var found []string
		ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
				return nil // files come and go while a node runs
			}
			b, err := os.ReadFile(name)
			if bytes.Contains(b, []byte(args[1])) {
				found = append(found, name)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}))
		switch {
		case neg && len(found) == 0:
			ts.Fatalf("%q stands in no file of %s", args[1], args[0])
		case neg || len(found) == 0:
			return
		case time.Now().After(deadline):
			ts.Fatalf("%q still stands in %v after %s", args[1], found, patience)
		}
	}
}

// cmdDamage changes one bit of a text wherever it stands in the files of a
// folder:
//
//	damage FOLDER TEXT
func cmdDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FOLDER TEXT")
	}
	found := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		at := bytes.Index(b, []byte(args[1]))
		if at < 0 {
			return nil
		}
		found++
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteAt([]byte{b[at] ^ 1}, int64(at))
		return errors.Join(err, f.Close())
	}))
	if found == 0 {
		ts.Fatalf("%q stands in no file of %s", args[1], args[0])
	}
}
