package protocol_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestIdentifiersAsText: identifiers, digests and roots survive JSON, and what
// is not one is refused.
func TestIdentifiersAsText(t *testing.T) {
	type all struct {
		Entry  protocol.EntryID
		Body   protocol.BodyID
		Digest protocol.Digest
		Root   protocol.Root
	}
	d := protocol.HashOf([]byte("x"))
	in := all{protocol.EntryID(d), protocol.BodyID(d), d, protocol.Root(d)}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out all
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("%s became %+v (%v)", b, out, err)
	}
	for _, field := range []string{"Entry", "Body", "Digest", "Root"} {
		for _, text := range []string{"", "x", strings.Repeat("z", 64), strings.Repeat("a", 63), strings.Repeat("a", 65)} {
			if err := json.Unmarshal(fmt.Appendf(nil, `{%q: %q}`, field, text), &out); err == nil {
				t.Errorf("%q was taken for a %s", text, field)
			}
		}
	}
	if out != in {
		t.Error("a refused text changed the value")
	}
	if protocol.CIDOf(in.Entry).String() != in.Entry.String() {
		t.Error("the CID has another text")
	}
	if !(protocol.EntryID{}).IsZero() || in.Body.IsZero() || !(protocol.Digest{}).IsZero() || in.Body.Charter() != in.Entry {
		t.Error("the zero value is not told from others")
	}
}

// TestRecoveryWords: a word that was typed wrongly is named.
func TestRecoveryWords(t *testing.T) {
	key, words, err := protocol.NewRecovery(bytes.NewReader(bytes.Repeat([]byte{9}, 16)))
	if err != nil {
		t.Fatal(err)
	}
	if back, err := protocol.ParseRecovery(words); err != nil || back.Public() != key.Public() {
		t.Errorf("%q does not come back: %v", words, err)
	}
	list := strings.Fields(words)
	for i := range list {
		wrong := append([]string{}, list...)
		wrong[i] += "x"
		if _, err := protocol.ParseRecovery(strings.Join(wrong, " ")); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("word %d, %q", i+1, wrong[i])) {
			t.Errorf("word %d is wrong: %v", i+1, err)
		}
	}
	if _, _, err := protocol.NewRecovery(strings.NewReader("short")); err == nil {
		t.Error("a key was made from too little")
	}
	if _, err := protocol.GenerateKey(strings.NewReader("short")); err == nil {
		t.Error("a signing key was made from too little")
	}
	if k := vectors.Secret("seed"); protocol.KeyFromSeed(k.Seed()).Public() != k.Public() {
		t.Error("the seed makes another key")
	}
}

func TestCodes(t *testing.T) {
	for _, code := range protocol.Codes() {
		back, err := protocol.ParseCode(code.String())
		if err != nil || back != code || strings.HasPrefix(code.String(), "code_") || code.String() == "" {
			t.Errorf("code %d is %q and comes back as %d (%v)", code, code, back, err)
		}
	}
	for _, name := range []string{"", "code_0", "Malformed"} {
		if _, err := protocol.ParseCode(name); err == nil {
			t.Errorf("%q was taken for a code", name)
		}
	}
	_, err := protocol.ParseEntry(nil)
	if wrapped := fmt.Errorf("from a peer: %w", err); protocol.CodeOf(wrapped) != protocol.Malformed {
		t.Errorf("the code of %v is lost", wrapped)
	}
	if protocol.CodeOf(errors.New("x")) != 0 || protocol.CodeOf(nil) != 0 {
		t.Error("a code where there is none")
	}
}

func TestNames(t *testing.T) {
	for s, ok := range map[string]bool{
		"decision": true, "a": true, "_": true, strings.Repeat("k", 24): true,
		"": false, strings.Repeat("k", 25): false, "Decision": false, "a b": false, "ä": false, "a1": false,
	} {
		if _, err := protocol.ParseKind(s); (err == nil) != ok {
			t.Errorf("kind %q: %v", s, err)
		}
	}
	for s, ok := range map[string]bool{
		"uk-2026": true, strings.Repeat("n", 32): true, "": false, strings.Repeat("n", 33): false, "UK": false, "a_b": false,
	} {
		if _, err := protocol.ParseNetwork(s); (err == nil) != ok {
			t.Errorf("network %q: %v", s, err)
		}
	}
}

func TestOfficerKeysOfOtherCurves(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := protocol.P256OfficerKey(&key.PublicKey); err == nil {
		t.Error("a P-384 key became an officer's")
	}
}

// TestContentRefused: what is not a record's data is not encoded.
func TestContentRefused(t *testing.T) {
	deep := any("x")
	for range protocol.MaxContentDepth {
		deep = []any{deep}
	}
	for name, v := range map[string]any{
		"float": 1.5, "null": nil, "too deep": deep, "beyond 2^53": int64(1 << 53), "below": int64(-1 << 53),
		"beyond 2^63": uint64(1 << 63), "not UTF-8": "\xff", "key not UTF-8": map[string]any{"\xff": 1},
		"other map": map[int]string{}, "inside": []any{[]any{1.5}},
	} {
		if _, err := protocol.EncodeContent(map[string]any{"x": v}); protocol.CodeOf(err) != protocol.Malformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := protocol.EncodeContent(map[string]any{"x": make([]byte, protocol.MaxContent)}); protocol.CodeOf(err) != protocol.TooLarge {
		t.Errorf("too long: %v", err)
	}
	for _, v := range []any{1, int64(-1), uint64(2), true, "x", []byte{1}, []any{}, map[string]any{}, deep.([]any)[0]} {
		b, err := protocol.EncodeContent(map[string]any{"x": v})
		if err != nil {
			t.Errorf("%v: %v", v, err)
			continue
		}
		if _, err := protocol.DecodeContent(b); err != nil {
			t.Errorf("%v cannot be read again: %v", v, err)
		}
	}
}

// TestClaimsAllocateNothing: what a head claims is not allocated before the
// bytes are there.
func TestClaimsAllocateNothing(t *testing.T) {
	for _, b := range [][]byte{
		{0x83, 0x5a, 0x7f, 0xff, 0xff, 0xff}, {0x83, 0x5b, 0, 0, 0, 1, 0, 0, 0, 0}, {0x9a, 0x7f, 0xff, 0xff, 0xff}, {0xba, 0x7f, 0xff, 0xff, 0xff},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			if _, err := protocol.ParseEntry(b); err == nil {
				t.Errorf("%x was taken for an entry", b)
			}
			if _, err := protocol.DecodeContent(b); err == nil {
				t.Errorf("%x was taken for content", b)
			}
		}
		runtime.ReadMemStats(&after)
		if cost := (after.TotalAlloc - before.TotalAlloc) / 100; cost > 4096 {
			t.Errorf("%x costs %d bytes", b, cost)
		}
	}
}

// TestWithoutContent: an erased entry is the same entry.
func TestWithoutContent(t *testing.T) {
	a := vectors.NewAuthor("erased", 0, nil)
	e := a.PublishN(1, 10)[0]
	bare := e.WithoutContent()
	if bare.ID != e.ID || bare.Content != nil || e.Content == nil || e.Same(bare) || !e.Same(e) {
		t.Error("taking the content away changed more, or less")
	}
	back, err := protocol.ParseEntry(bare.Encode())
	if err != nil || back.ID != e.ID {
		t.Errorf("%v", err)
	}
}
