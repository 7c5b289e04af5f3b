package record

import (
	"fmt"
	"maps"
	"math/big"
	"strings"
)

// maxSmall is the largest count of a breakdown that could point at people.
const maxSmall = 4

const (
	fieldIndicators = "indicators"
	fieldActual     = "actual"
	fieldSuppressed = "suppressed"
)

// Suppress returns a copy of the record without the counts of 1 to 4 that stand
// in breakdowns, and says what it left out. A record without such counts comes
// back as it is. Where a count is left out beside a total, the smallest of the
// others goes too: by subtraction a single one could be worked out, and several
// small ones narrowed down. Statistical offices call that secondary suppression.
// Where there is no other, the total can still tell; totals are the author's to
// publish or not.
// Percentages, ranks and measures in words are no counts.
func Suppress(r *Record) (*Record, []Finding) {
	s := &suppressor{}
	v, ok := s.inList(r.Fields, fieldIndicators, "", s.indicator)
	if !ok {
		return r, nil
	}
	return &Record{Kind: r.Kind, Fields: v}, s.found
}

// suppressor notes what is left out of one record.
type suppressor struct{ found []Finding }

// inList changes the members of a list in a map that are maps themselves, and
// returns a copy of the map; false where nothing changed.
func (s *suppressor) inList(in map[string]any, name, path string, each func(path string, in map[string]any) (map[string]any, bool)) (map[string]any, bool) {
	list, _ := in[name].([]any)
	out, changed := append([]any(nil), list...), false
	for i, v := range list {
		member, ok := v.(map[string]any)
		if !ok {
			continue
		}
		if member, ok = each(fmt.Sprintf("%s[%d]", join(path, name), i), member); ok {
			out[i], changed = member, true
		}
	}
	if !changed {
		return in, false
	}
	return with(in, name, out), true
}

// with is a copy of a map with a member set.
func with(in map[string]any, name string, v any) map[string]any {
	out := maps.Clone(in)
	out[name] = v
	return out
}

func (s *suppressor) indicator(path string, in map[string]any) (map[string]any, bool) {
	if m := textOf(in, "measure"); m != "" && m != MeasureUnit {
		return in, false
	}
	return s.inList(in, "periods", path, s.period)
}

// cell is one count of a breakdown.
type cell struct {
	index int
	count *big.Rat
	// gone: it is left out, by the author or here.
	gone bool
}

// period leaves out the small counts of one period.
func (s *suppressor) period(path string, in map[string]any) (map[string]any, bool) {
	list, _ := in["by"].([]any)
	var names []string
	dimensions := map[string][]*cell{}
	for i, v := range list {
		group, ok := v.(map[string]any)
		if !ok {
			continue
		}
		name := strings.ToLower(strings.Join(strings.Fields(textOf(group, "dimension")), " "))
		if dimensions[name] == nil {
			names = append(names, name)
		}
		n := countOf(group[fieldActual])
		dimensions[name] = append(dimensions[name], &cell{index: i, count: n, gone: n == nil && group[fieldSuppressed] == true})
	}
	out := append([]any(nil), list...)
	before := len(s.found)
	leave := func(c *cell, message string) {
		c.gone = true
		group, _ := list[c.index].(map[string]any)
		group = with(group, fieldSuppressed, true)
		delete(group, fieldActual)
		out[c.index] = group
		s.found = append(s.found, Finding{
			CodeSuppressed, Should, fmt.Sprintf("%s.by[%d].%s", path, c.index, fieldActual), message,
			"There is nothing to do. To publish a number, put small groups together.",
		})
	}
	total := countOf(in[fieldActual]) != nil
	for _, name := range names {
		suppressDimension(dimensions[name], total, leave)
	}
	if len(s.found) == before {
		return in, false
	}
	return with(in, "by", out), true
}

// suppressDimension leaves out the small counts of one dimension, and with them
// the least of the others where a total would tell.
func suppressDimension(cells []*cell, total bool, leave func(c *cell, message string)) {
	gone, small := 0, false
	for _, c := range cells {
		if c.count != nil && c.count.Sign() > 0 && c.count.Cmp(big.NewRat(maxSmall, 1)) <= 0 {
			small = true
			leave(c, fmt.Sprintf("The count of this group is left out: from 1 to %d people could be recognised.", maxSmall))
		}
		if c.gone {
			gone++
		}
	}
	if !total || !small && gone != 1 {
		return
	}
	var least *cell
	for _, c := range cells {
		switch {
		case c.count == nil || c.gone:
		// A zero goes last: that nobody was there says the most.
		case least == nil, least.count.Sign() == 0, c.count.Sign() > 0 && c.count.Cmp(least.count) < 0:
			least = c
		}
	}
	if least != nil {
		leave(least, "The count of this group is left out too: with it and the total, the small count beside it could be worked out.")
	}
}

// countOf reads a number as a record has it; nil for anything else.
func countOf(v any) *big.Rat {
	switch v := v.(type) {
	case string:
		return Decimal(v).Rat()
	case int64:
		return new(big.Rat).SetInt64(v)
	}
	return nil
}
