package protocol_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tyler-smith/go-bip39"

	"github.com/folkmoot/folkmoot/protocol"
)

// randomSource is a reproducible source of entropy.
type randomSource struct{ *rand.Rand }

func (r randomSource) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return len(b), nil
}

// TestMendRecovery copies recovery words with every kind of slip. A slip is never
// taken for the right words, and is put right where the control knows them.
func TestMendRecovery(t *testing.T) {
	r := randomSource{rand.New(rand.NewPCG(1, 2))}
	other := func() string { return bip39.GetWordList()[r.IntN(2048)] }
	slips := map[string]func(words []string) []string{
		"another word": func(w []string) []string { w[r.IntN(12)] = other(); return w },
		"two swapped": func(w []string) []string {
			i := r.IntN(11)
			w[i], w[i+1] = w[i+1], w[i]
			return w
		},
		"one left out":   func(w []string) []string { i := r.IntN(12); return slices.Delete(w, i, i+1) },
		"one too many":   func(w []string) []string { return slices.Insert(w, r.IntN(13), other()) },
		"one misread":    func(w []string) []string { i := r.IntN(12); w[i] = "x" + w[i][1:]; return w },
		"three misspelt": func(w []string) []string { w[1] += "q"; w[5] = w[5][:2] + "zz"; w[9] += "ing"; return w },
		"capitals":       func(w []string) []string { w[3] = strings.ToUpper(w[3]); return w },
	}
	for name, slip := range slips {
		for range 3 {
			key, words, err := protocol.NewRecovery(r)
			if err != nil {
				t.Fatal(err)
			}
			wanted := []protocol.Digest{protocol.HashOf([]byte("another key")), protocol.RecoveryDigest(key.Public())}
			slipped := strings.Join(slip(strings.Fields(words)), " ")
			if got, err := protocol.ParseRecovery(slipped); err == nil && got.Public() == key.Public() && strings.ToLower(slipped) != words {
				t.Errorf("%s: %q was taken for %q", name, slipped, words)
			}
			got, mended, ok := protocol.MendRecovery(slipped, wanted)
			if !ok || mended != words || got.Public() != key.Public() {
				t.Errorf("%s: %q was mended to %q, want %q", name, slipped, mended, words)
			}
			if _, mended, ok := protocol.MendRecovery(slipped, wanted[:1]); ok {
				t.Errorf("%s: %q became %q, which nobody asked for", name, slipped, mended)
			}
		}
	}
	for _, hopeless := range []string{"", "x", strings.Repeat("abandon ", 12), strings.Repeat("zzzz ", 12), strings.Repeat("ab ", 12)} {
		if _, words, ok := protocol.MendRecovery(hopeless, []protocol.Digest{{1}}); ok {
			t.Errorf("%q became %q", hopeless, words)
		}
	}
}
