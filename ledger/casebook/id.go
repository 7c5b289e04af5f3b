package casebook

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
)

const (
	// idAlphabet leaves out what is mistaken for something else when it is read
	// aloud or copied by hand: 0 and o, 1, i and l, u and v.
	idAlphabet = "23456789abcdefghjkmnpqrstvwxyz"
	idLength   = 6
	// minPrefix is how much of an ID names a draft at least.
	minPrefix = 3
	// maxCandidates is how many drafts an [AmbiguousError] names.
	maxCandidates = 10
)

// newID makes an ID that no row of a table has yet.
func newID(ctx context.Context, q querier, table string) (string, error) {
	for {
		id := randomID()
		var taken bool
		if err := q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+table+" WHERE id = ?)", id).Scan(&taken); err != nil {
			return "", err
		}
		if !taken {
			return id, nil
		}
	}
}

func randomID() string {
	id := make([]byte, 0, idLength)
	for b := make([]byte, 1); len(id) < idLength; {
		// It never fails.
		_, _ = rand.Read(b)
		// Only a whole number of alphabets gives every letter the same chance.
		if n := int(b[0]); n < 256/len(idAlphabet)*len(idAlphabet) {
			id = append(id, idAlphabet[n%len(idAlphabet)])
		}
	}
	return string(id)
}

// find returns the ID of the draft, or the proposal, that begins with what was
// given; [ErrNotFound] or an [AmbiguousError].
func find(ctx context.Context, q querier, what, given string) (string, error) {
	prefix := strings.ToLower(strings.TrimSpace(given))
	if len(prefix) < minPrefix {
		return "", fmt.Errorf("%s %q: %w; write at least %d characters of its ID", what, clip(given, 40), ErrNotFound, minPrefix)
	}
	if len(prefix) > idLength || strings.Trim(prefix, idAlphabet) != "" {
		return "", fmt.Errorf("%s %q: %w", what, clip(given, 40), ErrNotFound)
	}
	var found []string
	err := rows(ctx, q, func(scan func(...any) error) error {
		found = append(found, "")
		return scan(&found[len(found)-1])
	}, "SELECT id FROM "+what+"s WHERE id >= ? AND id < ? ORDER BY id LIMIT ?", prefix, prefix+"~", maxCandidates)
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", fmt.Errorf("%s %q: %w", what, prefix, ErrNotFound)
	case len(found) > 1:
		return "", &AmbiguousError{What: what, Given: prefix, Candidates: found}
	}
	return found[0], nil
}

// clip cuts s to at most n characters.
func clip(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
