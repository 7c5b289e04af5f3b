package record_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

func TestPrivacyLooksEverywhere(t *testing.T) {
	const telephone = "0113 496 0182"
	entry := protocol.EntryID(protocol.HashOf([]byte("an entry"))).String()
	r := &record.Record{Kind: record.KindDecision, Fields: map[string]any{
		"title": "Ring " + telephone, "decided_on": "2026-05-14", "revises": entry,
		"alternatives": []any{map[string]any{"option": "wait", "why_not": "ask Mrs Pellow"}},
		"asks":         []any{map[string]any{"ref": "a", "of": entry, "action": "write to help@example.org"}},
		"places":       []any{map[string]any{"scheme": "gss", "code": "E05012345", "name": "LS9 8AA"}},
		"sources":      []any{map[string]any{"id": "x", "url": "https://example.org/?to=help@example.org"}},
		"not_known":    map[string]any{"deep": []any{"JK123456C"}},
	}}
	var got []string
	for _, h := range record.Privacy(r) {
		got = append(got, h.Field+" "+h.Rule+" "+h.Passage)
		if h.Message == "" || h.Remedy == "" || h.ID == "" {
			t.Errorf("%+v", h)
		}
	}
	want := []string{
		"title telephone " + telephone, "places[0].name postcode LS9 8AA", "alternatives[0].why_not titled_name Mrs Pellow",
		"asks[0].action email help@example.org", "sources[0].url email help@example.org", "not_known.deep[0] national_insurance JK123456C",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("found %q\nwant  %q", got, want)
	}
}

// TestPrivacyCannotBeHiddenFrom writes a number and an address in characters that
// look like others, or like nothing.
func TestPrivacyCannotBeHiddenFrom(t *testing.T) {
	for _, s := range []string{
		"０１１３ ４９６ ０１８２", "0113\u00a0496\u00a00182", "0113\u200b 496\u200b 0182", "0113\u2011496\u20110182", "01\u00ad13 496 0182",
		"help\uff20example.org", "he\u200blp@exa\u200dmple.org", "Mrs\u00a0Pellow", "Mrs\u200b Pellow", "LS9\u00a08AA", "ＬＳ９ ８ＡＡ",
	} {
		if hits := record.Privacy(question("See " + s + " for more.")); len(hits) != 1 || !strings.Contains(s, hits[0].Passage) {
			t.Errorf("%q: %+v", s, hits)
		}
	}
}

// TestHitsAreNamed confirms that a hit keeps its name while its sentence stays,
// and that two that are alike have two.
func TestHitsAreNamed(t *testing.T) {
	const s = "Ring 0113 496 0182 today. "
	one := record.Privacy(question(s))[0]
	more := record.Privacy(question("We met. " + s + s + "It rained."))
	if len(more) != 2 || more[0].ID != one.ID || more[1].ID == one.ID {
		t.Errorf("%+v and %+v", one, more)
	}
	for _, other := range []string{"Ring 0113 496 0183 today.", "Do not ring 0113 496 0182 today.", "Ring 0113 496 0182 tomorrow."} {
		if h := record.Privacy(question(other)); len(h) != 1 || h[0].ID == one.ID {
			t.Errorf("%q has the name of %q", other, s)
		}
	}
}

func TestPrivacyIsBounded(t *testing.T) {
	hits := record.Privacy(question(strings.Repeat("Ring 0113 496 0182. ", 3000)))
	if len(hits) != record.MaxHits || !strings.Contains(hits[len(hits)-1].Message, "2500 more") {
		t.Errorf("%d hits, the last %+v", len(hits), hits[len(hits)-1])
	}
}

func question(s string) *record.Record {
	return &record.Record{Kind: record.KindChallenge, Fields: map[string]any{"question": s}}
}

func FuzzPrivacy(f *testing.F) {
	for _, s := range []string{"Ring 0113 496 0182.", "help@example.org", "Mrs d'\u00c9on-Smith's", "LS9 8AA", "\xff@\xff.\xff", "+44 (0) 0 0 0 0", "Mr Mr Mr", "MX AA000000A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, h := range record.Privacy(question(s)) {
			if h.Start < end || h.End <= h.Start || h.End > len(s) || s[h.Start:h.End] != h.Passage {
				t.Fatalf("%+v after %d in %q", h, end, s)
			}
			if utf8.ValidString(s) && !utf8.ValidString(h.Passage) {
				t.Fatalf("%q is cut out of %q", h.Passage, s)
			}
			end = h.End
		}
	})
}

func BenchmarkPrivacy(b *testing.B) {
	for name, s := range map[string]string{
		"prose": "The forum met at the hall and asked the council to mend two lamps by October. ", "titles": "Mr Mr Mr ", "digits": "0 ", "at": "a@a.",
		"letters": "a", "hits": "Ring 0113 496 0182. ",
	} {
		r := question(strings.Repeat(s, 64<<10/len(s)))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(64 << 10)
			for b.Loop() {
				record.Privacy(r)
			}
		})
	}
}
