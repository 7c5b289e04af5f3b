package web

import (
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol/record"
)

func english(t *testing.T) *words {
	t.Helper()
	c, err := loadCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return c.of(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
}

// asked finds the messages that templates and code ask for, and the beginnings of
// those whose end is worked out.
var asked = regexp.MustCompile(`\b[TN]\(?\s*\(?(?:printf )?"([a-z.]+)(%[sd])?"( \+)?`)

// TestWords: every message that is asked for is there, and every one that is there
// is asked for.
func TestWords(t *testing.T) {
	b, err := fs.ReadFile(textFiles, "text/en-GB.toml")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := toml.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"duty.": true}
	for _, name := range append(files, more...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
			id := m[1]
			used[id] = true
			if _, ok := all[id]; !ok && m[2] == "" && m[3] == "" {
				t.Errorf("%s asks for %q, which there is not", name, id)
			}
		}
	}
	for id := range all {
		begins := slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(u string) bool {
			return strings.HasSuffix(u, ".") && strings.HasPrefix(id, u)
		})
		if !used[id] && !begins {
			t.Errorf("nobody asks for %q", id)
		}
	}
}

// TestCodesHaveWords: what the register may answer has words.
func TestCodesHaveWords(t *testing.T) {
	w := english(t)
	has := func(prefix string, codes ...string) {
		for _, code := range codes {
			if id := prefix + code; w.T(id) == id {
				t.Errorf("%q has no words", id)
			}
		}
	}
	for _, s := range []register.DutyState{
		register.Asked, register.Waiting, register.NoResponse, register.ObligationMissing, register.Answered, register.Underway, register.Overdue,
		register.NotMet, register.PartlyMet, register.MetByOwnWord, register.Met,
	} {
		if label := stateLabel(w, s); strings.HasPrefix(label, "duty.") {
			t.Errorf("%q has no words", s)
		}
	}
	has("result.", string(register.NoMethod), string(register.Claimed), string(register.Partly), string(register.Evidenced), string(register.Contested), string(register.Lapsed))
	has("verdict.", string(register.Holds), string(register.ByOwnDates), string(register.Unmet), string(register.Pending), string(register.Noted))
	has("state.", string(register.Amended), string(register.Withdrawn), string(register.Erased), string(register.Disowned), string(register.Missing))
	has("stage.", string(register.StageMandate), string(register.StageChallenge), string(register.StageDecision), string(register.StageResponse), string(register.StageProgress),
		string(register.StageOutcome), string(register.StageLesson), string(register.StageAdoption), string(register.StageOther))
	has("label.", "consultation", "own", "overridden", "promise")
	has("freeze.", "forked", "contested")
	has("body.", "forked", "contested")
	has("policy.", "open", "vouched", "listed")
	has("menu.", menu...)
	has("axis.", axes...)
}

func TestNumbersAndDates(t *testing.T) {
	w := english(t)
	at := time.Date(2026, 3, 9, 23, 59, 0, 0, time.UTC)
	partial := func(s string) string {
		d, err := record.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return w.Partial(d)
	}
	for got, want := range map[string]string{
		w.N("entries", 1): "1 record", w.N("entries", 0): "0 records", w.N("entries", uint64(1234567)): "1,234,567 records",
		w.Number(-1234): "-1,234", w.Number(999): "999", w.Percent(0.126): "13 %", w.Date(at): "9 March 2026",
		partial("2026"): "2026", partial("2026-12"): "December 2026", partial("2026-12-01"): "1 December 2026",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
