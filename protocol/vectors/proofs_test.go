package vectors

import (
	"bytes"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

// makeBindings: which peer serves which body.
func (g *generator) makeBindings() {
	peer := append([]byte{0x00, 0x24}, bytes.Repeat([]byte{7}, 36)...)
	a := g.author("rotated")
	sound := pairs{}.set("body", digest(a.Body())).set("peer", bstr(peer)).
		set("control", digest(a.Chain.InForce().ID)).set("at", num(Epoch))
	add := func(code protocol.Code, name, why string, key protocol.PrivateKey, purpose protocol.Purpose, raw, from []byte) {
		sig := key.Sign(purpose, raw)
		c := BindingCase{Case: Case{name, why}, On: g.on("rotated"), Binding: raw, Signature: sig[:], Peer: from}
		if code != 0 {
			c.Code = code.String()
		}
		g.bindings = append(g.bindings, c)
	}
	good := sound.encode()
	own := func(code protocol.Code, name, why string, raw []byte) {
		add(code, name, why, a.Key, protocol.PurposeBinding, raw, peer)
	}
	own(0, "sound", "The body's key names the peer that presents it.", good)
	add(protocol.NoAuthority, "other peer", "A binding cannot be lent.", a.Key, protocol.PurposeBinding, good, peer[1:])
	add(protocol.BadSignature, "retired key", "A retired key binds nothing.", Secret("rotated/signing/0"), protocol.PurposeBinding, good, peer)
	add(protocol.BadSignature, "other purpose", "Signed as an entry.", a.Key, protocol.PurposeEntry, good, peer)
	own(protocol.WrongUnder, "other control", "The control named is no longer in force.", sound.set("control", digest(a.Body())).encode())
	own(protocol.Malformed, "no peer", "The peer's identifier is empty.", sound.set("peer", bstr(nil)).encode())
	own(protocol.Malformed, "long peer", "An identifier of 65 bytes.", sound.set("peer", bstr(make([]byte, 65))).encode())
	own(protocol.Malformed, "no body", "The body is left out.", sound.drop("body").encode())
	own(protocol.Malformed, "time beyond 2^53", "The time is out of range.", sound.set("at", num(1<<53)).encode())
	own(protocol.NotCanonical, "long time", "The time is written in nine bytes where five are enough.", bytes.Replace(good, append(text("at"), num(Epoch)...), append(text("at"), append([]byte{0x1b, 0, 0, 0, 0}, num(Epoch)[1:]...)...), 1))
	own(protocol.Malformed, "trailing byte", "A byte follows.", append(bytes.Clone(good), 0))
	own(protocol.TooLarge, "too long", "A binding of more than 256 bytes.", sound.set("peer", bstr(make([]byte, 200))).encode())
}

// makeContents: faults of content are findings; its entry stands.
func (g *generator) makeContents() {
	salt := bstr(make([]byte, 16))
	base := pairs{}.set("salt", salt).set("title", text("A path"))
	add := func(code protocol.Code, name, why string, b []byte) {
		c := ContentCase{Case: Case{name, why}, Content: b}
		if code != 0 {
			c.Code = code.String()
		}
		g.contents = append(g.contents, c)
	}
	with := func(v []byte) []byte { return base.set("x", v).encode() }
	nest := func(n int) []byte { return append(bytes.Repeat([]byte{0x81}, n), 1) }
	add(0, "sound", "A map with a salt.", base.encode())
	add(0, "empty map", "Whether a salt is missing is for the record's rules.", []byte{0xa0})
	add(0, "booleans", "Content may say true and false.", with(array([]byte{0xf4}, []byte{0xf5})))
	add(0, "negative", "Content may hold negative numbers, down to 1 - 2^53.", with(head(1, 1<<53-2)))
	add(0, "sixteen levels", "A map and fifteen arrays, with a number inside.", with(nest(15)))
	add(protocol.Malformed, "seventeen levels", "One level too many.", with(nest(16)))
	add(protocol.Malformed, "empty", "No bytes are no content.", []byte{})
	add(protocol.Malformed, "not a map", "Content is a map.", array())
	add(protocol.Malformed, "null", "There is no null.", with([]byte{0xf6}))
	add(protocol.Malformed, "float", "Figures are decimal text.", with([]byte{0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0}))
	add(protocol.Malformed, "tag", "There are no tags.", with([]byte{0xc0, 0x60}))
	add(protocol.Malformed, "two to the 53", "Numbers stay below 2^53.", with(num(1<<53)))
	add(protocol.Malformed, "minus two to the 53", "Numbers stay above -2^53.", with(head(1, 1<<53-1)))
	add(protocol.Malformed, "two to the 63", "Far beyond.", with(num(1<<63)))
	add(protocol.Malformed, "number as key", "Keys are text.", append([]byte{0xa1}, 1, 1))
	add(protocol.Malformed, "duplicate key", "One key stands twice.", append(base, base[0]).encode())
	add(protocol.Malformed, "invalid UTF-8", "Text is UTF-8.", with(text("\xff")))
	add(protocol.Malformed, "surrogate", "A surrogate is not UTF-8.", with(text("\xed\xa0\x80")))
	add(protocol.Malformed, "trailing byte", "A byte follows.", append(base.encode(), 0))
	add(protocol.Malformed, "open list", "A list without a count.", with([]byte{0x9f, 0xff}))
	add(protocol.NotCanonical, "unsorted", "Keys are sorted.", pairs{base[1], base[0]}.encode())
	add(protocol.NotCanonical, "unsorted inside", "Inner maps are sorted too.", with(pairs{{"b", num(1)}, {"a", num(2)}}.encode()))
	add(protocol.NotCanonical, "long integer", "Heads are as short as can be.", with([]byte{0x18, 1}))
	add(protocol.TooLarge, "too long", "Content of more than 65,536 bytes.", with(bstr(make([]byte, protocol.MaxContent))))
}

// makeProofs: inclusion and consistency.
func (g *generator) makeProofs() {
	a := NewAuthor("proofs", 0, nil)
	a.PublishN(10, 1)
	var ids []protocol.EntryID
	roots := []protocol.Root{protocol.EmptyRoot}
	var tree protocol.Tree
	for _, e := range a.Log {
		ids = append(ids, e.ID)
		tree = tree.Append(e.ID)
		roots = append(roots, tree.Root())
	}
	nodes := protocol.NodesOf(ids)
	inclusion := func(name, why string, valid bool, id protocol.EntryID, index, size uint64, root protocol.Root, path []Hex) {
		g.inclusions = append(g.inclusions, InclusionCase{Case{name, why}, id[:], index, size, root[:], path, valid})
	}
	path := hexes(must(protocol.ProveInclusion(4, 11, nodes)))
	inclusion("sound", "The fifth of eleven entries.", true, ids[4], 4, 11, roots[11], path)
	inclusion("only entry", "A log of one needs no path.", true, ids[0], 0, 1, roots[1], []Hex{})
	inclusion("last entry", "The last of eleven.", true, ids[10], 10, 11, roots[11], hexes(must(protocol.ProveInclusion(10, 11, nodes))))
	inclusion("other entry", "Another entry at that position.", false, ids[5], 4, 11, roots[11], path)
	inclusion("other position", "The same entry elsewhere.", false, ids[4], 5, 11, roots[11], path)
	inclusion("other size", "The same root of a shorter log.", false, ids[4], 4, 7, roots[11], path)
	inclusion("other root", "The root of ten.", false, ids[4], 4, 11, roots[10], path)
	inclusion("beyond the end", "Position 11 of 11.", false, ids[4], 11, 11, roots[11], path)
	inclusion("short path", "A step is missing.", false, ids[4], 4, 11, roots[11], path[1:])
	inclusion("long path", "A step too many.", false, ids[4], 4, 11, roots[11], append(path[:len(path):len(path)], path[0]))
	inclusion("empty log", "Nothing stands in an empty log.", false, ids[0], 0, 0, protocol.EmptyRoot, []Hex{})
	consistency := func(name, why string, valid bool, from, to uint64, fromRoot, toRoot protocol.Root, path []Hex) {
		g.consistencies = append(g.consistencies, ConsistencyCase{Case{name, why}, from, to, fromRoot[:], toRoot[:], path, valid})
	}
	between := hexes(must(protocol.ProveConsistency(6, 11, nodes)))
	consistency("sound", "Eleven entries begin with the first six.", true, 6, 11, roots[6], roots[11], between)
	consistency("power of two", "Eleven begin with eight.", true, 8, 11, roots[8], roots[11], hexes(must(protocol.ProveConsistency(8, 11, nodes))))
	consistency("same", "A log begins with itself.", true, 11, 11, roots[11], roots[11], []Hex{})
	consistency("from nothing", "Every log begins with the empty one.", true, 0, 11, roots[0], roots[11], []Hex{})
	consistency("from a false nothing", "The empty log has one root.", false, 0, 11, roots[3], roots[11], []Hex{})
	consistency("other beginning", "The root of five for that of six.", false, 6, 11, roots[5], roots[11], between)
	consistency("other end", "The root of ten for that of eleven.", false, 6, 11, roots[6], roots[10], between)
	consistency("backwards", "A log does not begin with a longer one.", false, 11, 6, roots[11], roots[6], between)
	consistency("same length, other root", "Two logs of one length.", false, 11, 11, roots[10], roots[11], []Hex{})
	consistency("short path", "A step is missing.", false, 6, 11, roots[6], roots[11], between[:len(between)-1])
	consistency("no path", "No proof at all.", false, 6, 11, roots[6], roots[11], []Hex{})
}

func hexes(path []protocol.Digest) []Hex {
	out := []Hex{}
	for _, d := range path {
		out = append(out, d[:])
	}
	return out
}

// freezeOf makes the proof that two authors' last entries contradict, with the
// controls that both histories share.
func freezeOf(a, b *Author) FreezeCase {
	last := func(x *Author) *protocol.Entry { return x.Log[len(x.Log)-1] }
	c := FreezeCase{Entries: [2]Hex{last(a).Encode(), last(b).Encode()}}
	for i, e := range a.Log[:len(a.Log)-1] {
		if e.Control() == nil || i >= len(b.Log)-1 || b.Log[i].ID != e.ID {
			continue
		}
		f := FreezeControl{Entry: e.Encode()}
		for n, x := range []*Author{a, b} {
			var ids []protocol.EntryID
			for _, e := range x.Log[:len(x.Log)-1] {
				ids = append(ids, e.ID)
			}
			f.Paths[n] = hexes(must(protocol.ProveInclusion(uint64(i), uint64(len(ids)), protocol.NodesOf(ids))))
		}
		c.Controls = append(c.Controls, f)
	}
	return c
}

// makeFreezes: proofs that a body contradicted itself.
func (g *generator) makeFreezes() {
	add := func(name, why, freeze string, under uint64, rank uint8, c FreezeCase) {
		c.Case, c.Outcome = Case{name, why}, Outcome{freeze, under, rank}
		g.freezes = append(g.freezes, c)
	}
	left, right := g.author("rotated"), g.author("rotated")
	left.Publish("decision", map[string]any{"title": "Yes"})
	right.Publish("decision", map[string]any{"title": "No"})
	fork := freezeOf(left, right)
	add("fork", "Two decisions at one position by one key.", "forked", 0, 0, fork)
	up, down := g.author("council"), g.author("council")
	up.Recover(1, 0, "key_stolen")
	down.PublishN(3, 1)
	down.Recover(1, 0, "rotation")
	contest := freezeOf(up, down)
	add("contested", "One recovery key made two changes, at different positions.", "contested", 0, 1, contest)
	bad := func(name, why string, c FreezeCase) { add(name, why, "", 0, 0, c) }
	bad("one entry twice", "An entry does not contradict itself.", freezeOf(left, left))
	bad("no control", "Nothing shows who may sign.", FreezeCase{Entries: fork.Entries, Controls: []FreezeControl{}})
	bad("last control left out", "The control that both stand under is not shown.", FreezeCase{Entries: fork.Entries, Controls: fork.Controls[:1]})
	bad("charter left out", "The controls begin with the charter.", FreezeCase{Entries: fork.Entries, Controls: fork.Controls[1:]})
	bad("controls out of order", "The charter comes first.", FreezeCase{Entries: fork.Entries, Controls: []FreezeControl{fork.Controls[1], fork.Controls[0]}})
	longer := right.Clone()
	longer.PublishN(1, 1)
	bad("different positions", "Two entries one after the other are no fork.", freezeOf(left, longer))
	farther := left.Clone()
	farther.PublishN(1, 2)
	bad("different histories", "Two entries at one position that stand on different histories: they do not contradict, those before them do.", freezeOf(farther, longer))
	astray := fork
	astray.Entries[1] = g.decision("rotated").set("under", num(0)).seal()
	bad("different controls", "One entry stands under a control that is no longer in force, and is not valid.", astray)
	other := g.author("rotated")
	other.Recover(1, 3, "rotation")
	bad("keys against an entry", "A change of control outranks an entry.", freezeOf(left, other))
	first := g.author("council")
	first.Recover(0, 0, "rotation")
	bad("unequal strength", "The first recovery key outranks the second.", freezeOf(up, first))
	swapped := fork
	swapped.Controls = []FreezeControl{fork.Controls[0], {Entry: fork.Controls[1].Entry, Paths: [2][]Hex{fork.Controls[0].Paths[0], fork.Controls[1].Paths[1]}}}
	bad("control elsewhere", "The path does not place the control in the history.", swapped)
	forged := fork
	raw := right.Log[len(right.Log)-1]
	sig := Secret("stranger").Sign(protocol.PurposeEntry, raw.Raw)
	forged.Entries[1] = frame(raw.Raw, sig[:], raw.Content)
	bad("forged entry", "One entry is not signed by the key in force.", forged)
	resign := func(e *protocol.Entry) []byte {
		sig := Secret("stranger").Sign(protocol.PurposeEntry, e.Raw)
		return frame(e.Raw, sig[:], e.Content)
	}
	unsigned := contest
	unsigned.Entries[0] = resign(up.Log[len(up.Log)-1])
	bad("forged change", "One change of control is not signed by its own key.", unsigned)
	founded := fork
	founded.Controls = []FreezeControl{{Entry: resign(left.Log[0]), Paths: fork.Controls[0].Paths}, fork.Controls[1]}
	bad("forged control", "The charter is not signed by its own key.", founded)
	bad("two bodies", "Entries of two bodies contradict nothing.", FreezeCase{Entries: [2]Hex{fork.Entries[0], contest.Entries[0]}, Controls: fork.Controls})
}

// makeTexts: recovery words, identifiers and state leaves.
func (g *generator) makeTexts() {
	words := func(name, why, words string, key *protocol.PrivateKey) {
		c := WordsCase{Case: Case{name, why}, Words: words, Key: Hex{}}
		if key != nil {
			public := key.Public()
			c.Key = public[:]
		}
		g.words = append(g.words, c)
	}
	zero := strings.Repeat("abandon ", 11) + "about"
	fromEntropy := func(b byte) *protocol.PrivateKey {
		return ptr(protocol.KeyFromSeed(protocol.HashOf(append([]byte("folkmoot/1/recovery-words\x00"), bytes.Repeat([]byte{b}, 16)...))))
	}
	words("zeros", "Sixteen zero bytes.", zero, fromEntropy(0))
	words("ones", "Sixteen bytes of 255.", strings.Repeat("zoo ", 11)+"wrong", fromEntropy(0xff))
	words("case and spaces", "Case and spacing do not matter.", " "+strings.ToUpper(strings.ReplaceAll(zero, " ", " \n")), fromEntropy(0))
	words("checksum", "The last word does not belong to the others.", strings.Repeat("abandon ", 12), nil)
	words("eleven", "A word is missing.", strings.Repeat("abandon ", 10)+"about", nil)
	words("thirteen", "A word too many.", "abandon "+zero, nil)
	words("unknown word", "A word that is not in the list.", strings.Replace(zero, "about", "folkmoot", 1), nil)
	words("empty", "No words.", "", nil)

	id := g.author("council").Log[1].ID
	ids := func(name, why, text string, id []byte) {
		g.identifiers = append(g.identifiers, IDCase{Case{name, why}, text, append(Hex{}, id...)})
	}
	s := id.String()
	ids("sound", "CIDv1, dag-cbor, sha2-256, in base32.", s, id[:])
	ids("capitals", "Small letters only.", strings.ToUpper(s), nil)
	ids("one capital", "Small letters only, inside too.", s[:20]+strings.ToUpper(s[20:21])+s[21:], nil)
	ids("short", "A character is missing.", s[:len(s)-1], nil)
	ids("long", "A character too many.", s+"a", nil)
	ids("raw codec", "The codec is raw.", "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", nil)
	ids("version 0", "CIDv0.", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", nil)
	ids("not base32", "1 is no base32.", s[:58]+"1", nil)
	ids("spare bits", "The last character has bits that belong to no byte.", s[:58]+string("abcdefghijklmnopqrstuvwxyz234567"[strings.IndexByte("abcdefghijklmnopqrstuvwxyz234567", s[58])|1]), nil)
	ids("empty", "No text.", "", nil)

	for _, l := range []struct {
		name, why string
		log       string
		freeze    protocol.Freeze
	}{
		{"council", "A log that is not frozen.", "council", protocol.Freeze{}},
		{"council forked", "The same log, frozen by a fork.", "council", protocol.Freeze{Kind: protocol.Forked}},
		{"council contested", "The same log, frozen by contested control.", "council", protocol.Freeze{Kind: protocol.Contested, Strength: protocol.Strength{Under: 0, Rank: 1}}},
		{"council contested by officers", "The rank of a quorum is 3.", "council", protocol.Freeze{Kind: protocol.Contested, Strength: protocol.Strength{Under: 0, Rank: 3}}},
		{"rotated", "Another log.", "rotated", protocol.Freeze{}},
	} {
		a := g.author(l.log)
		body, root := a.Body(), a.Chain.Root()
		g.leaves = append(g.leaves, LeafCase{
			Case: Case{l.name, l.why}, Body: body[:], Length: a.Chain.Length(), Root: root[:],
			Outcome: Outcome{l.freeze.Kind.String(), l.freeze.Strength.Under, l.freeze.Strength.Rank},
			Leaf:    leafOf(body, a.Chain.Length(), root, l.freeze),
		})
	}
}

// leafOf follows SPEC.md section 11 by itself.
func leafOf(body protocol.BodyID, length uint64, root protocol.Root, f protocol.Freeze) Hex {
	eight := func(n uint64) []byte {
		return append(make([]byte, 0, 8), byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	b := append([]byte("folkmoot/1/leaf\x00"), body[:]...)
	b = append(append(b, eight(length)...), root[:]...)
	b = append(b, byte(f.Kind))
	if f.Kind == protocol.Contested {
		b = append(append(b, eight(f.Strength.Under)...), f.Strength.Rank)
	}
	d := protocol.HashOf(b)
	return d[:]
}
