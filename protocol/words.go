package protocol

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/tyler-smith/go-bip39"
)

// RecoveryWords is how many words a recovery key is printed as.
const RecoveryWords = 12

// recoveryEntropy is how many random bytes those words hold; a checksum of four
// bits is added.
const recoveryEntropy = 16

// NewRecovery makes a recovery key from source and returns it with the words to
// print: 12 of the BIP-39 English list, which is made so that four letters tell
// each word from all others. The words are all that is ever kept of it.
func NewRecovery(source io.Reader) (PrivateKey, string, error) {
	entropy := make([]byte, recoveryEntropy)
	if _, err := io.ReadFull(source, entropy); err != nil {
		return PrivateKey{}, "", fmt.Errorf("make a recovery key: %w", err)
	}
	words, err := bip39.NewMnemonic(entropy)
	if err != nil {
		return PrivateKey{}, "", fmt.Errorf("make recovery words: %w", err)
	}
	return recoveryKey(entropy), words, nil
}

// ParseRecovery reads a recovery key from its words. Case and spacing do not
// matter. The error says which word is not in the list, or that one that is has
// been put for another.
func ParseRecovery(words string) (PrivateKey, error) {
	list := strings.Fields(strings.ToLower(words))
	if len(list) != RecoveryWords {
		return PrivateKey{}, fmt.Errorf("%d words, a recovery key has %d", len(list), RecoveryWords)
	}
	for i, w := range list {
		if _, ok := bip39.GetWordIndex(w); !ok {
			return PrivateKey{}, fmt.Errorf("word %d, %q, is not in the list: check its spelling", i+1, clip(w))
		}
	}
	entropy, err := bip39.EntropyFromMnemonic(strings.Join(list, " "))
	if err != nil {
		return PrivateKey{}, fmt.Errorf("the words do not belong together: one is wrong, or two are swapped")
	}
	return recoveryKey(entropy), nil
}

// recoveryKey derives the key: the seed is the SHA-256 of a fixed text, a zero
// byte, and the entropy of the words (SPEC.md section 13).
func recoveryKey(entropy []byte) PrivateKey {
	return KeyFromSeed(sha256.Sum256(append([]byte("folkmoot/1/recovery-words\x00"), entropy...)))
}
