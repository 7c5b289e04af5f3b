package protocol

import (
	"encoding/binary"
	"fmt"
)

// Path is one unbroken run of valid entries of a body, from its charter to some
// tip. Several paths of one body share a beginning and then part.
type Path interface {
	// Length is the number of entries.
	Length() uint64
	// IDAt is the identifier of the entry at a position below Length.
	IDAt(seq uint64) (EntryID, error)
	// Controls are the controls on the path, in order.
	Controls() []InForce
}

// FreezeKind says why a log goes no further.
type FreezeKind uint8

// Why a log is frozen, if it is.
const (
	// NotFrozen: the log can be extended.
	NotFrozen FreezeKind = iota
	// Forked: two entries stand at one position and no change of control
	// decides between them.
	Forked
	// Contested: two changes of control of equal strength contradict.
	Contested
)

// String is the word that users see.
func (k FreezeKind) String() string {
	switch k {
	case Forked:
		return "forked"
	case Contested:
		return "contested"
	default:
		return "none"
	}
}

// Freeze says whether and how a log is frozen. The zero value is a log that is
// not.
type Freeze struct {
	Kind FreezeKind
	// Strength is that of the contradicting changes of control, when contested.
	Strength Strength
}

// Log is what a node believes about one body (SPEC.md section 8.3).
type Log struct {
	// Path is the index, among the paths that were joined, of one that holds
	// the log.
	Path int
	// Length is how much of that path is the log.
	Length uint64
	// Freeze says whether the log ends there because its branches contradict.
	Freeze Freeze
	// Branches are the indices of two paths that prove the freeze; equal when
	// there is none.
	Branches [2]int
}

// Join decides which of the paths of one body is its log. It is a function of
// the set of entries on them: neither their order nor repetition matters, but
// for which of equal paths Path names. There must be at least one path.
func Join(paths []Path) (Log, error) {
	live := make([]int, len(paths))
	for i := range live {
		live[i] = i
	}
	for {
		parting, groups, err := part(paths, live)
		if err != nil {
			return Log{}, err
		}
		if len(groups) == 1 {
			longest := groups[0][0]
			for _, i := range groups[0] {
				if paths[i].Length() > paths[longest].Length() {
					longest = i
				}
			}
			return Log{Path: longest, Length: paths[longest].Length(), Branches: [2]int{longest, longest}}, nil
		}
		best, tied := choose(paths, groups, parting)
		if tied < 0 {
			live = groups[best.group]
			continue
		}
		log := Log{
			Path: best.path, Length: parting, Freeze: Freeze{Kind: Forked},
			Branches: [2]int{best.path, tied},
		}
		if best.ok {
			log.Freeze = Freeze{Kind: Contested, Strength: best.strength}
		}
		return log, nil
	}
}

// part finds the first position at which the live paths do not agree, and
// groups those that go on there by the entry that they take. When they never
// part there is one group.
func part(paths []Path, live []int) (uint64, [][]int, error) {
	first := live[0]
	parting := paths[first].Length()
	for _, i := range live[1:] {
		if paths[i].Length() > parting {
			first, parting = i, paths[i].Length()
		}
	}
	agree := make([]uint64, len(live))
	for n, i := range live {
		p, err := Parting(paths[first], paths[i])
		if err != nil {
			return 0, nil, err
		}
		agree[n] = p
		if p < paths[i].Length() {
			parting = min(parting, p)
		}
	}
	var groups [][]int
	byEntry := make(map[EntryID]int)
	for _, i := range live {
		if paths[i].Length() <= parting {
			continue
		}
		id, err := paths[i].IDAt(parting)
		if err != nil {
			return 0, nil, err
		}
		g, ok := byEntry[id]
		if !ok {
			g = len(groups)
			byEntry[id] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	if len(groups) == 0 {
		return parting, [][]int{live}, nil
	}
	return parting, groups, nil
}

// Parting is the length of the beginning that two paths share. Since every
// entry signs the root of all before it, equal entries have equal beginnings,
// so it is found by halving.
func Parting(a, b Path) (uint64, error) {
	low, high := uint64(0), min(a.Length(), b.Length())
	for low < high {
		middle := low + (high-low)/2
		x, err := a.IDAt(middle)
		if err != nil {
			return 0, err
		}
		y, err := b.IDAt(middle)
		if err != nil {
			return 0, err
		}
		if x == y {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

type branch struct {
	group, path int
	strength    Strength
	ok          bool
}

func (b branch) compare(c branch) int {
	switch {
	case b.ok && c.ok:
		return b.strength.Compare(c.strength)
	case b.ok:
		return 1
	case c.ok:
		return -1
	default:
		return 0
	}
}

// choose returns the strongest group, and a path of another one that is equally
// strong, or -1.
func choose(paths []Path, groups [][]int, parting uint64) (best branch, tied int) {
	tied = -1
	for g, members := range groups {
		top := branch{group: g, path: members[0]}
		for _, i := range members {
			s, ok := strongest(paths[i].Controls(), parting)
			if b := (branch{group: g, path: i, strength: s, ok: ok}); b.compare(top) > 0 {
				top = b
			}
		}
		switch {
		case g == 0 || top.compare(best) > 0:
			best, tied = top, -1
		case top.compare(best) == 0:
			tied = top.path
		}
	}
	return best, tied
}

// ProofLength says how much of a path must be kept to prove a freeze at the
// given length: its first entry after the parting or, if control is contested,
// all up to its strongest change of control.
func ProofLength(p Path, parting uint64, f Freeze) (uint64, error) {
	switch f.Kind {
	case Forked:
		return parting + 1, nil
	case Contested:
		for _, c := range p.Controls() {
			if c.Seq >= parting && c.Change() && c.Strength == f.Strength {
				return c.Seq + 1, nil
			}
		}
		return 0, fmt.Errorf("the path holds no change of control of the contested strength")
	default:
		return p.Length(), nil
	}
}

// StateLeaf is one body's state as nodes compare it (SPEC.md section 11): two
// nodes with the same log have the same leaf.
func StateLeaf(body BodyID, head Head, f Freeze) Digest {
	const purpose = "folkmoot/1/leaf\x00"
	b := make([]byte, 0, len(purpose)+len(body)+8+len(head.Root)+10)
	b = append(b, purpose...)
	b = append(b, body[:]...)
	b = binary.BigEndian.AppendUint64(b, head.Length)
	b = append(b, head.Root[:]...)
	b = append(b, byte(f.Kind))
	if f.Kind == Contested {
		b = binary.BigEndian.AppendUint64(b, f.Strength.Under)
		b = append(b, f.Strength.Rank)
	}
	return HashOf(b)
}
