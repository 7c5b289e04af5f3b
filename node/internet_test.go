package node

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/domain"
	"github.com/folkmoot/folkmoot/sharing/guard"
)

// internet is a server on loopback that is every website under .gov.uk and .org,
// and the DNS of all of them.
type internet struct {
	addr  string
	roots *x509.CertPool

	mu sync.Mutex
	// files is what each host has; a host that is not there answers 503.
	files map[string]string
	txt   map[string][]string
	// asked are the hosts that were, in order, and when.
	asked []string
	times []time.Time
}

func newInternet(t *testing.T) *internet {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"*.gov.uk", "*.fenmarch.gov.uk", "*.example.org", "example.org"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	in := &internet{roots: x509.NewCertPool(), files: map[string]string{}, txt: map[string][]string{}}
	in.roots.AddCert(cert)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.asked, in.times = append(in.asked, r.Host), append(in.times, time.Now())
		text, ok := in.files[r.Host]
		if !ok {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte(text))
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	in.addr = s.Listener.Addr().String()
	return in
}

// LookupTXT implements [domain.Resolver].
func (in *internet) LookupTXT(_ context.Context, name string) ([]string, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if list := in.txt[name]; list != nil {
		return list, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// put publishes a file that names bodies.
func (in *internet) put(host string, bodies ...*vectors.Author) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.files[host] = "# ours\n"
	for _, b := range bodies {
		in.files[host] += domain.FileLine(b.Body()) + "\n"
	}
}

func (in *internet) requests(host string) int {
	in.mu.Lock()
	defer in.mu.Unlock()
	n := 0
	for _, h := range in.asked {
		if h == host {
			n++
		}
	}
	return n
}

func (in *internet) checker() domain.Checker {
	return domain.Checker{Resolver: in, Client: guard.New(guard.Config{Roots: in.roots, Bytes: domain.MaxFile, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, in.addr)
	}})}
}
