package catalogue

import (
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Longest texts that are kept, in characters. A title or summary within the
// rules is never cut.
const (
	maxTitle   = record.MaxTitle
	maxSummary = record.MaxSummary
	maxExcerpt = 160
	maxLabel   = 120
	maxPlaces  = 64
)

// row is what the catalogue keeps of an entry's content.
type row struct {
	lang, title, summary, service, network, method, depth string

	places []record.Place
	refs   []record.Ref
	// words are the text that is searched besides the title.
	words string
	// name and the rest are those of a body; for records of that kind only.
	profile                        bool
	name, role, legalForm, website string
	// asks: a decision that asks somebody for something.
	asks bool
	// changes: it names a record that it takes the place of, or takes back.
	changes bool
}

// rowOf reads an entry's content. Content that cannot be read gives a row
// without text.
func rowOf(e *protocol.Entry) *row {
	if len(e.Content) == 0 {
		return &row{}
	}
	r, err := record.Decode(e.Envelope.Kind, e.Content)
	if err != nil {
		return &row{}
	}
	out := &row{
		lang: clip(r.Lang(), 35), title: clip(r.Title(), maxTitle), summary: clip(r.Summary(), maxSummary),
		service: clip(r.Service().Label, maxLabel), network: clip(inside(r, "network", "basis"), maxLabel),
		method: clip(r.Text("method"), maxLabel), depth: clip(inside(r, "process", "depth"), maxLabel),
		refs: record.References(r.Fields),
	}
	for _, p := range r.Places() {
		if p.Code != "" && len(out.places) < maxPlaces {
			out.places = append(out.places, record.Place{Scheme: clip(p.Scheme, maxLabel), Code: clip(p.Code, maxLabel), Name: clip(p.Name, maxLabel)})
		}
	}
	asks, _ := r.Fields["asks"].([]any)
	out.asks = len(asks) > 0
	for _, ref := range out.refs {
		out.changes = out.changes || ref.Field == record.FieldRevises || ref.Field == fieldOf
	}
	if e.Envelope.Kind == record.KindBody {
		out.profile = true
		out.name, out.role = clip(r.Text("name"), maxLabel), clip(r.Text("role"), maxLabel)
		out.legalForm, out.website = clip(r.Text("legal_form"), maxLabel), clip(r.Text("website"), 2*maxLabel)
	}
	var b strings.Builder
	gather(&b, "", r.Fields)
	out.words = b.String()
	return out
}

// fieldOf is what a correction is about.
const fieldOf = "of"

// inside is the text of a member of a field, empty if there is none.
func inside(r *record.Record, field, member string) string {
	m, _ := r.Fields[field].(map[string]any)
	s, _ := m[member].(string)
	return s
}

// searchTitle is what counts as the title in a search.
func (r *row) searchTitle() string {
	if r.profile {
		return r.title + " " + r.name
	}
	return r.title
}

// unsearched are fields whose text nobody looks for, at any depth.
var unsearched = []string{record.FieldLang, record.FieldLicence, record.FieldRevises, "url", "sha256", "scheme", "duty"}

// gather collects all text that is searched but the title.
func gather(b *strings.Builder, name string, v any) {
	switch v := v.(type) {
	case string:
		if !protocol.MayBeID(v) && !slices.Contains(unsearched, name) {
			b.WriteString(v)
			b.WriteByte('\n')
		}
	case []any:
		for _, e := range v {
			gather(b, name, e)
		}
	case map[string]any:
		top := name == ""
		for _, n := range slices.Sorted(maps.Keys(v)) {
			if top && n == record.FieldTitle {
				continue
			}
			gather(b, n, v[n])
		}
	}
}

// Axes that a search filters by. Their first letters begin the made-up words of
// the index; the names are those of the table counts.
const (
	axisAll     = "all"
	axisBody    = "body"
	axisKind    = "kind"
	axisMethod  = "method"
	axisPlace   = "place"
	axisService = "service"
	axisYear    = "year"
)

// tag is the word of the index for a value on an axis. Values may share one:
// whoever uses it compares the value itself as well.
func tag(axis, value string) string {
	h := fnv.New64a()
	h.Write([]byte(value)) // never fails
	return axis[:1] + strconv.FormatUint(h.Sum64()&0xffffffffff, 10)
}

// year is the calendar year that an entry claims.
func year(at uint64) string {
	const year10000 = 253402300800
	if at >= year10000 {
		return "10000"
	}
	return strconv.Itoa(time.Unix(int64(at), 0).UTC().Year())
}

// clip makes one line of a text and cuts it to a number of characters, at a word
// where there is one.
func clip(s string, limit int) string {
	if len(s) > 8*limit {
		s = s[:8*limit]
	}
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "")))
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	cut := string(r[:limit-1])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return cut + "…"
}
