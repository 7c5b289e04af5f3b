package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/folkmoot/folkmoot/node"
)

// repo is the top of the repository as tests of this package see it.
const repo = "../.."

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repo, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// elsewhere are the commands of README that cannot run inside of a test, with
// the reason.
var elsewhere = map[string]string{
	"go run ./cmd/folkmoot demo": "runs in the script demo, until Ctrl-C",
	"go test ./...":              "is what runs this test",
	"go install github.com/folkmoot/folkmoot/cmd/folkmoot@latest": "installs what is released, not what is tested",
}

// TestReadme runs every command of README.md, in its order, in one folder. The
// nodes that a block starts live as long as the commands do.
func TestReadme(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(readme(t), -1)
	if len(blocks) < 5 {
		t.Fatalf("%d blocks of commands in README.md", len(blocks))
	}
	script := strings.Builder{}
	script.WriteString("set -eu\nstarted=''\ntrap 'kill $started; wait' EXIT\n")
	skipped := 0
	for _, b := range blocks {
		for line := range strings.Lines(b[1]) {
			if _, ok := elsewhere[strings.TrimSpace(line)]; ok {
				skipped++
				continue
			}
			script.WriteString(line)
			if strings.HasSuffix(line, " &\n") {
				script.WriteString("started=\"$started $!\"\n")
			}
		}
	}
	if skipped != len(elsewhere) {
		t.Errorf("%d of the %d commands that run elsewhere stand in README.md", skipped, len(elsewhere))
	}
	name := filepath.Join(t.TempDir(), "readme.txtar")
	archive := "exec sh readme.sh\nstdout 'Buses after six'\nstdout 'ledger.car: sound'\n\n-- readme.sh --\n" + script.String()
	if err := os.WriteFile(name, []byte(archive), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Files: []string{name}, RequireExplicitExec: true, Setup: func(e *testscript.Env) error {
		e.Setenv("HOME", e.WorkDir)
		e.Setenv("XDG_DATA_HOME", "")
		e.Setenv("FOLKMOOT_LISTEN", "127.0.0.1:0")
		e.Setenv("FOLKMOOT_P2P_LISTEN", "/ip4/127.0.0.1/tcp/0")
		return nil
	}})
}

// TestReadmeNamesWhatExists checks every test, file and setting that README.md
// names.
func TestReadmeNamesWhatExists(t *testing.T) {
	text := readme(t)
	tests := regexp.MustCompile("`(?:(Test|Fuzz|Benchmark)[A-Za-z0-9]+)(?:/([a-z_]+))?`")
	declared := declaredTests(t)
	found := 0
	for _, m := range tests.FindAllStringSubmatch(text, -1) {
		found++
		name, script, _ := strings.Cut(strings.Trim(m[0], "`"), "/")
		if !declared[name] {
			t.Errorf("README.md names %s, which does not exist", name)
		}
		if script != "" {
			if _, err := os.Stat(filepath.Join("testdata", "script", script+".txtar")); err != nil {
				t.Errorf("README.md names the script %s: %v", script, err)
			}
		}
	}
	if found < 20 {
		t.Errorf("README.md names %d tests", found)
	}
	for _, m := range regexp.MustCompile("`((?:protocol|ledger|sharing|node|cmd)/[A-Za-z0-9_./]*)`").FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(repo, m[1])); err != nil {
			t.Errorf("README.md names a file: %v", err)
		}
	}
}

// TestReadmeHasEverySetting checks the table of the configuration, and that
// serve has a flag for each key.
func TestReadmeHasEverySetting(t *testing.T) {
	text := readme(t)
	given := (&serveCmd{
		Listen: "x", Network: "x", P2PListen: []string{"x"}, Announce: []string{"x"}, Bootstrap: []string{"x"},
		MDNS: "x", Roots: []string{"x"}, LogLevel: "x", LogFormat: "x", MemoryLimit: "x", DiskFloor: "x", PullInterval: "x", EraseAfter: "x",
		Trust: "x", Hops: "x", StorageCap: "x",
		DomainChecks: "x", PublicDomains: []string{"x"},
	}).flags()
	for _, s := range node.Settings() {
		if row := fmt.Sprintf("| `%s` | `%s` | `%s` |", s.Name, s.Env(), s.Flag()); !strings.Contains(text, row) {
			t.Errorf("README.md has no row %s", row)
		}
		if _, ok := given[s.Name]; !ok && s.Name != "data" {
			t.Errorf("serve has no flag %s", s.Flag())
		}
	}
}

// TestReadmeHasEveryExitCode checks the table of the exit codes.
func TestReadmeHasEveryExitCode(t *testing.T) {
	text := readme(t)
	codes := []int{exitDone, exitFailed, exitUsage, exitInterrupted}
	for _, e := range endings {
		codes = append(codes, e.code)
	}
	for _, code := range codes {
		if !strings.Contains(text, fmt.Sprintf("\n| %d | ", code)) {
			t.Errorf("README.md has no row for exit code %d", code)
		}
	}
}

// declaredTests are the names of all tests, fuzz targets and benchmarks.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	declared := make(map[string]bool)
	declaration := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Za-z0-9]+)\(`)
	err := filepath.WalkDir(repo, func(name string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		b, err := os.ReadFile(name)
		for _, m := range declaration.FindAllStringSubmatch(string(b), -1) {
			declared[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return declared
}
