package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Domain is the domain of a body's website, which names the body.
type Domain struct {
	Name string `json:"name"`
	// By is "file" or "dns": where it does.
	By string `json:"by"`
	// CheckedOn is the day on which it was last seen to.
	CheckedOn record.Date `json:"checked_on"`
}

// Domains knows what the websites say that bodies name. It is safe for concurrent
// use.
type Domains interface {
	// Proven returns the domain that names a body, and false where none does.
	Proven(body protocol.BodyID) (Domain, bool)
	// Version is another when Proven answers otherwise, within one process.
	Version() uint64
	// List returns the domains that are asked, by name.
	List() []DomainState
	// Check asks the website of a body now. It returns a [*Problem] for a body
	// without a website that can be asked, and when that is switched off.
	Check(ctx context.Context, body protocol.BodyID) (DomainCheck, error)
}

// DomainState is what is known of a domain.
type DomainState struct {
	Name string `json:"name"`
	// Public: only public bodies get names below it.
	Public bool `json:"public,omitempty"`
	// Proven are those of the bodies that name it which it names as well.
	Proven []protocol.BodyID `json:"proven"`
	// Claimed is how many bodies name it.
	Claimed int `json:"claimed"`
	// Tried is when it was last asked, absent if it was not yet; Next when it is
	// asked again.
	Tried Timestamp `json:"tried,omitzero"`
	Next  Timestamp `json:"next,omitzero"`
	// Problems say what was in the way when it was last asked.
	Problems []string `json:"problems,omitempty"`
}

// DomainList is the list of them.
type DomainList struct {
	Domains []DomainState `json:"domains"`
}

// DomainCheck is what a domain said when it was asked about a body.
type DomainCheck struct {
	Body protocol.BodyID `json:"body"`
	Name string          `json:"name"`
	// Domain is the proof that counts, also one from before that could not be
	// checked now; absent where there is none.
	Domain *Domain   `json:"domain,omitempty"`
	File   DomainWay `json:"file"`
	DNS    DomainWay `json:"dns"`
}

// DomainWay is one of the two ways to name a body at a domain.
type DomainWay struct {
	// Where is the address of the file, or the name in the DNS, that was asked,
	// and Publish the line or record that has to stand there.
	Where   string `json:"where"`
	Publish string `json:"publish"`
	// Answered: it said something; Names: the body is named; Others is how many
	// other bodies are.
	Answered bool `json:"answered"`
	Names    bool `json:"names"`
	Others   int  `json:"others,omitempty"`
	// Problems say in plain words what is in the way.
	Problems []string `json:"problems,omitempty"`
}

// CodeDomain is the code of problems with the website of a body.
const CodeDomain Code = "domain"

// DomainProblem says why the website of a body cannot be asked, and what to do.
func DomainProblem(detail string) *Problem {
	return newProblem(http.StatusConflict, CodeDomain, detail)
}

// proven shows a body with its domain.
func (s *server) proven(b *Body) {
	if d, ok := s.Domains.Proven(b.ID); ok {
		b.Domain = &d
	}
}

// shown lets readers ask whether anything changed of what also depends on the
// domains of bodies.
func (s *server) shown(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		unlessMatched(w, r, fmt.Sprintf(`W/"%s-%d-%d-%d"`, s.boot, s.Ledger.Last(), s.Domains.Version(), s.Hidden.Version()), h)
	})
}

// roleShown says how a role is verified: at which domain, where it is one.
func (t *teller) roleShown(body protocol.BodyID) string {
	l, ok := t.web.Listing(body)
	if !ok {
		return RoleVerified
	}
	on := l.On.UTC().Format("2 Jan 2006")
	if len(l.By) == 0 {
		return fmt.Sprintf("%s by its domain %s, checked on %s", RoleVerified, l.Domain, on)
	}
	return fmt.Sprintf("%s: listed at %s, checked on %s", RoleVerified, l.Domain, on)
}

// domainRequest is what is sent to have a domain checked.
type domainRequest struct {
	Body protocol.BodyID `json:"body"`
}

// domains adds the local calls about domains.
func (s *server) domains(mux *http.ServeMux) {
	mux.Handle("GET /local/v1/domains", s.fresh(s.answer(func(*http.Request) (any, error) {
		return DomainList{Domains: noNil(s.Domains.List())}, nil
	})))
	mux.Handle("POST /local/v1/domains/check", s.fresh(s.answer(func(r *http.Request) (any, error) {
		var req domainRequest
		if err := readJSON(r, &req); err != nil || req.Body.IsZero() {
			return nil, badRequest(`Send the body as {"body": "bafyrei..."}.`)
		}
		if _, err := s.Ledger.Head(req.Body); err != nil {
			return nil, fmt.Errorf("body %s: %w", req.Body, err)
		}
		// A website that does not answer must not outlast the answer's own deadline.
		ctx, cancel := context.WithTimeout(r.Context(), writeTimeout-5*time.Second)
		defer cancel()
		return s.Domains.Check(ctx, req.Body)
	})))
}

// Domains lists the domains that the node asks.
func (c *Client) Domains(ctx context.Context) ([]DomainState, error) {
	l, err := get[DomainList](ctx, c, "/local/v1/domains", nil)
	return l.Domains, err
}

// CheckDomain has the website of a body asked now.
func (c *Client) CheckDomain(ctx context.Context, body protocol.BodyID) (DomainCheck, error) {
	b, err := json.Marshal(domainRequest{Body: body})
	if err != nil {
		return DomainCheck{}, fmt.Errorf("encode the body: %w", err)
	}
	return post[DomainCheck](ctx, c, "/local/v1/domains/check", nil, &sent{mediaJSON, b})
}
