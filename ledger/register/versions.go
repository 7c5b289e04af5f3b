package register

import (
	"container/heap"
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Limits on what one body says about one record of its own. What goes beyond
// them counts for nothing; each follows from the body's log alone, so that every
// node draws the same line.
const (
	// maxVersions is how many versions of a record are followed, the first in
	// the log, and maxRevisions how many revisions may stand on each other.
	maxVersions  = 256
	maxRevisions = 64
	// maxWithdrawals is how many withdrawals of one entry are looked at, the
	// first in the log, and maxRank how often a withdrawal may be withdrawn.
	maxWithdrawals = 8
	maxRank        = 4
)

// changes are what the author of an entry said of it later in the same log, in
// the order of the log.
type changes struct {
	withdrawals []*Item
	revisions   []*Item
}

// family is a record in all its versions.
type family struct {
	// versions are in the order of the log.
	versions []*Item
	// counts is the last version that is neither withdrawn nor erased; the last
	// of all where there is none.
	counts *Item
}

// correct finds out whether the author of i took it back or revised it later.
// Of several versions the last in the log counts; one that was withdrawn is none.
func (v *view) correct(i *Item) error {
	by, err := v.withdrawal(i)
	if err != nil {
		return err
	}
	if by != nil {
		i.State, i.Changed = Withdrawn, by.ID
		return nil
	}
	f, err := v.family(i)
	if err != nil {
		return err
	}
	if f.counts.Seq > i.Seq {
		i.State, i.Changed = Amended, f.counts.ID
	}
	return nil
}

// withdrawal returns the first correction in the log that withdraws an entry;
// nil when none does. A correction that was withdrawn itself does nothing, and
// nothing else undoes one.
func (v *view) withdrawal(i *Item) (*Item, error) {
	if by, ok := v.withdrawals[i.ID]; ok {
		return by, nil
	}
	c, err := v.changesOf(i)
	if err != nil {
		return nil, err
	}
	var found *Item
	for _, by := range c.withdrawals {
		rank, err := v.rank(by)
		if err != nil {
			return nil, err
		}
		if rank > maxRank {
			continue
		}
		undone, err := v.withdrawal(by)
		if err != nil {
			return nil, err
		}
		if undone == nil {
			found = by
			break
		}
	}
	v.withdrawals[i.ID] = found
	return found, nil
}

// rank is how many corrections lie between a correction and the record that they
// are about, counted to one beyond maxRank.
func (v *view) rank(c *Item) (int, error) {
	for n := 0; ; n++ {
		of, err := v.before(c, record.Read[record.Correction](c.Record).Of)
		if err != nil || of == nil || of.Kind != record.KindCorrection || n > maxRank {
			return n, err
		}
		c = of
	}
}

// before returns the entry of the given identifier if it stands before i in the
// same log; else nil.
func (v *view) before(i *Item, id protocol.EntryID) (*Item, error) {
	if id.IsZero() {
		return nil, nil
	}
	old, err := v.read(id)
	if err != nil {
		return nil, err
	}
	if (old.State != Standing && old.State != Erased) || old.Body != i.Body || old.Seq >= i.Seq {
		return nil, nil
	}
	return old, nil
}

// changesOf reads what the author of i said of it later.
func (v *view) changesOf(i *Item) (*changes, error) {
	if c, ok := v.changed[i.ID]; ok {
		return c, nil
	}
	c := &changes{}
	err := v.naming(i.ID, func(ref ledger.Reference) error {
		if ref.Body != i.Body || ref.Seq <= i.Seq || ref.Kind != i.Kind && ref.Kind != record.KindCorrection {
			return nil
		}
		by, err := v.read(ref.From)
		if err != nil || by.State != Standing || by.Record == nil {
			return err
		}
		if by.Kind == i.Kind && by.Record.Revises() == i.ID && len(c.revisions) < maxVersions {
			c.revisions = append(c.revisions, by)
		}
		if by.Kind == record.KindCorrection && len(c.withdrawals) < maxWithdrawals {
			if r := record.Read[record.Correction](by.Record); r.Action == record.ActionWithdraw && r.Of == i.ID {
				c.withdrawals = append(c.withdrawals, by)
			}
		}
		return nil
	}, fieldOf, record.FieldRevises)
	if err != nil {
		return nil, fmt.Errorf("read what changes %s: %w", i.ID, err)
	}
	// A correction that names i in both fields comes twice.
	c.withdrawals, c.revisions = once(c.withdrawals), once(c.revisions)
	v.changed[i.ID] = c
	return c, nil
}

// once sorts entries of one log and leaves out those that come again.
func once(items []*Item) []*Item {
	slices.SortFunc(items, compareSeq)
	return slices.CompactFunc(items, func(a, b *Item) bool { return a.ID == b.ID })
}

// family returns the versions of a record. An entry that revises something of
// another body, of another kind, or that comes later is a first version itself;
// so is one beyond the limits.
func (v *view) family(i *Item) (*family, error) {
	if f, ok := v.families[i.ID]; ok {
		return f, nil
	}
	first, err := v.first(i)
	if err != nil {
		return nil, err
	}
	var versions []*Item
	if first != nil {
		if versions, err = v.descend(first); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(versions, func(m *Item) bool { return m.ID == i.ID }) {
		versions = []*Item{i}
	}
	f := &family{versions: versions, counts: versions[len(versions)-1]}
	for _, m := range slices.Backward(versions) {
		if m.State != Standing || m.Record == nil {
			continue
		}
		by, err := v.withdrawal(m)
		if err != nil {
			return nil, err
		}
		if by == nil {
			f.counts = m
			break
		}
	}
	for _, m := range versions {
		v.families[m.ID] = f
	}
	return f, nil
}

// first follows what i revises back to the first version, or returns nil when
// that lies further back than revisions are followed.
func (v *view) first(i *Item) (*Item, error) {
	first := i
	for range maxRevisions + 1 {
		if first.Record == nil {
			return first, nil
		}
		old, err := v.before(first, first.Record.Revises())
		if err != nil {
			return nil, err
		}
		if old == nil || old.Kind != i.Kind {
			return first, nil
		}
		first = old
	}
	return nil, nil
}

// descend lists a first version and what revises it, in the order of the log.
func (v *view) descend(first *Item) ([]*Item, error) {
	queue := &versionQueue{{first, 0}}
	var out []*Item
	for queue.Len() > 0 && len(out) < maxVersions {
		next, ok := heap.Pop(queue).(version)
		if !ok {
			break
		}
		out = append(out, next.item)
		if next.depth == maxRevisions {
			continue
		}
		c, err := v.changesOf(next.item)
		if err != nil {
			return nil, err
		}
		for _, r := range c.revisions {
			heap.Push(queue, version{r, next.depth + 1})
		}
	}
	return out, nil
}

// version is an item and how many revisions lie between it and the first.
type version struct {
	item  *Item
	depth int
}

// versionQueue is a heap of versions, the first in the log on top.
type versionQueue []version

// Len implements [heap.Interface].
func (q versionQueue) Len() int { return len(q) }

// Less implements [heap.Interface].
func (q versionQueue) Less(i, j int) bool { return q[i].item.Seq < q[j].item.Seq }

// Swap implements [heap.Interface].
func (q versionQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements [heap.Interface].
func (q *versionQueue) Push(x any) {
	if v, ok := x.(version); ok {
		*q = append(*q, v)
	}
}

// Pop implements [heap.Interface].
func (q *versionQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// current returns the version of a record that counts in the place of i: the
// last that is neither withdrawn nor erased, or the last of all where there is
// none. What is missing or disowned has no other version.
func (v *view) current(i *Item) (*Item, error) {
	if i.State == Missing || i.State == Disowned {
		return i, nil
	}
	f, err := v.family(i)
	if err != nil {
		return nil, err
	}
	return v.item(f.counts.ID)
}

// versions lists the versions of a record in the order of the log, the first
// first. What is missing or disowned has no other version.
func (v *view) versions(i *Item) ([]*Item, error) {
	if i.State == Missing || i.State == Disowned {
		return []*Item{i}, nil
	}
	f, err := v.family(i)
	if err != nil {
		return nil, err
	}
	out := make([]*Item, len(f.versions))
	for n, m := range f.versions {
		if out[n], err = v.item(m.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}
