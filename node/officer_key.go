package node

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/folkmoot/folkmoot/protocol"
)

const (
	officerHeader = "folkmoot officer key 1"
	officerNote   = "# Whoever has this key can approve as the officer. Keep it on a machine of the officer's own."
)

// MakeOfficerKey writes a new officer's key to a file, which must not exist, for
// its owner alone, and returns the public half for [api.Officer].
func MakeOfficerKey(path string) (protocol.OfficerKey, error) {
	key, err := protocol.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make an officer's key: %w", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, fmt.Errorf("%s exists already; a key is never written over", path))
	}
	public, seed := protocol.Ed25519OfficerKey(key.Public()), key.Seed()
	text := summed("%s\n%s\nkey %s\nseed %s\n", officerHeader, officerNote, public, hex.EncodeToString(seed[:]))
	if err := writeDurably(path, text); err != nil {
		return nil, fmt.Errorf("write the officer's key: %w", err)
	}
	return public, nil
}

// ReadOfficerKey reads what MakeOfficerKey wrote. It refuses a file that others
// can read.
func ReadOfficerKey(path string) (protocol.PrivateKey, error) {
	values, err := readKeyFile(path, officerHeader)
	if err != nil {
		return protocol.PrivateKey{}, fmt.Errorf("read the officer's key: %w", err)
	}
	seed, err := hex.DecodeString(values["seed"])
	if err != nil || len(seed) != 32 {
		return protocol.PrivateKey{}, fmt.Errorf("%s: the seed is not 64 hexadecimal digits", path)
	}
	return protocol.KeyFromSeed([32]byte(seed)), nil
}
