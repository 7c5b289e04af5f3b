package api

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// kindBody is the kind of record in which a body says who it is.
const kindBody = protocol.Kind("body")

// profile is what a body says of itself.
type profile struct{ name, role string }

// profiles remembers what every body says of itself, one small value a body. It
// reads the `body` records once and then only what arrived since.
type profiles struct {
	ledger *ledger.Ledger

	mu     sync.Mutex
	known  map[protocol.BodyID]profile
	seen   uint64 // the last event that known takes account of
	filled bool
}

func (p *profiles) of(body protocol.BodyID) (profile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.update(); err != nil {
		return profile{}, err
	}
	return p.known[body], nil
}

func (p *profiles) update() error {
	if !p.filled {
		return p.fill()
	}
	if p.ledger.Last() == p.seen {
		return nil
	}
	for ev, err := range p.ledger.Events(p.seen) {
		if err != nil {
			return fmt.Errorf("read events after %d: %w", p.seen, err)
		}
		if ev.Kind != ledger.EventEntry {
			// What counted before may not count any more.
			return p.fill()
		}
		if ev.Entry.Erase() != nil {
			if err := p.again(ev.Body); err != nil {
				return err
			}
		}
		p.take(ev.Entry)
		p.seen = ev.Seq
	}
	return nil
}

// again reads what a body says of itself after it erased something.
func (p *profiles) again(body protocol.BodyID) error {
	delete(p.known, body)
	ev, err := p.ledger.Profile(body)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p.take(ev.Entry)
	return nil
}

func (p *profiles) fill() error {
	p.known, p.seen, p.filled = make(map[protocol.BodyID]profile), p.ledger.Last(), false
	for ev, err := range p.ledger.ByKind(kindBody, 0, math.MaxInt64) {
		if err != nil {
			return fmt.Errorf("read the records of bodies: %w", err)
		}
		p.take(ev.Entry)
	}
	p.filled = true
	return nil
}

func (p *profiles) take(e *protocol.Entry) {
	if e.Envelope.Kind != kindBody || len(e.Content) == 0 {
		return
	}
	// Content that breaks the format is a finding elsewhere; here it says
	// nothing.
	if fields, err := protocol.DecodeContent(e.Content); err == nil {
		p.known[e.Body()] = profile{name: text(fields, "name"), role: text(fields, "role")}
	}
}

// text is a field of a record if it is text.
func text(fields map[string]any, name string) string {
	s, _ := fields[name].(string)
	return s
}
