package guard_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/folkmoot/folkmoot/sharing/guard"
)

// site is a web server on loopback that stands for https://example.com.
type site struct {
	*httptest.Server
	conns atomic.Int64
}

func serve(t *testing.T, h http.HandlerFunc) *site {
	t.Helper()
	s := &site{Server: httptest.NewUnstartedServer(h)}
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// reaching is a client for which every name leads to the site.
func (s *site) reaching(cfg guard.Config) *guard.Client {
	cfg.Roots = x509.NewCertPool()
	cfg.Roots.AddCert(s.Certificate())
	cfg.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
	return guard.New(cfg)
}

func refused(t *testing.T, err error, why string) {
	t.Helper()
	var r *guard.RefusedError
	if !errors.As(err, &r) || !strings.Contains(r.Why, why) {
		t.Errorf("got %v, want a refusal because of %q", err, why)
	}
}

func TestGet(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	var seen http.Header
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
			http.Redirect(w, r, "/list?x=1", http.StatusFound)
			return
		}
		seen = r.Header.Clone()
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "hello")
	})
	got, err := s.reaching(guard.Config{Agent: "moot/1"}).Get(t.Context(), guard.Request{URL: "https://example.com/", Accept: "text/plain"})
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Body) != "hello" || got.Status != http.StatusTeapot || got.Type != "text/plain" || got.URL != "https://example.com/list?x=1" {
		t.Errorf("got %+v", got)
	}
	if seen.Get("Cookie") != "" || seen.Get("Referer") != "" || seen.Get("Accept-Encoding") != "" || seen.Get("User-Agent") != "moot/1" || seen.Get("Accept") != "text/plain" {
		t.Errorf("the server was told %v", seen)
	}
	if n := s.conns.Load(); n != 2 {
		t.Errorf("%d connections for two requests: one was kept", n)
	}
}

func TestAddressesThatAreNotAsked(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	c := s.reaching(guard.Config{})
	for addr, why := range map[string]string{
		"http://example.com/":          "not an https address",
		"ftp://example.com/":           "not an https address",
		"file:///etc/passwd":           "not an https address",
		"https://":                     "without a host",
		"https://u:secret@example.com": "user name",
		"https://example.com:8443/":    "another port",
		"https://example.com:80/":      "another port",
		"https://127.0.0.1/":           "by number",
		"https://1.1.1.1/":             "by number",
		"https://[::1]/":               "by number",
		"https://[fe80::1%25eth0]/":    "by number",
		"https://exa mple.com/":        "no address",
		"":                             "not an https address",
	} {
		_, err := c.Get(t.Context(), guard.Request{URL: addr})
		refused(t, err, why)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells a password: %v", err)
		}
	}
	if n := s.conns.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestRedirects(t *testing.T) {
	for to, why := range map[string]string{
		"http://example.com/":       "not an https address",
		"https://example.com:8443/": "another port",
		"https://127.0.0.1/":        "by number",
		"https://[::ffff:7f00:1]/":  "by number",
		"https://u@example.com/":    "user name",
		"//169.254.169.254/latest":  "by number",
		"/again":                    "a redirect after 3 others",
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
		_, err := s.reaching(guard.Config{}).Get(t.Context(), guard.Request{URL: "https://example.com/start"})
		refused(t, err, why)
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://www.example.com/", http.StatusFound)
	})
	no := errors.New("not there")
	_, err := s.reaching(guard.Config{}).Get(t.Context(), guard.Request{URL: "https://example.com/", Follow: func(to *url.URL) error {
		if to.Host != "www.example.com" {
			t.Errorf("asked about %s", to)
		}
		return no
	}})
	if !errors.Is(err, no) {
		t.Errorf("got %v, want what Follow returned", err)
	}
}

func TestEndlessAnswer(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	if _, err := s.reaching(guard.Config{}).Get(t.Context(), guard.Request{URL: "https://example.com/"}); !errors.Is(err, guard.ErrTooLong) {
		t.Errorf("got %v, want ErrTooLong", err)
	}
}

func TestLongestAnswer(t *testing.T) {
	for n, want := range map[int]error{100: nil, 101: guard.ErrTooLong} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, n)) })
		got, err := s.reaching(guard.Config{Bytes: 100}).Get(t.Context(), guard.Request{URL: "https://example.com/"})
		if !errors.Is(err, want) || err == nil && len(got.Body) != n {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestLongHeader(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("x", 64<<10)) })
	if _, err := s.reaching(guard.Config{}).Get(t.Context(), guard.Request{URL: "https://example.com/"}); err == nil {
		t.Error("a header of 64 KiB was read")
	}
}

// A server that sends a byte now and then, for ever, is given up.
func TestSlowAnswer(t *testing.T) {
	gone := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
				if _, err := io.WriteString(w, "x"); err != nil {
					return
				}
				_ = http.NewResponseController(w).Flush()
			}
		}
	})
	start := time.Now()
	_, err := s.reaching(guard.Config{Time: 200 * time.Millisecond}).Get(t.Context(), guard.Request{URL: "https://example.com/"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	<-gone
}

func TestCompressedAnswer(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 1024 {
		_, _ = z.Write(make([]byte, 64<<10))
	}
	_ = z.Close()
	for _, encoding := range []string{"gzip", "br", "GZIP"} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", encoding)
			_, _ = w.Write(bomb.Bytes())
		})
		_, err := s.reaching(guard.Config{Bytes: 1 << 20}).Get(t.Context(), guard.Request{URL: "https://example.com/"})
		refused(t, err, "compressed")
	}
}

func TestCertificate(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	var unknown x509.UnknownAuthorityError
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
	if _, err := guard.New(guard.Config{Dial: dial, Roots: x509.NewCertPool()}).Get(t.Context(), guard.Request{URL: "https://example.com/"}); !errors.As(err, &unknown) {
		t.Errorf("a certificate of nobody: %v", err)
	}
	var host x509.HostnameError
	if _, err := s.reaching(guard.Config{}).Get(t.Context(), guard.Request{URL: "https://leeds.gov.uk/"}); !errors.As(err, &host) {
		t.Errorf("a certificate of another name: %v", err)
	}
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10} //nolint:gosec // what is refused
	old.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	old.StartTLS()
	defer old.Close()
	if _, err := (&site{Server: old}).reaching(guard.Config{}).Get(t.Context(), guard.Request{URL: "https://example.com/"}); err == nil {
		t.Error("TLS 1.1 was spoken")
	}
}

// nameServer answers every question for an address with the next of a list, and
// with the last from then on.
func nameServer(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for n := 0; ; {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				ip := net.ParseIP(answers[min(n, len(answers)-1)]).To4()
				n++
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: [4]byte(ip)}}}
			}
			if b, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(b, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// A name that meant a public address when somebody looked, and means this machine
// when the connection is made, leads nowhere.
func TestRebinding(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	for _, private := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0"} {
		resolver := nameServer(t, "93.184.216.34", private)
		first, err := resolver.LookupNetIP(t.Context(), "ip4", "rebind.example.com")
		if err != nil || guard.CheckAddr(first[0]) != nil {
			t.Fatalf("the first answer is %v, %v: want a public address", first, err)
		}
		_, err = guard.New(guard.Config{Resolver: resolver}).Get(t.Context(), guard.Request{URL: "https://rebind.example.com/"})
		var r *guard.RefusedError
		if !errors.As(err, &r) || r.What != private {
			t.Errorf("got %v, want a refusal of %s", err, private)
		}
	}
	if n := s.conns.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}
