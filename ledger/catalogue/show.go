package catalogue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// show fills in what of each hit's text people see, with the words marked.
func (c *Catalogue) show(ctx context.Context, words []string, hits []Hit) error {
	texts := make([]string, len(hits))
	for i := range hits {
		h := &hits[i]
		texts[i] = h.summary
		if h.Title != "" {
			h.TitleSpans = []Span{{Text: h.Title}}
		}
		if c.entry != nil && !h.Erased && !h.Kind.HasAct() && (len(words) > 0 || h.summary == "") {
			if err := c.readText(h, &texts[i]); err != nil {
				return err
			}
		}
		if h.summary != "" {
			h.Snippet = []Span{{Text: h.summary}}
		}
	}
	return c.scratch.mark(ctx, words, hits, texts)
}

// readText reads the text of a hit from the ledger, and gives it a summary if it has
// none. What is not held there, or is damaged, is shown without text.
func (c *Catalogue) readText(h *Hit, text *string) error {
	ev, err := c.entry(h.ID)
	if errors.Is(err, ledger.ErrNotFound) || errors.Is(err, ledger.ErrDamaged) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("text of %s: %w", h.ID, err)
	}
	if ev.Entry == nil || len(ev.Entry.Content) == 0 {
		return nil
	}
	r, err := record.Decode(h.Kind, ev.Entry.Content)
	if err != nil {
		return nil
	}
	var b strings.Builder
	sentences(&b, record.Fields(h.Kind), r.Fields)
	*text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, b.String())
	if h.summary == "" {
		h.summary = excerpt(r.Fields)
	}
	return nil
}

// sentences collects what people wrote, in the order of the form, without codes,
// dates and numbers. The title stands above.
func sentences(b *strings.Builder, fields []record.Field, in map[string]any) {
	for i := range fields {
		f := &fields[i]
		values, ok := in[f.Name].([]any)
		if !ok {
			values = []any{in[f.Name]}
		}
		for _, v := range values {
			switch v := v.(type) {
			case map[string]any:
				sentences(b, f.Fields, v)
			case string:
				if f.Type == record.Prose || f.Type == record.OneLine && f.Name != record.FieldTitle && strings.Contains(v, " ") {
					b.WriteString(v)
					b.WriteByte('\n')
				}
			}
		}
	}
}

// excerpt is the beginning of the longest text, for records without a summary.
func excerpt(fields map[string]any) string {
	longest := ""
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if s, ok := fields[name].(string); ok && name != record.FieldTitle && len(s) > len(longest) && !protocol.MayBeID(s) {
			longest = s
		}
	}
	if len(longest) < 24 {
		return ""
	}
	return clip(longest, maxExcerpt)
}
