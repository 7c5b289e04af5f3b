package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/domain"
	"github.com/folkmoot/folkmoot/sharing/guard"
)

// clock is a clock that goes, and is put forward.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	since time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at.Add(time.Since(c.since))
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// at publishes what a body says of itself.
func at(name, role, website string) *vectors.Author {
	a := vectors.NewAuthor(name, 0, nil)
	fields := map[string]any{"title": name, "name": name, "role": role, "lang": "en", "licence": "CC-BY-4.0", "signed_as": "clerk"}
	if website != "" {
		fields["website"] = website
	}
	a.Publish(record.KindBody, fields)
	return a
}

func join(t *testing.T, n *Node, authors ...*vectors.Author) {
	t.Helper()
	var runs []ledger.Run
	for _, a := range authors {
		runs = append(runs, a.Log)
	}
	outcomes, err := n.ledger.Join(t.Context(), runs)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
}

func shown(t *testing.T, n *Node, a *vectors.Author) *api.Domain {
	t.Helper()
	b, err := api.InProcess(n.Public()).Body(t.Context(), a.Body())
	if err != nil {
		t.Fatal(err)
	}
	return b.Domain
}

func verified(t *testing.T, n *Node, a *vectors.Author) bool {
	t.Helper()
	seen, err := n.trust.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return seen.Web.Verified(a.Body())
}

func TestDomainChecks(t *testing.T) {
	in := newInternet(t)
	clk := &clock{at: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), since: time.Now()}
	cfg := loopback(t.TempDir())
	cfg.Now, cfg.Domains = clk.now, in.checker()
	council := at("Fenmarch Council (example)", "council", "https://www.fenmarch.gov.uk/moot")
	sham := at("Fenmarch Council (sham)", "council", "https://fenmarch.gov.uk")
	forum := at("Marsh Lane Forum (example)", "community_body", "")
	trust := at("Hexby Trust (example)", "community_body", "https://example.org/")
	in.put("fenmarch.gov.uk", council, forum)
	in.txt["_folkmoot.example.org."] = []string{domain.TXTValue(trust.Body())}

	n, stop := run(t, cfg)
	join(t, n, council, sham, forum, trust)
	until(t, "the council and the trust are shown with their domains", func() bool { return shown(t, n, council) != nil && shown(t, n, trust) != nil })
	if d := shown(t, n, council); d.Name != "fenmarch.gov.uk" || d.By != domain.ByFile || d.CheckedOn.String() != "2026-11-24" {
		t.Errorf("the council is shown at %+v", d)
	}
	if d := shown(t, n, trust); d.Name != "example.org" || d.By != domain.ByDNS {
		t.Errorf("the trust is shown at %+v", d)
	}
	page := httptest.NewRecorder()
	n.Public().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/bodies", nil))
	if text := page.Body.String(); strings.Count(text, "fenmarch.gov.uk") != 1 || !strings.Contains(text, "checked on 24 November 2026") {
		t.Errorf("the page does not show the council with its domain, or the sham with it: %s", text)
	}
	if shown(t, n, sham) != nil || shown(t, n, forum) != nil {
		t.Error("a body is shown with a domain that does not name it, or that it does not name")
	}
	until(t, "the council's role is verified", func() bool { return verified(t, n, council) })
	if !verified(t, n, forum) || verified(t, n, sham) || verified(t, n, trust) {
		t.Errorf("verified: forum %v, sham %v, trust %v", verified(t, n, forum), verified(t, n, sham), verified(t, n, trust))
	}
	if got := in.requests("fenmarch.gov.uk"); got != 1 {
		t.Errorf("two bodies had their domain asked %d times", got)
	}
	in.mu.Lock()
	// Half of the pace is left for what a slow machine does to the first.
	if apart := in.times[1].Sub(in.times[0]); apart < domainPace/2 {
		t.Errorf("two requests were sent within %s", apart)
	}
	in.mu.Unlock()
	stop()

	// What was found outlives a restart, and is not asked for again.
	n, stop = run(t, cfg)
	until(t, "the council is shown with its domain after a restart", func() bool { return shown(t, n, council) != nil })
	if got := in.requests("fenmarch.gov.uk"); got != 1 {
		t.Errorf("a restart had the domain asked again: %d times", got)
	}
	// A week later the file names somebody else, and what it said before is over.
	before, err := api.InProcess(n.Local()).Domains(t.Context())
	if err != nil || len(before) != 2 || before[1].Name != "fenmarch.gov.uk" || !before[1].Public || before[1].Claimed != 2 || !reflect.DeepEqual(before[1].Proven, []protocol.BodyID{council.Body()}) {
		t.Errorf("the list is %+v, %v", before, err)
	}
	in.put("fenmarch.gov.uk", sham)
	clk.add(domain.Every)
	until(t, "the sham has taken the domain over", func() bool { return shown(t, n, sham) != nil && !verified(t, n, council) })
	if shown(t, n, council) != nil || verified(t, n, forum) || !verified(t, n, sham) {
		t.Errorf("after the file changed the council is shown at %+v, and the forum is verified: %v", shown(t, n, council), verified(t, n, forum))
	}
	// A proof that cannot be checked for 30 days lapses.
	in.mu.Lock()
	delete(in.files, "fenmarch.gov.uk")
	in.mu.Unlock()
	clk.add(domain.Lapse - time.Hour)
	until(t, "the domain was asked in vain", func() bool { return in.requests("www.fenmarch.gov.uk") > 0 })
	if shown(t, n, sham) == nil {
		t.Error("a proof lapsed before its time")
	}
	clk.add(time.Hour)
	until(t, "the proof lapsed", func() bool { return shown(t, n, sham) == nil && !verified(t, n, sham) })
	stop()

	// Switched off nothing is asked, and nothing is shown.
	cfg.DomainChecks = false
	asked := len(in.asked)
	off, err := NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer off.Close()
	var p *api.Problem
	if _, err := api.InProcess(off.Local()).CheckDomain(t.Context(), trust.Body()); !errors.As(err, &p) || p.Code != api.CodeDomain || !strings.Contains(p.Detail, "domain_checks") {
		t.Errorf("a check that is switched off: %v", err)
	}
	if shown(t, off, trust) != nil || len(in.asked) != asked {
		t.Error("a node that asks nothing asked, or shows what it found before")
	}
}

func TestDomainCheckNow(t *testing.T) {
	in := newInternet(t)
	cfg := loopback(t.TempDir())
	cfg.Domains = in.checker()
	_, stop := run(t, cfg)
	stop()
	n, err := NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	c := api.InProcess(n.Local())
	website := func(address string) protocol.BodyID {
		t.Helper()
		if _, err := c.Publish(t.Context(), fmt.Appendf(nil, `{"kind": "body", "title": "We", "name": "We", "role": "community_body", "lang": "en",
			"signed_as": "clerk", "legal_form": "none", "website": %q}`, address), false); err != nil {
			t.Fatal(err)
		}
		own, _ := n.Body()
		if err := n.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		return own
	}
	for _, tc := range []struct{ address, why string }{
		{"", "names no website"}, {"http://example.org", "https://"}, {"https://127.0.0.1/", "by number"}, {"https://router.local/", ".local"},
	} {
		own, _ := n.Body()
		if tc.address != "" {
			own = website(tc.address)
		}
		var p *api.Problem
		if _, err := c.CheckDomain(t.Context(), own); !errors.As(err, &p) || !strings.Contains(p.Detail, tc.why) || !strings.Contains(p.Detail, "https://www.example.org/") {
			t.Errorf("%q: %v, want a problem with %q", tc.address, err, tc.why)
		}
	}
	own := website("https://www.example.org/us")
	got, err := c.CheckDomain(t.Context(), own)
	if err != nil || got.Domain != nil || got.File.Answered || !got.DNS.Answered || got.File.Publish != "body "+own.String() || got.DNS.Publish != "body="+own.String() {
		t.Errorf("before anything was published: %+v, %v", got, err)
	}
	in.put("example.org")
	in.mu.Lock()
	in.files["example.org"] += got.File.Publish + "\n" + domain.FileLine(vectors.NewAuthor("x", 0, nil).Body())
	in.mu.Unlock()
	got, err = c.CheckDomain(t.Context(), own)
	if err != nil || got.Domain == nil || got.Domain.Name != "example.org" || !got.File.Names || got.File.Others != 1 || got.DNS.Names {
		t.Errorf("after its line was published: %+v, %v", got, err)
	}
	if b, err := c.Body(t.Context(), own); err != nil || b.Domain == nil || *b.Domain != *got.Domain {
		t.Errorf("it is shown as %+v, %v", b, err)
	}
	if _, err := c.CheckDomain(t.Context(), protocol.BodyID{1}); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a body that is not held: %v", err)
	}
	// The real client reaches nothing on this machine.
	n.domains.checker = domain.Checker{Resolver: in, Client: guard.New(guard.Config{Bytes: domain.MaxFile, Resolver: &net.Resolver{
		PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no name server") },
	}})}
	got, err = c.CheckDomain(t.Context(), own)
	if err != nil || got.File.Answered || got.Domain == nil || len(got.File.Problems) == 0 {
		t.Errorf("without a name server: %+v, %v", got, err)
	}
}

func name(t testing.TB, s string) domain.Name {
	t.Helper()
	n, err := domain.ParseName(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestChoiceOfDomains(t *testing.T) {
	var claims []*claim
	add := func(name domain.Name, first, proven bool) *claim {
		c := &claim{name: name, bodies: 1, first: first, proven: proven}
		claims = append(claims, c)
		return c
	}
	for n := range 5000 {
		add(name(t, fmt.Sprintf("a%d.victim.org", n)), false, false)
		add(name(t, fmt.Sprintf("sybil%d.org", n)), false, false)
	}
	for n := range 30 {
		add(name(t, fmt.Sprintf("known%d.victim.org", n)), true, false)
		add(name(t, fmt.Sprintf("proven%d.victim.org", n)), false, true)
	}
	c := newChoice()
	got := c.of(slices.Clone(claims))
	if len(got) != maxDomains {
		t.Errorf("%d domains are asked", len(got))
	}
	strange := 0
	for n := range got {
		if strings.HasPrefix(n.String(), "a") {
			strange++
		}
	}
	if strange > maxStrange {
		t.Errorf("one owner is asked under %d names that nobody known here names", strange)
	}
	for _, cl := range claims {
		if (cl.first || cl.proven) && !got[cl.name] {
			t.Errorf("%s gave way to strangers", cl.name)
		}
	}
	slices.Reverse(claims)
	if !reflect.DeepEqual(got, c.of(claims)) {
		t.Error("the choice depends on the order")
	}
}

// Whom domains list follows from what they say and from what bodies say, however
// they are kept.
func TestListings(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	uk, err := domain.ParseSuffix("gov.uk")
	if err != nil {
		t.Fatal(err)
	}
	names := []domain.Name{name(t, "county.gov.uk"), name(t, "parish.county.gov.uk"), name(t, "district.gov.uk"), name(t, "evil.org")}
	body := func(n int) protocol.BodyID { return protocol.BodyID{byte(n + 1)} }
	rapid.Check(t, func(t *rapid.T) {
		const bodies = 6
		sites := make(map[protocol.BodyID]site)
		for n := range bodies {
			sites[body(n)] = site{rapid.SampledFrom(names).Draw(t, "site"), rapid.SampledFrom([]string{"council", "parish_council", "community_body", ""}).Draw(t, "role")}
		}
		states := make(map[domain.Name]*domain.State)
		for _, n := range names {
			var found domain.Found
			for b := range bodies {
				if rapid.Bool().Draw(t, "named") {
					found.File.Heard, found.File.Bodies = true, append(found.File.Bodies, body(b))
				}
			}
			states[n] = &domain.State{Name: n}
			states[n].Take(found, func(protocol.BodyID) bool { return true }, now, 0)
		}
		owns := func(b int, n domain.Name) bool {
			_, named := states[n].Names(body(b), now)
			return named && uk.Holds(n) && sites[body(b)].name == n && record.IsPublicRole(sites[body(b)].role)
		}
		got := listings(states, sites, []domain.Suffix{uk}, now)
		for b := range bodies {
			for _, n := range names {
				var by []protocol.BodyID
				owned := false
				for o := range bodies {
					above := n == names[1] && owns(o, names[0])
					if owns(o, n) && !owns(b, n) || above {
						by = append(by, body(o))
					}
					owned = owned || owns(o, n)
				}
				_, named := states[n].Names(body(b), now)
				i := slices.IndexFunc(got, func(l register.Listing) bool { return l.Body == body(b) && l.Domain == n.String() })
				if want := owned && named; (i >= 0) != want {
					t.Fatalf("body %d at %s: listed is %v", b, n, i >= 0)
				}
				if i >= 0 && (!slices.Equal(got[i].By, by) || !got[i].On.Equal(now)) {
					t.Fatalf("body %d at %s: by %v, want %v", b, n, got[i].By, by)
				}
			}
		}
	})
}

// What is forgotten is what no body names, once all that is held was read; and a
// body that begins to name a domain has it asked within a day.
func TestDomainsSettle(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	clk := &clock{at: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), since: time.Now()}
	cfg := loopback(dir)
	cfg.Now = clk.now
	n, err := NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	d := n.domains
	now := d.now()
	d.readAt, d.cursor = time.Now(), d.catalogue.Cursor()
	hexby := name(t, "hexby.gov.uk")
	d.states[hexby] = &domain.State{Name: hexby}
	d.states[hexby].Take(domain.Found{File: domain.Answer{Heard: true, Bodies: []protocol.BodyID{{1}}}}, func(protocol.BodyID) bool { return true }, now, 0)
	if err := n.ledger.PutNote(domainNote+hexby.String(), []byte("{}")); err != nil {
		t.Fatal(err)
	}
	settle := func(whole bool, bodies ...protocol.BodyID) {
		t.Helper()
		var list []catalogue.Website
		for _, b := range bodies {
			list = append(list, catalogue.Website{Body: b, Address: "https://hexby.gov.uk", Role: "council"})
		}
		if err := d.settle(t.Context(), list, func(protocol.BodyID) bool { return false }, whole); err != nil {
			t.Fatal(err)
		}
	}
	settle(false)
	if note, err := n.ledger.Note(domainNote + hexby.String()); err != nil || note == nil || d.states[hexby] == nil {
		t.Fatal("a domain was forgotten before everything was read")
	}
	settle(false, protocol.BodyID{1})
	settle(true, protocol.BodyID{1})
	if d.states[hexby].Next.Sub(now) != domain.Every {
		t.Errorf("what was read late hastens the domain: %s", d.states[hexby].Next.Sub(now))
	}
	settle(true, protocol.BodyID{1}, protocol.BodyID{2})
	if d.states[hexby].Next.Sub(now) != domain.RetryMost {
		t.Errorf("a new body has it asked after %s", d.states[hexby].Next.Sub(now))
	}
	if l, version := d.listed(); len(l) != 1 || version == 0 {
		t.Errorf("listed are %v, version %d", l, version)
	}
	clk.add(domain.Lapse)
	if err := d.refresh(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if l, _ := d.listed(); len(l) != 0 {
		t.Errorf("after 30 days without an answer listed are %v", l)
	}
	settle(true)
	note, err := n.ledger.Note(domainNote + hexby.String())
	if l, _ := d.listed(); err != nil || note != nil || len(d.states) != 0 || len(l) != 0 {
		t.Errorf("what no body names is kept: %s, %v, %v, %v", note, d.states, l, err)
	}
}
