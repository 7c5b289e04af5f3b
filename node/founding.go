package node

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// foundingHeader begins the file that holds a new body's first entries until
// they are in the ledger.
const foundingHeader = "folkmoot founding 1"

// maxFounding is the longest such file: two entries in base64.
const maxFounding = 4 * protocol.MaxEntry

func encodeFounding(entries [2]*protocol.Entry) []byte {
	var b bytes.Buffer
	b.WriteString(foundingHeader + "\n")
	for _, e := range entries {
		b.WriteString(base64.StdEncoding.EncodeToString(e.Encode()) + "\n")
	}
	return b.Bytes()
}

func decodeFounding(raw []byte) ([]*protocol.Entry, error) {
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if lines[0] != foundingHeader {
		return nil, fmt.Errorf("it does not begin with %q", foundingHeader)
	}
	var entries []*protocol.Entry
	for _, line := range lines[1:] {
		b, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return nil, fmt.Errorf("an entry is not base64: %w", err)
		}
		e, err := protocol.ParseEntry(b)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// finishFounding puts a new body's first entries in the ledger, as far as they
// are not there, and removes the file. Without a signing key the file belongs
// to an Init that did not come to its end, and means nothing.
func finishFounding(ctx context.Context, dir string, l *ledger.Ledger, step func(string) error) error {
	path := keyPath(dir, foundingFile)
	raw, err := readLimited(path, maxFounding)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the first entries: %w", err)
	}
	id, err := readIdentity(dir)
	if err != nil || id == nil {
		return err
	}
	entries, err := decodeFounding(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, e := range entries {
		if e.Body() != id.body {
			return fmt.Errorf("%s is of another body than the signing key: %s", path, e.Body())
		}
		if err := found(ctx, l, e); err != nil {
			return err
		}
	}
	if err := step(stepClean); err != nil {
		return err
	}
	if err := removeDurably(path); err != nil {
		return fmt.Errorf("remove the first entries' file: %w", err)
	}
	return nil
}

// found appends one of the first entries unless it is there.
func found(ctx context.Context, l *ledger.Ledger, e *protocol.Entry) error {
	if _, err := l.Entry(e.ID); !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	build := func(*protocol.Chain) (*protocol.Entry, error) { return e, nil }
	if _, err := l.Append(ctx, e.Envelope.Body, build); err != nil {
		return fmt.Errorf("append the %s: %w", e.Envelope.Kind, err)
	}
	return nil
}
