package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// TestEveryByteOfAnExport flips bits of each byte of an exported file, and cuts
// it everywhere. Each time verification must say that the file was altered.
func TestEveryByteOfAnExport(t *testing.T) {
	cfg := node.DefaultConfig()
	cfg.Data = t.TempDir()
	if _, err := node.Init(t.Context(), cfg.Data, node.InitParams{Name: "Forum (example)", Role: "community_body"}); err != nil {
		t.Fatal(err)
	}
	n, err := node.NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	client := api.InProcess(n.Local())
	record := `{"kind": "challenge", "title": "A path (example)", "lang": "en", "licence": "CC-BY-4.0", "signed_as": "chair",
		"question": "Who mends it?", "raised_by": "community"}`
	if _, err := client.Publish(t.Context(), []byte(record), false); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{api.FormatJSONL, api.FormatCAR} {
		var file bytes.Buffer
		if err := client.Export(t.Context(), format, protocol.BodyID{}, &file); err != nil {
			t.Fatal(err)
		}
		if r, err := api.VerifyExport(bytes.NewReader(file.Bytes())); err != nil || r.Entries != 3 {
			t.Fatalf("%s: %+v, %v", format, r, err)
		}
		for i := range file.Bytes() {
			for _, bit := range []byte{0x01, 0x20, 0x80} {
				damaged := bytes.Clone(file.Bytes())
				damaged[i] ^= bit
				wantAltered(t, format, bytes.NewReader(damaged), i)
			}
			wantAltered(t, format, strings.NewReader(file.String()[:i]), i)
		}
	}
}

func wantAltered(t *testing.T, format string, r io.Reader, at int) {
	t.Helper()
	if _, err := api.VerifyExport(r); !errors.Is(err, api.ErrAltered) {
		t.Errorf("%s, byte %d: %v", format, at, err)
	}
}
