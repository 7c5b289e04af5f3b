package record_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/protocol/record"
)

var update = flag.Bool("update", false, "write ../RECORDS.md anew")

func TestReference(t *testing.T) {
	const file = "../RECORDS.md"
	want := record.Reference()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil { //nolint:gosec // it is documentation
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("protocol/RECORDS.md is out of date: go test ./protocol/record -run TestReference -update")
	}
	for _, k := range record.Kinds() {
		eachField(k.Fields, "", func(path string, f record.Field) {
			if !strings.Contains(string(want), "| "+f.Label+" |") {
				t.Errorf("%s %s is not told", k.Kind, path)
			}
		})
	}
	for _, l := range record.Lists() {
		for _, c := range l.Codes {
			if !strings.Contains(string(want), fmt.Sprintf("| `%s` |", c.Code)) {
				t.Errorf("%s %s is not told", l.Name, c.Code)
			}
		}
	}
}
