package record

import (
	"strings"
	"unicode"
)

// How far a name is read after its title.
const (
	maxTitleWord = 12
	maxNameWord  = 40
	maxNames     = 3
	maxParts     = 8
)

// titles are the words before a surname. The value says which forms count
// besides Mr and MR: small letters, and several people of the title.
var titles = map[string]struct{ small, many bool }{
	"mr": {small: true}, "mrs": {small: true}, "ms": {small: true}, "miss": {}, "mx": {}, "dr": {small: true}, "doctor": {}, "prof": {small: true},
	"professor": {small: true}, "sir": {}, "dame": {}, "lord": {}, "lady": {}, "baroness": {}, "rev": {small: true}, "revd": {small: true},
	"reverend": {small: true}, "cllr": {small: true}, "councillor": {small: true}, "cyng": {small: true}, "cynghorydd": {}, "alderman": {}, "ald": {}, "fr": {}, "sgt": {},
	"cllrs": {small: true, many: true}, "councillors": {small: true, many: true}, "messrs": {many: true}, "drs": {many: true}, "profs": {many: true},
}

// titledNames finds titles with a surname after them, and what stands between:
// other titles, initials, first names and particles. A title with initials alone
// is no hit, nor are offices (Lord Mayor, Mr Speaker), what bears such a name
// (Dr Who, Mr Whippy), and places and institutions named after somebody (Sir John
// Soane's Museum, Lord Nelson Street): none of them is about a private person.
func (t folded) titledNames() []span {
	var out []span
	for i := 0; i < len(t); i++ {
		if !latin(t.r(i)) {
			continue
		}
		end := t.wordEnd(i)
		title, ok := t.title(i, end)
		if !ok || joined(t.r(i-1)) {
			i = end
			continue
		}
		if to := t.name(i, end, title); to > 0 {
			out = append(out, t.span(RuleTitledName, i, to))
			end = to
		}
		i = end - 1
	}
	return out
}

func joined(r rune) bool {
	return alnum(r) || r == '\'' || r == '-' || r == '@' || r == '_' || r == '/'
}

// wordEnd is the index after the letters at i.
func (t folded) wordEnd(i int) int {
	for unicode.IsLetter(t.r(i)) {
		i++
	}
	return i
}

// title reports whether the letters from i to end are a title as people write
// one, and returns it in small letters.
func (t folded) title(i, end int) (string, bool) {
	if end-i < 2 || end-i > maxTitleWord {
		return "", false
	}
	w := t.lowered(i, end)
	forms, ok := titles[w]
	switch {
	case !ok, t.r(end) == '-' || t.r(end) == '@' || t.r(end) == '\'' || alnum(t.r(end)):
		return "", false
	case t.written(i, end) == w:
		return w, forms.small && (w != "ms" || !digit(t.r(i-2)))
	case t.capital(i, end):
		// MS is the name of an illness and of a maker of software, MX a word of
		// those who run the mail.
		next := t.gap(end)
		return w, w != "mx" && w != "ms" || t.capital(next, t.wordEnd(next))
	}
	return w, t.r(i) != lower(t.r(i)) && t.written(i+1, end) == w[1:]
}

// written is the text from i to j as it stands.
func (t folded) written(i, j int) string {
	var b strings.Builder
	for ; i < j; i++ {
		b.WriteRune(t.r(i))
	}
	return b.String()
}

// capital reports whether a word of more than one letter has capitals only.
func (t folded) capital(i, end int) bool {
	for k := i; k < end; k++ {
		if !unicode.IsUpper(t.r(k)) {
			return false
		}
	}
	return end-i > 1
}

// gap passes over a point and up to two spaces or one newline after a title.
func (t folded) gap(i int) int {
	if t.r(i) == '.' {
		i++
	}
	if i = t.skip(i, 2); t.r(i) == '\n' {
		i = t.skip(i+1, 2)
	}
	return i
}

// name returns the index after the name that a title ending at end has, or 0.
func (t folded) name(start, end int, title string) int {
	i := t.gap(end)
	if i == end {
		return 0
	}
	// "Mr and Mrs Smith", "Dr & Mrs Jones", "Cllr Mrs Jones", "Rev. Dr Smith".
	for range maxParts {
		j := i
		if t.spells(j, "and ") || t.spells(j, "or ") {
			j = t.skip(t.wordEnd(j), 1)
		} else if t.r(j) == '&' || t.r(j) == '/' {
			j = t.skip(j+1, 1)
		}
		next := t.wordEnd(j)
		w, ok := t.title(j, next)
		if !ok {
			break
		}
		title, start, i = w, j, t.gap(next)
	}
	if small := t.written(start, start+1) == t.lowered(start, start+1); small && (title == "mr" || title == "mrs") {
		if w := t.lowered(i, t.wordEnd(i)); len(w) >= 3 && len(w) <= maxNameWord && t.written(i, i+1) == t.lowered(i, i+1) && !notNames[w] && !particles[w] {
			return t.possessive(i, t.nameEnd(i))
		}
	}
	to := t.names(i, t.capital(start, t.wordEnd(start)))
	for titles[title].many && to > 0 {
		j := t.skip(to, 1)
		if t.r(j) == ',' {
			j = t.skip(j+1, 1)
		}
		if t.spells(j, "and ") {
			j = t.skip(j+4, 1)
		} else if t.r(j) == '&' {
			j = t.skip(j+1, 1)
		}
		next := t.names(j, false)
		if j == t.skip(to, 1) || next == 0 {
			break
		}
		to = next
	}
	return to
}

// names reads initials, first names, particles and a surname from i, and returns
// the index after them, or 0.
func (t folded) names(i int, loud bool) int {
	end, count := 0, 0
	for range maxParts {
		j := t.nameEnd(i)
		w := t.lowered(i, j)
		switch {
		case j == i || j-i > maxNameWord:
			return t.unlessPlace(end, count)
		case j-i == 1 && unicode.IsUpper(t.r(i)):
			if t.r(j) == '.' {
				j++
			}
			// An initial after the surname begins the next sentence.
			if end > 0 && !unicode.IsUpper(t.r(t.skip(j, 2))) {
				return t.unlessPlace(end, count)
			}
		case particles[w] && t.r(i) == lower(t.r(i)):
		case !t.begins(i, j) || notNames[strings.TrimSuffix(w, "'s")]:
			return t.unlessPlace(end, count)
		default:
			if count > 0 && institutions[strings.TrimSuffix(w, "'s")] {
				return 0
			}
			if loud && count > 0 && !t.capital(i, j) {
				return t.unlessPlace(end, count)
			}
			count++
			end = j
			if to := t.possessive(i, j); to < j {
				if t.institution(t.skip(j, 1)) {
					return 0
				}
				return to
			}
			if count == maxNames {
				return t.unlessPlace(end, count)
			}
		}
		next := t.skip(j, 2)
		if next == j && t.r(j-1) != '.' {
			return t.unlessPlace(end, count)
		}
		i = next
	}
	return t.unlessPlace(end, count)
}

// unlessPlace is end, or 0 where no name was read or a place's word follows.
func (t folded) unlessPlace(end, count int) int {
	if count == 0 {
		return 0
	}
	if i := t.skip(end, 1); i > end {
		j := t.nameEnd(i)
		if w := t.lowered(i, j); w == "pub" || institutions[w] && unicode.IsUpper(t.r(i)) {
			return 0
		}
	}
	return end
}

// institution reports whether one of the next three words, all of which begin
// with a capital, is that of an institution.
func (t folded) institution(i int) bool {
	for range 3 {
		j := t.nameEnd(i)
		if j == i || !unicode.IsUpper(t.r(i)) {
			return false
		}
		if institutions[t.lowered(i, j)] {
			return true
		}
		i = t.skip(j, 1)
	}
	return false
}

// nameEnd is the index after a word of a name, with the hyphens and apostrophes
// within it.
func (t folded) nameEnd(i int) int {
	j := i
	for unicode.IsLetter(t.r(j)) || j > i && (t.r(j) == '\'' || t.r(j) == '-') && unicode.IsLetter(t.r(j+1)) {
		j++
	}
	return j
}

// possessive is the end of a word without the "'s" of the possessive.
func (t folded) possessive(i, j int) int {
	if j-i > 2 && lower(t.r(j-1)) == 's' && t.r(j-2) == '\'' {
		return j - 2
	}
	return j
}

// begins reports whether a word begins as a name does: with a capital, perhaps
// after d' or al-, or with a letter of a script that has no capitals.
func (t folded) begins(i, j int) bool {
	if r := t.r(i); unicode.IsUpper(r) || unicode.IsTitle(r) || unicode.Is(unicode.Lo, r) {
		return true
	}
	for k := i + 1; k < min(i+4, j-1); k++ {
		if (t.r(k) == '\'' || t.r(k) == '-') && unicode.IsUpper(t.r(k+1)) {
			return true
		}
	}
	return false
}

// particles stand before a surname, or within it, in small letters.
var particles = words(`van von der den de la le les du da do dos das del della di ter ten te ap ab ferch bin ibn bint al el st y zu af av`)

// notNames are words that make no name of a title before them: offices, makers'
// and invented names, and the words that begin a sentence or follow a title in
// general.
var notNames = words(`speaker chairman chairwoman chairperson chair president vice deputy mayor mayoress provost lieutenant chancellor advocate justice
	chief ombudsman secretary treasurer clerk leader member members officer madam sir privy commissioner high steward
	who whippy men motivator blobby big bean potato happy martens pepper beckmann right wrong universe world england wales scotland sunshine
	the a an and or of in on at to for from with by as is are was were has have had said says asked told who whom that this these those there
	he she they we you i it its our your my his her their but if when where what why how no not so then out off over up down
	monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december
	yesterday today tomorrow please thank thanks dear regarding further agenda minutes item report reports
	god jesus almighty christ hear day counter limit records record word teams excel office windows society software dos paint
	training surgery surgeries code conduct grants vacancy vacancies expenses allowances allowance development call fund induction attendance
	portal handbook enquiries questions workshop workshops briefing briefings elections candidate candidates contact details names name
	will would may can could should must shall do does did absent present apologies`)

// institutions are the words that places and institutions end in.
var institutions = words(`museum school schools academy almshouses hospital hospice infirmary charity charities trust foundation college grammar library
	gallery theatre centre center institute park street road lane avenue way close drive court gardens garden terrace crescent place square
	row hill bridge wood woods hall house arms pub inn hotel church chapel cup shield trophy memorial scholarship prize award stadium
	recreation playing estate ward farm wing building buildings cottages`)
