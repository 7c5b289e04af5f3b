package node

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/libp2p/go-libp2p/core/crypto"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// identity is the body that a node authors as, with its signing key.
type identity struct {
	body protocol.BodyID
	key  protocol.PrivateKey
}

const (
	signingHeader = "folkmoot signing key 1"
	signingNote   = "# Whoever has this key can publish as the body. Keep it on one machine only."
	peerHeader    = "folkmoot peer key 1"
	maxKeyFile    = 4 << 10
)

func keyPath(dir, name string) string { return filepath.Join(dir, keysDir, name) }

// encodeSigning is the text of the signing key's file.
func encodeSigning(id identity) []byte {
	seed := id.key.Seed()
	return summed("%s\n%s\nbody %s\nseed %s\n", signingHeader, signingNote, id.body, hex.EncodeToString(seed[:]))
}

// readIdentity returns the body of a data directory, nil when it has none.
func readIdentity(dir string) (*identity, error) {
	id, err := readKey(keyPath(dir, signingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return id, err
}

// readKey reads the file of a signing key.
func readKey(path string) (*identity, error) {
	values, err := readKeyFile(path, signingHeader)
	if err != nil {
		return nil, err
	}
	id := new(identity)
	if id.body, err = protocol.ParseBodyID(values["body"]); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	seed, err := hex.DecodeString(values["seed"])
	if err != nil || len(seed) != 32 {
		return nil, fmt.Errorf("%s: the seed is not 64 hexadecimal digits", path)
	}
	id.key = protocol.KeyFromSeed([32]byte(seed))
	return id, nil
}

// nextPrefix begins the name of the file of a signing key that a proposed change
// of control would bring.
const nextPrefix = "next-"

func nextFile(proposal string) string { return nextPrefix + proposal }

// promoteKey takes a new signing key into use whose change of control is in the
// log already: a crash came between.
func (n *Node) promoteKey() error {
	files, err := filepath.Glob(keyPath(n.cfg.Data, nextPrefix+"*"))
	if err != nil {
		return fmt.Errorf("look for new signing keys: %w", err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, stagedSuffix) {
			continue
		}
		next, err := readKey(path)
		if err != nil {
			return fmt.Errorf("read a new signing key: %w", err)
		}
		if own := n.own(); own != nil && own.body != next.body {
			continue
		}
		chain, err := n.ledger.Chain(next.body)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look for the control of a new signing key: %w", err)
		}
		if chain.InForce().Control.Key != next.key.Public() {
			continue
		}
		if err := renameDurably(path, keyPath(n.cfg.Data, signingFile)); err != nil {
			return fmt.Errorf("take a new signing key into use: %w", err)
		}
		n.identity.Store(next)
		n.log.Info("a change of control that was begun is completed", "body", next.body)
	}
	return nil
}

// peerKey returns the libp2p identity of a data directory, and makes it when
// there is none.
func peerKey(dir string) (crypto.PrivKey, error) {
	path := keyPath(dir, peerFile)
	values, err := readKeyFile(path, peerHeader)
	if errors.Is(err, fs.ErrNotExist) {
		return makePeerKey(path)
	}
	if err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(values["key"])
	if err != nil {
		return nil, fmt.Errorf("%s: the key is not base64: %w", path, err)
	}
	key, err := crypto.UnmarshalPrivateKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func makePeerKey(path string) (crypto.PrivKey, error) {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a peer key: %w", err)
	}
	raw, err := crypto.MarshalPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode the peer key: %w", err)
	}
	text := summed("%s\nkey %s\n", peerHeader, base64.StdEncoding.EncodeToString(raw))
	if err := writeDurably(path, text); err != nil {
		return nil, fmt.Errorf("write the peer key: %w", err)
	}
	return key, nil
}

// summed formats the text of a file of keys and ends it with a line that has a sum
// over all before: a key with one digit changed is a key too.
func summed(format string, args ...any) []byte {
	text := fmt.Appendf(nil, format, args...)
	return fmt.Appendf(text, "%s%s\n", sumLine, keySum(text))
}

const sumLine = "sum "

func keySum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// readKeyFile reads a file of keys: a header, lines of a name and a value, and the
// sum. It refuses one that others can read, and returns [ErrKeyDamaged] for one
// that does not have its sum.
func readKeyFile(path, header string) (map[string]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others; run: chmod 600 %s", path, path)
	}
	raw, err := readLimited(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	first, rest, _ := strings.Cut(string(raw), "\n")
	at := bytes.LastIndex(raw, []byte("\n"+sumLine))
	if at < 0 || string(raw[at+1:]) != sumLine+keySum(raw[:at+1])+"\n" {
		return nil, fmt.Errorf("%s does not have its sum: %w, or of another version", path, ErrKeyDamaged)
	}
	if first != header {
		return nil, fmt.Errorf("%s does not begin with %q: it is another file, or of a newer version", path, header)
	}
	values := make(map[string]string)
	for line := range strings.Lines(rest) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			values[name] = value
		}
	}
	return values, nil
}
