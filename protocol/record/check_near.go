package record

import (
	"slices"
	"strings"
)

// maxNear is the longest text, in bytes, that is compared with known names.
const maxNear = 40

// nearest is the name that s is a misspelling of, most likely; empty if none is
// close.
func nearest(s string, names []string) string {
	if len(s) > maxNear {
		return ""
	}
	s = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
	best, least := "", 3
	for _, name := range names {
		if d := distance(s, strings.ToLower(name)); d < least && 2*d < len(name) {
			best, least = name, d
		}
	}
	return best
}

// nearest is the code that s means, most likely: one that is spelt like it, or
// whose label is.
func (c Codes) nearest(s string) string {
	codes, labels := make([]string, len(c)), make([]string, len(c))
	for i, k := range c {
		codes[i], labels[i] = k.Code, strings.ReplaceAll(k.Label, " ", "_")
	}
	if near := nearest(s, codes); near != "" {
		return near
	}
	if i := slices.Index(labels, nearest(s, labels)); i >= 0 {
		return codes[i]
	}
	return ""
}

// distance is how many letters have to be put in, taken out or changed to make
// one text of the other (Levenshtein), in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
