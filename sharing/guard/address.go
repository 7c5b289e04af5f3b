package guard

import (
	"fmt"
	"net/netip"
)

// reserved is a part of the address space that is not of the public internet.
type reserved struct {
	prefix netip.Prefix
	what   string
}

// reserved4 follows the registry of special-purpose addresses (RFC 6890 and its
// successors), beside multicast and one address that a cloud took for itself.
var reserved4 = []reserved{
	{netip.MustParsePrefix("0.0.0.0/8"), "an unspecified address"},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address"},
	{netip.MustParsePrefix("100.64.0.0/10"), "an address behind a provider's NAT"},
	{netip.MustParsePrefix("127.0.0.0/8"), "this machine itself"},
	{netip.MustParsePrefix("168.63.129.16/32"), "a service of the cloud that the machine may run in"},
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address"},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address"},
	{netip.MustParsePrefix("192.0.0.0/24"), "an address for protocols"},
	{netip.MustParsePrefix("192.0.2.0/24"), "an address for documentation"},
	{netip.MustParsePrefix("192.88.99.0/24"), "an address of 6to4 relays"},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address"},
	{netip.MustParsePrefix("198.18.0.0/15"), "an address for benchmarks"},
	{netip.MustParsePrefix("198.51.100.0/24"), "an address for documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "an address for documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address"},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address"},
}

// reserved6 are the parts of the global unicast space that are not public; what
// lies outside global6 is not either.
var reserved6 = []reserved{
	{netip.MustParsePrefix("2001::/23"), "an address for protocols"},
	{netip.MustParsePrefix("2001:db8::/32"), "an address for documentation"},
	{netip.MustParsePrefix("3fff::/20"), "an address for documentation"},
}

var (
	global6 = netip.MustParsePrefix("2000::/3")
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4  = netip.MustParsePrefix("2002::/16")
	teredo  = netip.MustParsePrefix("2001::/32")
)

// CheckAddr returns nil for an address of the public internet, else a
// [RefusedError]. An IPv4 address inside of an IPv6 one (mapped, NAT64, 6to4,
// Teredo) is judged as well: what wraps a private address is refused.
func CheckAddr(a netip.Addr) error {
	if what := special(a); what != "" {
		return &RefusedError{What: a.String(), Why: what}
	}
	return nil
}

// special says what an address is instead of a public one; empty if it is public.
func special(a netip.Addr) string {
	switch {
	case !a.IsValid():
		return "no address"
	case a.Zone() != "":
		return "an address of one network interface"
	}
	if a = a.Unmap(); a.Is4() {
		return within(a, reserved4)
	}
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return wrapped(netip.AddrFrom4([4]byte(b[12:])))
	case sixTo4.Contains(a):
		return wrapped(netip.AddrFrom4([4]byte(b[2:6])))
	case teredo.Contains(a):
		// The server stands in clear, the client with its bits turned over.
		if what := wrapped(netip.AddrFrom4([4]byte(b[4:8]))); what != "" {
			return what
		}
		return wrapped(netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}))
	case !global6.Contains(a):
		return kindOf6(a)
	}
	return within(a, reserved6)
}

func within(a netip.Addr, list []reserved) string {
	for _, r := range list {
		if r.prefix.Contains(a) {
			return r.what
		}
	}
	return ""
}

func wrapped(a netip.Addr) string {
	if what := within(a, reserved4); what != "" {
		return fmt.Sprintf("a wrapping of %s, %s", a, what)
	}
	return ""
}

// kindOf6 names an IPv6 address that is not global.
func kindOf6(a netip.Addr) string {
	switch {
	case a.IsLoopback():
		return "this machine itself"
	case a.IsUnspecified():
		return "an unspecified address"
	case a.IsMulticast():
		return "a multicast address"
	case a.IsLinkLocalUnicast():
		return "a link-local address"
	case a.IsPrivate():
		return "a private address"
	}
	return "a reserved address"
}
