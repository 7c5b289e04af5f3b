package domain

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/guard"
)

// Getter fetches a file from the public internet; [*guard.Client] is one.
type Getter interface {
	Get(ctx context.Context, r guard.Request) (*guard.Response, error)
}

// Resolver reads TXT records; [*net.Resolver] is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Checker asks what a domain says.
type Checker struct {
	// Client must bound what it reads to [MaxFile] bytes.
	Client   Getter
	Resolver Resolver
}

// Answer is what one way of asking a domain gave.
type Answer struct {
	// Where is what was asked: the file's address or the name in the DNS.
	Where string
	// Heard: it answered, so that a body which is not among Bodies is not named.
	// There is no file, or no record, is an answer too.
	Heard  bool
	Bodies []protocol.BodyID
	// Problems say in plain words what is in the way.
	Problems []string
}

// Found is what a domain says.
type Found struct{ File, DNS Answer }

// Check asks a domain both ways. It takes as long as the client and the resolver
// let it: bound it by ctx.
func (c *Checker) Check(ctx context.Context, n Name) Found {
	return Found{File: c.file(ctx, n), DNS: c.dns(ctx, n)}
}

// file asks for the file at the domain and, where it is not there, at its www.
// host. It was heard that there is none if one of the hosts says so and the other
// does too or does not exist.
func (c *Checker) file(ctx context.Context, n Name) Answer {
	first := c.fileAt(ctx, n, n.ascii)
	if first.state == found {
		return first.Answer
	}
	second := c.fileAt(ctx, n, "www."+n.ascii)
	if second.state == found {
		return second.Answer
	}
	a := first.Answer
	if first.state == noHost {
		a = second.Answer
	}
	without := func(s fileState) bool { return s == none || s == noHost }
	a.Heard = without(first.state) && without(second.state) && (first.state == none || second.state == none)
	return a
}

// fileState is what became of one attempt to read the file.
type fileState int

const (
	// noHost: there is no host of that name. The zero value is that nobody knows
	// whether the host has the file.
	noHost fileState = iota + 1
	// none: the host says that it has no file.
	none
	// found: there it is.
	found
)

type attempt struct {
	Answer
	state fileState
}

func (c *Checker) fileAt(ctx context.Context, n Name, host string) attempt {
	a := attempt{Answer: Answer{Where: "https://" + host + Path}}
	resp, err := c.Client.Get(ctx, guard.Request{URL: a.Where, Accept: "text/plain", Follow: func(to *url.URL) error {
		if h := strings.ToLower(to.Hostname()); h != n.ascii && h != "www."+n.ascii {
			return &guard.RefusedError{What: to.Redacted(), Why: "a redirect to another host"}
		}
		return nil
	}})
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			a.state = noHost
		}
		a.Problems = []string{explain(err)}
		return a
	}
	if len(resp.URL) <= maxTold {
		a.Where = resp.URL
	}
	media, _, _ := mime.ParseMediaType(resp.Type)
	switch {
	case resp.Status == http.StatusNotFound || resp.Status == http.StatusGone:
		a.state, a.Problems = none, []string{"there is no such file"}
	case resp.Status != http.StatusOK:
		a.Problems = []string{fmt.Sprintf("it answers with the status %d", resp.Status)}
	case media == "text/html" || media == "application/xhtml+xml":
		a.state, a.Problems = none, []string{"there is a web page instead of a text file"}
	default:
		a.state, a.Heard = found, true
		a.Bodies, a.Problems = ParseFile(resp.Body)
	}
	return a
}

func (c *Checker) dns(ctx context.Context, n Name) Answer {
	a := Answer{Where: TXTName(n)}
	records, err := c.Resolver.LookupTXT(ctx, a.Where+".")
	var dns *net.DNSError
	switch {
	case err == nil:
		a.Heard = true
		a.Bodies, a.Problems = ParseTXT(records)
	case errors.As(err, &dns) && dns.IsNotFound:
		a.Heard, a.Problems = true, []string{"there is no TXT record"}
	default:
		a.Problems = []string{explain(err)}
	}
	return a
}

// maxTold is the longest address, in bytes, that is told of what a stranger sent.
const maxTold = 300

// clip shortens what a stranger sent.
func clip(s string) string {
	if len(s) <= maxTold {
		return s
	}
	return strings.ToValidUTF8(s[:maxTold], "") + "…"
}

// explain says in plain words why nothing could be read.
func explain(err error) string {
	var refused *guard.RefusedError
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var timeout net.Error
	switch {
	case errors.As(err, &refused):
		return "it is not asked, since " + clip(refused.What) + " is " + refused.Why
	case errors.Is(err, guard.ErrTooLong):
		return fmt.Sprintf("the file is longer than %d KiB", MaxFile>>10)
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no host of that name"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "it did not answer in time"
	case errors.As(err, &dns):
		return "the name could not be looked up"
	case errors.As(err, &host):
		return "its certificate is one of another name"
	case errors.As(err, &unknown):
		return "its certificate is from an authority that is not known here"
	case errors.As(err, &invalid):
		return "its certificate is not valid, or not valid any more"
	}
	return "it could not be reached"
}
