package sharing

import (
	"errors"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// secret makes a private key that follows from the seed.
func (w *world) secret(name string) protocol.PrivateKey {
	w.secrets++
	k := vectors.Secret(fmt.Sprintf("%s/%d", name, w.secrets))
	w.keys[k.Public()] = k
	return k
}

// control is a new one with two recovery keys.
func (w *world) control(name string) *protocol.Control {
	c := &protocol.Control{Key: w.secret(name).Public()}
	for range 2 {
		k := w.secret(name)
		w.words[protocol.RecoveryDigest(k.Public())] = k
		c.Recovery = append(c.Recovery, protocol.RecoveryDigest(k.Public()))
	}
	return c
}

// found gives a node's ledger the charter of its body.
func (w *world) found(n *simNode) protocol.BodyID {
	w.t.Helper()
	c := w.control(n.name)
	c.Network = vectors.NetworkName
	act, err := protocol.EncodeControl(protocol.KindCharter, c)
	if err != nil {
		w.t.Fatal(err)
	}
	event, err := n.ledger.Append(w.t.Context(), protocol.BodyID{}, func(chain *protocol.Chain) (*protocol.Entry, error) {
		env := chain.Next(protocol.KindCharter, uint64(time.Now().Unix()))
		env.Act = act
		return protocol.SignEntry(w.keys[c.Key], env, nil)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.keep(event.Entry)
	return event.Body
}

// keep adds entries to what was ever given to anybody.
func (w *world) keep(run ...*protocol.Entry) {
	w.t.Helper()
	body := run[0].Body()
	if w.union[body] == nil {
		w.union[body] = forest{}
	}
	if err := w.union[body].add(run...); err != nil {
		w.t.Fatal(err)
	}
}

// write signs the next entry of a branch with the key in force there.
func (w *world) write(chain *protocol.Chain) (*protocol.Entry, error) {
	w.secrets++
	content, err := protocol.EncodeContent(map[string]any{
		"salt": make([]byte, protocol.SaltSize), "title": fmt.Sprintf("Decision %d (example)", w.secrets),
	})
	if err != nil {
		return nil, err
	}
	env := chain.Next("decision", uint64(time.Now().Unix()))
	env.Content = protocol.ContentRef{Hash: protocol.HashOf(content), Size: uint64(len(content))}
	return protocol.SignEntry(w.keys[chain.InForce().Control.Key], env, content)
}

// publish lets a node's body say something; on a frozen log it cannot.
func (w *world) publish(n *simNode) {
	w.t.Helper()
	event, err := n.ledger.Append(w.t.Context(), n.body, w.write)
	if errors.Is(err, ledger.ErrFrozen) {
		return
	}
	if err != nil {
		w.fatalf("publish at %s: %v", n.name, err)
	}
	w.keep(event.Entry)
	n.acknowledged = append(n.acknowledged, event.Entry.ID)
	w.note("%s publishes %d", n.name, event.Entry.Envelope.Seq)
}

// give brings a node a run that stands on what it holds, as a thief's peer would.
// A run that the ledger defers is brought again, with all that it stands on.
func (w *world) give(to *simNode, run ledger.Run) {
	w.t.Helper()
	w.keep(run...)
	outcomes, err := to.ledger.Join(w.t.Context(), []ledger.Run{run})
	if err == nil {
		err = outcomes[0].Err
	}
	if _, later := errors.AsType[*ledger.DeferredError](err); later {
		w.waiting = append(w.waiting, delivery{to: to, run: w.union[run[0].Body()].whole(run[len(run)-1])})
		return
	}
	if err != nil {
		w.fatalf("give to %s: %v", to.name, err)
	}
}

// branch is a body's log at a node, cut at a position.
func (w *world) branch(at *simNode, body protocol.BodyID, length uint64) *protocol.Chain {
	w.t.Helper()
	chain, err := at.ledger.ChainAt(body, length)
	if err != nil {
		w.fatalf("the log of a body at %s: %v", at.name, err)
	}
	return chain
}

// fork brings a node entries that contradict a body's log from a position on,
// signed with the key that was in force there: by a cloned machine, or a thief.
func (w *world) fork(at *simNode, body protocol.BodyID, parting uint64, length int) {
	w.t.Helper()
	w.forkFrom(at, w.branch(at, body, parting), length)
}

func (w *world) forkFrom(at *simNode, chain *protocol.Chain, length int) {
	w.t.Helper()
	w.note("a fork at %d of %d entries reaches %s", chain.Length(), length, at.name)
	var run ledger.Run
	for range length {
		e, err := w.write(chain)
		if err != nil {
			w.fatalf("fork: %v", err)
		}
		if chain, _, err = chain.Extend(e, nil); err != nil {
			w.fatalf("fork: %v", err)
		}
		run = append(run, e)
	}
	w.give(at, run)
}

// branches are the beginnings of an author's log, by their length.
func (w *world) branches(author *simNode, longest uint64) []*protocol.Chain {
	w.t.Helper()
	chains := []*protocol.Chain{new(protocol.Chain)}
	for length := uint64(1); length <= longest; length++ {
		chains = append(chains, w.branch(author, author.body, length))
	}
	return chains
}

// last is the last entry of a node's own log.
func (w *world) last(n *simNode) *protocol.Entry {
	w.t.Helper()
	head, err := n.ledger.Head(n.body)
	if err != nil {
		w.fatalf("%v", err)
	}
	event, err := n.ledger.At(n.body, head.Length-1)
	if err != nil {
		w.fatalf("%v", err)
	}
	return event.Entry
}

// recover changes the control of a body by a recovery key, on its log up to a
// position: at its end that is a rotation, before it a rollback. It says nothing
// of what it gives up unless disclose is set.
func (w *world) recover(n *simNode, length uint64, rank int, disclose bool) {
	w.t.Helper()
	w.note("%s is recovered at %d, rank %d", n.name, length, rank)
	w.give(n, ledger.Run{w.change(n, length, rank, disclose)})
}

// change signs a change of control.
func (w *world) change(n *simNode, length uint64, rank int, disclose bool) *protocol.Entry {
	w.t.Helper()
	head, err := n.ledger.Head(n.body)
	if err != nil {
		w.fatalf("recover: %v", err)
	}
	chain := w.branch(n, n.body, length)
	last := chain.InForce()
	c := w.control(n.name)
	c.Reason = "restore"
	if disclose && length < head.Length {
		c.Disowns = []protocol.Head{{Length: head.Length, Root: head.Root}}
	}
	act, err := protocol.EncodeControl(protocol.KindKeys, c)
	if err != nil {
		w.fatalf("recover: %v", err)
	}
	env := chain.Next(protocol.KindKeys, uint64(time.Now().Unix()))
	env.Act, env.Under = act, last.Seq
	message := protocol.RecoveryMessage(n.body, last.ID, env.Seq, env.Root, env.Act)
	env.Approvals = []protocol.Approval{protocol.Recover(w.words[last.Control.Recovery[rank]], message)}
	e, err := protocol.SignEntry(w.keys[c.Key], env, nil)
	if err != nil {
		w.fatalf("recover: %v", err)
	}
	return e
}
