package reconcile

import (
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// lens is what is compared: which bodies the peer keeps, or the states of those
// that both keep.
type lens struct {
	// keep is as in the message.
	keep bool
	// ours are the totals that the peer should have.
	ours func(Range) *parts
}

// compare finds out what the peer keeps if that is not known, then goes down the
// tree where states differ, and fetches what is missing.
func (p *puller) compare(r *reply, g greeting, wanted []protocol.BodyID, emit func(ledger.Run) error) error {
	differing, err := p.look(wanted)
	if err != nil {
		return err
	}
	shared := g.shared
	learning := r.Keep != g.known || len(p.salt) > 0
	if learning {
		theirs, err := decodeParts(r.Parts)
		if err != nil {
			return err
		}
		if differing, err = p.descend(p.keepLens(), theirs, differing); err != nil {
			return err
		}
		if !p.full && p.learned <= maxLearned {
			p.index.meet(p.cfg.Peer)
		}
		shared = p.index.greeting(p.cfg.Peer).shared
	}
	if (r.Shared != shared || len(p.salt) > 0) && shared.Count > 0 && !p.full {
		var theirs *parts
		var err error
		if learning {
			theirs, err = p.divideAll()
		} else {
			theirs, err = decodeParts(r.Parts)
		}
		if err != nil {
			return err
		}
		if differing, err = p.descend(p.sharedLens(), theirs, differing); err != nil {
			return err
		}
	}
	if err := p.fetch(differing, emit); err != nil {
		return err
	}
	if err := p.fetchWaiting(); err != nil {
		return err
	}
	if p.full {
		return errDeferred
	}
	return nil
}

func (p *puller) keepLens() lens {
	if len(p.salt) > 0 {
		return lens{keep: true, ours: saltBodies(p.salt, p.index.known(p.cfg.Peer, nil)).parts}
	}
	return lens{keep: true, ours: func(r Range) *parts { return p.index.knownParts(p.cfg.Peer, r) }}
}

func (p *puller) sharedLens() lens {
	if len(p.salt) > 0 {
		return lens{ours: saltStates(p.salt, p.index.shared(p.cfg.Peer, nil)).parts}
	}
	return lens{ours: func(r Range) *parts { return p.index.sharedParts(p.cfg.Peer, r) }}
}

// divideAll asks for the parts of everything, over states.
func (p *puller) divideAll() (*parts, error) {
	if err := p.sendMessage(kindAsk, ask{Divide: []Range{{}}}); err != nil {
		return nil, err
	}
	if err := p.flush(); err != nil {
		return nil, err
	}
	b, err := p.frame(kindParts)
	if err != nil {
		return nil, err
	}
	return decodeParts(b)
}

// look asks for the states of bodies that are to be held from now on.
func (p *puller) look(wanted []protocol.BodyID) ([]State, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	a := ask{Keep: true}
	for _, body := range wanted {
		a.List = append(a.List, around(body))
	}
	if err := p.sendMessage(kindAsk, a); err != nil {
		return nil, err
	}
	if err := p.flush(); err != nil {
		return nil, err
	}
	var found []State
	for _, r := range a.List {
		var err error
		if found, err = p.readList(lens{keep: true}, r, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// descend goes down the tree where the two sides differ, and adds the states that
// are missing here to those in differing.
func (p *puller) descend(l lens, theirs *parts, differing []State) ([]State, error) {
	divide, enumerate := sortParts(l, nil, theirs, nil, nil)
	for asked := 0; len(divide)+len(enumerate) > 0; {
		a := ask{Keep: l.keep, Divide: cut(&divide, atOnce), List: cut(&enumerate, atOnce)}
		if l.keep && p.learned > maxLearned {
			break // the next session goes on where this one ends
		}
		if asked += len(a.Divide) + len(a.List); p.full || asked > 2*p.cfg.MaxBodies+maxRounds*fanOut {
			p.full = true
			break
		}
		if err := p.sendMessage(kindAsk, a); err != nil {
			return nil, err
		}
		if err := p.flush(); err != nil {
			return nil, err
		}
		for _, r := range a.Divide {
			b, err := p.frame(kindParts)
			if err != nil {
				return nil, err
			}
			theirs, err := decodeParts(b)
			if err != nil {
				return nil, err
			}
			divide, enumerate = sortParts(l, r, theirs, divide, enumerate)
		}
		for _, r := range a.List {
			var err error
			if differing, err = p.readList(l, r, differing); err != nil {
				return nil, err
			}
		}
	}
	return differing, nil
}

// cut takes up to n ranges from the end of a list: going into depth first keeps
// short what waits.
func cut(list *[]Range, n int) []Range {
	rest := len(*list) - min(n, len(*list))
	end := slices.Clone((*list)[rest:])
	*list = (*list)[:rest]
	return end
}

// sortParts puts the parts of a range that differ among those to divide or to
// list. Where the peer has nothing, only its choice is of interest.
func sortParts(l lens, r Range, theirs *parts, divide, enumerate []Range) (toDivide, toList []Range) {
	ours := l.ours(r)
	for d := range fanOut {
		part := r.child(byte(d))
		switch {
		case theirs[d] == ours[d] || theirs[d].Count == 0 && !l.keep:
		case theirs[d].Count > listBelow && len(part) < maxDigits:
			divide = append(divide, part)
		default:
			enumerate = append(enumerate, part)
		}
	}
	return divide, enumerate
}

// readList reads the states in a range, learns what the peer keeps, and adds
// those that are missing here to differing, as long as the session may deal with
// more. An answer is always read to its end.
func (p *puller) readList(l lens, r Range, differing []State) ([]State, error) {
	var gone map[protocol.BodyID]bool
	if l.keep {
		gone = make(map[protocol.BodyID]bool)
		for _, body := range p.index.known(p.cfg.Peer, r) {
			gone[body] = true
		}
	}
	for {
		var page list
		if err := p.expect(kindList, &page); err != nil {
			return nil, err
		}
		for _, i := range page.Items {
			s, err := i.state()
			if err != nil {
				return nil, err
			}
			if !r.holds(s.Body) {
				return nil, fmt.Errorf("%w: a body outside the range that was asked for", ErrProtocol)
			}
			if p.full || l.keep && p.learned > maxLearned {
				continue
			}
			if !l.keep || !gone[s.Body] {
				p.learn(s.Body, true)
			}
			delete(gone, s.Body)
			missing, err := p.consider(l, s)
			if err != nil {
				return nil, err
			}
			if missing {
				differing = append(differing, s)
			}
		}
		if page.More {
			continue
		}
		if !p.full && p.learned <= maxLearned {
			for body := range gone {
				p.learn(body, false)
			}
		}
		return differing, nil
	}
}

// consider reports whether a log in the state that the peer claims is to be asked
// for.
func (p *puller) consider(l lens, s State) (bool, error) {
	ours, here := p.index.State(s.Body)
	if here && (ours == s || l.keep) {
		return false, nil // states are compared by themselves
	}
	if !here && p.cfg.Choose != nil {
		choice := p.cfg.Choose(s.Body)
		if choice != Keep {
			p.cfg.Heard(s)
		}
		if choice == Wait && p.cfg.Room != nil && len(p.waiting) < waitAtOnce && !p.isWaiting(s.Body) {
			p.waiting = append(p.waiting, s)
		}
		if choice != Keep {
			return false, nil
		}
	}
	if !here {
		p.index.reopen(p.cfg.Peer)
	}
	if p.rests(s) {
		return false, nil
	}
	if had, twice := p.promised[s.Body]; twice {
		if had == s {
			return false, nil // in both comparisons of this session
		}
		return false, fmt.Errorf("%w: a body is listed twice", ErrProtocol)
	}
	if p.full = p.promise(s) != nil; p.full {
		return false, nil
	}
	return true, nil
}

func (p *puller) isWaiting(body protocol.BodyID) bool {
	return slices.ContainsFunc(p.waiting, func(s State) bool { return s.Body == body })
}

// learn takes note of what the peer keeps.
func (p *puller) learn(body protocol.BodyID, kept bool) {
	p.learned++
	p.index.learn(p.cfg.Peer, body, kept)
}
