package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/sharing/domain"
)

var _ api.Domains = (*domains)(nil)

// Proven implements [api.Domains].
func (d *domains) Proven(body protocol.BodyID) (api.Domain, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.proofs[body]
	if !ok {
		return api.Domain{}, false
	}
	return api.Domain{Name: p.Name.String(), By: p.By, CheckedOn: record.DateOf(p.On)}, true
}

// Version implements [api.Domains].
func (d *domains) Version() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.version
}

// List implements [api.Domains].
func (d *domains) List() []api.DomainState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []api.DomainState
	for name, s := range d.states {
		if d.claimed[name] == 0 {
			continue
		}
		state := api.DomainState{
			Name: name.String(), Public: d.isPublic(name), Claimed: d.claimed[name], Proven: []protocol.BodyID{},
			Tried: stamp(s.Tried), Next: stamp(s.Next),
		}
		for _, b := range s.Named(d.now()) {
			if d.proofs[b].Name == name {
				state.Proven = append(state.Proven, b)
			}
		}
		for _, w := range []domain.Witness{s.File, s.DNS} {
			for _, p := range w.Problems {
				state.Problems = append(state.Problems, w.Where+": "+p)
			}
		}
		out = append(out, state)
	}
	slices.SortFunc(out, func(a, b api.DomainState) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (d *domains) isPublic(name domain.Name) bool {
	return slices.ContainsFunc(d.public, func(p domain.Suffix) bool { return p.Holds(name) })
}

func stamp(t time.Time) api.Timestamp {
	if t.IsZero() {
		return 0
	}
	return api.Timestamp(t.Unix())
}

// Check implements [api.Domains].
func (d *domains) Check(ctx context.Context, body protocol.BodyID) (api.DomainCheck, error) {
	if !d.on {
		return api.DomainCheck{}, api.DomainProblem("The setting domain_checks is false: this node asks no websites. Set it to true and start the node again.")
	}
	if err := d.caughtUp(ctx); err != nil {
		return api.DomainCheck{}, err
	}
	says, err := d.catalogue.Body(ctx, body)
	switch {
	case err != nil && !errors.Is(err, catalogue.ErrNotFound):
		return api.DomainCheck{}, err
	case says.Website == "":
		return api.DomainCheck{}, api.DomainProblem(`The body names no website. Publish a "body" record whose website is its https address, such as https://www.example.org/.`)
	}
	name, err := domain.OfWebsite(says.Website)
	if err != nil {
		return api.DomainCheck{}, api.DomainProblem(fmt.Sprintf(`The website that the body names cannot be asked: %s. Publish a "body" record whose website is an https address at a domain, such as https://www.example.org/.`, err))
	}
	// Nobody else is to ask it meanwhile.
	d.mu.Lock()
	d.busy[name] = true
	d.mu.Unlock()
	found, err := d.askNow(ctx, name)
	if err != nil {
		return api.DomainCheck{}, fmt.Errorf("ask %s: %w", name, err)
	}
	out := api.DomainCheck{
		Body: body, Name: name.String(),
		File: way(found.File, body, domain.FileLine(body)), DNS: way(found.DNS, body, domain.TXTValue(body)),
	}
	if p, ok := d.Proven(body); ok {
		out.Domain = &p
	}
	return out, nil
}

// askNow asks a domain that this call has made busy, as the bodies name it now.
func (d *domains) askNow(ctx context.Context, name domain.Name) (domain.Found, error) {
	defer d.release(name)
	if err := d.refresh(ctx, true); err != nil {
		return domain.Found{}, err
	}
	return d.ask(ctx, name)
}

// caughtUp waits until the catalogue has taken in what the ledger holds, so that
// a website that was just published is asked.
func (d *domains) caughtUp(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for last := d.ledger.Last(); d.catalogue.Cursor() < last; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the catalogue: %w", ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

func way(a domain.Answer, body protocol.BodyID, publish string) api.DomainWay {
	w := api.DomainWay{Where: a.Where, Publish: publish, Answered: a.Heard, Names: slices.Contains(a.Bodies, body), Others: len(a.Bodies), Problems: a.Problems}
	if w.Names {
		w.Others--
	}
	return w
}
