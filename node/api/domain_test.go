package api_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/domain"
	"github.com/folkmoot/folkmoot/sharing/guard"
)

// files is what is at addresses on the web; there are no records in the DNS.
type files map[string]string

func (f files) Get(_ context.Context, r guard.Request) (*guard.Response, error) {
	text, ok := f[r.URL]
	if !ok {
		return &guard.Response{URL: r.URL, Status: http.StatusNotFound}, nil
	}
	return &guard.Response{URL: r.URL, Status: http.StatusOK, Type: "text/plain", Body: []byte(text)}, nil
}

func (files) LookupTXT(_ context.Context, name string) ([]string, error) {
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// publish has the council's website name bodies, and asks it.
func (a *affair) publish(t *testing.T, bodies ...protocol.BodyID) api.DomainCheck {
	t.Helper()
	var text strings.Builder
	for _, b := range bodies {
		text.WriteString(domain.FileLine(b) + "\n")
	}
	a.web["https://hexby.gov.uk/.well-known/folkmoot"] = text.String()
	check, err := a.owner().CheckDomain(t.Context(), a.council.Body())
	if err != nil {
		t.Fatal(err)
	}
	return check
}

func TestBodiesAreShownWithTheirDomains(t *testing.T) {
	a := openAffair(t)
	council, forum := a.council.Body(), a.forum.Body()
	path := "/api/v1/bodies/" + council.String()
	resp, _ := a.do(t, http.MethodGet, path, nil)
	tag := map[string]string{"If-None-Match": resp.Header.Get("ETag")}
	if resp, _ := a.do(t, http.MethodGet, path, tag); resp.StatusCode != http.StatusNotModified {
		t.Errorf("what did not change is sent again: %d", resp.StatusCode)
	}
	if check := a.publish(t, forum); check.Domain != nil || !check.File.Answered || check.File.Names || check.File.Others != 1 {
		t.Errorf("a domain that names another body: %+v", check)
	}
	if b := get[api.Body](t, a.fixture, path); b.Domain != nil {
		t.Errorf("it is shown as %+v", b.Domain)
	}
	if check := a.publish(t, council, forum); check.Domain == nil {
		t.Fatalf("%+v", check)
	}
	want := api.Domain{Name: "hexby.gov.uk", By: "file"}
	for _, b := range append(get[api.Bodies](t, a.fixture, "/api/v1/bodies").Bodies, get[api.Body](t, a.fixture, path)) {
		if (b.Domain != nil) != (b.ID == council) {
			t.Errorf("%s is shown with %+v", b.Name, b.Domain)
		}
		if b.Domain != nil && (b.Domain.Name != want.Name || b.Domain.By != want.By || b.Domain.CheckedOn.String() != "2026-11-24") {
			t.Errorf("it is shown as %+v", b.Domain)
		}
	}
	// The ledger did not change, but what readers are shown did.
	if resp, _ := a.do(t, http.MethodGet, path, tag); resp.StatusCode != http.StatusOK {
		t.Errorf("a reader who has it without the domain is told %d", resp.StatusCode)
	}
	list, err := a.owner().Domains(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != "hexby.gov.uk" || !list[0].Public || len(list[0].Proven) != 1 || list[0].Tried == 0 || list[0].Next <= list[0].Tried {
		t.Errorf("%+v, %v", list, err)
	}
}

// assessed waits until who is verified is worked out anew, which is done once a
// second at most.
func (a *affair) assessed(t *testing.T, path string, verified bool) (got api.Assessment) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(20 * time.Second); ; {
		if got = get[api.Assessment](t, a.fixture, path); got.Body.Verified == verified {
			return got
		}
		select {
		case <-tick.C:
		case <-late:
			return got
		}
	}
}

func TestRolesAreVerifiedAtDomains(t *testing.T) {
	a := openAffair(t)
	path := "/api/v1/entries/" + a.decision.ID.String() + "/assessment"
	if got := get[api.Assessment](t, a.fixture, path); got.Body.Verified || got.Body.RoleShown != api.RoleOwnWord {
		t.Errorf("before: %+v", got.Body)
	}
	a.publish(t, a.council.Body(), a.forum.Body())
	got := a.assessed(t, path, true)
	if !got.Body.Verified || got.Body.RoleShown != "verified: listed at hexby.gov.uk, checked on 24 Nov 2026" {
		t.Errorf("the forum: %+v", got.Body)
	}
	if root := got.AsSeenFrom.Roots[0]; !root.Verified || root.RoleShown != "verified by its domain hexby.gov.uk, checked on 24 Nov 2026" {
		t.Errorf("the council: %+v", root)
	}
	a.publish(t)
	if got := a.assessed(t, path, false); got.Body.Verified || got.AsSeenFrom.Roots[0].RoleShown != api.RoleVerified {
		t.Errorf("after the file was emptied: %+v", got)
	}
}
