package domain_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/domain"
	"github.com/folkmoot/folkmoot/sharing/guard"
)

// web is a server on loopback that is every host of the internet, with a
// certificate for the names given.
func web(t *testing.T, h http.HandlerFunc, names ...string) *guard.Client {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: names, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return guard.New(guard.Config{Roots: roots, Bytes: domain.MaxFile, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if strings.HasPrefix(addr, "nowhere.") || strings.HasPrefix(addr, "www.nowhere.") || strings.HasPrefix(addr, "www.bare.") {
			return nil, &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
		}
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}})
}

// records answers for the DNS; a name that it does not have does not exist.
type records map[string][]string

func (r records) LookupTXT(_ context.Context, name string) ([]string, error) {
	list, ok := r[name]
	switch {
	case !ok:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case list == nil:
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return list, nil
}

func TestCheck(t *testing.T) {
	a, b := body(1), body(2)
	client := web(t, func(w http.ResponseWriter, r *http.Request) {
		say := func(status int, media, text string) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
		if r.URL.Path != domain.Path && r.URL.Path != "/moved" {
			t.Errorf("%s was asked for", r.URL)
		}
		switch r.Host {
		case "file.gov.uk", "www.only-www.gov.uk", "dns.gov.uk":
			say(200, "text/plain; charset=utf-8", domain.FileLine(a))
		case "binary.gov.uk":
			say(200, "application/octet-stream", domain.FileLine(a))
		case "page.gov.uk", "www.page.gov.uk":
			say(200, "text/html", domain.FileLine(a))
		case "broken.gov.uk", "www.broken.gov.uk":
			say(503, "text/plain", domain.FileLine(a))
		case "half.gov.uk", "www.mixed.gov.uk":
			say(503, "text/plain", "")
		case "big.gov.uk", "www.big.gov.uk":
			say(200, "text/plain", domain.FileLine(a)+"\n"+strings.Repeat("#", domain.MaxFile))
		case "to-www.gov.uk":
			http.Redirect(w, r, "https://www.to-www.gov.uk/moved", http.StatusMovedPermanently)
		case "www.to-www.gov.uk":
			say(200, "text/plain", domain.FileLine(a))
		case "away.gov.uk", "www.away.gov.uk":
			http.Redirect(w, r, "https://file.gov.uk/.well-known/folkmoot", http.StatusFound)
		case "long.gov.uk", "www.long.gov.uk":
			if r.URL.RawQuery == "" {
				http.Redirect(w, r, "/moved?"+strings.Repeat("x", 5000), http.StatusFound)
				return
			}
			say(200, "text/plain", domain.FileLine(a))
		case "far.gov.uk", "www.far.gov.uk":
			http.Redirect(w, r, "https://file.gov.uk/"+strings.Repeat("x", 5000), http.StatusFound)
		case "plain.gov.uk", "www.plain.gov.uk":
			http.Redirect(w, r, "http://plain.gov.uk/.well-known/folkmoot", http.StatusFound)
		case "loop.gov.uk", "www.loop.gov.uk":
			http.Redirect(w, r, domain.Path, http.StatusFound)
		default:
			say(404, "text/plain", domain.FileLine(a))
		}
	}, "*.gov.uk", "only-www.gov.uk", "www.only-www.gov.uk", "www.page.gov.uk", "www.broken.gov.uk", "www.half.gov.uk", "www.big.gov.uk",
		"www.to-www.gov.uk", "www.away.gov.uk", "www.plain.gov.uk", "www.loop.gov.uk", "www.mixed.gov.uk", "www.dns.gov.uk", "www.far.gov.uk", "www.gone.gov.uk")
	c := domain.Checker{Client: client, Resolver: records{
		"_folkmoot.dns.gov.uk.":    {"v=spf1 -all", domain.TXTValue(b)},
		"_folkmoot.broken.gov.uk.": nil,
	}}
	for _, tc := range []struct {
		name       string
		file       []protocol.BodyID
		heard      bool
		where, why string
	}{
		{"file.gov.uk", []protocol.BodyID{a}, true, "https://file.gov.uk/.well-known/folkmoot", ""},
		{"only-www.gov.uk", []protocol.BodyID{a}, true, "https://www.only-www.gov.uk/.well-known/folkmoot", ""},
		{"to-www.gov.uk", []protocol.BodyID{a}, true, "https://www.to-www.gov.uk/moved", ""},
		{"binary.gov.uk", []protocol.BodyID{a}, true, "", ""},
		{"gone.gov.uk", nil, true, "https://gone.gov.uk/.well-known/folkmoot", "no such file"},
		{"bare.gov.uk", nil, true, "", "no such file"},
		{"page.gov.uk", nil, true, "", "web page"},
		{"broken.gov.uk", nil, false, "https://broken.gov.uk/.well-known/folkmoot", "status 503"},
		{"half.gov.uk", nil, false, "", "status 503"},
		{"mixed.gov.uk", nil, false, "https://mixed.gov.uk/.well-known/folkmoot", "no such file"},
		{"big.gov.uk", nil, false, "", "longer than 64 KiB"},
		{"away.gov.uk", nil, false, "", "redirect to another host"},
		{"long.gov.uk", []protocol.BodyID{a}, true, "https://long.gov.uk/.well-known/folkmoot", ""},
		{"far.gov.uk", nil, false, "https://far.gov.uk/.well-known/folkmoot", "xxx… is a redirect to another host"},
		{"plain.gov.uk", nil, false, "", "not an https address"},
		{"loop.gov.uk", nil, false, "", "a redirect after 3"},
		{"nowhere.gov.uk", nil, false, "", "no host of that name"},
		{"other.org", nil, false, "", "certificate is one of another name"},
	} {
		got := c.Check(t.Context(), name(t, tc.name))
		if !slices.Equal(got.File.Bodies, tc.file) || got.File.Heard != tc.heard || tc.where != "" && got.File.Where != tc.where {
			t.Errorf("%s: %+v", tc.name, got.File)
		}
		if why := strings.Join(got.File.Problems, "; "); !strings.Contains(why, tc.why) || (why == "") != (tc.why == "") {
			t.Errorf("%s: the problem is %q, want %q", tc.name, why, tc.why)
		}
		if broken := tc.name == "broken.gov.uk"; got.DNS.Heard == broken {
			t.Errorf("%s: the DNS: %+v", tc.name, got.DNS)
		}
	}
	got := c.Check(t.Context(), name(t, "dns.gov.uk"))
	if !got.DNS.Heard || !slices.Equal(got.DNS.Bodies, []protocol.BodyID{b}) || got.DNS.Where != "_folkmoot.dns.gov.uk" {
		t.Errorf("the DNS says %+v", got.DNS)
	}
}

// What the real guard refuses is told as it is.
func TestCheckRefuses(t *testing.T) {
	client := guard.New(guard.Config{Bytes: domain.MaxFile, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &guard.RefusedError{What: "127.0.0.1", Why: "this machine itself"}}
	}})
	c := domain.Checker{Client: client, Resolver: records{}}
	got := c.Check(t.Context(), name(t, "leeds.gov.uk")).File
	if got.Heard || len(got.Problems) != 1 || !strings.Contains(got.Problems[0], "127.0.0.1 is this machine itself") {
		t.Errorf("%+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	slow := domain.Checker{Client: guard.New(guard.Config{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return nil, ctx.Err() }}), Resolver: failing{}}
	if got := slow.Check(ctx, name(t, "leeds.gov.uk")); got.File.Heard || got.DNS.Heard {
		t.Errorf("%+v", got)
	}
}

type failing struct{}

func (failing) LookupTXT(context.Context, string) ([]string, error) {
	return nil, errors.New("no network")
}
