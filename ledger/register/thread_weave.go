package register

import (
	"cmp"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// weaver gathers a thread.
type weaver struct {
	v *view
	// in are the entries of the thread, next those found one step further.
	in   map[protocol.EntryID]*strand
	next []*strand
	more bool
}

// strand is an entry of a thread, or one that may become one.
type strand struct {
	*Item
	stage Stage
	// whole: all that followed belongs to the thread, not only what was said of
	// the entry itself.
	whole bool
}

func (w *weaver) weave(id protocol.EntryID) (*Thread, error) {
	start, err := w.v.item(id)
	if err != nil {
		return nil, err
	}
	level, err := w.climb(start)
	if err != nil {
		return nil, err
	}
	for len(level) > 0 {
		level = w.take(level)
		for _, s := range level {
			if err := w.spread(s); err != nil {
				return nil, err
			}
		}
		level, w.next = w.next, nil
	}
	if start.State == Missing && len(w.in) == 1 {
		return nil, ledger.ErrNotFound
	}
	t := &Thread{Start: id, More: w.more}
	for _, s := range w.in {
		t.Steps = append(t.Steps, Step{Item: *s.Item, Stage: s.stage, Links: w.links(s.Item)})
	}
	slices.SortFunc(t.Steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.Stage.order(), b.Stage.order()), compareItems(&a.Item, &b.Item))
	})
	return t, nil
}

// take moves what fits from a level into the thread and returns it. An entry that
// was found in several ways has the fullest.
func (w *weaver) take(level []*strand) []*strand {
	slices.SortFunc(level, func(a, b *strand) int {
		c := cmp.Or(cmp.Compare(a.stage.order(), b.stage.order()), compareItems(a.Item, b.Item))
		if c == 0 && a.whole != b.whole {
			if a.whole {
				return -1
			}
			return 1
		}
		return c
	})
	var taken []*strand
	for _, s := range level {
		if w.in[s.ID] != nil {
			continue
		}
		if len(w.in) >= MaxThread {
			w.more = true
			break
		}
		w.in[s.ID] = s
		taken = append(taken, s)
	}
	return taken
}

// climb returns where a thread begins: the way from an entry up to the decisions
// that it stems from, or as far as it goes.
func (w *weaver) climb(start *Item) ([]*strand, error) {
	way := []*strand{{Item: start, stage: stageOf(start.Kind)}}
	seen := map[protocol.EntryID]bool{start.ID: true}
	var tops, decisions []*strand
	for n := 0; n < len(way) && n < MaxThread; n++ {
		s := way[n]
		if s.stage == StageDecision {
			decisions = append(decisions, s)
			continue
		}
		versions, err := w.v.versions(s.Item)
		if err != nil {
			return nil, err
		}
		top := true
		for _, version := range versions {
			for _, ref := range cited(version, upward(version.Kind)) {
				top = false
				if seen[ref.ID] {
					continue
				}
				seen[ref.ID] = true
				i, err := w.v.item(ref.ID)
				if err != nil {
					return nil, err
				}
				way = append(way, &strand{Item: i, stage: stageNamed(i, ref.Field)})
			}
		}
		if top {
			tops = append(tops, s)
		}
	}
	if start.State == Missing {
		if err := w.guess(way[0]); err != nil {
			return nil, err
		}
	}
	if len(way) > MaxThread {
		w.more, way = true, way[:MaxThread]
	}
	if len(decisions) == 0 {
		decisions = tops
	}
	for _, s := range way {
		s.whole = s.stage != StageMandate && s.stage != StageChallenge
	}
	for _, s := range decisions {
		s.whole = true
	}
	return way, nil
}

// guess finds out where an entry stands that is missing, and that nothing led to:
// by the first of the fields, in the order of the chain, that name it.
func (w *weaver) guess(s *strand) error {
	return w.v.naming(s.ID, func(ref ledger.Reference) error {
		if stage := stageNamed(s.Item, ref.Field); stage.order() < s.stage.order() {
			s.stage = stage
		}
		return nil
	}, followed()...)
}

// spread finds what hangs together with an entry at first hand.
func (w *weaver) spread(s *strand) error {
	versions, err := w.v.versions(s.Item)
	if err != nil {
		return err
	}
	for _, version := range versions {
		w.next = append(w.next, &strand{version, s.stage, s.whole})
		if !s.whole {
			continue
		}
		for _, ref := range cited(version, onward(version.Kind)) {
			i, err := w.v.item(ref.ID)
			if err != nil {
				return err
			}
			w.next = append(w.next, &strand{i, stageNamed(i, ref.Field), false})
		}
	}
	if versions[0].ID != s.ID {
		return nil // the first version finds what names any
	}
	items, err := w.v.referringBy(s.Item, func(ref ledger.Reference) bool {
		return follows(ref.Kind, ref.Field, s.whole)
	}, followed()...)
	if err != nil {
		return err
	}
	for _, i := range items {
		// A mandate that builds on this one begins a thread of its own.
		w.next = append(w.next, &strand{i, stageOf(i.Kind), s.whole && i.Kind != record.KindMandate})
	}
	return nil
}

// links lists what an entry names in the thread.
func (w *weaver) links(i *Item) []Link {
	if i.Record == nil {
		return nil
	}
	var out []Link
	for _, ref := range record.References(i.Record.Fields) {
		if w.in[ref.ID] != nil && ref.ID != i.ID {
			out = append(out, Link{Field: ref.Field, To: ref.ID})
		}
	}
	return out
}

// cited lists what an entry names in one of the fields. What lost its place in a
// log may be held or not, and so is not followed.
func cited(i *Item, fields []string) []record.Ref {
	if i.Record == nil || i.State == Disowned || len(fields) == 0 {
		return nil
	}
	return slices.DeleteFunc(record.References(i.Record.Fields), func(ref record.Ref) bool {
		return !slices.Contains(fields, ref.Field) || ref.ID == i.ID
	})
}

// followed are the fields by which what follows names what went before.
func followed() []string {
	return []string{
		fieldMandate, "challenges", fieldDecision, fieldResponse, "about", "from", "lesson", "outcome", "after", fieldSubject, fieldOf,
	}
}

// follows reports whether an entry of a kind that names another in a field
// belongs to the other's thread: what was said of it does, and what came of it
// does if the thread goes on from there.
func follows(kind protocol.Kind, field string, whole bool) bool {
	switch kind {
	case record.KindAttestation:
		return field == fieldSubject
	case record.KindCorrection:
		return field == fieldOf
	case record.KindAcceptance:
		return field == fieldMandate
	}
	return whole && slices.Contains(slices.Concat(upward(kind), onward(kind)), field)
}

// upward are the fields of a kind that name what it stems from.
func upward(kind protocol.Kind) []string {
	switch kind {
	case record.KindAcceptance:
		return []string{fieldMandate}
	case record.KindResponse:
		return []string{fieldDecision}
	case record.KindProgress:
		return []string{fieldResponse}
	case record.KindOutcome:
		return []string{"about"}
	case record.KindLesson:
		return []string{"from"}
	case record.KindAdoption:
		return []string{"lesson"}
	case record.KindAttestation:
		return []string{fieldSubject}
	case record.KindCorrection:
		return []string{fieldOf}
	default:
		return nil
	}
}

// onward are the fields of a kind that name what else belongs to it.
func onward(kind protocol.Kind) []string {
	switch kind {
	case record.KindMandate:
		return []string{"after"}
	case record.KindChallenge:
		return []string{fieldMandate}
	case record.KindDecision:
		return []string{fieldMandate, "challenges"}
	case record.KindAdoption:
		return []string{"outcome"}
	default:
		return nil
	}
}
