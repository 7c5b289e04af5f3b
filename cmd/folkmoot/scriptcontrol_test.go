package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdFile writes its arguments to a file:
//
//	file FILE words...
func cmdFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: file FILE words...")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(args[1:], " ")), 0o600))
}

// cmdSlip writes recovery words to a file with a slip of the pen: the fifth word
// was put for another.
//
//	slip FILE words...
func cmdSlip(ts *testscript.TestScript, neg bool, args []string) {
	words := strings.Fields(strings.Join(args[1:], " "))
	if neg || len(words) != 12 {
		ts.Fatalf("usage: slip FILE twelve words")
	}
	if words[4] = "zebra"; args[1] == "zebra" {
		words[4] = "abandon"
	}
	cmdFile(ts, false, append(args[:1:1], words...))
}

// cmdSteal copies a node's data directory while the node runs, as a thief would
// who has the disk. What the node alone may hold, its lock and its peer key, is
// left out.
//
//	steal FROM TO
func cmdSteal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: steal FROM TO")
	}
	from, to := ts.MkAbs(args[0]), ts.MkAbs(args[1])
	for _, name := range []string{"config.toml", filepath.Join("keys", "signing")} {
		b, err := os.ReadFile(filepath.Join(from, name))
		ts.Check(err)
		ts.Check(os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o700))
		ts.Check(os.WriteFile(filepath.Join(to, name), b, 0o600))
	}
}

// cmdSwap writes a proposal that has the text of one file under the name of
// another's:
//
//	swap TEXT NAME FILE
func cmdSwap(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: swap TEXT NAME FILE")
	}
	var text, name map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &text))
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &name))
	name["payload"] = text["payload"]
	b, err := json.Marshal(name)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o600))
}
