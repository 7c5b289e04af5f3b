package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// fieldView is one field of a record as it is shown: either text in paragraphs, or
// links, or groups.
type fieldView struct {
	Label  string
	Values []valueView
}

// valueView is one value of a field.
type valueView struct {
	Text string
	// URL is where it leads: a page here, or, if Away, one on another site.
	URL  string
	Away bool
	// Members are those of a group.
	Members []fieldView
}

// fieldsOf are the fields that a record has, in the order of the form; those that
// this software does not know come last, under their own names. Title and summary
// stand above.
func fieldsOf(w *words, kind protocol.Kind, fields map[string]any, refs map[string]api.Reference) []fieldView {
	if fields == nil {
		return nil
	}
	shown := maps.Clone(fields)
	delete(shown, record.FieldTitle)
	delete(shown, record.FieldSummary)
	return members(w, record.Fields(kind), shown, refs)
}

func members(w *words, fields []record.Field, in map[string]any, refs map[string]api.Reference) (out []fieldView) {
	known := make(map[string]bool, len(fields))
	for i := range fields {
		f := &fields[i]
		known[f.Name] = true
		v, ok := in[f.Name]
		if !ok {
			continue
		}
		if shown := fieldOf(w, f, v, refs); len(shown.Values) > 0 {
			out = append(out, shown)
		}
	}
	var others []string
	for name := range in {
		if !known[name] {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, name := range others {
		out = append(out, fieldOf(w, &record.Field{Label: name, Type: record.OneLine}, in[name], refs))
	}
	return out
}

func fieldOf(w *words, f *record.Field, v any, refs map[string]api.Reference) fieldView {
	out := fieldView{Label: f.Label}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, item := range list {
		out.Values = append(out.Values, valueOf(w, f, item, refs))
	}
	if ok && len(list) == 0 {
		out.Values = []valueView{{Text: w.T("field.none")}}
	}
	return out
}

func valueOf(w *words, f *record.Field, v any, refs map[string]api.Reference) valueView {
	switch v := v.(type) {
	case map[string]any:
		if out, ok := inShort(f, v); ok {
			return out
		}
		return valueView{Members: members(w, f.Fields, v, refs)}
	case []any:
		out := valueView{}
		for i, item := range v {
			out.Members = append(out.Members, fieldOf(w, &record.Field{Label: strconv.Itoa(i + 1), Type: record.OneLine}, item, refs))
		}
		return out
	case bool:
		if v {
			return valueView{Text: w.T("field.yes")}
		}
		return valueView{Text: w.T("field.no")}
	case string:
		return textValue(w, f, v, refs)
	default:
		text := fmt.Sprint(v)
		if label := f.Codes.Label(text); f.Type == record.Whole && len(f.Codes) > 0 {
			text = label
		}
		return valueView{Text: text}
	}
}

// inShort shows a place as a link and a service by its name, which are in almost
// every record.
func inShort(f *record.Field, in map[string]any) (valueView, bool) {
	text := func(name string) string { s, _ := in[name].(string); return s }
	switch f.Name {
	case record.FieldPlaces:
		code, name := text("code"), text("name")
		if code == "" {
			return valueView{}, false
		}
		if name != "" {
			name += " (" + code + ")"
		} else {
			name = code
		}
		return valueView{Text: name, URL: placeLink(code)}, true
	case record.FieldService:
		label := text("label")
		return valueView{Text: label, URL: "/search?" + url.Values{"service": {label}}.Encode()}, label != ""
	default:
		return valueView{}, false
	}
}

func textValue(w *words, f *record.Field, s string, refs map[string]api.Reference) valueView {
	switch f.Type {
	case record.Coded:
		return valueView{Text: f.Codes.Label(s)}
	case record.Calendar:
		if d, err := record.ParseDate(s); err == nil {
			return valueView{Text: w.Partial(d)}
		}
	case record.EntryLink:
		if id, err := protocol.ParseEntryID(s); err == nil {
			if ref := refs[s]; ref.Title != "" {
				return valueView{Text: ref.Title, URL: entryLink(id)}
			}
			return valueView{Text: short(id), URL: entryLink(id)}
		}
	case record.BodyLink:
		if id, err := protocol.ParseBodyID(s); err == nil {
			return valueView{Text: short(id), URL: "/bodies/" + s}
		}
	case record.WebAddress:
		if isWeb(s) {
			return valueView{Text: s, URL: s, Away: true}
		}
	}
	return valueView{Text: s}
}

// isWeb reports whether an address may be a link: whatever else a record says must
// not run here.
func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
