package record

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a passage that a rule found, in bytes of the text.
type span struct {
	rule       string
	start, end int
}

// glyph is a character as a reader sees it, with the bytes that it comes from.
type glyph struct {
	r       rune
	at, end int
}

// folded is text without the differences that a reader does not see: characters
// without width are gone, and spaces, dashes, apostrophes, wide letters and
// digits of all scripts are those of ASCII. Newlines stay.
type folded []glyph

// r is the character at i; 0 before the first and after the last.
func (t folded) r(i int) rune {
	if i < 0 || i >= len(t) {
		return 0
	}
	return t[i].r
}

// span is the passage from glyph i up to glyph j.
func (t folded) span(rule string, i, j int) span { return span{rule, t[i].at, t[j-1].end} }

// escapes are the ways in which addresses and pages write a character.
var escapes = []struct {
	in  string
	out rune
}{{"%40", '@'}, {"%20", ' '}, {"%2B", '+'}, {"%2b", '+'}, {"&#64;", '@'}, {"&#x40;", '@'}, {"&commat;", '@'}, {"&nbsp;", ' '}, {"&#46;", '.'}}

func fold(s string) folded {
	out := make(folded, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] == '%' || s[i] == '&' {
			if e := slices.IndexFunc(escapes, func(e struct {
				in  string
				out rune
			},
			) bool {
				return strings.HasPrefix(s[i:], e.in)
			}); e >= 0 {
				out = append(out, glyph{escapes[e].out, i, i + len(escapes[e].in)})
				i += len(escapes[e].in)
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r >= utf8.RuneSelf {
			r = foldRune(r)
		} else if r == '\t' || r == '\r' {
			r = ' '
		}
		if r >= 0 {
			out = append(out, glyph{r, i, i + size})
		}
		i += size
	}
	return out
}

// lookalikes are letters of other scripts that look like capitals and small
// letters of ASCII, and signs that stand for others.
var lookalikes = func() map[rune]rune {
	from := []rune("АВЕКМНОРСТУХЅІЈаеорсухѕіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧοꓳ’‘ʼ´`ʹ＇‛﹫·•∙。․﹒⁄∕")
	to := []rune("ABEKMHOPCTYXSIJaeopcyxsijABEZHIKMNOPTYXoO''''''''@......//")
	m := make(map[rune]rune, len(from))
	for i, r := range from {
		m[r] = to[i]
	}
	return m
}()

// foldRune is the character of ASCII that a reader takes r for, r itself where
// there is none, and -1 where there is nothing to see.
func foldRune(r rune) rune {
	if to, ok := lookalikes[r]; ok {
		return to
	}
	switch {
	case r >= 0xFF01 && r <= 0xFF5E: // wide forms of ASCII
		return r - 0xFEE0
	case r >= 0x1D400 && r <= 0x1D6A3: // mathematical letters, A to Z and a to z in turn
		n := (r - 0x1D400) % 52
		if n < 26 {
			return 'A' + n
		}
		return 'a' + n - 26
	case r >= 0x1D7CE && r <= 0x1D7FF: // mathematical digits
		return '0' + (r-0x1D7CE)%10
	case r >= 0x2460 && r <= 0x2468: // digits in circles
		return '1' + r - 0x2460
	case r == 0x24EA, r == 0x2070, r == 0x2080:
		return '0'
	case r == 0xB2, r == 0xB3, r == 0xB9: // raised digits
		return map[rune]rune{0xB2: '2', 0xB3: '3', 0xB9: '1'}[r]
	case r >= 0x2074 && r <= 0x2079:
		return '0' + r - 0x2070
	case r >= 0x2081 && r <= 0x2089:
		return '0' + r - 0x2080
	case r == 0x2028, r == 0x2029, r == 0x85:
		return '\n'
	case r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me):
		return -1
	case unicode.Is(unicode.Zs, r), r == 0x2800:
		return ' '
	case unicode.Is(unicode.Pd, r), r == 0x2212, r == 0x2043:
		return '-'
	case unicode.Is(unicode.Nd, r):
		return digitOf(r)
	}
	return r
}

// digitOf is the digit of ASCII for one of another script. Unicode has the ten
// digits of each script in order, without a gap.
func digitOf(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	return r
}

// scan finds the passages of a text, in its order. No passage lies within
// another. In an identifier numbers and codes are not looked for.
func scan(s string, identifier bool) []span {
	if len(s) < 3 {
		return nil
	}
	t := fold(s)
	found := append(t.emails(), t.titledNames()...)
	if !identifier {
		address := t.addresses()
		for _, one := range slices.Concat(t.telephones(), t.insuranceNumbers(), t.postcodes()) {
			if !within(address, one) {
				found = append(found, one)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b span) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	out := found[:0]
	end := 0
	for _, one := range found {
		if one.end <= end {
			continue
		}
		if one.start < end { // both are one passage, of which neither may be left out
			one.start = out[len(out)-1].start
			out = out[:len(out)-1]
		}
		out = append(out, one)
		end = one.end
	}
	return out
}

// addresses are the parts of web addresses in which numbers are those of pages:
// all that comes before the query.
func (t folded) addresses() []span {
	var out []span
	for i := 0; i < len(t); i++ {
		if !t.spells(i, "http://") && !t.spells(i, "https://") && (!t.spells(i, "www.") || alnum(t.r(i-1))) {
			continue
		}
		j := i
		for j < len(t) && !strings.ContainsRune(" \n<>\"?#", t.r(j)) {
			j++
		}
		out = append(out, t.span("", i, j))
		i = j
	}
	return out
}

// within reports whether one begins in one of the spans, which are in order.
func within(spans []span, one span) bool {
	i, _ := slices.BinarySearchFunc(spans, one.start, func(s span, at int) int { return s.end - at - 1 })
	return i < len(spans) && spans[i].start <= one.start
}

// spells reports whether the text has a word at i, in letters of any size; word
// is of small ones.
func (t folded) spells(i int, word string) bool {
	if i < 0 || i+len(word) > len(t) {
		return false
	}
	for k := range len(word) {
		if lower(t[i+k].r) != rune(word[k]) {
			return false
		}
	}
	return true
}

func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func upper(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

func latin(r rune) bool { return lower(r) >= 'a' && lower(r) <= 'z' }

func alnum(r rune) bool {
	return digit(r) || latin(r) || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsNumber(r))
}
