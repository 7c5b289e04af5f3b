package record

import (
	"strings"
	"unicode/utf8"
)

// Limits of the parts of an address (RFC 5321 section 4.5.3.1) and of the
// labels that it is read for.
const (
	maxLocal  = 64
	maxLabel  = 63
	maxLabels = 10
)

// commonTLDs are the ends of names of hosts for which "at" and "dot" in words
// are taken for an address.
var commonTLDs = words(`org com net uk co info gov ac nhs london scot wales cymru coop me eu ie io app email edu biz online community charity
	example test invalid`)

// files are the ends of names of files, which may have an @ in them.
var files = words("png jpg jpeg gif svg webp pdf js css")

// notMailboxes are words before "at" or "@" that are no mailbox.
var notMailboxes = words(`us me you them it is are was were be meet meeting meetings met here there find look available on and or
	page site more details held based hosted online published out in live seen listed posted back`)

// emails finds e-mail addresses, also those with "at" and "dot" in words.
func (t folded) emails() []span {
	var out []span
	last := 0
	for i := range t {
		start, end, plain, ok := t.atSign(i)
		if !ok || start < last {
			continue
		}
		from := t.mailbox(start, plain)
		if from < last || from == start {
			continue
		}
		to, spelled, tld := t.host(end)
		if to == 0 {
			continue
		}
		if plain || end-start > 1 && t.r(i) == '@' {
			if notMailboxes[t.lowered(from, start)] || !commonTLDs[tld] || plain && !spelled && !t.mailLike(from, start) {
				continue
			}
		}
		out = append(out, t.span(RuleEmail, from, to))
		last = to
	}
	return out
}

// atSign reads what stands for an @ at i, with the spaces around it. Plain says
// that it is the mere word.
func (t folded) atSign(i int) (start, end int, plain, ok bool) {
	switch r := t.r(i); r {
	case '@':
		start, end = i, i+1
	case '(', '[', '{', '<':
		j := t.skip(i+1, 1)
		switch {
		case t.spells(j, "at"):
			j += 2
		case t.r(j) == '@':
			j++
		default:
			return 0, 0, false, false
		}
		if j = t.skip(j, 1); t.r(j) == 0 || !strings.ContainsRune(")]}>", t.r(j)) {
			return 0, 0, false, false
		}
		start, end = i, j+1
	case 'a', 'A':
		if !t.spells(i, "at") || t.r(i-1) != ' ' || t.r(i+2) != ' ' {
			return 0, 0, false, false
		}
		start, end, plain = i, i+2, true
	default:
		return 0, 0, false, false
	}
	for n := 0; n < 2 && t.r(start-1) == ' '; n++ {
		start--
	}
	return start, t.skip(end, 2), plain, true
}

// skip passes over up to n spaces.
func (t folded) skip(i, n int) int {
	for ; n > 0 && t.r(i) == ' '; n-- {
		i++
	}
	return i
}

// mailbox returns where the part before the @, which ends at end, begins; end
// itself where there is none.
func (t folded) mailbox(end int, plain bool) int {
	from := t.local(end)
	for n := 0; n < 3 && from < end; n++ {
		dot := t.dotBefore(from)
		if dot == from {
			break
		}
		earlier := t.local(dot)
		if earlier == dot || plain && t.r(dot-1) == '.' {
			break
		}
		from = earlier
	}
	return from
}

// local returns where a run of characters of a mailbox, which ends at end, begins.
func (t folded) local(end int) int {
	i := end
	for i > 0 && end-i < maxLocal && localRune(t.r(i-1)) {
		i--
	}
	for i < end && !alnum(t.r(i)) && t.r(i) != '_' {
		i++
	}
	return i
}

func localRune(r rune) bool {
	return alnum(r) || strings.ContainsRune("._%+-'!$&*^~", r) || r >= utf8.RuneSelf && r != utf8.RuneError && alnum(r)
}

// dotBefore returns where a spelled "dot", which ends at i, begins; i where there
// is none.
func (t folded) dotBefore(i int) int {
	for j := max(i-7, 1); j < i-2; j++ {
		if end, spelled := t.dot(j); spelled && end == i {
			return j
		}
	}
	return i
}

// dot reads what stands for a point at i, and returns the index after it; i
// where there is none.
func (t folded) dot(i int) (end int, spelled bool) {
	if t.r(i) == '.' {
		return i + 1, false
	}
	j := t.skip(i, 2)
	closing, opened := map[rune]rune{'(': ')', '[': ']', '{': '}', '<': '>'}[t.r(j)]
	switch {
	case opened:
		k := t.skip(j+1, 1)
		switch {
		case t.spells(k, "dot"):
			k += 3
		case t.r(k) == '.':
			k++
		default:
			return i, false
		}
		if k = t.skip(k, 1); t.r(k) != closing {
			return i, false
		}
		return t.skip(k+1, 2), true
	case j > i && t.spells(j, "dot") && t.r(j+3) == ' ':
		return t.skip(j+3, 2), true
	}
	return i, false
}

// host reads the name of a host at i. It returns the index after it, or 0 where
// there is none, whether a point in it was spelled, and its last label.
func (t folded) host(i int) (end int, spelled bool, tld string) {
	points := false
	for range maxLabels {
		j := i
		for j-i < maxLabel && (alnum(t.r(j)) || t.r(j) == '-' && alnum(t.r(j-1))) {
			j++
		}
		for j > i && t.r(j-1) == '-' {
			j--
		}
		if j == i {
			break
		}
		if label := t.lowered(i, j); points && topLevel(label) {
			end, tld = j, label
		}
		after, word := t.dot(j)
		if after == j {
			break
		}
		// "example.org. Dot matrix": only a point within the name counts.
		spelled = spelled || word
		points = true
		i = after
	}
	if files[tld] {
		return 0, false, ""
	}
	return end, spelled, tld
}

func topLevel(label string) bool {
	if strings.HasPrefix(label, "xn--") {
		return true
	}
	n := utf8.RuneCountInString(label)
	return n >= 2 && n <= 24 && !strings.ContainsAny(label, "0123456789-")
}

// mailLike reports whether a mailbox before the mere word "at" looks like one, or
// a word before it says so: "the page at example.org" is a place to look.
func (t folded) mailLike(from, end int) bool {
	for i := from; i < end; i++ {
		if digit(t.r(i)) || t.r(i) == '_' || t.r(i) == '.' {
			return true
		}
	}
	i := from
	for i > 0 && strings.ContainsRune(" :", t.r(i-1)) {
		i--
	}
	k := i
	for k > 0 && i-k < 8 && (latin(t.r(k-1)) || t.r(k-1) == '-') {
		k--
	}
	switch t.lowered(k, i) {
	case "email", "e-mail", "mail", "mailto", "emails", "e-mails":
		return true
	}
	return false
}
