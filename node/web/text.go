package web

import (
	"embed"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/folkmoot/folkmoot/protocol/record"
)

//go:embed text/*.toml
var textFiles embed.FS

// catalogue has the words of all pages in all languages there are.
type catalogue struct {
	bundle *i18n.Bundle
	tags   []language.Tag
	match  language.Matcher
}

func loadCatalogue() (*catalogue, error) {
	c := &catalogue{bundle: i18n.NewBundle(language.BritishEnglish)}
	c.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	files, err := textFiles.ReadDir("text")
	if err != nil {
		return nil, fmt.Errorf("list the words of the pages: %w", err)
	}
	for _, f := range files {
		if _, err := c.bundle.LoadMessageFileFS(textFiles, "text/"+f.Name()); err != nil {
			return nil, fmt.Errorf("read the words of the pages: %w", err)
		}
	}
	c.tags = c.bundle.LanguageTags()
	c.match = language.NewMatcher(c.tags)
	return c, nil
}

// of returns the words for whoever asks, in the language of theirs that there is.
func (c *catalogue) of(r *http.Request) *words {
	wanted, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")) // what is not a language is none
	_, i, _ := c.match.Match(wanted...)
	return &words{tag: c.tags[i], loc: i18n.NewLocalizer(c.bundle, c.tags[i].String())}
}

// words are those of one language.
type words struct {
	tag language.Tag
	loc *i18n.Localizer
}

// Lang is the language as HTML names it.
func (w *words) Lang() string { return w.tag.String() }

// T is a message. Pairs of a name and a value fill its places, escaped by whoever
// writes the page, not here. A message that there is not shows as its name: a test
// sees to it that there is none.
func (w *words) T(id string, pairs ...any) string {
	return w.say(&i18n.LocalizeConfig{MessageID: id, TemplateData: places(pairs)}, id)
}

// N is a message about n of something, which stands at {{.N}}.
func (w *words) N(id string, n any, pairs ...any) string {
	count := fmt.Sprint(n)
	data := places(pairs)
	data["N"] = grouped(count)
	return w.say(&i18n.LocalizeConfig{MessageID: id, PluralCount: count, TemplateData: data}, id)
}

func (w *words) say(cfg *i18n.LocalizeConfig, id string) string {
	s, err := w.loc.Localize(cfg)
	if err != nil {
		return id
	}
	return s
}

func places(pairs []any) map[string]any {
	data := make(map[string]any, len(pairs)/2+1)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return data
}

// Number groups the digits of a whole number by three.
func (w *words) Number(n any) string { return grouped(fmt.Sprint(n)) }

func grouped(s string) string {
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Percent is a share, from 0 to 1, in whole percent.
func (w *words) Percent(share float64) string {
	return strconv.Itoa(int(math.Round(share*100))) + " %"
}

// Date is a day in words.
func (w *words) Date(t time.Time) string {
	t = t.UTC()
	return w.T("date.day", "Day", t.Day(), "Month", w.month(t.Month()), "Year", t.Year())
}

// Partial is a day, a month or a year, as a record has it.
func (w *words) Partial(d record.Date) string {
	switch s := d.String(); len(s) {
	case len("2006-01-02"):
		return w.Date(d.Start())
	case len("2006-01"):
		return w.T("date.month", "Month", w.month(d.Start().Month()), "Year", d.Start().Year())
	default:
		return s
	}
}

func (w *words) month(m time.Month) string { return w.T("date.month." + strconv.Itoa(int(m))) }

// Stamp is a time as an element that programs can read.
func (w *words) Stamp(t time.Time) template.HTML {
	//nolint:gosec // a date in words of the catalogue
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `">` + template.HTMLEscapeString(w.Date(t)) + `</time>`)
}
