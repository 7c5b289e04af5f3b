package record

import (
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol"
)

var errNoLink = errors.New("the identifier names nothing")

// remedy tells how to fill a field in.
func (f *Field) remedy() string {
	if f.Example == "" {
		return f.Hint
	}
	return f.Hint + " For example: " + f.Example
}

// value checks one value against its field; at is where it stands.
func (c *checker) value(at string, v any, f *Field) {
	switch f.Type {
	case Group:
		m, ok := v.(map[string]any)
		if !ok {
			c.wrongType(at, f, "a group of members")
			return
		}
		c.members(at, m, f.Fields)
		c.unknown(at, m, f.Fields)
		if f.rule != nil {
			f.rule(c, at, m)
		}
	case Flag:
		if _, ok := v.(bool); !ok {
			c.wrongType(at, f, "true or false")
		}
	case Whole:
		if n, ok := wholeOf(v); !ok {
			c.wrongType(at, f, "a whole number without quotes")
		} else {
			c.bounds(at, f, new(big.Rat).SetInt64(n))
		}
	default:
		s, ok := v.(string)
		switch {
		case !ok && f.Type == Number:
			c.wrongType(at, f, "a number in quotes")
		case !ok:
			c.wrongType(at, f, "text")
		case blank(s):
			c.add(CodeMissing, Must, at, fmt.Sprintf("%q has an item that says nothing.", f.Label), "Take it out of the list, or fill it in. "+f.remedy())
		default:
			c.text(at, s, f)
		}
	}
}

func (c *checker) wrongType(at string, f *Field, want string) {
	c.add(CodeWrongType, Must, at, fmt.Sprintf("%q is not %s.", f.Label, want), f.remedy())
}

// badForm says that text does not have the form that its field asks for.
func (c *checker) badForm(sev Severity, at, s string, f *Field) {
	c.add(CodeBadForm, sev, at, fmt.Sprintf("%q does not have the form that %q needs.", clip(s), f.Label), f.remedy())
}

// text checks text that says something.
func (c *checker) text(at, s string, f *Field) {
	if n := utf8.RuneCountInString(s); f.Max > 0 && n > f.Max {
		c.add(CodeTooLong, Must, at, fmt.Sprintf("%q has %d characters; the limit is %d.", f.Label, n, f.Max), "Shorten it.")
	}
	if f.Pattern != "" && !patterns[f.Pattern].MatchString(s) {
		c.badForm(Must, at, s, f)
		return
	}
	var err error
	switch f.Type {
	case Coded:
		c.code(at, s, f)
	case Calendar:
		_, err = ParseDate(s)
	case Number:
		var d Decimal
		if d, err = ParseDecimal(s); err == nil {
			c.bounds(at, f, d.Rat())
		}
	case EntryLink, BodyLink:
		// The two have one form. The zero identifier names nothing: it is read as
		// a member that is missing.
		var id protocol.EntryID
		if id, err = protocol.ParseEntryID(s); err == nil && id.IsZero() {
			err = errNoLink
		}
	case Hash:
		err = new(protocol.Digest).UnmarshalText([]byte(s))
	case WebAddress:
		if !isWeb(s) {
			c.add(CodeBadForm, Should, at, fmt.Sprintf("%q is not the address of a page.", clip(s)), "Begin it with https://. "+f.remedy())
		}
	case OneLine:
		if strings.ContainsAny(s, "\n\r") {
			c.add(CodeBadForm, Should, at, fmt.Sprintf("%q has line breaks.", f.Label), "Write it in one line.")
		}
	}
	if err != nil {
		c.badForm(Must, at, s, f)
	}
}

func (c *checker) code(at, s string, f *Field) {
	if f.Codes.Has(s) {
		return
	}
	remedy := "Write " + f.Codes.String() + "."
	if near := f.Codes.nearest(s); near != "" {
		remedy = fmt.Sprintf("Did you mean %q? %s", near, remedy)
	}
	c.add(CodeBadCode, Must, at, fmt.Sprintf("%q is not one of the answers to %q.", clip(s), f.Label), remedy)
}

func (c *checker) bounds(at string, f *Field, n *big.Rat) {
	if f.Most == 0 || n.Cmp(new(big.Rat).SetInt64(f.Least)) >= 0 && n.Cmp(new(big.Rat).SetInt64(f.Most)) <= 0 {
		return
	}
	c.add(CodeOutOfRange, Must, at, fmt.Sprintf("%q lies outside %d to %d.", f.Label, f.Least, f.Most), f.remedy())
}

// isWeb reports whether s is the address of a page: http or https, with a host.
func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && !strings.ContainsAny(s, " \t\r\n")
}

// wholeOf is the whole number that a value holds, in any of the types that
// [protocol.EncodeContent] takes.
func wholeOf(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case uint64:
		return int64(v), v <= protocol.MaxInt
	default:
		return 0, false
	}
}
