package vectors

import (
	"encoding/binary"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// This is a CBOR writer of its own, independent of the library that the
// protocol uses, and free to write what that must refuse.

func head(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32([]byte{major<<5 | 26}, uint32(n))
	default:
		return binary.BigEndian.AppendUint64([]byte{major<<5 | 27}, n)
	}
}

func num(n uint64) []byte      { return head(0, n) }
func bstr(b []byte) []byte     { return append(head(2, uint64(len(b))), b...) }
func text(s string) []byte     { return append(head(3, uint64(len(s))), s...) }
func digest(b [32]byte) []byte { return bstr(b[:]) }

func array(items ...[]byte) []byte {
	return append(head(4, uint64(len(items))), slices.Concat(items...)...)
}

// pair is one key of a map with its encoded value.
type pair struct {
	key   string
	value []byte
}

// pairs is a map as a list, so that it can be put out of order.
type pairs []pair

// set replaces the value of key, or puts it in its canonical place.
func (p pairs) set(key string, value []byte) pairs {
	p = p.drop(key)
	at := slices.IndexFunc(p, func(q pair) bool {
		return len(q.key) > len(key) || len(q.key) == len(key) && q.key > key
	})
	if at < 0 {
		at = len(p)
	}
	return slices.Insert(p, at, pair{key, value})
}

func (p pairs) drop(key string) pairs {
	return slices.DeleteFunc(slices.Clone(p), func(q pair) bool { return q.key == key })
}

func (p pairs) encode() []byte { return append(head(5, uint64(len(p))), p.body()...) }

func (p pairs) body() []byte {
	var b []byte
	for _, q := range p {
		b = append(append(b, text(q.key)...), q.value...)
	}
	return b
}

func approvalPairs(a protocol.Approval) pairs {
	var p pairs
	if len(a.Key) > 0 {
		p = p.set("key", bstr(a.Key))
	}
	p = p.set("sig", bstr(a.Sig[:]))
	if a.Until > 0 {
		p = p.set("until", num(a.Until))
	}
	if !a.Recovery.IsZero() {
		p = p.set("recovery", bstr(a.Recovery[:]))
	}
	if len(a.AuthData) > 0 {
		p = p.set("auth_data", bstr(a.AuthData)).set("client_data", bstr(a.ClientData))
	}
	return p
}

func approvalList(list []protocol.Approval) []byte {
	var items [][]byte
	for _, a := range list {
		items = append(items, approvalPairs(a).encode())
	}
	return array(items...)
}

func envelopePairs(e *protocol.Envelope) pairs {
	p := pairs{}.set("v", num(e.V)).set("seq", num(e.Seq)).set("root", digest(e.Root)).
		set("under", num(e.Under)).set("kind", text(string(e.Kind))).set("at", num(e.At))
	if !e.Body.IsZero() {
		p = p.set("body", digest(e.Body))
	}
	if !e.Content.IsZero() {
		p = p.set("content", pairs{}.set("hash", digest(e.Content.Hash)).set("size", num(e.Content.Size)).encode())
	}
	if len(e.Act) > 0 {
		p = p.set("act", bstr(e.Act))
	}
	if len(e.Approvals) > 0 {
		p = p.set("approvals", approvalList(e.Approvals))
	}
	if len(e.Ext) > 0 {
		p = p.set("ext", bstr(e.Ext))
	}
	return p
}

func officerList(officers []protocol.Officer) []byte {
	var items [][]byte
	for _, o := range officers {
		var keys [][]byte
		for _, k := range o.Keys {
			keys = append(keys, bstr(k))
		}
		items = append(items, pairs{}.set("office", text(o.Office)).set("keys", array(keys...)).encode())
	}
	return array(items...)
}

func controlPairs(c *protocol.Control) pairs {
	var recovery [][]byte
	for _, r := range c.Recovery {
		recovery = append(recovery, digest(r))
	}
	p := pairs{}.set("key", bstr(c.Key[:])).set("recovery", array(recovery...))
	if len(c.Quorum) > 0 {
		var q pairs
		for kind, n := range c.Quorum {
			q = q.set(string(kind), num(n))
		}
		p = p.set("quorum", q.encode())
	}
	if c.Reason != "" {
		p = p.set("reason", text(c.Reason))
	}
	if len(c.Disowns) > 0 {
		var heads [][]byte
		for _, h := range c.Disowns {
			heads = append(heads, pairs{}.set("root", digest(h.Root)).set("length", num(h.Length)).encode())
		}
		p = p.set("disowns", array(heads...))
	}
	if c.Network != "" {
		p = p.set("network", text(c.Network))
	}
	if len(c.Officers) > 0 {
		p = p.set("officers", officerList(c.Officers))
	}
	return p
}

func erasePairs(reason string, positions ...uint64) pairs {
	var items [][]byte
	for _, p := range positions {
		items = append(items, num(p))
	}
	return pairs{}.set("reason", text(reason)).set("positions", array(items...))
}

func frame(envelope, signature, content []byte) []byte {
	return array(bstr(envelope), bstr(signature), bstr(content))
}
