package vectors

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"math/big"

	"github.com/folkmoot/folkmoot/protocol"
)

// approve is an approval by an officer of the control now in force.
func approve(a *Author, officer int, env *protocol.Envelope, until uint64) protocol.Approval {
	return protocol.Approve(a.Officers[officer], a.Body(), a.Chain.InForce().ID, env.Kind, env.Digest(), until)
}

// makeErasures: what an `erase` may name, and who must agree.
func (g *generator) makeErasures() {
	erase := func(log string, code protocol.Code, name, why string, act pairs, approvals func(*Author, *protocol.Envelope) []protocol.Approval) {
		a := g.author(log)
		env := a.Act(protocol.KindErase, act.encode())
		env.Approvals = approvals(a, env)
		g.add(log, code, "erase/"+name, why, sealEnvelope(a.Key, env, nil))
	}
	by := func(officers ...int) func(*Author, *protocol.Envelope) []protocol.Approval {
		return func(a *Author, env *protocol.Envelope) []protocol.Approval {
			var out []protocol.Approval
			for _, o := range officers {
				out = append(out, approve(a, o, env, env.At+60))
			}
			return out
		}
	}
	three := by(0, 1, 2)
	shape := func(code protocol.Code, name, why string, act pairs) { erase("council", code, name, why, act, three) }
	shape(0, "sound", "Two decisions lose their content.", erasePairs("privacy", 1, 3))
	shape(protocol.BadErase, "nothing", "An erase names a position.", erasePairs("privacy"))
	shape(protocol.BadErase, "out of order", "Positions ascend.", erasePairs("privacy", 3, 1))
	shape(protocol.BadErase, "twice", "Each position once.", erasePairs("privacy", 1, 1))
	shape(protocol.BadErase, "unknown reason", "Reasons are a fixed list.", erasePairs("shame", 1))
	shape(protocol.BadErase, "itself", "An erase cannot name its own position.", erasePairs("privacy", 6))
	shape(protocol.BadErase, "the future", "An erase names what is before it.", erasePairs("privacy", 1, 99))
	shape(protocol.BadErase, "the charter", "A charter cannot be erased.", erasePairs("privacy", 0))
	shape(protocol.BadErase, "an erase", "An erase cannot be erased.", erasePairs("privacy", 4))
	shape(protocol.BadErase, "beyond 2^53", "A position beyond 2^53.", erasePairs("privacy", 1<<53))
	shape(protocol.Malformed, "257 positions", "At most 256.", erasePairs("privacy", func() (p []uint64) {
		for i := range 257 {
			p = append(p, uint64(i))
		}
		return p
	}()...))
	shape(protocol.Malformed, "without positions", "The list must be there.", erasePairs("privacy").drop("positions"))
	shape(protocol.Malformed, "unknown field", "An act has no other fields.", erasePairs("privacy", 1).set("note", text("x")))
	shape(protocol.NotCanonical, "unsorted", "The act has one encoding too.", append(erasePairs("privacy", 1).drop("reason"), pair{"reason", text("privacy")}))
	erase("rotated", protocol.BadErase, "a change of control", "Keys cannot be erased.", erasePairs("legal", 3), three)
	erase("alone", 0, "without officers", "A body without officers erases alone.", erasePairs("mistake", 1), by())
	erase("unasked", protocol.ApprovalsShort, "officers but no quorum", "Where there are officers, one of them must agree.", erasePairs("mistake", 1), by())
	erase("unasked", 0, "officers but no quorum, one", "One is enough there.", erasePairs("mistake", 1), by(1))
	short := func(name, why string, approvals func(*Author, *protocol.Envelope) []protocol.Approval) {
		erase("council", protocol.ApprovalsShort, name, why, erasePairs("privacy", 1), approvals)
	}
	short("two of three", "The quorum of the kind named, three, is greater than that for erase.", by(0, 1))
	short("nobody", "No approvals.", by())
	short("one officer thrice", "An officer counts once.", by(0, 0, 0))
	with := func(third func(*Author, *protocol.Envelope) protocol.Approval) func(*Author, *protocol.Envelope) []protocol.Approval {
		return func(a *Author, env *protocol.Envelope) []protocol.Approval {
			return append(by(0, 1)(a, env), third(a, env))
		}
	}
	short("expired", "One approval ended a second before.", with(func(a *Author, e *protocol.Envelope) protocol.Approval { return approve(a, 2, e, e.At-1) }))
	short("until then", "One approval was changed to last longer.", with(func(a *Author, e *protocol.Envelope) protocol.Approval {
		p := approve(a, 2, e, e.At-1)
		p.Until = e.At
		return p
	}))
	short("other digest", "One approval is for another act.", with(func(a *Author, e *protocol.Envelope) protocol.Approval {
		return protocol.Approve(a.Officers[2], a.Body(), a.Log[0].ID, e.Kind, protocol.HashOf(nil), e.At)
	}))
	short("other kind", "One approval is for another kind.", with(func(a *Author, e *protocol.Envelope) protocol.Approval {
		return protocol.Approve(a.Officers[2], a.Body(), a.Log[0].ID, "decision", e.Digest(), e.At)
	}))
	short("other body", "One approval is for another body.", with(func(a *Author, e *protocol.Envelope) protocol.Approval {
		return protocol.Approve(a.Officers[2], g.author("alone").Body(), a.Log[0].ID, e.Kind, e.Digest(), e.At)
	}))
	short("stranger", "One approval is by nobody of this body.", with(func(a *Author, e *protocol.Envelope) protocol.Approval {
		return protocol.Approve(Secret("stranger"), a.Body(), a.Log[0].ID, e.Kind, e.Digest(), e.At)
	}))
	erase("council", protocol.ApprovalsShort, "the same act again", "Approvals count for the first entry with their digest.", erasePairs("privacy", 2), three)
	erase("rotated", protocol.ApprovalsShort, "other control", "A new control voids what was gathered under the one before.", erasePairs("privacy", 1), func(a *Author, e *protocol.Envelope) []protocol.Approval {
		var out []protocol.Approval
		for _, k := range a.Officers {
			out = append(out, protocol.Approve(k, a.Body(), a.Log[0].ID, e.Kind, e.Digest(), e.At))
		}
		return out
	})
}

func (g *generator) judge(log, name, why string, replayed bool, approvals func(*Author, *protocol.Envelope) []protocol.Approval, verdicts ...protocol.ApprovalVerdict) {
	a := g.author(log)
	d := g.decision(log)
	d.env.Approvals = approvals(a, d.env)
	c := ApprovalCase{Case: Case{name, why}, On: g.on(log), Entry: sealEnvelope(d.key, d.env, d.content), Replayed: replayed}
	for _, v := range verdicts {
		c.Verdicts = append(c.Verdicts, string(v))
	}
	g.approvals = append(g.approvals, c)
}

// makeApprovals: which approvals of a decision count. None makes it invalid.
func (g *generator) makeApprovals() {
	list := func(a ...protocol.Approval) []protocol.Approval { return a }
	g.judge("council", "two officers", "Both count.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		return list(approve(a, 0, e, e.At+60), approve(a, 2, e, e.At+60))
	}, protocol.ApprovalCounts, protocol.ApprovalCounts)
	g.judge("council", "last second", "An approval holds to the second that it names.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		return list(approve(a, 0, e, e.At))
	}, protocol.ApprovalCounts)
	g.judge("council", "expired", "A second later it does not.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		return list(approve(a, 0, e, e.At-1))
	}, protocol.ApprovalExpired)
	g.judge("council", "doubled", "An officer counts once.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		return list(approve(a, 0, e, e.At+60), approve(a, 0, e, e.At+120))
	}, protocol.ApprovalCounts, protocol.ApprovalDoubled)
	g.judge("council", "bad before good", "One that does not hold does not use up the officer's voice.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		bad := approve(a, 0, e, e.At+60)
		bad.Until++
		return list(bad, approve(a, 0, e, e.At+60))
	}, protocol.ApprovalBadSignature, protocol.ApprovalCounts)
	g.judge("council", "replayed", "An earlier entry used the approvals for this content.", true, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		return list(approve(a, 0, e, e.At+60))
	}, protocol.ApprovalReplayed)
	g.judge("council", "stranger", "A key that no officer holds.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		return list(protocol.Approve(Secret("stranger"), a.Body(), a.Log[0].ID, e.Kind, e.Digest(), e.At))
	}, protocol.ApprovalUnknownKey)
	g.judge("council", "removed officer", "The body's own key is nobody's office.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		return list(protocol.Approve(a.Key, a.Body(), a.Log[0].ID, e.Kind, e.Digest(), e.At))
	}, protocol.ApprovalUnknownKey)
	g.judge("rotated", "other control", "The approval names the control before the last.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		return list(protocol.Approve(a.Officers[0], a.Body(), a.Log[0].ID, e.Kind, e.Digest(), e.At))
	}, protocol.ApprovalBadSignature)
	g.judge("council", "other purpose", "The officer signed the same bytes as a change of control.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		p := approve(a, 0, e, e.At)
		p.Sig = a.Officers[0].Sign(protocol.PurposeRecovery, protocol.ApprovalMessage(a.Body(), a.Log[0].ID, e.Kind, e.Digest(), e.At))
		return list(p)
	}, protocol.ApprovalBadSignature)
	g.judge("council", "algorithm unknown", "A key of an algorithm that no control can name.", false, func(_ *Author, e *protocol.Envelope) []protocol.Approval {
		return list(protocol.Approval{Key: []byte{0xe7, 0x01, 1}, Until: e.At})
	}, protocol.ApprovalUnknownKey)
	g.removedOfficer()
}

// removedOfficer: the officers left with a change of control.
func (g *generator) removedOfficer() {
	a := g.author("council")
	left := a.Officers[2]
	a.Officers = a.Officers[:2]
	c := keysControl(a)
	env := a.Act(protocol.KindKeys, controlPairs(c).encode())
	env.Approvals = []protocol.Approval{protocol.Recover(a.Recovery[0], protocol.RecoveryMessage(a.Body(), a.Log[0].ID, env.Seq, env.Root, env.Act))}
	a.Key = Secret("council/next")
	a.MustAdd(env)
	g.log("fewer officers", a)
	g.judge("fewer officers", "officer removed", "An officer of the control before is none now.", false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
		return []protocol.Approval{protocol.Approve(left, a.Body(), a.Chain.InForce().ID, e.Kind, e.Digest(), e.At), approve(a, 0, e, e.At)}
	}, protocol.ApprovalUnknownKey, protocol.ApprovalCounts)
}

// passkey is the P-256 key of the officer of the log "passkeys".
func passkey(label string) *ecdsa.PrivateKey {
	seed := protocol.HashOf([]byte("folkmoot test passkey " + label))
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:]))
}

func newPasskeyAuthor() *Author {
	a := &Author{
		Name: "passkeys", Key: Secret("passkeys/signing/0"), Clock: Epoch,
		Recovery: []protocol.PrivateKey{Secret("passkeys/recovery/0")}, Chain: new(protocol.Chain),
	}
	c := a.Control(a.Key, map[protocol.Kind]uint64{"erase": 1, "keys": 1})
	c.Network = NetworkName
	for _, label := range []string{"chair", "treasurer"} {
		c.Officers = append(c.Officers, protocol.Officer{
			Office: label, Keys: []protocol.OfficerKey{must(protocol.P256OfficerKey(&passkey(label).PublicKey))},
		})
	}
	a.MustAdd(a.Act(protocol.KindCharter, must(protocol.EncodeControl(protocol.KindCharter, c))))
	a.PublishN(1, 60)
	return a
}

// assertion is what an authenticator returns, each part of which can be spoilt.
type assertion struct {
	key      string
	purpose  protocol.Purpose
	start    string
	flags    byte
	authData []byte
}

// assert makes an approval by a passkey.
func (s assertion) approve(message []byte, until uint64) protocol.Approval {
	challenge := protocol.Challenge(s.purpose, message)
	client := []byte(s.start + base64.RawURLEncoding.EncodeToString(challenge[:]) + `","origin":"https://moot.example","crossOrigin":false}`)
	relying := sha256.Sum256([]byte("moot.example"))
	data := append(append(relying[:], s.flags), 0, 0, 0, 7)
	if s.authData != nil {
		data = s.authData
	}
	key := passkey(s.key)
	p := protocol.Approval{
		Key: must(protocol.P256OfficerKey(&key.PublicKey)), Until: until, AuthData: data, ClientData: client,
	}
	p.Sig = signAssertion(key, data, client)
	return p
}

func signAssertion(key *ecdsa.PrivateKey, data, client []byte) (sig protocol.Signature) {
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	der := must(key.Sign(nil, digest[:], crypto.SHA256))
	var rs struct{ R, S *big.Int }
	must(asn1.Unmarshal(der, &rs))
	rs.R.FillBytes(sig[:32])
	rs.S.FillBytes(sig[32:])
	return sig
}

// makeAssertions: approvals by passkeys.
func (g *generator) makeAssertions() {
	const start = `{"type":"webauthn.get","challenge":"`
	good := assertion{key: "chair", purpose: protocol.PurposeApproval, start: start, flags: 0x05}
	judge := func(name, why string, s assertion, spoil func(*protocol.Approval), verdict protocol.ApprovalVerdict) {
		g.judge("passkeys", "passkey "+name, why, false, func(a *Author, e *protocol.Envelope) []protocol.Approval {
			p := s.approve(protocol.ApprovalMessage(a.Body(), a.Log[0].ID, e.Kind, e.Digest(), e.At), e.At)
			if spoil != nil {
				spoil(&p)
			}
			return []protocol.Approval{p}
		}, verdict)
	}
	vary := func(f func(*assertion)) assertion { s := good; f(&s); return s }
	n := elliptic.P256().Params().N
	judge("sound", "An assertion as a browser returns it.", good, nil, protocol.ApprovalCounts)
	judge("high S", "The order of P-256 less s holds as well: there is no rule of low s.", good, func(p *protocol.Approval) {
		new(big.Int).Sub(n, new(big.Int).SetBytes(p.Sig[32:])).FillBytes(p.Sig[32:])
	}, protocol.ApprovalCounts)
	bad := func(name, why string, s assertion, spoil func(*protocol.Approval)) {
		judge(name, why, s, spoil, protocol.ApprovalBadSignature)
	}
	bad("other challenge", "The challenge is for another purpose.", vary(func(s *assertion) { s.purpose = protocol.PurposeRecovery }), nil)
	bad("other type", "A registration is no approval.", vary(func(s *assertion) { s.start = `{"type":"webauthn.create","challenge":"` }), nil)
	bad("other order of members", "Client data begins as the standard writes it, so no JSON need be read.", vary(func(s *assertion) { s.start = `{"challenge":"` }), nil)
	bad("space in client data", "Client data has no spaces.", vary(func(s *assertion) { s.start = `{"type": "webauthn.get","challenge":"` }), nil)
	bad("not verified", "The officer did not unlock the device.", vary(func(s *assertion) { s.flags = 0x01 }), nil)
	bad("not present", "The officer was not there.", vary(func(s *assertion) { s.flags = 0x04 }), nil)
	bad("short data", "Authenticator data of 36 bytes.", vary(func(s *assertion) { s.authData = bytes.Repeat([]byte{0x05}, 36) }), nil)
	bad("client data changed", "The origin was changed after signing.", good, func(p *protocol.Approval) {
		p.ClientData = bytes.Replace(p.ClientData, []byte("moot.example"), []byte("mood.example"), 1)
	})
	bad("data changed", "The counter was changed after signing.", good, func(p *protocol.Approval) { p.AuthData[36]++ })
	bad("until changed", "The end was moved after signing.", good, func(p *protocol.Approval) { p.Until++ })
	bad("other officer's signature", "The treasurer signed in the chair's name.", good, func(p *protocol.Approval) { p.Sig = signAssertion(passkey("treasurer"), p.AuthData, p.ClientData) })
	bad("r of zero", "r is out of range.", good, func(p *protocol.Approval) { clear(p.Sig[:32]) })
	bad("s of zero", "s is out of range.", good, func(p *protocol.Approval) { clear(p.Sig[32:]) })
	bad("r of the order", "r is out of range.", good, func(p *protocol.Approval) { n.FillBytes(p.Sig[:32]) })
	bad("s of the order", "s is out of range.", good, func(p *protocol.Approval) { n.FillBytes(p.Sig[32:]) })
	judge("stranger", "A passkey that no officer holds.", vary(func(s *assertion) { s.key = "stranger" }), nil, protocol.ApprovalUnknownKey)
	recover := good
	recover.purpose = protocol.PurposeRecovery
	for _, c := range []struct {
		code      protocol.Code
		name, why string
		by        assertion
	}{{0, "passkey", "A passkey's quorum of one changes control.", recover}, {protocol.NoAuthority, "passkey approval", "An assertion made for an approval changes nothing.", good}} {
		a := g.author("passkeys")
		control := *a.Log[0].Control()
		control.Network, control.Reason, control.Key = "", protocol.ReasonRotation, Secret("passkeys/next").Public()
		env := a.Act(protocol.KindKeys, controlPairs(&control).encode())
		env.Approvals = []protocol.Approval{c.by.approve(protocol.RecoveryMessage(a.Body(), a.Log[0].ID, env.Seq, env.Root, env.Act), 0)}
		g.add("passkeys", c.code, "keys/"+c.name, c.why, sealEnvelope(Secret("passkeys/next"), env, nil))
	}
}
