package casebook

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestIDs(t *testing.T) {
	if len(idAlphabet) != 30 || strings.ContainsAny(idAlphabet, "01ilou") {
		t.Errorf("alphabet %s", idAlphabet)
	}
	seen := map[byte]bool{}
	for range 1000 {
		id := randomID()
		if len(id) != idLength || strings.Trim(id, idAlphabet) != "" {
			t.Fatalf("ID %q", id)
		}
		seen[id[0]] = true
	}
	if len(seen) != len(idAlphabet) {
		t.Errorf("%d of %d letters are used", len(seen), len(idAlphabet))
	}
}

func TestPrefixes(t *testing.T) {
	c, _ := book(t)
	ctx := t.Context()
	for _, id := range []string{"abcdef", "abcdeg", "abx234", "zzzzzz"} {
		_, err := c.db.ExecContext(ctx, `INSERT INTO drafts (id, state, kind, title, revision, created, saved, turn) VALUES (?, 'open', '', '', 1, 0, 0, 0);
			INSERT INTO revisions VALUES (?, 1, 0, '', 'json', 1, ?)`, id, id, id)
		if err != nil {
			t.Fatal(err)
		}
	}
	for given, want := range map[string]string{"abcdef": "abcdef", "abx": "abx234", " ABX2\n": "abx234", "zzz": "zzzzzz", "zzzzzz": "zzzzzz"} {
		if d, r, err := c.Draft(ctx, given); err != nil || d.ID != want || r.Text != want {
			t.Errorf("%q: %+v, %v", given, d, err)
		}
	}
	for _, given := range []string{"", "ab", "abcdefg", "abd", "ab%", "ab_", "a*c", "abcdef; --", strings.Repeat("a", 1e6)} {
		if _, _, err := c.Draft(ctx, given); !errors.Is(err, ErrNotFound) || len(err.Error()) > 300 {
			t.Errorf("%.20q: %.300v", given, err)
		}
	}
	var ambiguous *AmbiguousError
	_, err := c.Save(ctx, "abc", 1, Revision{Text: "mine"})
	if !errors.As(err, &ambiguous) || !errors.Is(err, ErrAmbiguous) || !slices.Equal(ambiguous.Candidates, []string{"abcdef", "abcdeg"}) {
		t.Errorf("error %v", err)
	}
}
