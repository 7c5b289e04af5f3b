package record_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/folkmoot/folkmoot/protocol/record"
)

// sentence is one of a corpus, with what a reader would point out in it.
type sentence struct {
	Text string `json:"text"`
	Hits []struct {
		Rule    string `json:"rule"`
		Passage string `json:"passage"`
	} `json:"hits"`
}

// score counts what the check found of one rule.
type score struct{ hits, misses, alarms int }

// TestPrivacyCorpus counts hits, misses and false alarms on sentences as bodies
// write them. The first set was written without knowledge of the rules; the second
// before them, by the same hand.
func TestPrivacyCorpus(t *testing.T) {
	for _, c := range []struct {
		file                   string
		least                  int
		recall, falseAlarmRate float64
	}{
		{"testdata/privacy.jsonl", 120, 0.96, 0.02},
		{"testdata/privacy_heldout.jsonl", 80, 0.95, 0.05},
	} {
		t.Run(c.file, func(t *testing.T) {
			scores, sentences := map[string]*score{}, readCorpus(t, c.file)
			if len(sentences) < c.least {
				t.Fatalf("%d sentences, want %d", len(sentences), c.least)
			}
			var all score
			for _, s := range sentences {
				count(t, s, scores)
			}
			for _, rule := range []string{"email", "telephone", "national_insurance", "postcode", "titled_name"} {
				s := scores[rule]
				if s == nil || s.hits == 0 {
					t.Errorf("no sentence has a %s that is found", rule)
					continue
				}
				if s.misses > 1 {
					t.Errorf("%d passages of the rule %s are missed", s.misses, rule)
				}
				t.Logf("%-20s %3d found, %d missed, %d false alarms", rule, s.hits, s.misses, s.alarms)
				all.hits, all.misses, all.alarms = all.hits+s.hits, all.misses+s.misses, all.alarms+s.alarms
			}
			t.Logf("%-20s %3d found, %d missed, %d false alarms in %d sentences", "all", all.hits, all.misses, all.alarms, len(sentences))
			if got := float64(all.hits) / float64(all.hits+all.misses); got < c.recall {
				t.Errorf("%.3f of the passages are found, want %.3f", got, c.recall)
			}
			if got := float64(all.alarms) / float64(len(sentences)); got > c.falseAlarmRate {
				t.Errorf("%.3f false alarms a sentence, want %.3f", got, c.falseAlarmRate)
			}
		})
	}
}

func readCorpus(t *testing.T, file string) []sentence {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []sentence
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var s sentence
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		out = append(out, s)
	}
	return out
}

// count compares what is found in a sentence with what should be.
func count(t *testing.T, s sentence, scores map[string]*score) {
	of := func(rule string) *score {
		if scores[rule] == nil {
			scores[rule] = &score{}
		}
		return scores[rule]
	}
	found := record.Privacy(&record.Record{Kind: record.KindChallenge, Fields: map[string]any{"question": s.Text}})
	for _, h := range s.Hits {
		i := slices.IndexFunc(found, func(f record.Hit) bool { return f.Rule == h.Rule && f.Passage == h.Passage })
		if i < 0 {
			of(h.Rule).misses++
			t.Logf("missed %s %q in %q", h.Rule, h.Passage, s.Text)
			continue
		}
		of(h.Rule).hits++
		found = slices.Delete(found, i, i+1)
	}
	for _, f := range found {
		of(f.Rule).alarms++
		t.Logf("false alarm: %s %q in %q", f.Rule, f.Passage, s.Text)
	}
}
