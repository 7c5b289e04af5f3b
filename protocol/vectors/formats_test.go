package vectors

import (
	"bytes"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

// makeFrames: the array of three byte strings around an entry.
func (g *generator) makeFrames() {
	d := g.decision("council")
	env := d.pairs.encode()
	sig := d.key.Sign(protocol.PurposeEntry, env)
	good := d.seal()
	add := func(code protocol.Code, name, why string, entry []byte) {
		g.add("council", code, "frame/"+name, why, entry)
	}
	add(0, "sound", "A decision as it should be.", good)
	add(0, "without content", "An entry whose content is not held is sound; whether content was due is not a question of the chain.", frame(env, sig[:], nil))
	add(protocol.Malformed, "empty", "No bytes are no entry.", []byte{})
	add(protocol.Malformed, "truncated", "The last byte is missing.", good[:len(good)-1])
	add(protocol.Malformed, "head only", "An array of three is announced and nothing follows.", []byte{0x83})
	add(protocol.Malformed, "length beyond the end", "A byte string claims four gigabytes.", []byte{0x83, 0x5a, 0xff, 0xff, 0xff, 0xff, 0x00})
	add(protocol.Malformed, "trailing byte", "A byte follows the array.", append(bytes.Clone(good), 0))
	add(protocol.Malformed, "two parts", "Content is missing altogether; it must be an empty byte string.", array(bstr(env), bstr(sig[:])))
	add(protocol.Malformed, "four parts", "A fourth part is not allowed.", array(bstr(env), bstr(sig[:]), bstr(d.content), bstr(nil)))
	add(protocol.Malformed, "map", "A map stands where the array belongs.", pairs{}.set("Content", bstr(d.content)).set("Envelope", bstr(env)).encode())
	add(protocol.Malformed, "text for bytes", "The envelope is a text string.", array(text("envelope"), bstr(sig[:]), bstr(nil)))
	add(protocol.Malformed, "null content", "Missing content is null instead of empty.", array(bstr(env), bstr(sig[:]), []byte{0xf6}))
	add(protocol.Malformed, "signature of 63 bytes", "A signature that is too short must not be filled up with zeros.", frame(env, sig[:63], d.content))
	add(protocol.Malformed, "signature of 65 bytes", "A signature that is too long must not be cut.", frame(env, append(sig[:], 0), d.content))
	add(protocol.NotCanonical, "long head", "The array's count is written in two bytes.", append([]byte{0x98, 3}, good[1:]...))
	add(protocol.Malformed, "open array", "The array has no count but an end mark.", append(append([]byte{0x9f}, good[1:]...), 0xff))
	add(protocol.TooLarge, "too long", "An entry is longer than its limit.", make([]byte, protocol.MaxEntry+1))
	add(protocol.ContentMismatch, "other content", "The content is as long as the envelope says, but other content.", frame(env, sig[:], append(bytes.Clone(d.content[:len(d.content)-1]), d.content[len(d.content)-1]^1)))
	add(protocol.ContentMismatch, "longer content", "The content has a byte more than the envelope says.", frame(env, sig[:], append(bytes.Clone(d.content), 0)))
	charter := g.author("council").Log[0]
	g.add("", protocol.ContentMismatch, "frame/content of a charter", "A charter names no content, so none can belong to it.", frame(charter.Raw, charter.Signature[:], []byte{0xa0}))
	g.add("", 0, "frame/charter", "A charter founds a log.", charter.Encode())
}

// makeEnvelopes: one encoding, and no other.
func (g *generator) makeEnvelopes() {
	d := g.decision("council")
	env := d.pairs.encode()
	raw := func(code protocol.Code, name, why string, envelope []byte) {
		g.add("council", code, "cbor/"+name, why, seal(d.key, envelope, d.content))
	}
	raw(protocol.Malformed, "empty", "An empty byte string is no envelope.", nil)
	raw(protocol.Malformed, "trailing byte", "A byte follows the envelope's map.", append(bytes.Clone(env), 0))
	raw(protocol.Malformed, "truncated", "The envelope's last byte is missing.", env[:len(env)-1])
	raw(protocol.Malformed, "array", "The envelope is an array.", array(num(1)))
	swapped := append(pairs{}, d.pairs...)
	swapped[1], swapped[2] = swapped[2], swapped[1]
	raw(protocol.NotCanonical, "unsorted", "Two keys have changed places.", swapped.encode())
	bytewise := append(d.pairs.drop("v"), pair{"v", num(1)})
	raw(protocol.NotCanonical, "sorted by bytes alone", "Keys sort by length first: v stands before at, not after under.", bytewise.encode())
	raw(protocol.Malformed, "duplicate key", "One key stands twice.", append(append(pairs{}, d.pairs[0]), d.pairs...).encode())
	raw(protocol.NotCanonical, "long integer", "The position is written in two bytes where one is enough.", d.pairs.set("seq", []byte{0x18, byte(d.env.Seq)}).encode())
	raw(protocol.NotCanonical, "long string head", "The length of a text is written in two bytes where one is enough.", d.pairs.set("kind", append([]byte{0x78, 8}, "decision"...)).encode())
	raw(protocol.NotCanonical, "long map head", "The number of pairs is written in two bytes where one is enough.", append([]byte{0xb8, byte(len(d.pairs))}, d.pairs.body()...))
	raw(protocol.NotCanonical, "long key head", "The length of a key is written in two bytes where one is enough.", bytes.Replace(env, text("seq"), []byte{0x78, 3, 's', 'e', 'q'}, 1))
	raw(protocol.Malformed, "open map", "A map without a count.", append(append([]byte{0xbf}, d.pairs.body()...), 0xff))
	fields := []struct {
		name, why, key string
		value          []byte
		code           protocol.Code
	}{
		{"open byte string", "A byte string in chunks.", "ext", []byte{0x5f, 0x41, 1, 0xff}, protocol.Malformed},
		{"open text", "A text in chunks.", "kind", []byte{0x7f, 0x68, 'd', 'e', 'c', 'i', 's', 'i', 'o', 'n', 0xff}, protocol.Malformed},
		{"open array", "An array without a count.", "approvals", []byte{0x9f, 0xff}, protocol.Malformed},
		{"float of 64 bits", "There are no floating-point numbers.", "at", []byte{0xfb, 0x41, 0xda, 0x55, 0xbd, 0x80, 0, 0, 0}, protocol.Malformed},
		{"float of 16 bits", "There are no floating-point numbers, however short.", "at", []byte{0xf9, 0x3c, 0}, protocol.Malformed},
		{"null", "There is no null; what is absent is left out.", "ext", []byte{0xf6}, protocol.Malformed},
		{"null number", "Null is not zero.", "under", []byte{0xf6}, protocol.Malformed},
		{"undefined", "There is no undefined.", "ext", []byte{0xf7}, protocol.Malformed},
		{"boolean", "An envelope has no booleans.", "under", []byte{0xf4}, protocol.Malformed},
		{"simple value", "There are no other simple values.", "ext", []byte{0xf8, 99}, protocol.Malformed},
		{"reserved head", "The additional information 28 means nothing.", "ext", []byte{0x1c}, protocol.Malformed},
		{"tag", "There are no tags.", "at", []byte{0xc1, 0x1a, 0x69, 0x55, 0xbd, 0x80}, protocol.Malformed},
		{"link", "There are no links, not even DAG-CBOR's.", "ext", append([]byte{0xd8, 42}, bstr(make([]byte, 37))...), protocol.Malformed},
		{"big number", "A number of any length is a tag too.", "at", []byte{0xc2, 0x44, 0x69, 0x55, 0xbd, 0x80}, protocol.Malformed},
		{"negative", "A position cannot be negative.", "seq", []byte{0x24}, protocol.Malformed},
		{"two to the 53", "The first integer that some languages cannot tell from its neighbour.", "at", num(1 << 53), protocol.Malformed},
		{"two to the 64 less one", "The largest integer of CBOR.", "at", num(1<<64 - 1), protocol.Malformed},
		{"text for a number", "A time written as text.", "at", text("2026"), protocol.Malformed},
		{"bytes for text", "A kind written as bytes.", "kind", bstr([]byte("decision")), protocol.Malformed},
		{"text for bytes", "A root written as text.", "root", text(d.env.Root.String()), protocol.Malformed},
		{"array for bytes", "A root written as an array of numbers.", "root", arrayOf(d.env.Root[:]), protocol.Malformed},
		{"short root", "A root of 31 bytes must not be filled up.", "root", bstr(d.env.Root[:31]), protocol.Malformed},
		{"long root", "A root of 33 bytes must not be cut.", "root", bstr(append(d.env.Root[:], 0)), protocol.Malformed},
		{"invalid UTF-8", "A kind that is not UTF-8.", "kind", text("decisio\xff"), protocol.Malformed},
		{"too deep", "Five levels of arrays and maps.", "approvals", array(array(array(array()))), protocol.Malformed},
		{"array too long", "An array of 257 elements.", "approvals", array(bytes.SplitAfter(bytes.Repeat([]byte{0xa0}, 257), []byte{0xa0})[:257]...), protocol.Malformed},
		{"unknown field", "No field may be added.", "note", text("hello"), protocol.Malformed},
		{"unknown field of an approval", "No field may be added inside either.", "approvals", array(pairs{}.set("note", num(1)).encode()), protocol.Malformed},
	}
	for _, f := range fields {
		raw(f.code, f.name, f.why, d.pairs.set(f.key, f.value).encode())
	}
	raw(protocol.Malformed, "number as key", "Keys are text.", append(append(head(5, uint64(len(d.pairs)+1)), d.pairs.body()...), 1, 1))
	raw(protocol.Malformed, "capital letter in a key", "Seq is not seq.", d.pairs.drop("seq").set("Seq", num(d.env.Seq)).encode())
}

func arrayOf(b []byte) []byte {
	out := head(4, uint64(len(b)))
	for _, c := range b {
		out = append(out, num(uint64(c))...)
	}
	return out
}

// makeShapes: which fields there must be, and what they may hold.
func (g *generator) makeShapes() {
	d := g.decision("council")
	add := func(code protocol.Code, name, why string, d draft) {
		g.add("council", code, "shape/"+name, why, d.seal())
	}
	for _, key := range []string{"v", "seq", "root", "under", "kind", "at", "content"} {
		add(protocol.Malformed, "without "+key, "A field that every decision has is left out.", d.drop(key))
	}
	add(protocol.WrongBody, "without body", "Only a charter does without its body.", d.drop("body"))
	add(protocol.Malformed, "zero body", "An absent body is left out, not filled with zeros.", d.set("body", bstr(make([]byte, 32))))
	add(protocol.Malformed, "empty ext", "An empty field is left out.", d.set("ext", bstr(nil)))
	add(protocol.Malformed, "no approvals in a list", "An empty list is left out.", d.set("approvals", array()))
	add(protocol.Malformed, "empty act", "An empty act is left out.", d.set("act", bstr(nil)))
	add(0, "longest ext", "Version 1 ignores what ext holds, up to 256 bytes.", d.set("ext", bstr(make([]byte, 256))))
	add(protocol.TooLarge, "ext too long", "An ext field of 257 bytes.", d.set("ext", bstr(make([]byte, 257))))
	add(protocol.UnknownVersion, "version 2", "An envelope of a later version waits; nobody is at fault.", d.set("v", num(2)))
	add(protocol.Malformed, "version 0", "There is no version 0, so nobody need wait for it.", d.set("v", num(0)))
	add(protocol.BadKind, "capital kind", "A kind has small letters and underscores only.", d.set("kind", text("Decision")))
	add(protocol.BadKind, "empty kind", "A kind has at least one character.", d.set("kind", text("")))
	add(protocol.BadKind, "long kind", "A kind of 25 characters.", d.set("kind", text(strings.Repeat("k", 25))))
	add(0, "unknown kind", "A kind that nobody knows is kept and passed on.", d.set("kind", text(strings.Repeat("k", 24))))
	add(protocol.BadKind, "charter later on", "A charter stands at position 0 only.", d.set("kind", text("charter")))
	add(protocol.BadKind, "decision first", "Nothing but a charter stands at position 0.", d.set("seq", num(0)))
	add(protocol.Malformed, "act in a decision", "A decision has content, never an act.", d.set("act", bstr([]byte{0xa0})))
	size := func(n uint64) []byte {
		return pairs{}.set("hash", digest(d.env.Content.Hash)).set("size", num(n)).encode()
	}
	add(protocol.Malformed, "no bytes of content", "Content cannot be empty.", d.set("content", size(0)))
	bare := d
	bare.content = nil
	add(0, "largest content", "Content of 65,536 bytes, not held.", bare.set("content", size(protocol.MaxContent)))
	add(protocol.TooLarge, "content too long", "Content of 65,537 bytes.", d.set("content", size(protocol.MaxContent+1)))
	one := approvalPairs(protocol.Approval{Key: make([]byte, 34), Until: 1})
	repeat := func(n int, p pairs) []byte {
		var items [][]byte
		for range n {
			items = append(items, p.encode())
		}
		return array(items...)
	}
	add(0, "eight approvals", "Approvals that count for nothing are no fault of a decision.", d.set("approvals", repeat(8, one)))
	add(protocol.TooLarge, "nine approvals", "An entry has at most 8 approvals.", d.set("approvals", repeat(9, one)))
	add(protocol.TooLarge, "envelope too long", "An envelope of more than 8,192 bytes.", d.set("approvals", repeat(8, one.set("key", bstr(make([]byte, 1200))))))
	add(protocol.Malformed, "approval without a key", "An approval names its key.", d.set("approvals", repeat(1, one.drop("key"))))
	add(protocol.Malformed, "approval without a signature", "An approval is signed.", d.set("approvals", repeat(1, one.drop("sig"))))
	add(protocol.Malformed, "approval without an end", "An approval says until when it holds.", d.set("approvals", repeat(1, one.drop("until"))))
	add(protocol.Malformed, "approval until 2^53", "A time beyond 2^53.", d.set("approvals", repeat(1, one.set("until", num(1<<53)))))
	add(protocol.Malformed, "recovery in a decision", "A recovery signature belongs to keys alone.", d.set("approvals", repeat(1, pairs{}.set("sig", bstr(make([]byte, 64))).set("recovery", bstr(bytes.Repeat([]byte{1}, 32))))))
	add(protocol.Malformed, "passkey data without a passkey", "WebAuthn data belongs to P-256 keys.", d.set("approvals", repeat(1, one.set("auth_data", bstr([]byte{1})).set("client_data", bstr([]byte{1})))))
	add(protocol.TooLarge, "client data too long", "Client data of 1,025 bytes.", d.set("approvals", repeat(1, one.set("key", bstr(append([]byte{0x80, 0x24}, make([]byte, 33)...))).set("auth_data", bstr([]byte{1})).set("client_data", bstr(make([]byte, 1025))))))
}

// makeChains: an entry that is sound in itself on a prefix that is not its own.
func (g *generator) makeChains() {
	d := g.decision("council")
	a := g.author("council")
	add := func(code protocol.Code, name, why string, entry []byte) {
		g.add("council", code, "chain/"+name, why, entry)
	}
	add(protocol.WrongBody, "other body", "An entry of another log.", d.set("body", digest(g.author("alone").Body())).seal())
	add(protocol.WrongPosition, "gap", "A position is left out.", d.set("seq", num(d.env.Seq+1)).seal())
	add(protocol.WrongPosition, "replay", "The last entry comes once more.", a.Log[len(a.Log)-1].Encode())
	add(protocol.WrongBody, "other charter", "A second charter founds another body.", g.author("alone").Log[0].Encode())
	add(protocol.WrongPosition, "charter again", "The charter comes once more.", a.Log[0].Encode())
	add(protocol.WrongRoot, "other root", "The entry stands on another history.", d.set("root", digest(protocol.HashOf(nil))).seal())
	add(protocol.TimeGoesBack, "time going back", "The entry is dated a second before the last.", d.set("at", num(a.Chain.At()-1)).seal())
	add(0, "same time", "Two entries may have the same time.", d.set("at", num(a.Chain.At())).seal())
	add(0, "far future", "How far clocks may differ is not a question of the chain.", d.set("at", num(protocol.MaxInt)).seal())
	add(protocol.WrongUnder, "under itself", "An entry stands under an earlier one.", d.set("under", num(d.env.Seq)).seal())
	add(protocol.WrongUnder, "under a decision", "A decision authorises nothing.", d.set("under", num(1)).seal())
	r := g.decision("rotated")
	old := Secret("rotated/signing/0")
	stale := r
	stale.key = old
	g.add("rotated", 0, "chain/after a change of control", "The control in force is the last one.", r.seal())
	g.add("rotated", protocol.WrongUnder, "chain/retired control", "A retired control authorises nothing, though the signature is by its key.", stale.set("under", num(0)).seal())
	g.add("rotated", protocol.BadSignature, "chain/retired key", "A retired key signs under the new control.", stale.seal())
	g.add("", protocol.WrongPosition, "chain/no charter", "A log cannot begin in the middle.", a.Log[1].Encode())
}
