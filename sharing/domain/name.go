package domain

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Name is a domain: a host on the public internet in lower-case ASCII, with at
// least two labels and without a leading "www.". The zero value is no name.
type Name struct{ ascii string }

// maxWebsite is the longest address of a website that is looked at, in bytes.
const maxWebsite = 2000

// private are the last labels of names that no public website has (RFC 6761,
// RFC 6762, RFC 7686, RFC 9476, and .internal).
var private = []string{"alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test"}

// profile turns names into ASCII as browsers do when they look one up.
var profile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// ParseName reads a domain as a person writes it, in any case and alphabet.
func ParseName(s string) (Name, error) {
	ascii, err := labels(s)
	if err != nil {
		return Name{}, err
	}
	list := strings.Split(ascii, ".")
	switch last := list[len(list)-1]; {
	case len(list) < 2:
		return Name{}, fmt.Errorf("%q has no dot: it is no domain of the public internet", ascii)
	case slices.Contains(private, last):
		return Name{}, fmt.Errorf("%q ends in .%s, which is no part of the public internet", ascii, last)
	}
	for list[0] == "www" && len(list) > 2 {
		list = list[1:]
	}
	return Name{strings.Join(list, ".")}, nil
}

// labels returns a name of one or more labels in ASCII.
func labels(s string) (string, error) {
	shown := s
	if r := []rune(s); len(r) > 80 {
		shown = string(r[:79]) + "…"
	}
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return "", fmt.Errorf("%q is an address by number, not a domain", shown)
	}
	ascii, err := profile.ToASCII(s)
	// The profile writes some names that it does not read again.
	if again, unsure := profile.ToASCII(ascii); err != nil || unsure != nil || again != ascii || ascii == "" || strings.HasSuffix(ascii, ".") {
		return "", fmt.Errorf("%q is not the name of a domain", shown)
	}
	// Some resolvers take 127.1 or 0x7f.1 for addresses.
	if last := ascii[strings.LastIndexByte(ascii, '.')+1:]; last[0] < 'a' || last[0] > 'z' {
		return "", fmt.Errorf("%q is not the name of a domain: it ends in a number", shown)
	}
	return ascii, nil
}

// OfWebsite returns the domain of a website's https address.
func OfWebsite(address string) (Name, error) {
	if len(address) > maxWebsite {
		return Name{}, fmt.Errorf("the address of the website is longer than %d bytes", maxWebsite)
	}
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil:
		return Name{}, errors.New("the address of the website cannot be read")
	case u.Scheme != "https":
		return Name{}, errors.New("the address of the website does not begin with https://")
	case u.User != nil:
		return Name{}, errors.New("the address of the website has a user name in it")
	case u.Port() != "" || strings.HasSuffix(u.Host, ":"):
		return Name{}, errors.New("the address of the website has a port in it")
	}
	n, err := ParseName(u.Hostname())
	if err != nil {
		return Name{}, fmt.Errorf("the address of the website: %w", err)
	}
	return n, nil
}

// String is the name in ASCII.
func (n Name) String() string { return n.ascii }

// IsZero reports whether it is no name.
func (n Name) IsZero() bool { return n.ascii == "" }

// MarshalText implements [encoding.TextMarshaler].
func (n Name) MarshalText() ([]byte, error) { return []byte(n.ascii), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (n *Name) UnmarshalText(text []byte) (err error) {
	*n, err = ParseName(string(text))
	return err
}

// Parent is the name with its first label taken away; false where that leaves no
// name.
func (n Name) Parent() (Name, bool) {
	_, rest, _ := strings.Cut(n.ascii, ".")
	if !strings.Contains(rest, ".") {
		return Name{}, false
	}
	return Name{rest}, true
}

// Owned is the part of the name that somebody holds from a registry, by the
// public suffix list: leeds.gov.uk of moot.leeds.gov.uk. It is the name itself
// where the list does not know better.
func (n Name) Owned() Name {
	owned, err := publicsuffix.EffectiveTLDPlusOne(n.ascii)
	if err != nil {
		return n
	}
	return Name{owned}
}

// Suffix is a domain below which names are given out, such as gov.uk. The zero
// value is none.
type Suffix struct{ ascii string }

// ParseSuffix reads a suffix; unlike a [Name] it may be one label.
func ParseSuffix(s string) (Suffix, error) {
	ascii, err := labels(s)
	return Suffix{ascii}, err
}

// Holds reports whether a name is the suffix or ends in it.
func (s Suffix) Holds(n Name) bool {
	return s.ascii != "" && (n.ascii == s.ascii || strings.HasSuffix(n.ascii, "."+s.ascii))
}
