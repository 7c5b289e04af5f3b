package record_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/protocol/record"
)

func TestSuppress(t *testing.T) {
	for name, c := range map[string]struct {
		measure, total, counts string
		// gone are the places of the groups whose counts are left out.
		gone []int
	}{
		"two small counts":          {"unit", "9", "3 1 5", []int{0, 1, 2}},
		"one, and the least beside": {"unit", "90", "3 67 20", []int{0, 2}},
		"two without a total":       {"unit", "", "1 1 5", []int{0, 1}},
		"two ones":                  {"unit", "62", "1 1 20 40", []int{0, 1, 2}},
		"one without a total":       {"unit", "", "3 67 20", []int{0}},
		"one alone":                 {"unit", "90", "4", []int{0}},
		"a zero goes last":          {"unit", "90", "2 0 88", []int{0, 2}},
		"only a zero beside":        {"unit", "2", "0 2", []int{0, 1}},
		"none":                      {"unit", "90", "5 0 85", nil},
		"a fraction":                {"unit", "", "1.5 7", []int{0}},
		"less than nothing":         {"unit", "", "-3 7", nil},
		"percentages":               {"percentage", "3", "2 1", nil},
		"ranks":                     {"ordinal", "3", "2 1", nil},
		"no measure":                {"", "12", "1 3 8", []int{0, 1, 2}},
		"left out by the author":    {"unit", "90", "- 67 20", []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			var by []any
			for i, n := range strings.Fields(c.counts) {
				group := map[string]any{"dimension": "Age", "value": fmt.Sprint("group ", i), "actual": n}
				if n == "-" {
					delete(group, "actual")
					group["suppressed"] = true
				}
				by = append(by, group)
			}
			by = append(by, map[string]any{"dimension": "street", "value": "all", "actual": "50"})
			period := map[string]any{"by": by}
			if c.total != "" {
				period["actual"] = c.total
			}
			indicator := map[string]any{"periods": []any{map[string]any{"comment": "before"}, period}}
			if c.measure != "" {
				indicator["measure"] = c.measure
			}
			r := &record.Record{Kind: record.KindOutcome, Fields: map[string]any{"title": "x", "indicators": []any{indicator}}}
			before := asText(t, r.Fields)
			got, found := record.Suppress(r)
			if asText(t, r.Fields) != before {
				t.Error("the record itself is changed")
			}
			for i := range by {
				was, _ := groupAt(t, r.Fields, i)["actual"].(string)
				is, told := groupAt(t, got.Fields, i)["actual"].(string)
				where := fmt.Sprintf("indicators[0].periods[1].by[%d].actual", i)
				named := slices.ContainsFunc(found, func(f record.Finding) bool { return f.Field == where && f.Code == record.CodeSuppressed })
				if gone := slices.Contains(c.gone, i); gone == told && was != "" || gone != named || gone && groupAt(t, got.Fields, i)["suppressed"] != true {
					t.Errorf("group %d had %q and has %q; findings %+v", i, was, is, found)
				}
			}
			if again, more := record.Suppress(got); len(more) > 0 || asText(t, again.Fields) != asText(t, got.Fields) {
				t.Errorf("a second time it leaves out more: %+v", more)
			}
			if record.HasMust(found) || len(found) != len(c.gone) {
				t.Errorf("%+v", found)
			}
		})
	}
}

func TestSuppressTakesAnything(t *testing.T) {
	for _, text := range []string{
		`{"indicators": "none"}`, `{"indicators": [1, {"periods": 3}, {"periods": [7, {"by": "x"}]}]}`,
		`{"indicators": [{"periods": [{"by": [4, {"actual": ["3"]}, {"actual": "many"}]}]}]}`, `{}`,
	} {
		r, err := record.FromJSONAs(record.KindOutcome, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, found := record.Suppress(r); got != r || found != nil {
			t.Errorf("%s: %+v", text, found)
		}
	}
}

// groupAt is a group of the second period of the first indicator.
func groupAt(t *testing.T, fields map[string]any, n int) map[string]any {
	t.Helper()
	indicator, _ := fields["indicators"].([]any)[0].(map[string]any)
	period, _ := indicator["periods"].([]any)[1].(map[string]any)
	group, ok := period["by"].([]any)[n].(map[string]any)
	if !ok {
		t.Fatal("no such group")
	}
	return group
}

func asText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
