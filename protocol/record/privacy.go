package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol"
)

// Rules of the privacy check.
const (
	RuleEmail             = "email"
	RuleTelephone         = "telephone"
	RuleNationalInsurance = "national_insurance"
	RulePostcode          = "postcode"
	RuleTitledName        = "titled_name"
)

// MaxHits is how many passages of one record are listed. Where there are more,
// the last one listed stands for the rest as well, and says so: its ID follows
// from all of them, so that nothing is confirmed that nobody was told of.
const MaxHits = 500

// maxAround is how many characters stand in Before and in After.
const maxAround = 40

// Hit is a passage of free text that may be somebody's personal data.
type Hit struct {
	// ID names the passage: it follows from the rule, the field, the passage and
	// the rest of its sentence, so that a confirmation holds while these stay as
	// they are. Equal passages in equal sentences of a field are told apart by
	// their order.
	ID string `json:"id"`
	// Rule is "email", "telephone", "national_insurance", "postcode" or
	// "titled_name".
	Rule string `json:"rule"`
	// Field is where, such as alternatives[0].why_not. For the name of a member
	// that this software does not know it is the group that has the member.
	Field string `json:"field"`
	// Start and End bound the passage in the field's text, in bytes.
	Start int `json:"start"`
	End   int `json:"end"`
	// Passage is the text itself; Before and After are what stands around it, up
	// to 40 characters each.
	Passage string `json:"passage"`
	Before  string `json:"before,omitempty"`
	After   string `json:"after,omitempty"`
	// Message says what it looks like, Remedy what to do.
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

// advice says what a rule found, and what to do about it.
var advice = map[string][2]string{
	RuleEmail:             {"This looks like an e-mail address.", "Take it out, or give the address of a contact form instead; if it is meant to be public, confirm it."},
	RuleTelephone:         {"This looks like a telephone number.", "Take it out, or name the office instead; if it is meant to be public, confirm it."},
	RuleNationalInsurance: {"This looks like a National Insurance number.", "Take it out: nobody needs it here. If it is something else, confirm it."},
	RulePostcode:          {"This looks like a full postcode, which can stand for a few homes.", "Take it out, or give its first half or the ward instead; if it is that of a public building, confirm it."},
	RuleTitledName:        {"This looks like somebody's name.", "Take it out, or name the office instead; if it is meant to be public, confirm it."},
}

// Privacy finds what looks like personal data in the free text of a record, in
// the order of the fields and of the text: the fields that [Fields] lists come
// first, then others by name. Values of the form that their field asks for, such
// as codes, dates and hashes, are not looked at; identifiers are looked at for
// e-mail addresses and names only, since numbers in them mean nothing. At most
// [MaxHits] passages are returned.
//
// It is help for people who mean well, not a proof. What it does not find are
// names without a title, initials, numbers in words, and local telephone numbers
// without the area code.
func Privacy(r *Record) []Hit {
	f := finder{seen: map[[sha256.Size]byte]uint64{}}
	f.members("", r.Fields, Fields(r.Kind), 0)
	if f.more > 0 {
		last := &f.hits[len(f.hits)-1]
		sum := sha256.Sum256(append([]byte(last.ID), f.rest[:]...))
		last.ID = hex.EncodeToString(sum[:8])
		last.Message += fmt.Sprintf(" %d more passages of the record look like personal data and are not listed; they are confirmed with this one.", f.more)
	}
	return f.hits
}

// finder collects the hits of one record.
type finder struct {
	hits []Hit
	// seen counts passages that are alike but for their order.
	seen map[[sha256.Size]byte]uint64
	// more is how many hits are beyond [MaxHits], rest a hash over these.
	more int
	rest [sha256.Size]byte
}

// members looks through a map, in the order of its fields.
func (f *finder) members(path string, in map[string]any, fields []Field, depth int) {
	known := make(map[string]bool, len(fields))
	for i := range fields {
		known[fields[i].Name] = true
		f.value(join(path, fields[i].Name), in[fields[i].Name], &fields[i], depth+1)
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if !known[name] {
			f.text(path, name, scan(name, false))
			f.value(join(path, clip(name)), in[name], nil, depth+1)
		}
	}
}

// value looks through a value; field is nil where no table has it.
func (f *finder) value(at string, v any, field *Field, depth int) {
	if depth > 2*protocol.MaxContentDepth {
		return // No content nests so deep, and so it is never published.
	}
	switch v := v.(type) {
	case string:
		if field == nil || !field.formal(v) {
			f.text(at, v, scan(v, field != nil && identifierNames[field.Name]))
		}
	case []any:
		for i, e := range v {
			f.value(fmt.Sprintf("%s[%d]", at, i), e, field, depth+1)
		}
	case map[string]any:
		var fields []Field
		if field != nil {
			fields = field.Fields
		}
		f.members(at, v, fields, depth)
	}
}

// identifierNames are the members that hold a number or a short name which
// somebody else gave.
var identifierNames = map[string]bool{"id": true, "code": true, "ref": true}

// formal reports whether text has the form that its field asks for, where that
// form leaves no room for personal data.
func (f *Field) formal(s string) bool {
	var err error
	switch f.Type {
	case Coded:
		return f.Codes.Has(s)
	case Calendar:
		_, err = ParseDate(s)
	case Number:
		_, err = ParseDecimal(s)
	case EntryLink, BodyLink:
		_, err = protocol.ParseEntryID(s)
	case Hash:
		err = new(protocol.Digest).UnmarshalText([]byte(s))
	default:
		return f.Pattern != "" && f.Pattern != officePattern && patterns[f.Pattern].MatchString(s)
	}
	return err == nil
}

// text adds what was found in a text.
func (f *finder) text(at, text string, found []span) {
	for _, s := range found {
		passage := text[s.start:s.end]
		key := fingerprint([]byte(s.rule), []byte(at), []byte(sentenceBefore(text[:s.start])), []byte(passage), []byte(sentenceAfter(text[s.end:])))
		nth := binary.BigEndian.AppendUint64(nil, f.seen[key])
		f.seen[key]++
		sum := fingerprint(key[:], nth)
		if len(f.hits) == MaxHits {
			f.more++
			f.rest = fingerprint(f.rest[:], sum[:])
			continue
		}
		f.hits = append(f.hits, Hit{
			ID: hex.EncodeToString(sum[:8]), Rule: s.rule, Field: at, Start: s.start, End: s.end, Passage: passage,
			Before: lastRunes(text[:s.start], maxAround), After: firstRunes(text[s.end:], maxAround),
			Message: advice[s.rule][0], Remedy: advice[s.rule][1],
		})
	}
}

// fingerprint hashes parts so that no two lists of parts run together.
func fingerprint(parts ...[]byte) [sha256.Size]byte {
	var all []byte
	for _, p := range parts {
		all = binary.BigEndian.AppendUint64(all, uint64(len(p)))
		all = append(all, p...)
	}
	return sha256.Sum256(all)
}

// sentenceBefore is the end of s that belongs to the sentence which goes on after
// it, up to maxAround characters.
func sentenceBefore(s string) string {
	s = lastRunes(s, maxAround)
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '\n' || strings.IndexByte(".!?", s[i]) >= 0 && i+1 < len(s) && s[i+1] == ' ' {
			return strings.TrimLeft(s[i+1:], " ")
		}
	}
	return s
}

// sentenceAfter is the rest of a sentence, up to maxAround characters.
func sentenceAfter(s string) string {
	s = firstRunes(s, maxAround)
	for i := range len(s) {
		if s[i] == '\n' || strings.IndexByte(".!?", s[i]) >= 0 && (i+1 == len(s) || unicode.IsSpace(rune(s[i+1]))) {
			return s[:i]
		}
	}
	return s
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func lastRunes(s string, n int) string {
	i := len(s)
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return s[i:]
}
