package domain_test

import (
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/sharing/domain"
)

func TestParseName(t *testing.T) {
	for in, want := range map[string]string{
		"leeds.gov.uk":                   "leeds.gov.uk",
		"Leeds.GOV.uk":                   "leeds.gov.uk",
		"www.leeds.gov.uk":               "leeds.gov.uk",
		"WWW.example.org":                "example.org",
		"www.uk":                         "www.uk",
		"www2.leeds.gov.uk":              "www2.leeds.gov.uk",
		"gdańsk.pl":                      "xn--gdask-y7a.pl",
		"XN--GDASK-Y7A.pl":               "xn--gdask-y7a.pl",
		"llyw.cymru":                     "llyw.cymru",
		"faß.de":                         "xn--fa-hia.de",
		"example。com":                    "example.com",
		"3com.com":                       "3com.com",
		"a-b.c-d.org":                    "a-b.c-d.org",
		strings.Repeat("a", 63) + ".org": strings.Repeat("a", 63) + ".org",
	} {
		n, err := domain.ParseName(in)
		if err != nil || n.String() != want {
			t.Errorf("%q: %q, %v, want %q", in, n, err, want)
		}
		if again, err := domain.ParseName(n.String()); err != nil || again != n {
			t.Errorf("%q is read as %q, %v", n, again, err)
		}
	}
	for _, in := range []string{
		"", ".", "uk", "localhost", "leeds.gov.uk.", ".leeds.gov.uk", "leeds..uk", "1.2.3.4", "127.1", "0x7f.1", "[::1]", "::1",
		"a b.org", "a_b.org", "-a.org", "a-.org", "leeds.gov.uk:443", "leeds.gov.uk/x", "u@leeds.gov.uk", "x.local", "x.onion", "x.internal",
		"x.test", "x.localhost", "x.arpa", "x.example", "x.invalid", "xn--a.org", "a\x00.org", strings.Repeat("a", 64) + ".org",
		strings.Repeat("a.", 127) + "org",
	} {
		if n, err := domain.ParseName(in); err == nil {
			t.Errorf("%q is read as %q", in, n)
		}
	}
}

func TestOfWebsite(t *testing.T) {
	for in, want := range map[string]string{
		"https://leeds.gov.uk":                  "leeds.gov.uk",
		" https://www.leeds.gov.uk/moot?x=1#y ": "leeds.gov.uk",
		"HTTPS://Moot.Leeds.gov.uk/":            "moot.leeds.gov.uk",
		"https://gdańsk.pl/":                    "xn--gdask-y7a.pl",
	} {
		if n, err := domain.OfWebsite(in); err != nil || n.String() != want {
			t.Errorf("%q: %q, %v", in, n, err)
		}
	}
	for in, why := range map[string]string{
		"http://leeds.gov.uk":           "https://",
		"leeds.gov.uk":                  "https://",
		"":                              "https://",
		"javascript:alert(1)":           "https://",
		"https://leeds.gov.uk:443":      "port",
		"https://leeds.gov.uk:":         "port",
		"https://leeds.gov.uk@evil.org": "user name",
		"https://127.0.0.1/":            "by number",
		"https://[::1]/":                "by number",
		"https://localhost/":            "no dot",
		"https:///x":                    "not the name",
		"https://%zz/":                  "cannot be read",
		"https://" + strings.Repeat("a", 3000) + ".org": "longer",
	} {
		if n, err := domain.OfWebsite(in); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %q, %v, want an error with %q", in, n, err, why)
		}
	}
}

func name(t testing.TB, s string) domain.Name {
	t.Helper()
	n, err := domain.ParseName(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSuffix(t *testing.T) {
	for _, c := range []struct {
		suffix, name string
		want         bool
	}{
		{"gov.uk", "leeds.gov.uk", true},
		{"gov.uk", "moot.leeds.gov.uk", true},
		{"gov.uk", "gov.uk", true},
		{"GOV.UK", "www.gov.uk", true},
		{"gov", "boston.gov", true},
		{"gov.uk", "leedsgov.uk", false},
		{"gov.uk", "gov.uk.evil.org", false},
		{"leeds.gov.uk", "gov.uk", false},
	} {
		s, err := domain.ParseSuffix(c.suffix)
		if err != nil || s.Holds(name(t, c.name)) != c.want {
			t.Errorf("%s holds %s: want %v (%v)", c.suffix, c.name, c.want, err)
		}
	}
	if (domain.Suffix{}).Holds(name(t, "leeds.gov.uk")) {
		t.Error("no suffix holds a name")
	}
	for _, bad := range []string{"", ".", "gov.", "1.2.3.4", "a b"} {
		if _, err := domain.ParseSuffix(bad); err == nil {
			t.Errorf("%q is a suffix", bad)
		}
	}
}

func TestOwned(t *testing.T) {
	for in, want := range map[string]string{
		"leeds.gov.uk": "leeds.gov.uk", "a.b.leeds.gov.uk": "leeds.gov.uk", "x.example.org": "example.org", "gov.uk": "gov.uk", "a.b.github.io": "b.github.io",
	} {
		if got := name(t, in).Owned(); got != name(t, want) {
			t.Errorf("%s is part of %s, want %s", in, got, want)
		}
	}
	n := name(t, "a.leeds.gov.uk")
	up, ok := n.Parent()
	if top, more := name(t, "gov.uk").Parent(); up != name(t, "leeds.gov.uk") || !ok || more {
		t.Errorf("parents are %q, %v and %q, %v", up, ok, top, more)
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("www.leeds.gov.uk")
	f.Add("gdańsk.pl")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := domain.ParseName(s)
		if err != nil {
			return
		}
		if again, err := domain.ParseName(n.String()); err != nil || again != n {
			t.Errorf("%q is read as %q, and that as %q, %v", s, n, again, err)
		}
		if strings.ContainsAny(n.String(), "/:@?#[]% \x00") || strings.ToLower(n.String()) != n.String() || len(n.String()) > 253 {
			t.Errorf("%q is read as %q", s, n)
		}
	})
}
