package register

import (
	"bytes"
	"cmp"
	"slices"
)

// sortItems puts items in the order of the time that they claim, which within a
// log is the log's. What claims the same time goes by body, place in its log and
// identifier, so that every node shows the same order.
func sortItems(items []*Item) { slices.SortFunc(items, compareItems) }

func compareItems(a, b *Item) int {
	return cmp.Or(cmp.Compare(a.At, b.At), bytes.Compare(a.Body[:], b.Body[:]), cmp.Compare(a.Seq, b.Seq), bytes.Compare(a.ID[:], b.ID[:]))
}

// compareSeq orders entries of one log.
func compareSeq(a, b *Item) int { return cmp.Compare(a.Seq, b.Seq) }
