package record

import "strings"

// maxDigits is how many digits a telephone number is read for: E.164 has 15.
const maxDigits = 16

// dialled is what looks like a telephone number, as it is read.
type dialled struct {
	digits []byte
	// ends has the index after each digit, groups the number of the group that
	// the digit is in.
	ends, groups []int
	// seps has the first sign between a group and the one after it.
	seps []rune
	plus bool
	// over says that another digit follows without a gap.
	over bool
}

// telephones finds numbers of the United Kingdom's national numbering plan
// (Ofcom), with 0 or the country's code before them, and numbers of other
// countries that begin with a plus.
func (t folded) telephones() []span {
	var out []span
	for i := 0; i < len(t); i++ {
		r := t.r(i)
		if r != '+' && r != '0' && r != '(' && r != '4' || !t.startsNumber(i) {
			continue
		}
		d := t.dial(i)
		if end := d.telephone(); end > 0 && !latin(t.r(end)) && (!d.unbroken() || !t.reference(i)) {
			out = append(out, t.span(RuleTelephone, i, end))
			i = end - 1
		}
	}
	return out
}

// startsNumber reports whether what stands before i lets a number begin there.
func (t folded) startsNumber(i int) bool {
	if t.r(i) == '(' && t.r(i+1) != '0' && t.r(i+1) != '+' {
		return false
	}
	before := t.r(i - 1)
	if alnum(before) || strings.ContainsRune("£$€#_+", before) {
		return false
	}
	return !strings.ContainsRune(".,-/:", before) || !digit(t.r(i-2))
}

// dial reads digits with up to three signs between them.
func (t folded) dial(i int) dialled {
	var d dialled
	group := 0
	for {
		if r := t.r(i); digit(r) {
			if len(d.digits) == maxDigits {
				d.over = true
				return d
			}
			d.digits = append(d.digits, byte(r))
			d.ends = append(d.ends, i+1)
			d.groups = append(d.groups, group)
			i++
			continue
		}
		j, lines := i, 0
		for ; j < i+4 && strings.ContainsRune(" -.()\n", t.r(j)); j++ {
			if t.r(j) == '\n' {
				lines++
			}
		}
		if len(d.digits) == 0 && t.r(j) == '+' && !d.plus {
			d.plus = true
			j++
		}
		if !digit(t.r(j)) || lines > 1 || j > i+4 {
			return d
		}
		if len(d.digits) > 0 {
			group++
			d.seps = append(d.seps, t.r(i))
		}
		i = j
	}
}

// telephone returns the index after the number, or 0 when it is none.
func (d *dialled) telephone() int {
	s := string(d.digits)
	from := 0
	switch {
	case d.plus && strings.HasPrefix(s, "44"):
		from = 2
	case strings.HasPrefix(s, "0044"):
		from = 4
	case strings.HasPrefix(s, "447") && !d.plus && d.len(0) != 3:
		from = 2
	case d.plus:
		if n := len(s); n >= 9 && n <= 15 && s[0] != '0' && d.groups[n-1] < 6 {
			return d.ends[n-1]
		}
		return 0
	case !strings.HasPrefix(s, "0"):
		return 0
	}
	abroad := from > 0
	if from < len(s) && s[from] == '0' {
		from++
	} else if !abroad {
		return 0
	}
	if n := d.ended(from + 10); n > 0 && inPlan(s[from:]) && (abroad || d.grouped(from+10)) {
		return n
	}
	// A few numbers have nine digits after the 0; such a number is only told from
	// others by how it is grouped.
	if len(s) == from+9 && !d.over && inPlan(s[from:]) && (abroad || d.grouped(from+9) && d.short()) {
		return d.ends[len(s)-1]
	}
	return 0
}

// ended returns the index after the n-th digit where a group ends with it.
func (d *dialled) ended(n int) int {
	if len(d.digits) < n || n == len(d.digits) && d.over || n < len(d.digits) && d.groups[n] == d.groups[n-1] && d.ends[n] == d.ends[n-1]+1 {
		return 0
	}
	return d.ends[n-1]
}

// len is how many digits the g-th group has.
func (d *dialled) len(g int) int {
	n := 0
	for _, of := range d.groups {
		if of == g {
			n++
		}
	}
	return n
}

func (d *dialled) unbroken() bool { return d.len(0) >= 10 }

// short reports whether a number of ten digits in all is grouped like one.
func (d *dialled) short() bool {
	switch d.len(0) {
	case 4:
		return strings.HasPrefix(string(d.digits), "0500") || strings.HasPrefix(string(d.digits), "0800")
	case 5, 6:
		return d.digits[1] == '1' && d.groups[len(d.groups)-1] <= 2
	}
	return false
}

// grouped reports whether the first n digits stand in groups such as people make
// of a telephone number, and not as in dates, times and lists of numbers.
func (d *dialled) grouped(n int) bool {
	groups := d.groups[n-1] + 1
	switch first := d.len(0); {
	case groups == n:
		return true
	case groups > 6:
		return false
	case first == 2:
		for _, s := range d.seps[:groups-1] {
			if s != d.seps[0] {
				return false
			}
		}
		return d.digits[1] == '7' && groups >= 4 && d.len(2) <= 3
	case first < 3:
		return false
	case first == 4 && d.len(1) == 4 && d.seps[0] == '-' && groups == 3 && d.seps[1] != '-':
		return !clock(d.digits[:4]) || !clock(d.digits[4:8])
	}
	return true
}

// clock reports whether four digits are a time of day as timetables have it.
func clock(s []byte) bool {
	hour, minute := int(s[0]-'0')*10+int(s[1]-'0'), int(s[2]-'0')*10+int(s[3]-'0')
	return hour < 25 && minute < 60 && minute%5 == 0
}

// inPlan reports whether a number without its 0 begins as the plan has it.
func inPlan(s string) bool {
	seconds := map[byte]string{'1': "123456789", '2': "03489", '3': "0347", '5': "56", '7': "0123456789", '8': "0478", '9': "018"}
	return len(s) > 1 && strings.IndexByte(seconds[s[0]], s[1]) >= 0
}

// references are words before a number that is none to dial.
var references = words(`ref refs reference references invoice invoices isbn issn uprn uprns usrn account barcode serial order grant claim
	charity company planning application receipt voucher cheque asset meter batch ticket docket tender contract permit licence`)

// reference reports whether the word before i, or the one before "no" or
// "number", says that a number is not to be dialled.
func (t folded) reference(i int) bool {
	for range 2 {
		for i > 0 && strings.ContainsRune(" .:(#", t.r(i-1)) {
			i--
		}
		end := i
		for i > 0 && end-i < 16 && latin(t.r(i-1)) {
			i--
		}
		switch w := t.lowered(i, end); w {
		case "no", "number", "nr", "id":
		default:
			return references[w]
		}
	}
	return false
}

func (t folded) lowered(i, j int) string {
	var b strings.Builder
	for ; i < j; i++ {
		b.WriteRune(lower(t.r(i)))
	}
	return b.String()
}

// insuranceNumbers finds National Insurance numbers: two letters, six digits and
// a letter from A to D. Which letters and prefixes there are says HMRC, National
// Insurance Manual NIM39110.
func (t folded) insuranceNumbers() []span {
	var out []span
	for i := 0; i+8 < len(t); i++ {
		if alnum(t.r(i-1)) || !latin(t.r(i)) || !latin(t.r(i+1)) {
			continue
		}
		if end := t.insuranceNumber(i); end > 0 {
			out = append(out, t.span(RuleNationalInsurance, i, end))
			i = end - 1
		}
	}
	return out
}

func (t folded) insuranceNumber(i int) int {
	first, second := upper(t.r(i)), upper(t.r(i+1))
	if strings.ContainsRune("DFIQUV", first) || strings.ContainsRune("DFIOQUV", second) {
		return 0
	}
	switch string([]rune{first, second}) {
	case "BG", "GB", "NK", "KN", "TN", "NT", "ZZ":
		return 0
	}
	gaps := 0
	j := i + 2
	for n := 0; n < 7; n++ {
		if strings.ContainsRune(" -./", t.r(j)) {
			j++
			gaps++
		}
		if n < 6 && !digit(t.r(j)) || n == 6 && (upper(t.r(j)) < 'A' || upper(t.r(j)) > 'D') {
			return 0
		}
		j++
	}
	// "at SE 123456 a lamp" is a reference to the grid and an article.
	article := upper(t.r(j-1)) == 'A' && t.r(j-2) == ' ' && t.r(j) == ' ' && gaps < 4
	if alnum(t.r(j)) || article {
		return 0
	}
	return j
}

// postcodeAreas are the letters that postcodes begin with.
var postcodeAreas = words(`AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY
	G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR
	RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE`)

// postcodes finds full postcodes (BS 7666): the outward code, such as LS1 or
// SW1A, and a digit with two letters.
func (t folded) postcodes() []span {
	var out []span
	for i := 0; i+4 < len(t); i++ {
		if !latin(t.r(i)) || alnum(t.r(i-1)) {
			continue
		}
		if end := t.postcode(i); end > 0 {
			out = append(out, t.span(RulePostcode, i, end))
			i = end - 1
		}
	}
	return out
}

func (t folded) postcode(i int) int {
	j := i
	for j < i+2 && latin(t.r(j)) {
		j++
	}
	area := strings.ToUpper(t.lowered(i, j))
	if !postcodeAreas[area] && !t.spells(i, "gir") {
		return 0
	}
	// The outward code ends before the last digit, so both ways are tried where
	// there is no space: E1 1AA and E11 1AA.
	for _, n := range []int{3, 2, 1} {
		if end := t.inward(i, j, j+n); end > 0 {
			return end
		}
	}
	return 0
}

// inward returns the index after a postcode whose area ends at j and whose
// outward code ends at k, or 0.
func (t folded) inward(i, j, k int) int {
	outward := t.lowered(j, k)
	switch {
	case outward == "":
		return 0
	case t.lowered(i, k) == "gir":
	case !digit(t.r(j)), len(outward) > 2:
		return 0
	case len(outward) == 2 && !digit(t.r(j+1)) && (!latin(t.r(j+1)) || strings.ContainsRune("ilqz", lower(t.r(j+1)))):
		return 0
	}
	m := k
	for m < k+2 && t.r(m) == ' ' || m == k && t.r(m) == '-' {
		m++
	}
	if !digit(t.r(m)) || !unitLetter(t.r(m+1)) || !unitLetter(t.r(m+2)) || alnum(t.r(m+3)) {
		return 0
	}
	if small := lower(t.r(m+1)) == t.r(m+1) && lower(t.r(m+2)) == t.r(m+2); small && m > k {
		// "the A1 2nd phase", "route E1 2hr": ordinals and units are small.
		ordinal := map[string]bool{"st": true, "nd": true, "rd": true, "th": true}[t.lowered(m+1, m+3)]
		unit := map[string]bool{"hr": true, "ft": true, "yd": true, "lb": true, "pt": true, "gb": true, "tb": true, "px": true}[t.lowered(m+1, m+3)]
		if ordinal || unit && upper(t.r(i)) == t.r(i) {
			return 0
		}
	}
	return m + 3
}

// unitLetter reports whether a letter can stand in the second half of a postcode.
func unitLetter(r rune) bool { return latin(r) && !strings.ContainsRune("cikmov", lower(r)) }

func words(list string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		out[w] = true
	}
	return out
}
