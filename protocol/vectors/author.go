package vectors

import (
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// Author writes the log of an invented body, with keys and salts that follow
// from its name alone, so that the same calls give the same bytes everywhere.
// It makes the cases of this package, and the logs of other packages' tests.
// It is not safe for concurrent use.
type Author struct {
	// Name is what every secret follows from.
	Name string
	// Key signs.
	Key protocol.PrivateKey
	// Recovery are the recovery keys, the strongest first.
	Recovery []protocol.PrivateKey
	// Officers are the keys of the officers, one each.
	Officers []protocol.PrivateKey
	// Chain is the state after the last entry.
	Chain *protocol.Chain
	// Log holds every entry.
	Log []*protocol.Entry
	// Clock is the time of the next entry in Unix seconds; each adds a minute.
	Clock uint64
}

// Epoch is when invented logs begin: 2026-01-01T00:00:00Z.
const Epoch = 1767225600

// NetworkName is the network of invented logs.
const NetworkName = "test"

// Secret derives a private key from a label.
func Secret(label string) protocol.PrivateKey {
	return protocol.KeyFromSeed(protocol.HashOf([]byte("folkmoot test key " + label)))
}

// NewAuthor founds a body with two recovery keys and, if there are officers,
// the quorums given.
func NewAuthor(name string, officers int, quorum map[protocol.Kind]uint64) *Author {
	a := &Author{
		Name: name, Key: Secret(name + "/signing/0"), Clock: Epoch,
		Recovery: []protocol.PrivateKey{Secret(name + "/recovery/0"), Secret(name + "/recovery/1")},
		Chain:    new(protocol.Chain),
	}
	for i := range officers {
		a.Officers = append(a.Officers, Secret(fmt.Sprintf("%s/officer/%d", name, i)))
	}
	c := a.Control(a.Key, quorum)
	c.Network = NetworkName
	a.MustAdd(a.Act(protocol.KindCharter, must(protocol.EncodeControl(protocol.KindCharter, c))))
	return a
}

// Clone returns an author with the same secrets and history, to write another
// branch.
func (a *Author) Clone() *Author {
	b := *a
	b.Log = slices.Clone(a.Log)
	return &b
}

// Control describes the author's present officers and recovery keys under a
// signing key.
func (a *Author) Control(key protocol.PrivateKey, quorum map[protocol.Kind]uint64) *protocol.Control {
	c := &protocol.Control{Key: key.Public(), Quorum: quorum}
	for i, k := range a.Officers {
		c.Officers = append(c.Officers, protocol.Officer{
			Office: fmt.Sprintf("officer %d", i+1),
			Keys:   []protocol.OfficerKey{protocol.Ed25519OfficerKey(k.Public())},
		})
	}
	for _, r := range a.Recovery {
		c.Recovery = append(c.Recovery, protocol.RecoveryDigest(r.Public()))
	}
	return c
}

// Body is the body's identifier.
func (a *Author) Body() protocol.BodyID { return a.Chain.Body() }

// Record encodes a record's fields with a salt that follows from the author's
// name and position.
func (a *Author) Record(fields map[string]any) []byte {
	all := map[string]any{}
	for k, v := range fields {
		all[k] = v
	}
	salt := protocol.HashOf(fmt.Appendf(nil, "salt %s %d %d", a.Name, a.Chain.Length(), a.Clock))
	all["salt"] = salt[:protocol.SaltSize]
	return must(protocol.EncodeContent(all))
}

// Draft returns the envelope of the next entry with the given content.
func (a *Author) Draft(kind protocol.Kind, content []byte) *protocol.Envelope {
	env := a.Chain.Next(kind, a.Clock)
	env.Content = protocol.ContentRef{Hash: protocol.HashOf(content), Size: uint64(len(content))}
	return env
}

// Act returns the envelope of the next entry with the given act.
func (a *Author) Act(kind protocol.Kind, act []byte) *protocol.Envelope {
	env := a.Chain.Next(kind, a.Clock)
	env.Act = act
	return env
}

// Publish adds an entry with content.
func (a *Author) Publish(kind protocol.Kind, fields map[string]any) *protocol.Entry {
	content := a.Record(fields)
	return a.add(a.Draft(kind, content), content)
}

// PublishN adds n decisions with text of about size bytes.
func (a *Author) PublishN(n, size int) []*protocol.Entry {
	for range n {
		seq := a.Chain.Length()
		text := fmt.Sprintf("Decision %d of %s. ", seq, a.Name)
		for len(text) < size {
			text += "The path by the allotments is to be mended before the winter. "
		}
		a.Publish("decision", map[string]any{
			"title": fmt.Sprintf("Decision %d (example)", seq), "lang": "en", "licence": "CC-BY-4.0",
			"signed_as": "clerk", "decision": text[:max(size, 1)],
		})
	}
	return a.Log[len(a.Log)-n:]
}

// Recover adds a `keys` entry with a new signing key, authorised by a recovery
// key of the control at position under. The used recovery key is replaced.
func (a *Author) Recover(rank int, under uint64, reason string, disowns ...protocol.Head) *protocol.Entry {
	old := a.Recovery[rank]
	a.Key = Secret(fmt.Sprintf("%s/signing/%d/%d/%d", a.Name, a.Chain.Length(), rank, a.Clock))
	a.Recovery = slices.Clone(a.Recovery)
	a.Recovery[rank] = Secret(fmt.Sprintf("%s/recovery/%d/%d/%d", a.Name, a.Chain.Length(), rank, a.Clock))
	c := a.Control(a.Key, a.controlAt(under).Control.Quorum)
	c.Reason, c.Disowns = reason, disowns
	env := a.Act(protocol.KindKeys, must(protocol.EncodeControl(protocol.KindKeys, c)))
	env.Under = under
	message := protocol.RecoveryMessage(a.Body(), a.controlAt(under).ID, env.Seq, env.Root, env.Act)
	env.Approvals = []protocol.Approval{protocol.Recover(old, message)}
	return a.MustAdd(env)
}

// Erase adds an `erase` entry, approved by the first n officers.
func (a *Author) Erase(reason string, approvals int, positions ...uint64) *protocol.Entry {
	env := a.Act(protocol.KindErase, must(protocol.EncodeErase(&protocol.Erase{Reason: reason, Positions: positions})))
	env.Approvals = a.Approvals(env, approvals)
	return a.MustAdd(env)
}

// Approvals signs env by the first n officers, for a day.
func (a *Author) Approvals(env *protocol.Envelope, n int) []protocol.Approval {
	var out []protocol.Approval
	for _, k := range a.Officers[:n] {
		out = append(out, protocol.Approve(k, a.Body(), a.Chain.InForce().ID, env.Kind, env.Digest(), env.At+86400))
	}
	return out
}

// MustAdd signs env, checks it and adds it. It panics when the rules reject it.
func (a *Author) MustAdd(env *protocol.Envelope) *protocol.Entry { return a.add(env, nil) }

func (a *Author) add(env *protocol.Envelope, content []byte) *protocol.Entry {
	e := must(protocol.SignEntry(a.Key, env, content))
	next, _, err := a.Chain.Extend(e, a.kindAt)
	if err != nil {
		panic(fmt.Sprintf("vectors: %s at %d: %v", env.Kind, env.Seq, err))
	}
	a.Chain, a.Log, a.Clock = next, append(a.Log, e), a.Clock+60
	return e
}

func (a *Author) controlAt(seq uint64) *protocol.InForce {
	controls := a.Chain.Controls()
	for i := range controls {
		if controls[i].Seq == seq {
			return &controls[i]
		}
	}
	panic("vectors: no control stands there")
}

func (a *Author) kindAt(seq uint64) (protocol.Kind, error) { return a.Log[seq].Envelope.Kind, nil }

func must[T any](v T, err error) T {
	if err != nil {
		panic("vectors: " + err.Error())
	}
	return v
}
