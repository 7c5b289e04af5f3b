package guard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Limits of a [Client] whose Config does not say otherwise.
const (
	DefaultBytes     = 64 << 10
	DefaultTime      = 10 * time.Second
	DefaultRedirects = 3
	// maxHeader is the longest header of an answer, in bytes.
	maxHeader = 32 << 10
	// stepTime is how long connecting, the handshake and the first byte may take,
	// each.
	stepTime = 5 * time.Second
	// httpsPort is the only port that is reached.
	httpsPort = 443
)

// Config is what can be set of a [Client]. The zero value serves.
type Config struct {
	// Bytes is the longest answer, Time how long one may take with all its
	// redirects, Redirects how many of those are followed. 0 is the default.
	Bytes     int64
	Time      time.Duration
	Redirects int
	// Agent is the User-Agent that is sent.
	Agent string
	// Resolver finds the addresses of names; nil is the system's.
	Resolver *net.Resolver
	// Roots are the authorities that certificates are checked against; nil are
	// the system's.
	Roots *x509.CertPool
	// Dial connects to "host:port" in the place of the guard's own dialler, and
	// so takes the judging of addresses on itself. It is for programs that bring
	// their own network; nil otherwise.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Client fetches over https from the public internet.
type Client struct {
	cfg       Config
	transport *http.Transport
}

// New returns a client.
func New(cfg Config) *Client {
	if cfg.Bytes <= 0 {
		cfg.Bytes = DefaultBytes
	}
	if cfg.Time <= 0 {
		cfg.Time = DefaultTime
	}
	if cfg.Redirects <= 0 {
		cfg.Redirects = DefaultRedirects
	}
	dial := cfg.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: stepTime, Resolver: cfg.Resolver, ControlContext: control}).DialContext
	}
	return &Client{cfg: cfg, transport: &http.Transport{
		// Proxy stays nil: one from the environment would resolve names itself.
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    stepTime,
		ResponseHeaderTimeout:  stepTime,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true,
		// What comes compressed is refused, not expanded.
		DisableCompression: true,
	}}
}

// control judges an address before a connection to it is made.
func control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &RefusedError{What: address, Why: "no address and port"}
	}
	if at.Port() != httpsPort {
		return &RefusedError{What: address, Why: "another port than 443"}
	}
	return CheckAddr(at.Addr())
}

// Request says what to fetch.
type Request struct {
	URL string
	// Accept is the media type that is asked for.
	Accept string
	// Follow returns why a redirect to an address must not be followed; nil
	// follows any that the client itself allows.
	Follow func(to *url.URL) error
}

// Response is an answer that was read to its end.
type Response struct {
	// URL is where it came from, after redirects.
	URL    string
	Status int
	// Type is the Content-Type as it was sent.
	Type string
	Body []byte
}

// Get fetches an address. An answer of any status is an answer. The error is,
// or wraps, a [RefusedError] for what is not reached, [ErrTooLong] for an answer
// beyond the limit, or that of resolving, connecting or reading. It is not tried
// again.
func (c *Client) Get(ctx context.Context, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Time)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, http.NoBody)
	if err != nil {
		return nil, &RefusedError{What: r.URL, Why: "no address of a page"}
	}
	if err := checkURL(req.URL); err != nil {
		return nil, err
	}
	req.Header.Set("Accept", r.Accept)
	req.Header.Set("User-Agent", c.cfg.Agent)
	client := http.Client{Transport: c.transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > c.cfg.Redirects {
			return &RefusedError{What: next.URL.String(), Why: fmt.Sprintf("a redirect after %d others", c.cfg.Redirects)}
		}
		if err := checkURL(next.URL); err != nil {
			return err
		}
		next.Header.Del("Referer")
		if r.Follow != nil {
			return r.Follow(next.URL)
		}
		return nil
	}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", r.URL, err)
	}
	body, err := c.read(resp)
	if err == nil {
		// A server that sees the connection end may end its answer as if it were whole.
		err = ctx.Err()
	}
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("fetch %s: %w", resp.Request.URL, err)
	}
	return &Response{URL: resp.Request.URL.String(), Status: resp.StatusCode, Type: resp.Header.Get("Content-Type"), Body: body}, nil
}

func (c *Client) read(resp *http.Response) ([]byte, error) {
	if e := resp.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, &RefusedError{What: "the answer", Why: "compressed, which nobody asked for"}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.Bytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > c.cfg.Bytes {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrTooLong, c.cfg.Bytes)
	}
	return body, nil
}

// checkURL refuses what is not https on its port, at a name.
func checkURL(u *url.URL) error {
	refuse := func(why string) error { return &RefusedError{What: u.Redacted(), Why: why} }
	_, notIP := netip.ParseAddr(strings.Trim(u.Hostname(), "[]"))
	switch port := u.Port(); {
	case u.Scheme != "https":
		return refuse("not an https address")
	case u.User != nil:
		return refuse("an address with a user name")
	case u.Hostname() == "":
		return refuse("an address without a host")
	case notIP == nil:
		return refuse("an address by number instead of by name")
	case port != "" && port != strconv.Itoa(httpsPort):
		return refuse("an address on another port than 443")
	}
	return nil
}
