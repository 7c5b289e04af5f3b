package protocol

import (
	"slices"
	"strings"

	"github.com/tyler-smith/go-bip39"
)

// maxMending bounds how many readings of misspelt words are tried together.
const maxMending = 1 << 15

// MendRecovery finds out what was meant by recovery words that were copied with a
// mistake: one word put for another or left out, one too many, two swapped, or
// some misspelt after their second letter. Only words whose key has one of the
// digests that are wanted, those that a control lists, are taken, so that nothing
// is guessed. It returns the key with its words. It takes up to a second.
func MendRecovery(words string, wanted []Digest) (PrivateKey, string, bool) {
	m := &mender{wanted: wanted, all: bip39.GetWordList()}
	list := strings.Fields(strings.ToLower(words))
	var unknown []int
	for i, w := range list {
		if _, ok := bip39.GetWordIndex(w); !ok {
			unknown = append(unknown, i)
		}
	}
	switch {
	case len(list) == RecoveryWords-1 && len(unknown) == 0:
		for i := range RecoveryWords {
			m.anyAt(slices.Insert(slices.Clone(list), i, ""), i)
		}
	case len(list) == RecoveryWords+1:
		for i := range list {
			m.try(slices.Delete(slices.Clone(list), i, i+1))
		}
	case len(list) != RecoveryWords:
	case len(unknown) == 0:
		m.try(list)
		m.swapped(list)
		for i := range list {
			m.anyAt(slices.Clone(list), i)
		}
	case len(unknown) == 1:
		m.anyAt(list, unknown[0])
	default:
		m.alike(list, unknown)
	}
	return m.key, m.words, m.words != ""
}

// mender tries words until some fit.
type mender struct {
	wanted []Digest
	all    []string
	// words are those that fit, key is theirs.
	words string
	key   PrivateKey
}

func (m *mender) try(list []string) {
	if m.words != "" {
		return
	}
	words := strings.Join(list, " ")
	entropy, err := bip39.EntropyFromMnemonic(words)
	if err != nil {
		return
	}
	if key := recoveryKey(entropy); slices.Contains(m.wanted, RecoveryDigest(key.Public())) {
		m.words, m.key = words, key
	}
}

// anyAt tries every word at a place of a list, which it changes.
func (m *mender) anyAt(list []string, place int) {
	for _, w := range m.all {
		list[place] = w
		m.try(list)
	}
}

// swapped tries each two words in each other's place.
func (m *mender) swapped(list []string) {
	for i := range list {
		for j := range i {
			other := slices.Clone(list)
			other[i], other[j] = other[j], other[i]
			m.try(other)
		}
	}
}

// alike tries, at the places of misspelt words, those that begin with the same two
// letters.
func (m *mender) alike(list []string, places []int) {
	readings := [][]string{list}
	for _, place := range places {
		var next [][]string
		for _, w := range m.all {
			if len(list[place]) < 2 || !strings.HasPrefix(w, list[place][:2]) {
				continue
			}
			for _, r := range readings {
				r = slices.Clone(r)
				r[place] = w
				next = append(next, r)
			}
			if len(next) > maxMending {
				return
			}
		}
		readings = next
	}
	for _, r := range readings {
		m.try(r)
	}
}
