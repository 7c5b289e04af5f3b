package vectors

import (
	"bytes"

	"github.com/folkmoot/folkmoot/protocol"
)

// newWeakAuthor founds a body whose second recovery digest is that of a key of
// small order: a control cannot tell, since it holds the digest alone.
func newWeakAuthor() *Author {
	a := &Author{
		Name: "weak", Key: Secret("weak/signing/0"), Clock: Epoch,
		Recovery: []protocol.PrivateKey{Secret("weak/recovery/0")}, Chain: new(protocol.Chain),
	}
	c := a.Control(a.Key, nil)
	c.Network = NetworkName
	c.Recovery = append(c.Recovery, protocol.RecoveryDigest(smallOrderKey))
	a.MustAdd(a.Act(protocol.KindCharter, must(protocol.EncodeControl(protocol.KindCharter, c))))
	return a
}

// makeFoundings: the envelope of a charter, and what its act may not leave out.
func (g *generator) makeFoundings() {
	key := Secret("charter")
	sound := func() (*protocol.Control, *protocol.Envelope) {
		c := g.author("council").Control(key, nil)
		c.Network = NetworkName
		return c, &protocol.Envelope{V: 1, Root: protocol.EmptyRoot, Kind: protocol.KindCharter, At: Epoch}
	}
	add := func(code protocol.Code, name, why string, spoil func(envelope, act pairs) (pairs, pairs)) {
		c, env := sound()
		envelope, act := spoil(envelopePairs(env), controlPairs(c))
		if act != nil {
			envelope = envelope.set("act", bstr(act.encode()))
		}
		g.add("", code, "founding/"+name, why, seal(key, envelope.encode(), nil))
	}
	field := func(code protocol.Code, name, why, key string, value []byte) {
		add(code, name, why, func(e, act pairs) (pairs, pairs) { return e.set(key, value), act })
	}
	inAct := func(code protocol.Code, name, why, key string, value []byte) {
		add(code, name, why, func(e, act pairs) (pairs, pairs) { return e, act.set(key, value) })
	}
	field(protocol.WrongRoot, "root of zeros", "A charter stands on the empty log, whose root is the hash of nothing.", "root", bstr(make([]byte, 32)))
	field(protocol.WrongBody, "names a body", "A charter founds a body and names none.", "body", digest(g.author("alone").Body()))
	field(protocol.WrongUnder, "under another", "Nothing stands before a charter.", "under", num(1))
	approval := approvalPairs(protocol.Approve(Secret("stranger"), protocol.BodyID{1}, protocol.EntryID{1}, protocol.KindCharter, protocol.Digest{}, Epoch))
	field(protocol.Malformed, "approved", "Nobody came before a charter who could approve it.", "approvals", array(approval.encode()))
	content := pairs{}.set("hash", digest(protocol.HashOf(nil))).set("size", num(1)).encode()
	field(protocol.Malformed, "content beside the act", "A charter has no content.", "content", content)
	add(protocol.Malformed, "content for the act", "A charter has an act.", func(e, _ pairs) (pairs, pairs) { return e.set("content", content), nil })
	inAct(protocol.BadKey, "key of zeros", "Thirty-two zeros are a point of order 4.", "key", bstr(make([]byte, 32)))
	inAct(protocol.Malformed, "short key", "A key of 31 bytes.", "key", bstr(make([]byte, 31)))
	inAct(protocol.Malformed, "short recovery digest", "A digest of 31 bytes must not be filled up.", "recovery", array(bstr(bytes.Repeat([]byte{1}, 31))))
	inAct(protocol.BadKey, "short officer key", "An Ed25519 key of 31 bytes.", "officers",
		array(pairs{}.set("keys", array(bstr(append([]byte{0xed, 0x01}, make([]byte, 31)...)))).set("office", text("chair")).encode()))
	c, env := sound()
	env.Act = controlPairs(c).encode()
	g.add("", protocol.BadSignature, "founding/signed by another", "A charter is signed by the key that it names.", sealEnvelope(Secret("stranger"), env, nil))
	g.add("", 0, "founding/sound", "The same charter, signed by its key.", sealEnvelope(key, env, nil))
}

// makeLater: versions to come, and fields that say nothing.
func (g *generator) makeLater() {
	d := g.decision("council")
	add := func(code protocol.Code, name, why string, envelope []byte) {
		g.add("council", code, "later/"+name, why, seal(d.key, envelope, nil))
	}
	add(protocol.UnknownVersion, "other fields", "Of a later version only the beginning is known.", pairs{}.set("v", num(2)).set("x", []byte{0xf6}).encode())
	add(protocol.UnknownVersion, "largest version", "The last number that a version can have.", d.set("v", num(protocol.MaxInt)).pairs.encode())
	add(protocol.Malformed, "version of 2^53", "A number beyond all versions.", d.set("v", num(1<<53)).pairs.encode())
	add(protocol.NotCanonical, "long version", "A version has the shortest form too, so this is none.", d.set("v", []byte{0x18, 2}).pairs.encode())
	add(protocol.Malformed, "content of zeros", "Content that is not there is left out.",
		d.set("content", pairs{}.set("hash", bstr(make([]byte, 32))).set("size", num(0)).encode()).pairs.encode())
}

// makeRecoveries: recovery signatures that are none.
func (g *generator) makeRecoveries() {
	weak := g.author("weak")
	env := weak.Act(protocol.KindKeys, controlPairs(keysControl(weak)).encode())
	add := func(code protocol.Code, name, why string, approval pairs) {
		e := envelopePairs(env).set("approvals", array(approval.encode()))
		g.add("weak", code, "recovery/"+name, why, seal(Secret("weak/next"), e.encode(), nil))
	}
	message := protocol.RecoveryMessage(weak.Body(), weak.Log[0].ID, env.Seq, env.Root, env.Act)
	good := approvalPairs(protocol.Recover(weak.Recovery[0], message))
	add(0, "sound", "The first recovery key.", good)
	add(protocol.NoAuthority, "small order", "The key is listed and the signature holds, as it would for every message.",
		approvalPairs(protocol.Approval{Recovery: smallOrderKey, Sig: protocol.Signature(append(neutral[:], make([]byte, 32)...))}))
	add(protocol.Malformed, "key of zeros", "An absent recovery key is left out.", good.set("recovery", bstr(make([]byte, 32))))
	add(protocol.Malformed, "with an end", "A recovery signature has no end.", good.set("until", num(Epoch)))
	add(protocol.Malformed, "with an officer's key", "A recovery signature names one key.", good.set("key", bstr(protocol.Ed25519OfficerKey(Secret("x").Public()))))
}
