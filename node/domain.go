package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/domain"
	"github.com/folkmoot/folkmoot/sharing/guard"
)

const (
	// domainNote begins the names of the ledger's notes that keep what domains
	// said, one a domain.
	domainNote = "domain/"
	// domainWorkers is how many domains are asked at once, domainPace how often a
	// request is sent at most.
	domainWorkers = 2
	domainPace    = time.Second
	// domainTime is how long one may take.
	domainTime = 20 * time.Second
	// sitesEvery is how often the websites of bodies are read at most while
	// records come, and proofsEvery how often it is looked whether one lapsed.
	sitesEvery  = 5 * time.Second
	proofsEvery = time.Minute
)

// domains asks the websites that bodies name whether they name the bodies, and
// keeps what they said. It is safe for concurrent use.
type domains struct {
	catalogue *catalogue.Catalogue
	ledger    *ledger.Ledger
	log       *slog.Logger
	now       func() time.Time
	// first reports whether a body's domain goes before those of others: the
	// node's own, and those that its roots reach.
	first   func(ctx context.Context) (func(protocol.BodyID) bool, error)
	checker domain.Checker
	// on is false where the operator switched the checks off: then nothing is
	// asked, and nothing that was found before is shown.
	on     bool
	public []domain.Suffix
	// choice is this node's own order of domains that nothing else sets apart.
	choice choice

	// reading is held while the websites are read; cursor and readAt say of what
	// and, by the machine's own clock, when.
	reading sync.Mutex
	cursor  uint64
	readAt  time.Time

	mu sync.Mutex
	// sites are the bodies that name a domain; whole, that no record was still to
	// be taken in when they were read.
	sites map[protocol.BodyID]site
	whole bool
	// claimed is how many bodies name each domain.
	claimed map[domain.Name]int
	// states are the domains that are asked; busy those that just are.
	states map[domain.Name]*domain.State
	busy   map[domain.Name]bool
	// proofs and listings are what follows from the states, as of lookedAt.
	// version changes with either.
	proofs   map[protocol.BodyID]domain.Proof
	listings []register.Listing
	version  uint64
	lookedAt time.Time
}

// site is what a body says of its website.
type site struct {
	name domain.Name
	role string
}

// openDomains reads what domains said before.
func (n *Node) openDomains() error {
	d := &domains{
		catalogue: n.catalogue, ledger: n.ledger, log: n.log, first: n.domainsFirst, checker: n.cfg.Domains, on: n.cfg.DomainChecks,
		choice:  newChoice(),
		claimed: make(map[domain.Name]int), states: make(map[domain.Name]*domain.State), busy: make(map[domain.Name]bool),
		proofs: make(map[protocol.BodyID]domain.Proof),
		now:    func() time.Time { return n.cfg.Now().UTC().Truncate(time.Second) },
	}
	var err error
	if d.public, err = n.cfg.publicDomains(); err != nil {
		return err
	}
	if d.checker.Client == nil {
		d.checker.Client = guard.New(guard.Config{Bytes: domain.MaxFile, Agent: "folkmoot/" + n.cfg.version() + " (domain check)"})
	}
	d.checker.Client = paced{d.checker.Client, rate.NewLimiter(rate.Every(domainPace), 1)}
	if d.checker.Resolver == nil {
		d.checker.Resolver = net.DefaultResolver
	}
	for note, err := range n.ledger.Notes(domainNote) {
		var s domain.State
		if err == nil {
			err = json.Unmarshal(note.Value, &s)
		}
		if err != nil {
			return fmt.Errorf("read what domains said: %w", err)
		}
		d.states[s.Name] = &s
	}
	n.domains = d
	return nil
}

// paced sends requests one after the other, at a pace.
type paced struct {
	domain.Getter
	pace *rate.Limiter
}

// Get implements [domain.Getter].
func (p paced) Get(ctx context.Context, r guard.Request) (*guard.Response, error) {
	if err := p.pace.Wait(ctx); err != nil {
		return nil, fmt.Errorf("wait to ask %s: %w", r.URL, err)
	}
	return p.Getter.Get(ctx, r)
}

// domainsFirst tells whose domains are asked first.
func (n *Node) domainsFirst(ctx context.Context) (func(protocol.BodyID) bool, error) {
	seen, err := n.trust.current(ctx)
	if err != nil {
		return nil, err
	}
	own, _ := n.Body()
	return func(b protocol.BodyID) bool { return b == own || seen.Web.Reached(b) }, nil
}

// run asks domains until ctx ends.
func (d *domains) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for range domainWorkers {
		g.Go(func() error { return d.work(ctx) })
	}
	return g.Wait()
}

func (d *domains) work(ctx context.Context) error {
	tick := time.NewTicker(domainPace)
	defer tick.Stop()
	for {
		if err := d.refresh(ctx, false); err != nil && ctx.Err() == nil {
			d.log.WarnContext(ctx, "the websites of bodies could not be read; those known are still checked", "error", err)
		}
		if name, ok := d.next(); ok {
			if _, err := d.ask(ctx, name); err != nil && ctx.Err() == nil {
				d.log.WarnContext(ctx, "what a domain said could not be kept", "domain", name, "error", err)
			}
			d.release(name)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// refresh reads which bodies name which domains, if that may have changed, and
// settles which domains are asked; and it lets proofs lapse whose time is over.
func (d *domains) refresh(ctx context.Context, force bool) error {
	if !d.on {
		return nil
	}
	if force {
		d.reading.Lock()
	} else if !d.reading.TryLock() {
		return nil
	}
	defer d.reading.Unlock()
	now := d.now()
	d.mu.Lock()
	if since := now.Sub(d.lookedAt); since >= proofsEvery || since < 0 {
		d.conclude(now)
	}
	d.mu.Unlock()
	cursor := d.catalogue.Cursor()
	if !force && !d.readAt.IsZero() && (cursor == d.cursor || time.Since(d.readAt) < sitesEvery) {
		return nil
	}
	// Before the catalogue has taken everything in nothing can be told from what
	// is not there.
	whole := cursor >= d.ledger.Last()
	websites, err := d.catalogue.Websites(ctx)
	if err != nil {
		return err
	}
	first, err := d.first(ctx)
	if err != nil {
		return err
	}
	d.cursor, d.readAt = cursor, time.Now()
	return d.settle(ctx, websites, first, whole)
}

// recall makes what domains said before count for a node that does not run. It
// neither chooses between domains nor forgets any: for that who is reached would
// have to be read, which a short command does not wait for.
func (d *domains) recall(ctx context.Context) error {
	if !d.on {
		return nil
	}
	websites, err := d.catalogue.Websites(ctx)
	if err != nil {
		return err
	}
	return d.settle(ctx, websites, func(protocol.BodyID) bool { return false }, false)
}

// settle takes in which bodies name which domains, and forgets what nobody names
// any more if that is the whole of it.
func (d *domains) settle(ctx context.Context, websites []catalogue.Website, first func(protocol.BodyID) bool, whole bool) error {
	sites, claims := claimsOf(websites, first)
	d.mu.Lock()
	now := d.now()
	for name, s := range d.states {
		if c := claims[name]; c != nil {
			c.proven = slices.ContainsFunc(s.Named(now), func(b protocol.BodyID) bool { return sites[b].name == name })
		}
	}
	chosen := d.choice.of(slices.Collect(maps.Values(claims)))
	for name := range chosen {
		if d.states[name] == nil {
			d.states[name] = &domain.State{Name: name}
		}
	}
	if d.whole {
		d.hasten(sites)
	}
	d.sites, d.whole, d.claimed = sites, whole, make(map[domain.Name]int, len(claims))
	for name, c := range claims {
		d.claimed[name] = c.bodies
	}
	var dropped []domain.Name
	for name := range d.states {
		if whole && !chosen[name] && !d.busy[name] {
			delete(d.states, name)
			dropped = append(dropped, name)
		}
	}
	d.conclude(now)
	d.mu.Unlock()
	var errs []error
	for _, name := range dropped {
		errs = append(errs, d.ledger.PutNote(domainNote+name.String(), nil))
	}
	if len(dropped) > 0 {
		d.log.InfoContext(ctx, "domains that are not asked any more were forgotten", "count", len(dropped))
	}
	return errors.Join(errs...)
}

// claimsOf reads which domains the addresses of websites stand for.
func claimsOf(websites []catalogue.Website, first func(protocol.BodyID) bool) (map[protocol.BodyID]site, map[domain.Name]*claim) {
	sites := make(map[protocol.BodyID]site)
	claims := make(map[domain.Name]*claim)
	for _, w := range websites {
		name, err := domain.OfWebsite(w.Address)
		if err != nil {
			// What is wrong with it is told to whoever asks.
			continue
		}
		sites[w.Body] = site{name, w.Role}
		c := claims[name]
		if c == nil {
			c = &claim{name: name}
			claims[name] = c
		}
		c.bodies++
		c.first = c.first || first(w.Body)
	}
	return sites, claims
}

// hasten has domains asked soon that a body names which did not before. The
// caller holds the lock.
func (d *domains) hasten(sites map[protocol.BodyID]site) {
	for body, s := range sites {
		if state := d.states[s.name]; state != nil && d.sites[body].name != s.name {
			state.Hasten()
		}
	}
}

// next takes the domain that waits longest to be asked.
func (d *domains) next() (domain.Name, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	var best *domain.State
	for name, s := range d.states {
		if !d.busy[name] && d.claimed[name] > 0 && s.Due(now) && (best == nil || s.Next.Before(best.Next) || s.Next.Equal(best.Next) && s.Name.String() < best.Name.String()) {
			best = s
		}
	}
	if best == nil {
		return domain.Name{}, false
	}
	d.busy[best.Name] = true
	return best.Name, true
}

// release lets others ask a domain again.
func (d *domains) release(name domain.Name) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, name)
}

// ask asks a domain that is busy for the caller, and keeps what it said. The
// error is of keeping it, or of ctx.
func (d *domains) ask(ctx context.Context, name domain.Name) (domain.Found, error) {
	limited, cancel := context.WithTimeout(ctx, domainTime)
	defer cancel()
	found := d.checker.Check(limited, name)
	// Whoever is told to stop has heard nothing.
	if err := ctx.Err(); err != nil {
		return domain.Found{}, err
	}
	d.mu.Lock()
	s := d.states[name]
	if s == nil {
		s = &domain.State{Name: name}
		d.states[name] = s
	}
	now := d.now()
	s.Take(found, func(b protocol.BodyID) bool { return d.sites[b].name == name }, now, rand.Float64())
	d.conclude(now)
	note, err := json.Marshal(s)
	d.mu.Unlock()
	if err != nil {
		return found, fmt.Errorf("encode what %s said: %w", name, err)
	}
	d.log.DebugContext(ctx, "a domain was asked", "domain", name, "file", len(found.File.Bodies), "dns", len(found.DNS.Bodies),
		"problems", strings.Join(append(slices.Clone(found.File.Problems), found.DNS.Problems...), "; "))
	return found, d.ledger.PutNote(domainNote+name.String(), note)
}

// conclude works out which bodies are proven and listed. The caller holds the
// lock.
func (d *domains) conclude(now time.Time) {
	d.lookedAt = now
	proofs := make(map[protocol.BodyID]domain.Proof)
	for name, s := range d.states {
		for _, b := range s.Named(now) {
			if p, ok := s.Names(b, now); ok && d.sites[b].name == name {
				proofs[b] = p
			}
		}
	}
	listings := listings(d.states, d.sites, d.public, now)
	if !maps.Equal(proofs, d.proofs) || !reflect.DeepEqual(listings, d.listings) {
		d.proofs, d.listings = proofs, listings
		d.version++
	}
}

// listed returns whom the domains of public bodies name, and the version of that.
func (d *domains) listed() ([]register.Listing, uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.listings, d.version
}
