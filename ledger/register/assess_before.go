package register

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// before tells whether one of the entries existed before the process opened (G8),
// and by what. A citation proves it: a decision at the stage "analyse" that the
// author published earlier, at the opening, names it in the field. So does a
// witness without an interest. Else the dates of those concerned are all there is.
func (q *inquiry) before(versions []*Item, field string) (Verdict, protocol.EntryID, error) {
	opened := q.decision.Process.Opened
	if opened.IsZero() {
		return Unmet, protocol.EntryID{}, nil
	}
	for _, i := range versions {
		opening, err := q.opening(i, field, opened.End())
		if err != nil || !opening.IsZero() {
			return Holds, opening, err
		}
	}
	for _, i := range versions {
		// A witness cannot have seen what claims to be younger.
		if !moment(i.At).Before(opened.Start()) {
			continue
		}
		witness, err := q.witness(i, opened.Start())
		if err != nil || !witness.IsZero() {
			return Holds, witness, err
		}
	}
	if slices.ContainsFunc(versions, func(i *Item) bool { return moment(i.At).Before(opened.Start()) }) {
		return ByOwnDates, protocol.EntryID{}, nil
	}
	return Unmet, protocol.EntryID{}, nil
}

// moment is a time that an entry claims.
func moment(at uint64) time.Time {
	return time.Unix(int64(min(at, math.MaxInt32*64)), 0).UTC() //nolint:gosec // the limit lies far below
}

// opening finds the decision that the author published when the process opened
// and that names i.
func (q *inquiry) opening(i *Item, field string, by time.Time) (protocol.EntryID, error) {
	var found protocol.EntryID
	if !moment(i.At).Before(by) {
		// What cites it was dated back.
		return found, nil
	}
	n := 0
	err := q.v.naming(i.ID, func(ref ledger.Reference) error {
		if ref.Body != q.item.Body || ref.Kind != record.KindDecision || ref.Seq >= q.item.Seq || !moment(ref.At).Before(by) {
			return nil
		}
		if n++; n > maxReferring {
			return errFound
		}
		o, err := q.v.item(ref.From)
		if err != nil || o.State != Standing && o.State != Amended {
			return err
		}
		if record.Read[record.Decision](o.Record).Stage != record.StageAnalyse {
			return nil
		}
		found = o.ID
		return errFound
	}, field)
	if errors.Is(err, errFound) {
		err = nil
	}
	return found, err
}

// witness finds a record of a body without an interest that had seen i in its
// log before a time; the first by its order.
func (q *inquiry) witness(i *Item, by time.Time) (protocol.EntryID, error) {
	parties := append(slices.Clone(q.parties), i.Body)
	var list []*Item
	err := q.v.naming(i.Body.Charter(), func(ref ledger.Reference) error {
		if ref.Kind != record.KindWitness || !moment(ref.At).Before(by) || !q.w.Reached(ref.Body, parties...) {
			return nil
		}
		w, err := q.v.item(ref.From)
		if err != nil || !w.Counts() {
			return err
		}
		saw, err := q.saw(w, i)
		if saw {
			list = append(list, w)
		}
		return err
	}, "seen")
	if err != nil {
		return protocol.EntryID{}, err
	}
	sortItems(list)
	for _, w := range list {
		why, err := q.interested(w, parties)
		if err != nil {
			return protocol.EntryID{}, err
		}
		if why == "" {
			return w.ID, nil
		}
	}
	return protocol.EntryID{}, nil
}

// saw reports whether a witness names a state of the log of i that is the one
// held here and has i in it.
func (q *inquiry) saw(w, i *Item) (bool, error) {
	for _, s := range record.Read[record.Witness](w.Record).Seen {
		if s.Body != i.Body || s.Length <= 0 || uint64(s.Length) <= i.Seq { //nolint:gosec // it is positive
			continue
		}
		root, err := q.v.r.RootAt(i.Body, uint64(s.Length)) //nolint:gosec // it is positive
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return false, err
		}
		if protocol.Digest(root) == s.Root {
			return true, nil
		}
	}
	return false, nil
}
