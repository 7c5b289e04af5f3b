package ledger

import (
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// How often contradiction may change what is believed of one body: a few times
// at once, then every half minute. More is deferred, never refused, and nothing
// is lost by it: the state of a log is a function of the set of its entries, so
// that many small steps and one large step lead to the same.
const (
	paceBurst = 8
	paceEvery = 30 * time.Second
	// pacedBodies is the number of bodies whose last changes are remembered; when
	// there are more, the one that may change again soonest is forgotten.
	pacedBodies = 4096
)

// DeferredError says that a run was not looked at, because contradiction changed
// the body's log too often lately. It is nobody's fault: the same run, or what
// has become of it by then, is judged when it comes again.
type DeferredError struct {
	// Body is whose log it is.
	Body protocol.BodyID
	// Until is when it may change again.
	Until time.Time
}

// Error says when to try again.
func (e *DeferredError) Error() string {
	return fmt.Sprintf("the log of %s was contradicted too often lately: what contradicts it is judged again from %s on",
		e.Body, e.Until.UTC().Format(time.RFC3339))
}

// pace bounds how often contradiction changes each log. It is the writer's own.
type pace struct {
	// spent says, by body, until when its changes use up the pace.
	spent map[paced]time.Time
	// free lets every change through.
	free bool
}

// paced is whose changes are counted together. Changes of control are counted
// apart: whoever stole a signing key can contradict a log without end, and must
// not keep a recovery key waiting, of which he has none.
type paced struct {
	body    protocol.BodyID
	control bool
}

func newPace(free bool) *pace { return &pace{spent: make(map[paced]time.Time), free: free} }

// paceOf says with which changes a run is counted.
func paceOf(run Run) paced {
	p := paced{body: run[0].Body()}
	for _, e := range run {
		p.control = p.control || e.Envelope.Kind == protocol.KindKeys
	}
	return p
}

// check returns a [DeferredError] while nothing is left to change.
func (p *pace) check(of paced, now time.Time) error {
	if until := p.spent[of].Add(-(paceBurst - 1) * paceEvery); until.After(now) && !p.free {
		return &DeferredError{Body: of.body, Until: until}
	}
	return nil
}

// note counts a change.
func (p *pace) note(of paced, now time.Time) {
	spent, known := p.spent[of]
	if !known && len(p.spent) >= pacedBodies {
		p.forget(now)
	}
	if spent.Before(now) {
		spent = now
	}
	p.spent[of] = spent.Add(paceEvery)
}

// forget drops what no longer counts, and at least one.
func (p *pace) forget(now time.Time) {
	var soonest paced
	for of, spent := range p.spent {
		if !spent.After(now) {
			delete(p.spent, of)
		} else if soonest.body.IsZero() || spent.Before(p.spent[soonest]) {
			soonest = of
		}
	}
	if len(p.spent) >= pacedBodies {
		delete(p.spent, soonest)
	}
}
