package guard_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/folkmoot/folkmoot/sharing/guard"
)

func TestCheckAddr(t *testing.T) {
	for _, a := range []string{
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"168.63.129.15", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
		"192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "203.0.114.0", "223.255.255.255",
		"2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2003::1",
		"::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1",
	} {
		if err := guard.CheckAddr(netip.MustParseAddr(a)); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	for _, a := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
		"168.63.129.16", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.7", "192.88.99.1",
		"192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.0", "203.0.113.255", "224.0.0.1",
		"239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::2", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "100::1", "5f00::1",
		"64:ff9b::127.0.0.1", "64:ff9b::10.1.2.3", "64:ff9b:1::1.1.1.1", "64:ff9b::169.254.169.254",
		"2001:10::1", "2001:20::1", "2001:2::1", "2001:db8::1", "3fff::1",
		"2002:7f00:1::1", "2002:a00:1::1", "2002:c0a8:101::1",
		// Teredo: a private server, and a private client with its bits turned over.
		"2001:0:a00:1::fefe:fefe", "2001:0:101:101::80ff:fffe", "2001:0:101:101::f5ff:fffe",
		"fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2606:4700::1111%eth0", "4000::1",
	} {
		err := guard.CheckAddr(netip.MustParseAddr(a))
		var refused *guard.RefusedError
		if !errors.As(err, &refused) || refused.Why == "" {
			t.Errorf("%s: %v, want a refusal that says why", a, err)
		}
	}
	if guard.CheckAddr(netip.Addr{}) == nil {
		t.Error("what is no address is public")
	}
}

// What wraps an IPv4 address is judged as that address is.
func FuzzWrappedAddress(f *testing.F) {
	for _, a := range []string{"127.0.0.1", "8.8.8.8", "10.0.0.1", "255.255.255.255"} {
		b := netip.MustParseAddr(a).As4()
		f.Add(b[:])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) != 4 {
			return
		}
		b := [4]byte(raw)
		want := guard.CheckAddr(netip.AddrFrom4(b)) == nil
		for _, wrapped := range [][16]byte{
			{10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]},
			{0: 0x00, 1: 0x64, 2: 0xff, 3: 0x9b, 12: b[0], 13: b[1], 14: b[2], 15: b[3]},
			{0: 0x20, 1: 0x02, 2: b[0], 3: b[1], 4: b[2], 5: b[3], 15: 1},
			{0: 0x20, 1: 0x01, 4: 1, 5: 1, 6: 1, 7: 1, 12: ^b[0], 13: ^b[1], 14: ^b[2], 15: ^b[3]},
		} {
			a := netip.AddrFrom16(wrapped)
			if got := guard.CheckAddr(a) == nil; got != want {
				t.Errorf("%s is public: %v, but %s: %v", a, got, netip.AddrFrom4(b), want)
			}
		}
	})
}
