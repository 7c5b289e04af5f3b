package record_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/protocol/record"
)

func date(t *testing.T, s string) record.Date {
	t.Helper()
	d, err := record.ParseDate(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2026-05-14", "2026-05", "2026", "2024-02-29", "0001-01-01", "9999-12-31"} {
		if d := date(t, s); d.String() != s || d.IsZero() {
			t.Errorf("%q is read as %q", s, d)
		}
	}
	for _, s := range []string{
		"", "0000", "0000-01", "26", "2026-13", "2026-00", "2026-02-29", "2026-2-9", "2026-05-14T00:00:00Z",
		"14/05/2026", "14 May 2026", "2026-05-", "-2026", "12026", " 2026", "2026\n", "２０２６",
	} {
		if d, err := record.ParseDate(s); err == nil {
			t.Errorf("%q is read as %v", s, d)
		}
	}
}

func TestDateSpan(t *testing.T) {
	for _, c := range []struct{ date, start, end string }{
		{"2026-05-14", "2026-05-14", "2026-05-15"},
		{"2026-05", "2026-05-01", "2026-06-01"},
		{"2026-12", "2026-12-01", "2027-01-01"},
		{"2026", "2026-01-01", "2027-01-01"},
		{"2024-02-28", "2024-02-28", "2024-02-29"},
	} {
		d := date(t, c.date)
		if d.Start().Format(time.DateOnly) != c.start || d.End().Format(time.DateOnly) != c.end {
			t.Errorf("%s spans %v to %v", c.date, d.Start(), d.End())
		}
	}
}

func TestDateBefore(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"2026-05-14", "2026-05-15", true},
		{"2026-05-14", "2026-05-14", false},
		{"2026-05-15", "2026-05-14", false},
		{"2026-05", "2026-05-31", false},
		{"2026-05-01", "2026-05", false},
		{"2026-05-31", "2026-06", true},
		{"2026", "2027", true},
		{"2026", "2026-12-31", false},
		{"2025", "2026-01-01", true},
	} {
		if got := date(t, c.a).Before(date(t, c.b)); got != c.want {
			t.Errorf("%s before %s: %v", c.a, c.b, got)
		}
	}
	if d := date(t, "2026"); d.Before(record.Date{}) || (record.Date{}).Before(d) {
		t.Error("no date is before or after a date")
	}
}

func TestAddDays(t *testing.T) {
	for _, c := range []struct {
		date string
		n    int
		want string
	}{
		{"2026-05-14", 0, "2026-05-14"},
		{"2026-05-14", 28, "2026-06-11"},
		{"2026-05", 1, "2026-06-01"},
		{"2026", 60, "2027-03-01"},
		{"2026-03-01", -1, "2026-02-28"},
		{"2026-05-14", 1 << 62, "9999-12-31"},
		{"9999-12-31", 1, "9999-12-31"},
		{"2026-05-14", -1 << 62, "0001-01-01"},
	} {
		if got := date(t, c.date).AddDays(c.n); got.String() != c.want {
			t.Errorf("%s and %d days: %s", c.date, c.n, got)
		}
	}
	if d := (record.Date{}).AddDays(3); !d.IsZero() {
		t.Errorf("no date and 3 days: %s", d)
	}
}

// A day lies where the calendar of the standard library has it.
func TestDateAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds"), 0)
		d := record.DateOf(at)
		if d.Start().After(at) || !d.End().After(at) {
			t.Fatalf("%v is not on %s", at, d)
		}
		text, err := d.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again record.Date
		if err := again.UnmarshalText(text); err != nil || again != d {
			t.Fatalf("%s is read as %s: %v", text, again, err)
		}
	})
	d := date(t, "2026")
	if err := d.UnmarshalText(nil); err != nil || !d.IsZero() {
		t.Errorf("empty text is %s, %v", d, err)
	}
	if err := d.UnmarshalText([]byte("soon")); err == nil || !d.IsZero() {
		t.Errorf("what is no date is %s, %v", d, err)
	}
}
