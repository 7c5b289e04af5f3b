package protocol_test

import (
	"bytes"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// entriesOf hands every entry of the vectors to seed: the frame; the envelope,
// if the frame can be read; and what is in that, if it can be decoded, even
// where the entry is refused for what it says.
func entriesOf(f *testing.F, seed func(frame, raw []byte, env *protocol.Envelope)) {
	f.Helper()
	for _, c := range cases(f, vectors.Entries) {
		if len(c.Entry) > protocol.MaxEntry {
			continue
		}
		raw, _, _, err := protocol.DecodeFrame(c.Entry)
		if err != nil {
			raw = nil
		}
		env, err := protocol.SlowEnvelope(raw)
		if err != nil {
			env = new(protocol.Envelope)
		}
		seed(c.Entry, raw, env)
	}
}

func FuzzEntry(f *testing.F) {
	entriesOf(f, func(frame, _ []byte, _ *protocol.Envelope) { f.Add(frame) })
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := protocol.ParseEntry(b)
		if err != nil {
			if protocol.CodeOf(err) == 0 {
				t.Errorf("%v is not a rejection", err)
			}
			return
		}
		if !bytes.Equal(e.Encode(), b) {
			t.Errorf("%x is encoded to %x", b, e.Encode())
		}
		kinds := func(uint64) (protocol.Kind, error) { return "decision", nil }
		if c, _, err := new(protocol.Chain).Extend(e, kinds); (err == nil) != (e.Envelope.Kind == protocol.KindCharter && e.Envelope.Root == protocol.EmptyRoot) {
			t.Errorf("founds %v: %v", c, err)
		}
	})
}

// FuzzExtend gives entries to a chain that has every sort of history.
func FuzzExtend(f *testing.F) {
	a := someLog()
	kinds := func(seq uint64) (protocol.Kind, error) { return a.Log[seq].Envelope.Kind, nil }
	for _, e := range a.Log {
		f.Add(e.Raw)
	}
	entriesOf(f, func(_, raw []byte, _ *protocol.Envelope) { f.Add(raw) })
	v := protocol.NewVerifier(8)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := protocol.NewEntry(b, protocol.Signature{}, nil)
		if err != nil {
			return
		}
		if _, n, err := a.Chain.ExtendAll([]*protocol.Entry{e}, kinds, v); err == nil || n != 0 {
			t.Errorf("an unsigned entry was taken: %x", b)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	entriesOf(f, func(_, raw []byte, _ *protocol.Envelope) { f.Add(raw) })
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := protocol.DecodeEnvelope(b)
		if err != nil {
			return
		}
		if again, err := e.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is encoded to %x (%v)", b, again, err)
		}
	})
}

func FuzzControl(f *testing.F) {
	entriesOf(f, func(_, _ []byte, env *protocol.Envelope) {
		if env.Kind.IsControl() {
			f.Add(env.Act, env.Seq == 0)
		}
	})
	f.Fuzz(func(t *testing.T, b []byte, charter bool) {
		kind := protocol.KindKeys
		if charter {
			kind = protocol.KindCharter
		}
		c, err := protocol.DecodeControl(kind, b)
		if err != nil {
			return
		}
		if again, err := protocol.EncodeControl(kind, c); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is encoded to %x (%v)", b, again, err)
		}
	})
}

func FuzzErase(f *testing.F) {
	entriesOf(f, func(_, _ []byte, env *protocol.Envelope) {
		if env.Kind == protocol.KindErase {
			f.Add(env.Act)
		}
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := protocol.DecodeErase(b)
		if err != nil {
			return
		}
		if again, err := protocol.EncodeErase(e); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is encoded to %x (%v)", b, again, err)
		}
	})
}

func FuzzContent(f *testing.F) {
	for _, c := range cases(f, vectors.Contents) {
		f.Add([]byte(c.Content))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fields, err := protocol.DecodeContent(b)
		if err != nil {
			return
		}
		if again, err := protocol.EncodeContent(fields); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is encoded to %x (%v)", b, again, err)
		}
	})
}

func FuzzBinding(f *testing.F) {
	for _, c := range cases(f, vectors.Bindings) {
		f.Add([]byte(c.Binding))
	}
	key := vectors.Secret("binding")
	f.Fuzz(func(t *testing.T, b []byte) {
		binding, err := protocol.DecodeBinding(b)
		if err != nil {
			return
		}
		if again, _ := protocol.SignBinding(key, binding); !bytes.Equal(again, b) {
			t.Errorf("%x is encoded to %x", b, again)
		}
	})
}

func FuzzChainState(f *testing.F) {
	a := someLog()
	f.Add(a.Chain.State().Encode())
	f.Add(new(protocol.Chain).State().Encode())
	entry := func(seq uint64) (*protocol.Entry, error) { return a.Log[seq%uint64(len(a.Log))], nil }
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := protocol.DecodeChainState(b)
		if err != nil {
			return
		}
		if again := s.Encode(); !bytes.Equal(again, b) {
			t.Errorf("%x is encoded to %x", b, again)
		}
		if c, err := protocol.RestoreChain(s, entry); err == nil && !bytes.Equal(c.State().Encode(), b) {
			t.Errorf("%x is restored as another chain", b)
		}
	})
}

func FuzzParseID(f *testing.F) {
	for _, c := range cases(f, vectors.Identifiers) {
		f.Add(c.Text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := protocol.ParseEntryID(s)
		if err == nil && (id.String() != s || !protocol.MayBeID(s)) {
			t.Errorf("%q is written %q", s, id)
		}
	})
}

func FuzzParseRecovery(f *testing.F) {
	for _, c := range cases(f, vectors.Words) {
		f.Add(c.Words)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := protocol.ParseRecovery(s); err == nil && k.Public().IsZero() {
			t.Errorf("%q is no key", s)
		}
	})
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"decision", "", "Decision", "test-1", "a\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := protocol.ParseKind(s); err == nil && (string(k) != s || len(s) > protocol.MaxKind) {
			t.Errorf("%q is the kind %q", s, k)
		}
		if n, err := protocol.ParseNetwork(s); err == nil && (n != s || len(s) > protocol.MaxNetwork) {
			t.Errorf("%q is the network %q", s, n)
		}
		if c, err := protocol.ParseCode(s); err == nil && c.String() != s {
			t.Errorf("%q is the code %s", s, c)
		}
	})
}
