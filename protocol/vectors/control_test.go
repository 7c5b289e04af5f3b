package vectors

import (
	"bytes"
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

// makeSigned: the outer signature.
func (g *generator) makeSigned() {
	d := g.decision("council")
	env := d.pairs.encode()
	sig := d.key.Sign(protocol.PurposeEntry, env)
	add := func(name, why string, sig protocol.Signature) {
		g.add("council", protocol.BadSignature, "signature/"+name, why, frame(env, sig[:], d.content))
	}
	add("other key", "An officer's key is not the body's.", g.author("council").Officers[0].Sign(protocol.PurposeEntry, env))
	add("other purpose", "The body's key signed the same bytes as an approval.", d.key.Sign(protocol.PurposeApproval, env))
	add("other entry", "A signature of another envelope.", g.author("council").Log[1].Signature)
	flipped := sig
	flipped[0] ^= 1
	add("flipped bit", "One bit of R is another.", flipped)
	add("zeros", "No signature at all.", protocol.Signature{})
	add("malleable", "S has the group's order added: the same equation holds, but S is out of its range.", plusOrder(sig))
}

// recovery describes a `keys` entry by a recovery key, each part of which can be
// spoilt.
type recovery struct {
	rank     int
	under    uint64
	reason   string
	by       *protocol.PrivateKey
	keep     bool
	burnt    bool
	spoil    func(pairs) pairs
	message  func(*protocol.Envelope) []byte
	signedBy *protocol.PrivateKey
}

func (g *generator) recover(log string, r recovery) []byte {
	a := g.author(log)
	old := a.Recovery[r.rank]
	if r.by != nil {
		old = *r.by
	}
	a.Key = Secret(log + "/next")
	if r.burnt {
		a.Key = old
	}
	if !r.keep {
		a.Recovery = []protocol.PrivateKey{Secret(log + "/next/recovery/0"), Secret(log + "/next/recovery/1")}
	}
	base := a.controlAt(r.under)
	c := a.Control(a.Key, base.Control.Quorum)
	c.Reason = r.reason
	if c.Reason == "" {
		c.Reason = protocol.ReasonKeyStolen
	}
	act := controlPairs(c)
	if r.spoil != nil {
		act = r.spoil(act)
	}
	env := a.Act(protocol.KindKeys, act.encode())
	env.Under = r.under
	message := protocol.RecoveryMessage(a.Body(), base.ID, env.Seq, env.Root, env.Act)
	if r.message != nil {
		message = r.message(env)
	}
	env.Approvals = []protocol.Approval{protocol.Recover(old, message)}
	key := a.Key
	if r.signedBy != nil {
		key = *r.signedBy
	}
	return sealEnvelope(key, env, nil)
}

// vote is a `keys` entry by officers.
func (g *generator) vote(log string, under uint64, purpose protocol.Purpose, officers []int, spoil func(*protocol.Control)) []byte {
	a := g.author(log)
	base := a.controlAt(under)
	c := a.Control(Secret(log+"/voted"), base.Control.Quorum)
	c.Recovery = base.Control.Recovery
	c.Reason = protocol.ReasonOfficers
	if spoil != nil {
		spoil(c)
	}
	env := a.Act(protocol.KindKeys, controlPairs(c).encode())
	env.Under = under
	message := protocol.RecoveryMessage(a.Body(), base.ID, env.Seq, env.Root, env.Act)
	for _, i := range officers {
		k := a.Officers[i]
		env.Approvals = append(env.Approvals, protocol.Approval{Key: protocol.Ed25519OfficerKey(k.Public()), Sig: k.Sign(purpose, message)})
	}
	return sealEnvelope(Secret(log+"/voted"), env, nil)
}

// makeKeys: who may change control.
func (g *generator) makeKeys() {
	a, r := g.author("council"), g.author("rotated")
	add := func(log string, code protocol.Code, name, why string, entry []byte) {
		g.add(log, code, "keys/"+name, why, entry)
	}
	add("council", 0, "first recovery key", "The strongest recovery key changes control.", g.recover("council", recovery{}))
	add("council", 0, "second recovery key", "The second recovery key does too.", g.recover("council", recovery{rank: 1}))
	add("council", 0, "quorum", "Two of three officers change control.", g.vote("council", 0, protocol.PurposeRecovery, []int{0, 2}, nil))
	add("rotated", 0, "stronger key under an earlier control", "The first recovery key of the charter outranks the change made with the second.", g.recover("rotated", recovery{by: ptr(Secret("rotated/recovery/0"))}))
	add("rotated", 0, "under the last control", "Normally a change stands under the last control.", g.recover("rotated", recovery{under: 3, rank: 1}))
	add("rotated", protocol.WeakerKeys, "the same key again", "The key that made a change cannot undo it: equal is not stronger.", g.recover("rotated", recovery{by: ptr(Secret("rotated/recovery/1"))}))
	add("rotated", protocol.WeakerKeys, "quorum under an earlier control", "Officers are weaker than any recovery key of the same control.", g.vote("rotated", 0, protocol.PurposeRecovery, []int{0, 1}, nil))
	add("rotated", protocol.WrongPosition, "replayed entry", "A change of control comes once more.", r.Log[3].Encode())
	replay := r.Log[3].Envelope.Approvals[0]
	again := *r.Chain.Next(protocol.KindKeys, r.Clock)
	again.Under, again.Act, again.Approvals = 0, r.Log[3].Envelope.Act, []protocol.Approval{replay}
	add("rotated", protocol.NoAuthority, "replayed recovery signature", "The signature of an earlier change names its position and root.", sealEnvelope(r.Key, &again, nil))
	add("council", protocol.NoAuthority, "unknown recovery key", "The control lists no such key.", g.recover("council", recovery{by: ptr(Secret("stranger"))}))
	add("council", protocol.NoAuthority, "other control", "The recovery signature names another control.", g.recover("council", recovery{message: func(e *protocol.Envelope) []byte {
		return protocol.RecoveryMessage(a.Body(), a.Log[1].ID, e.Seq, e.Root, e.Act)
	}}))
	add("council", protocol.NoAuthority, "other act", "The recovery signature is over another act.", g.recover("council", recovery{message: func(e *protocol.Envelope) []byte {
		return protocol.RecoveryMessage(a.Body(), a.Log[0].ID, e.Seq, e.Root, nil)
	}}))
	add("council", protocol.NoAuthority, "other root", "The recovery signature names another history.", g.recover("council", recovery{message: func(e *protocol.Envelope) []byte {
		return protocol.RecoveryMessage(a.Body(), a.Log[0].ID, e.Seq, protocol.EmptyRoot, e.Act)
	}}))
	add("council", protocol.RecoveryReused, "used key signs", "A recovery key that was used must not live on a server: it still has its old strength.", g.recover("council", recovery{burnt: true}))
	add("council", protocol.RecoveryReused, "used key listed again", "A recovery key is used once.", g.recover("council", recovery{keep: true}))
	add("council", protocol.BadSignature, "signed by the old key", "The new key signs a change of control.", g.recover("council", recovery{signedBy: &a.Key}))
	add("council", protocol.BadSignature, "signed by the recovery key", "The recovery key does not sign the entry itself.", g.recover("council", recovery{signedBy: &a.Recovery[0]}))
	add("council", protocol.NoAuthority, "one officer of two", "The quorum is two.", g.vote("council", 0, protocol.PurposeRecovery, []int{1}, nil))
	add("council", protocol.NoAuthority, "one officer twice", "An officer counts once.", g.vote("council", 0, protocol.PurposeRecovery, []int{1, 1}, nil))
	add("council", protocol.NoAuthority, "nobody", "A change of control without any signature of authority.", g.vote("council", 0, protocol.PurposeRecovery, nil, nil))
	add("council", protocol.NoAuthority, "signed as approvals", "The officers signed for another purpose.", g.vote("council", 0, protocol.PurposeApproval, []int{0, 1}, nil))
	add("alone", protocol.NoAuthority, "no quorum", "The control lets no quorum change it.", g.vote("alone", 0, protocol.PurposeRecovery, nil, nil))
	add("council", protocol.RecoveryChanged, "officers change the recovery keys", "A quorum may not touch the recovery list.", g.vote("council", 0, protocol.PurposeRecovery, []int{0, 1}, func(c *protocol.Control) {
		c.Recovery = []protocol.Digest{protocol.HashOf([]byte("x"))}
	}))
	add("council", protocol.RecoveryChanged, "officers reorder the recovery keys", "The order of the recovery list is its strength.", g.vote("council", 0, protocol.PurposeRecovery, []int{0, 1}, func(c *protocol.Control) {
		c.Recovery = []protocol.Digest{c.Recovery[1], c.Recovery[0]}
	}))
	under := a.Chain.Next(protocol.KindKeys, a.Clock)
	under.Under, under.Act = 1, controlPairs(keysControl(a)).encode()
	under.Approvals = []protocol.Approval{protocol.Recover(a.Recovery[0], nil)}
	add("council", protocol.WrongUnder, "under a decision", "A change of control stands under a control.", sealEnvelope(Secret("council/next"), under, nil))
	small := *under
	small.Under = 0
	small.Approvals = []protocol.Approval{{Recovery: smallOrderKey}}
	add("council", protocol.NoAuthority, "small-order recovery key", "A recovery key of small order is nobody's.", sealEnvelope(Secret("council/next"), &small, nil))
	small.Approvals = append(small.Approvals, protocol.Approve(a.Officers[0], a.Body(), a.Log[0].ID, protocol.KindKeys, small.Digest(), 0))
	add("council", protocol.Malformed, "recovery and officers", "A recovery signature stands alone.", sealEnvelope(Secret("council/next"), &small, nil))
	dated := *under
	dated.Under, dated.Approvals = 0, []protocol.Approval{protocol.Approve(a.Officers[0], a.Body(), a.Log[0].ID, protocol.KindKeys, small.Digest(), a.Clock)}
	add("council", protocol.Malformed, "approval with an end", "In keys the position is signed, so nothing lapses.", sealEnvelope(Secret("council/next"), &dated, nil))
	g.makeClockMended()
}

// makeClockMended: a change of control may go back in time.
func (g *generator) makeClockMended() {
	a := g.author("council")
	a.Clock = Epoch - 1000
	c := keysControl(a)
	env := a.Act(protocol.KindKeys, controlPairs(c).encode())
	env.At = a.Clock
	env.Approvals = []protocol.Approval{protocol.Recover(a.Recovery[0], protocol.RecoveryMessage(a.Body(), a.Log[0].ID, env.Seq, env.Root, env.Act))}
	g.add("council", 0, "keys/time going back", "A wrong clock can be mended by a change of control.", sealEnvelope(Secret("council/next"), env, nil))
}

// keysControl is a sound control for a change by the first recovery key.
func keysControl(a *Author) *protocol.Control {
	b := a.Clone()
	b.Recovery = []protocol.PrivateKey{Secret("next/recovery/0"), Secret("next/recovery/1")}
	c := b.Control(Secret(a.Name+"/next"), nil)
	c.Reason = protocol.ReasonRotation
	return c
}

func ptr[T any](v T) *T { return &v }

var (
	// smallOrderKey is the neutral element, for which every signature by zeros
	// holds; offCurveKey encodes no point; longKey is p+3, a y out of its range.
	smallOrderKey = protocol.SigningKey{1}
	offCurveKey   = protocol.SigningKey{2}
	longKey       = func() (k protocol.SigningKey) {
		for i := range k {
			k[i] = 0xff
		}
		k[0], k[31] = 0xf0, 0x7f
		return k
	}()
)

// makeControls: what a control may say.
func (g *generator) makeControls() {
	a := g.author("council")
	charter := func(code protocol.Code, name, why string, spoil func(*protocol.Control) pairs) {
		key := Secret("charter")
		c := a.Control(key, map[protocol.Kind]uint64{"erase": 1})
		c.Network = NetworkName
		act := spoil(c)
		env := &protocol.Envelope{V: 1, Root: protocol.EmptyRoot, Kind: protocol.KindCharter, At: Epoch, Act: act.encode()}
		g.add("", code, "charter/"+name, why, sealEnvelope(key, env, nil))
	}
	edit := func(code protocol.Code, name, why string, spoil func(*protocol.Control)) {
		charter(code, name, why, func(c *protocol.Control) pairs { spoil(c); return controlPairs(c) })
	}
	edit(0, "sound", "A charter with three officers.", func(*protocol.Control) {})
	edit(0, "no officers", "A body may have no officers.", func(c *protocol.Control) { c.Officers, c.Quorum = nil, nil })
	edit(protocol.BadKey, "small-order key", "A signing key of small order.", func(c *protocol.Control) { c.Key = smallOrderKey })
	edit(protocol.BadKey, "key off the curve", "A signing key that is no point.", func(c *protocol.Control) { c.Key = offCurveKey })
	edit(protocol.BadKey, "key out of range", "A signing key whose y is not below the field's prime.", func(c *protocol.Control) { c.Key = longKey })
	officer := func(k protocol.OfficerKey) func(*protocol.Control) {
		return func(c *protocol.Control) { c.Officers[0].Keys = []protocol.OfficerKey{k} }
	}
	edit(protocol.BadKey, "officer of small order", "An officer's key of small order.", officer(protocol.Ed25519OfficerKey(smallOrderKey)))
	edit(protocol.BadKey, "officer out of range", "An officer's key that is not canonical.", officer(protocol.Ed25519OfficerKey(longKey)))
	edit(protocol.BadKey, "passkey off the curve", "A P-256 key whose x is no point's.", officer(append([]byte{0x80, 0x24, 2}, bytes.Repeat([]byte{0xff}, 32)...)))
	edit(protocol.BadKey, "passkey uncompressed", "A P-256 key in its long form.", officer(append([]byte{0x80, 0x24, 4}, make([]byte, 64)...)))
	edit(protocol.BadKey, "unknown algorithm", "The algorithms are fixed by version 1.", officer(append([]byte{0xe7, 0x01, 2}, make([]byte, 32)...)))
	edit(protocol.BadControl, "officer with the body's key", "The server's key cannot be an officer's.", func(c *protocol.Control) { officer(protocol.Ed25519OfficerKey(c.Key))(c) })
	edit(protocol.BadControl, "two officers with one key", "One key, two votes.", func(c *protocol.Control) { c.Officers[1].Keys = c.Officers[0].Keys })
	edit(protocol.BadControl, "one office twice", "Two officers of one name.", func(c *protocol.Control) { c.Officers[1].Office = c.Officers[0].Office })
	edit(protocol.BadControl, "office too long", "An office of 41 bytes.", func(c *protocol.Control) { c.Officers[0].Office = strings.Repeat("o", 41) })
	edit(protocol.BadControl, "office with a line break", "An office is printable.", func(c *protocol.Control) { c.Officers[0].Office = "the\nchair" })
	edit(protocol.BadControl, "office with a later control character", "U+0085 is a line break too.", func(c *protocol.Control) { c.Officers[0].Office = "the\u0085chair" })
	edit(protocol.BadControl, "office with a delete", "U+007F is not printable.", func(c *protocol.Control) { c.Officers[0].Office = "chair\u007f" })
	edit(0, "office beyond Latin", "U+00A0 and all after it are allowed.", func(c *protocol.Control) { c.Officers[0].Office = "cathaoirleach\u00a0\u4e3b\u5e2d" })
	edit(protocol.BadControl, "three keys", "An officer has at most two keys.", func(c *protocol.Control) {
		c.Officers[0].Keys = append(c.Officers[0].Keys, moreKeys(2)...)
	})
	edit(protocol.BadControl, "officer without keys", "An officer has a key.", func(c *protocol.Control) { c.Officers[0].Keys = nil })
	edit(protocol.BadControl, "seventeen officers", "At most sixteen.", func(c *protocol.Control) {
		for _, k := range moreKeys(14) {
			c.Officers = append(c.Officers, protocol.Officer{Office: k.String()[:20], Keys: []protocol.OfficerKey{k}})
		}
	})
	edit(protocol.BadControl, "quorum above the officers", "Four of three officers.", func(c *protocol.Control) { c.Quorum["erase"] = 4 })
	edit(protocol.BadControl, "quorum of none", "A kind that needs no approvals is left out.", func(c *protocol.Control) { c.Quorum["erase"] = 0 })
	edit(protocol.BadControl, "quorum for a charter", "A charter has nobody to approve it.", func(c *protocol.Control) { c.Quorum["charter"] = 1 })
	edit(protocol.BadControl, "quorum for no kind", "A quorum names a kind.", func(c *protocol.Control) { c.Quorum["Erase"] = 1 })
	edit(protocol.Malformed, "too many quorums", "A map of 33 pairs.", func(c *protocol.Control) {
		for i := range 33 {
			c.Quorum[protocol.Kind("kind_"+string(rune('a'+i%26))+strings.Repeat("z", i/26))] = 1
		}
		delete(c.Quorum, "erase")
	})
	edit(protocol.BadControl, "no recovery key", "A body needs one recovery key.", func(c *protocol.Control) { c.Recovery = nil })
	edit(protocol.BadControl, "four recovery keys", "At most three.", func(c *protocol.Control) {
		c.Recovery = []protocol.Digest{{1}, {2}, {3}, {4}}
	})
	edit(protocol.BadControl, "one recovery key twice", "Each has one place.", func(c *protocol.Control) { c.Recovery[1] = c.Recovery[0] })
	edit(protocol.BadControl, "signing key for recovery", "The key on the server recovers nothing.", func(c *protocol.Control) { c.Recovery[1] = protocol.RecoveryDigest(c.Key) })
	edit(protocol.BadControl, "no network", "A charter names its network.", func(c *protocol.Control) { c.Network = "" })
	edit(protocol.BadControl, "bad network", "A network's name has small letters, digits and hyphens.", func(c *protocol.Control) { c.Network = "The Network" })
	edit(protocol.BadControl, "reason in a charter", "A charter changes nothing.", func(c *protocol.Control) { c.Reason = protocol.ReasonFork })
	charter(protocol.Malformed, "unknown field", "An act has no other fields.", func(c *protocol.Control) pairs { return controlPairs(c).set("name", text("x")) })
	charter(protocol.Malformed, "without a key", "A control has a signing key.", func(c *protocol.Control) pairs { return controlPairs(c).drop("key") })
	charter(protocol.Malformed, "empty officers", "An empty list is left out.", func(c *protocol.Control) pairs { return controlPairs(c).drop("quorum").set("officers", array()) })
	charter(protocol.NotCanonical, "unsorted act", "The act has one encoding too.", func(c *protocol.Control) pairs { p := controlPairs(c); slices.Reverse(p); return p })
	g.makeKeysControls()
}

func moreKeys(n int) []protocol.OfficerKey {
	var out []protocol.OfficerKey
	for i := range n {
		out = append(out, protocol.Ed25519OfficerKey(Secret("more/"+string(rune('a'+i))).Public()))
	}
	return out
}

// makeKeysControls: what only the control of a `keys` entry says.
func (g *generator) makeKeysControls() {
	add := func(code protocol.Code, name, why string, spoil func(pairs) pairs) {
		g.add("council", code, "keys act/"+name, why, g.recover("council", recovery{spoil: spoil}))
	}
	headOf := func(n uint64) []byte {
		return pairs{}.set("root", bstr(make([]byte, 32))).set("length", num(n)).encode()
	}
	add(protocol.BadControl, "network", "The network never changes.", func(p pairs) pairs { return p.set("network", text("test")) })
	add(protocol.BadControl, "no reason", "A change of control says why.", func(p pairs) pairs { return p.drop("reason") })
	add(protocol.BadControl, "unknown reason", "Reasons are a fixed list.", func(p pairs) pairs { return p.set("reason", text("because")) })
	add(0, "four heads disowned", "At most four.", func(p pairs) pairs { return p.set("disowns", array(headOf(1), headOf(2), headOf(3), headOf(4))) })
	add(protocol.BadControl, "five heads disowned", "At most four.", func(p pairs) pairs {
		return p.set("disowns", array(headOf(1), headOf(2), headOf(3), headOf(4), headOf(5)))
	})
	add(protocol.BadControl, "one head disowned twice", "Each once.", func(p pairs) pairs { return p.set("disowns", array(headOf(1), headOf(1))) })
	add(protocol.BadControl, "empty head disowned", "A log of no entries is nothing to disown.", func(p pairs) pairs { return p.set("disowns", array(headOf(0))) })
	add(protocol.BadKey, "small-order key", "A new key of small order.", func(p pairs) pairs { return p.set("key", bstr(smallOrderKey[:])) })
}
