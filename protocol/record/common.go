package record

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol"
)

// Limits of the fields common to all content, in characters.
const (
	MaxTitle   = 120
	MaxSummary = 600
)

// Forms of values. They look at the shape alone: whether a tag or a code exists
// changes over time.
var (
	// langForm is RFC 5646 section 2.1 without the grandfathered tags.
	langForm = regexp.MustCompile(`^(?i:[a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4,8})(-(?i:[a-z]{4}))?(-(?i:[a-z]{2}|[0-9]{3}))?` +
		`(-(?i:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-(?i:[0-9a-wyz](-[a-z0-9]{2,8})+))*(-(?i:x(-[a-z0-9]{1,8})+))?$`)
	licenceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*( (AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*$`)
	codeForms   = map[string]*regexp.Regexp{
		"gss":       regexp.MustCompile(`^[EWSNK]\d{8}$`),
		"iso3166-2": regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9]{1,3}$`),
	}
	webForm = regexp.MustCompile(`^https?://[^\s/]`)
)

func (c *checker) common() {
	if s, ok := c.text(c.fields, "", FieldTitle, true, "Say in one line what the record is about."); ok {
		c.length(FieldTitle, s, MaxTitle)
	}
	if s, ok := c.text(c.fields, "", FieldSummary, false, "Write a few sentences in plain language."); ok {
		c.length(FieldSummary, s, MaxSummary)
	}
	const langRemedy = `Write the language as a BCP 47 tag, such as "en" or "cy".`
	if s, ok := c.text(c.fields, "", FieldLang, true, langRemedy); ok && !langForm.MatchString(s) {
		c.add(CodeBadForm, Must, FieldLang, fmt.Sprintf("%q does not have the form of a language tag.", clip(s)), langRemedy)
	}
	const licenceRemedy = "Write an SPDX identifier, such as " + DefaultLicence + "."
	if s, ok := c.text(c.fields, "", FieldLicence, true, licenceRemedy); ok && !licenceForm.MatchString(s) {
		c.add(CodeBadForm, Must, FieldLicence, fmt.Sprintf("%q does not have the form of a licence identifier.", clip(s)), licenceRemedy)
	}
	const officeRemedy = `Name the office that signs, such as "clerk", never a person.`
	if s, ok := c.text(c.fields, "", FieldSignedAs, true, officeRemedy); ok && strings.Contains(s, "@") {
		c.add(CodeBadForm, Must, FieldSignedAs, "This looks like an address, not an office.", officeRemedy)
	}
	const revisesRemedy = "Give the identifier of the entry that this one replaces, or leave the field out."
	if v, ok := c.fields[FieldRevises]; ok {
		s, _ := v.(string)
		if _, err := protocol.ParseEntryID(s); err != nil {
			c.add(CodeBadForm, Must, FieldRevises, "This is not the identifier of an entry.", revisesRemedy)
		}
	}
}

func (c *checker) length(name, s string, limit int) {
	if n := utf8.RuneCountInString(s); n > limit {
		c.add(CodeTooLong, Must, name, fmt.Sprintf("The %s has %d characters; the limit is %d.", spoken(name), n, limit), "Shorten it.")
	}
}

func (c *checker) code(m map[string]any, path, name string, codes Codes, required bool) string {
	remedy := "Write " + codes.String() + "."
	s, ok := c.text(m, path, name, required, remedy)
	if ok && !codes.Has(s) {
		c.add(CodeBadCode, Must, join(path, name), fmt.Sprintf("%q is not a %s that records use.", clip(s), spoken(name)), remedy)
		return ""
	}
	return s
}

func (c *checker) places() {
	list := c.maps(FieldPlaces, "Write a list of places, each with a scheme, a code and a name.")
	for _, i := range slices.Sorted(maps.Keys(list)) {
		path, m := fmt.Sprintf("%s[%d]", FieldPlaces, i), list[i]
		scheme := c.code(m, path, "scheme", Schemes, true)
		code, ok := c.text(m, path, "code", true, "Give the code of the place in its scheme.")
		if form := codeForms[scheme]; ok && form != nil && !form.MatchString(code) {
			hint := Schemes[slices.IndexFunc(Schemes, func(k Code) bool { return k.Code == scheme })].Hint
			c.add(CodeBadForm, Must, path+".code", fmt.Sprintf("%q does not have the form of a code of the scheme %s.", clip(code), scheme), "Write "+hint+".")
		}
		c.text(m, path, "name", false, "Write the name of the place as text.")
	}
}

func (c *checker) service() {
	v, ok := c.fields[FieldService]
	if !ok {
		return
	}
	m, ok := v.(map[string]any)
	if !ok {
		c.add(CodeWrongType, Must, FieldService, "The service is not a map of members.", `Write {"label": ..., "duty": ...}.`)
		return
	}
	c.text(m, FieldService, "label", true, "Say what the service is, in the words that people use for it.")
	c.code(m, FieldService, "duty", Duties, false)
}

func (c *checker) sources() {
	list := c.maps(FieldSources, "Write a list of sources, each with an id, a title and a url.")
	seen := map[string]bool{}
	for _, i := range slices.Sorted(maps.Keys(list)) {
		path, m := fmt.Sprintf("%s[%d]", FieldSources, i), list[i]
		if id, ok := c.text(m, path, "id", true, "Give the source a short name by which figures refer to it."); ok {
			if seen[id] {
				c.add(CodeTwice, Must, path+".id", fmt.Sprintf("Two sources are called %q.", clip(id)), "Give each its own id.")
			}
			seen[id] = true
		}
		c.text(m, path, "title", true, "Give the title of the source.")
		if url, ok := c.text(m, path, "url", false, "Write the address as text."); ok && !webForm.MatchString(url) {
			c.add(CodeBadForm, Should, path+".url", "This is not the address of a page.", "Begin it with https://.")
		}
	}
}

func (c *checker) body() {
	c.text(c.fields, "", "name", true, "Give the name under which the body is known.")
	c.code(c.fields, "", "role", Roles, true)
}

func (c *checker) filed(r *Record) {
	if len(r.Places()) == 0 {
		c.add(CodeNotFiled, Should, FieldPlaces, "No place is named, so nobody will find this by place.", "Name the place or places that it is about.")
	}
	if r.Service().Label == "" {
		c.add(CodeNotFiled, Should, FieldService, "No service is named, so nobody will find this by service.", "Say which service it is about.")
	}
}

func without(fields map[string]any, name string) map[string]any {
	if _, ok := fields[name]; !ok {
		return fields
	}
	out := maps.Clone(fields)
	delete(out, name)
	return out
}

func rejectedAs(err error, code protocol.Code) bool {
	var r *protocol.Rejection
	return errors.As(err, &r) && r.Code == code
}
