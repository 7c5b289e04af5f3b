package record

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Date is a day, a month or a year of the calendar (ISO 8601), as people know
// it: nobody is asked for a day that they do not remember. The zero value is no
// date.
type Date struct {
	Year int
	// Month is 0 where only the year is known, Day where only the month is.
	Month time.Month
	Day   int
}

var (
	dateForm = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2})?)?$`)
	errDate  = errors.New(`a date is written as 2026-05-14, or as 2026-05 or 2026 where no more is known`)
)

// ParseDate reads a date: "2026-05-14", "2026-05" or "2026".
func ParseDate(s string) (Date, error) {
	if !dateForm.MatchString(s) {
		return Date{}, errDate
	}
	t, err := time.Parse("2006-01-02"[:len(s)], s)
	if err != nil || t.Year() == 0 {
		return Date{}, errDate
	}
	d := Date{Year: t.Year()}
	if len(s) > 4 {
		d.Month = t.Month()
	}
	if len(s) > 7 {
		d.Day = t.Day()
	}
	return d, nil
}

// DateOf is the day of a time in UTC.
func DateOf(t time.Time) Date {
	y, m, d := t.UTC().Date()
	return Date{y, m, d}
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// String is the date as it is written; empty for no date.
func (d Date) String() string {
	switch {
	case d.IsZero():
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	default:
		return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	}
}

// MarshalText implements [encoding.TextMarshaler].
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; empty text is no date.
func (d *Date) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(string(text))
	return err
}

// Start is the first moment that the date can mean, in UTC.
func (d Date) Start() time.Time {
	return time.Date(d.Year, max(d.Month, 1), max(d.Day, 1), 0, 0, 0, 0, time.UTC)
}

// End is the first moment after the date, in UTC: what is due on a day is
// overdue from its End on.
func (d Date) End() time.Time {
	switch {
	case d.Month == 0:
		return d.Start().AddDate(1, 0, 0)
	case d.Day == 0:
		return d.Start().AddDate(0, 1, 0)
	default:
		return d.Start().AddDate(0, 0, 1)
	}
}

// Before reports whether all of d lies before all of e. Dates of which one
// contains the other, such as a month and a day in it, are not before each other.
func (d Date) Before(e Date) bool { return !d.IsZero() && !e.IsZero() && !d.End().After(e.Start()) }

// AddDays is the day n days after the last day that d can mean. What would lie
// before the year 1 or after 9999 is the first day or the last of these years;
// no date plus days is no date.
func (d Date) AddDays(n int) Date {
	const most = 10_000 * 366
	if d.IsZero() {
		return d
	}
	t := d.End().AddDate(0, 0, min(max(n, -most), most)-1)
	switch {
	case t.Year() < 1:
		return Date{1, time.January, 1}
	case t.Year() > 9999:
		return Date{9999, time.December, 31}
	default:
		return DateOf(t)
	}
}
