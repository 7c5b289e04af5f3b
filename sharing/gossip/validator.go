package gossip

import (
	"context"
	"errors"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// verdict is what becomes of a message, and why, in a word for the metrics.
type verdict struct {
	result pubsub.ValidationResult
	reason string
	// code is set where the bearer is at fault.
	code protocol.Code
}

func accept(reason string) verdict { return verdict{pubsub.ValidationAccept, reason, 0} }
func ignore(reason string) verdict { return verdict{pubsub.ValidationIgnore, reason, 0} }
func refuse(code protocol.Code) verdict {
	return verdict{pubsub.ValidationReject, code.String(), code}
}

var verdictNames = map[pubsub.ValidationResult]string{
	pubsub.ValidationAccept: "accept", pubsub.ValidationIgnore: "ignore", pubsub.ValidationReject: "reject",
}

// validate is the topic's validator. Gossipsub calls it for each message that it
// has not seen before.
func (g *Gossip) validate(_ context.Context, from peer.ID, msg *pubsub.Message) pubsub.ValidationResult {
	if from == g.cfg.Host.ID() {
		return pubsub.ValidationAccept // our own, read from the ledger
	}
	v := g.judge(from, msg.Data)
	g.metrics.judged.WithLabelValues(verdictNames[v.result], v.reason).Inc()
	if v.code != 0 {
		g.cfg.Invalid(from, v.code)
	}
	return v.result
}

// judge decides about one message. A peer is at fault only for what it could
// have known: bytes that are no entry, or a signature that is wrong whatever the
// state of its own ledger. An author can sign nonsense, and a peer that lacks
// the prefix passes it on in good faith; that is ignored.
func (g *Gossip) judge(from peer.ID, data []byte) verdict {
	e, err := protocol.ParseEntry(data)
	if err != nil {
		if code := protocol.CodeOf(err); !code.Waits() {
			return refuse(code)
		}
		return ignore(protocol.CodeOf(err).String())
	}
	if !g.cfg.Keeps(e.Body()) {
		return ignore("not_kept")
	}
	if !e.Envelope.Content.IsZero() && e.Content == nil {
		return ignore(protocol.ContentMissing.String())
	}
	if e.Envelope.At > uint64(g.cfg.Now().Add(ledger.MaxAhead).Unix()) {
		return ignore(protocol.TooFarAhead.String())
	}
	t, err := g.tips.get(e.Body())
	switch {
	case errors.Is(err, ledger.ErrNotFound) && e.Envelope.Kind == protocol.KindCharter:
		return g.found(from, e)
	case errors.Is(err, ledger.ErrNotFound):
		g.hints.add(e.Body(), from, e.Envelope.Seq, nil, g.cfg.Now())
		return ignore("unknown_body")
	case err != nil:
		g.cfg.Logger.Warn("cannot read a log to judge a message by", "body", e.Body(), "error", err)
		return ignore("unreadable")
	}
	switch length := t.chain.Length(); {
	case e.Envelope.Seq < length:
		return g.past(t, from, e)
	case t.frozen():
		g.hints.add(e.Body(), from, e.Envelope.Seq, nil, g.cfg.Now())
		return ignore("frozen")
	case e.Envelope.Seq > length:
		return g.gap(t, from, e)
	default:
		return g.next(t, from, e)
	}
}

// found judges the charter of a body that is not known: it vouches for itself.
// Anybody can sign as many as he likes, and each would go to every node, so that
// those above a rate are left to reconcile.
func (g *Gossip) found(from peer.ID, e *protocol.Entry) verdict {
	if e.Control().Network != g.cfg.Network {
		return refuse(protocol.WrongNetwork)
	}
	chain, signed, err := new(protocol.Chain).Extend(e, nil)
	if err != nil {
		return refuse(protocol.CodeOf(err))
	}
	if !g.verifier.Verify(signed) {
		return refuse(protocol.BadSignature)
	}
	if !g.newcomers.AllowN(g.cfg.Now(), 1) {
		return ignore("newcomers")
	}
	return g.extend(&tip{chain: new(protocol.Chain)}, chain, arrival{e, from})
}

// next judges an entry for the position after the last.
func (g *Gossip) next(t *tip, from peer.ID, e *protocol.Entry) verdict {
	chain, signed, err := t.chain.Extend(e, g.tips.kinds(e.Body()))
	switch code := protocol.CodeOf(err); {
	case err == nil && g.verifier.Verify(signed):
		return g.extend(t, chain, arrival{e, from})
	case err == nil:
		return refuse(protocol.BadSignature)
	case code == 0:
		g.hints.add(e.Body(), from, e.Envelope.Seq, nil, g.cfg.Now())
		return ignore("unreadable")
	case code == protocol.WrongRoot:
		return g.elsewhere(t, from, e, "conflict")
	case !g.signed(t, e):
		return refuse(protocol.BadSignature)
	default:
		return ignore(code.String())
	}
}

// extend hands an entry to the writer, and the one after it if that came first.
func (g *Gossip) extend(t *tip, chain *protocol.Chain, a arrival) verdict {
	body := a.entry.Body()
	for {
		select {
		case g.queue <- a:
		default:
			g.metrics.overflow.Inc()
			g.hints.add(body, a.from, a.entry.Envelope.Seq, nil, g.cfg.Now())
			return accept("overflow")
		}
		g.tips.advance(body, t, chain)
		later, ok := g.hints.take(body, chain.Length())
		if !ok {
			return accept("joined")
		}
		next, signed, err := chain.Extend(later.entry, g.tips.kinds(body))
		if err != nil || !g.verifier.Verify(signed) {
			return accept("joined")
		}
		a, chain = later, next
	}
}

// gap judges an entry whose predecessors are missing. If it is signed by the
// control in force it is passed on, remembered, and asked for with the rest.
func (g *Gossip) gap(t *tip, from peer.ID, e *protocol.Entry) verdict {
	if e.Envelope.Under >= t.chain.Length() || e.Envelope.Kind == protocol.KindKeys {
		g.hints.add(e.Body(), from, e.Envelope.Seq, nil, g.cfg.Now())
		return ignore("unknown_control")
	}
	return g.elsewhere(t, from, e, "gap")
}

// elsewhere judges an entry that does not stand on the prefix held here, by its
// signature alone.
func (g *Gossip) elsewhere(t *tip, from peer.ID, e *protocol.Entry, reason string) verdict {
	last := t.chain.InForce()
	switch {
	case e.Envelope.Kind == protocol.KindKeys || e.Envelope.Under > last.Seq:
		g.hints.add(e.Body(), from, e.Envelope.Seq, nil, g.cfg.Now())
		return ignore("unknown_control")
	case e.Envelope.Under < last.Seq:
		return ignore("old_control")
	case g.signed(t, e):
		if reason == "conflict" {
			g.hints.add(e.Body(), from, e.Envelope.Seq, nil, g.cfg.Now())
			return ignore(reason)
		}
		g.hints.add(e.Body(), from, e.Envelope.Seq, e, g.cfg.Now())
		return accept(reason)
	case last.Seq == 0:
		return refuse(protocol.BadSignature)
	default:
		// Where control is contested another control may stand at that
		// position, and the peer be right by its own.
		return ignore("other_control")
	}
}

// past judges an entry for a position that is held, or on its way to the ledger.
// Another one than the held, rightly signed, means that the author contradicted
// itself: the peer can show it.
func (g *Gossip) past(t *tip, from peer.ID, e *protocol.Entry) verdict {
	held, err := g.cfg.Ledger.IDAt(e.Body(), e.Envelope.Seq)
	if err != nil {
		return ignore("duplicate")
	}
	signed := g.signed(t, e)
	switch {
	case held == e.ID && signed:
		return ignore("duplicate")
	case signed:
		g.conflict(e.Body(), from)
		return ignore("conflict")
	case held == e.ID || e.Envelope.Under == 0:
		return refuse(protocol.BadSignature)
	default:
		return ignore("other_control")
	}
}

// conflict asks at once: the length of the log does not show what is missing.
func (g *Gossip) conflict(body protocol.BodyID, from peer.ID) {
	if g.hints.mayAsk(body, from, g.cfg.Now()) {
		g.metrics.asked.Inc()
		g.cfg.Ask(from, body)
	}
}

// signed reports whether e is signed by the control that it stands under, as it
// is in the log held here, or, if it is a change of control, by its own new key.
func (g *Gossip) signed(t *tip, e *protocol.Entry) bool {
	var key protocol.SigningKey
	if c := e.Control(); c != nil {
		key = c.Key
	} else {
		for _, f := range t.chain.Controls() {
			if f.Seq == e.Envelope.Under {
				key = f.Control.Key
			}
		}
	}
	return !key.IsZero() && g.verifier.Verify(protocol.Signed{
		Key: key, Purpose: protocol.PurposeEntry, Message: e.Raw, Signature: e.Signature,
	})
}
