package archive

import (
	"errors"
	"fmt"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Format is the version of the format that this software writes.
const Format = 1

// Names of the parts, besides those of the store. Files come in this order; those
// that are missing are left out.
const (
	Config     = "config.toml"
	Casebook   = "casebook.db"
	PeerKey    = "keys/peer"
	SigningKey = "keys/signing"

	headerName   = "header.json"
	manifestName = "manifest.json"
	storePrefix  = "store/"
)

// Bounds of what is read. The store's parts are in memory one at a time.
const (
	maxHeader   = 1 << 20
	maxManifest = 64 << 20
	maxSmall    = 1 << 20
	// fullChunk is when a part of the store is written, maxChunk how long one may
	// be: a pair is never divided.
	fullChunk = 1 << 20
	maxChunk  = 8 << 20
)

// Header says what a backup is of. It stands at the beginning, so that a backup
// that cannot be used is refused before anything is written.
type Header struct {
	// Format is [Format] of the software that wrote it, Software that one's name
	// and version.
	Format   int    `json:"format"`
	Software string `json:"software"`
	// Made is when, in Unix seconds.
	Made uint64 `json:"made"`
	// Network is the node's network, Body the body that it authors as; absent for
	// an observer.
	Network string           `json:"network"`
	Body    *protocol.BodyID `json:"body,omitempty"`
	// SigningKey says that the signing key is inside.
	SigningKey bool `json:"signing_key"`
	// Ledger is what the store holds.
	Ledger ledger.Totals `json:"ledger"`
}

// Part is one line of the manifest.
type Part struct {
	Name   string          `json:"name"`
	Size   int64           `json:"size"`
	SHA256 protocol.Digest `json:"sha256"`
}

// Manifest lists every part before it, in order.
type Manifest struct {
	Parts []Part `json:"parts"`
}

// Errors that callers branch on.
var (
	// ErrNewer: later software made the backup.
	ErrNewer = errors.New("the backup was made by a newer version of folkmoot")
	// ErrDamaged: the bytes are not those that were written, or some are missing.
	ErrDamaged = errors.New("the backup is damaged")
)

func storeName(number int) string { return fmt.Sprintf("%s%08d", storePrefix, number) }

// limitOf is how long a part of a name may be, below 0 if there is no such part.
func limitOf(name string) int64 {
	switch name {
	case Config, PeerKey, SigningKey:
		return maxSmall
	case Casebook:
		return 1 << 40
	}
	if strings.HasPrefix(name, storePrefix) {
		return maxChunk
	}
	return -1
}
