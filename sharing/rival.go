package sharing

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

const (
	// maxOthers is how many other writers a greeting tells of.
	maxOthers = 4
	// proofAge is how old a binding may be to prove that another process signs
	// now. Every process signs a new one whenever it greets.
	proofAge = 10 * time.Minute
	// restartTime is how long after the start a peer that reports a rival is asked
	// again at once: it takes about half a minute to notice that this node's own
	// connection from before is dead.
	restartTime = 2 * time.Minute
)

// shown is a binding that somebody else showed, as it is passed on to whoever
// serves the same body.
type shown struct {
	_         struct{} `cbor:",toarray"`
	Binding   []byte
	Signature []byte
}

// presence is one process that introduced itself as a peer. It is alive as long
// as its connection is. Two machines with the same keys are one peer and two
// presences.
type presence struct {
	conn      network.Conn
	binding   []byte
	signature protocol.Signature
}

// Rival is another process that serves this node's body, so that both could sign
// an entry at one position.
type Rival struct {
	// Peer is the one that it serves as: this node's own identifier when its keys
	// were copied with the body's. By is who showed it, the same as Peer when it
	// connected here.
	Peer, By peer.ID
	// At is when it last signed that it serves the body.
	At time.Time
	// Control is the change of control under which it signed. When that is not in
	// force any more, the rival cannot sign for the body.
	Control protocol.EntryID
	// Proved is true when it signed so after this node had started. Otherwise it
	// is a peer's report of a connection that it has, which may be one of this
	// node's own from before it was started again, or a lie; that counts for a
	// while after the start alone.
	Proved bool
}

// rivalry is what is known of rivals. It is safe for concurrent use.
type rivalry struct {
	mu sync.Mutex
	// begun is when this process began, since the same in Unix seconds by the
	// node's clock, and signed are the seconds in which it signed bindings, as far
	// as they can still prove anything.
	begun  time.Time
	since  uint64
	signed map[uint64]bool
	// proved stays while the control under which it signed is in force.
	proved *Rival
	// reported is what each peer of the node's choice said at its last greeting.
	reported map[peer.ID]Rival
}

func newRivalry(now time.Time) rivalry {
	return rivalry{begun: time.Now(), since: uint64(max(now.Unix(), 0)), signed: make(map[uint64]bool), reported: make(map[peer.ID]Rival)}
}

// sign notes that this process signs a binding.
func (r *rivalry) sign(at uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for old := range r.signed {
		if old+2*uint64(proofAge.Seconds()) < at {
			delete(r.signed, old)
		}
	}
	r.signed[at] = true
}

// proves reports whether a binding was signed by another process that lives. One
// for this node's own peer may be its own of the same second.
func (r *rivalry) proves(at uint64, samePeer bool, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return at > r.since && (!samePeer || !r.signed[at]) && time.Unix(int64(at), 0).After(now.Add(-proofAge))
}

// Rival returns the other process that serves this node's body, if one is known
// of: a proved one until the node is started again or control changes, one that
// was reported as long as a peer reports it, and not longer than it takes a living
// one to prove itself.
func (n *Network) Rival() (Rival, bool, error) {
	if n.cfg.Body.IsZero() {
		return Rival{}, false, nil
	}
	chain, err := n.cfg.Ledger.Chain(n.cfg.Body)
	if errors.Is(err, ledger.ErrNotFound) {
		return Rival{}, false, nil
	}
	if err != nil {
		return Rival{}, false, fmt.Errorf("look for another writer: %w", err)
	}
	r := &n.rivals
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.proved != nil && r.proved.Control == chain.InForce().ID {
		return *r.proved, true, nil
	}
	// A rival that lives has signed again by then, and is proved: what is only
	// reported is a dead connection, or a lie.
	if time.Since(r.begun) > max(restartTime, 3*n.cfg.Timing.Pull) {
		return Rival{}, false, nil
	}
	for _, reported := range r.reported {
		if reported.Control == chain.InForce().ID {
			return reported, true, nil
		}
	}
	return Rival{}, false, nil
}

// others are the bindings of the body that a peer serves which other living
// processes showed here.
func (n *Network) others(id peer.ID, theirs *hello) []shown {
	body := n.served(id, theirs.Binding, signatureOf(theirs))
	if body.IsZero() {
		return nil
	}
	type candidate struct {
		id peer.ID
		presence
	}
	var candidates []candidate
	n.mu.Lock()
	for other, s := range n.sessions {
		for run, p := range s.presences {
			switch {
			case p.conn.IsClosed():
				delete(s.presences, run)
			case other != id || run != string(theirs.Run):
				candidates = append(candidates, candidate{other, p})
			}
		}
	}
	n.mu.Unlock()
	var out []shown
	for _, c := range candidates {
		b, err := protocol.DecodeBinding(c.binding)
		if err == nil && b.Body == body && len(out) < maxOthers && n.served(c.id, c.binding, c.signature) == body {
			out = append(out, shown{Binding: c.binding, Signature: c.signature[:]})
		}
	}
	return out
}

func signatureOf(h *hello) protocol.Signature {
	if len(h.Signature) != len(protocol.Signature{}) {
		return protocol.Signature{}
	}
	return protocol.Signature(h.Signature)
}

// hearOthers takes in which other processes a peer says that it knows.
func (n *Network) hearOthers(by peer.ID, list []shown) error {
	chain, err := n.ownChain()
	if err != nil || chain == nil {
		return err
	}
	var reported *Rival
	for _, other := range list {
		b, err := protocol.DecodeBinding(other.Binding)
		if err != nil || b.Body != n.cfg.Body || len(other.Signature) != len(protocol.Signature{}) {
			continue
		}
		if _, err := protocol.VerifyBinding(other.Binding, protocol.Signature(other.Signature), b.Peer, chain.InForce()); err != nil {
			continue
		}
		rival := Rival{Peer: peer.ID(b.Peer), By: by, At: time.Unix(int64(b.At), 0), Control: b.Control}
		if n.rivals.proves(b.At, rival.Peer == n.host.ID(), n.cfg.Now()) {
			n.proveRival(rival)
			return nil
		}
		reported = &rival
	}
	n.reportRival(by, reported)
	return nil
}

// reportRival replaces what a peer of the node's choice reported; nil is nothing.
func (n *Network) reportRival(by peer.ID, reported *Rival) {
	if reported == nil || !n.chosen(by) {
		n.rivals.mu.Lock()
		delete(n.rivals.reported, by)
		n.rivals.mu.Unlock()
		return
	}
	n.rivals.mu.Lock()
	_, known := n.rivals.reported[by]
	n.rivals.reported[by] = *reported
	young := time.Since(n.rivals.begun) < restartTime
	n.rivals.mu.Unlock()
	if !known {
		n.cfg.Logger.Warn("a peer reports that another process serves this node's body", "peer", by, "as", reported.Peer)
	}
	if young {
		n.ask(by)
	}
}

// reports reports whether a peer told of a rival when it was last greeted.
func (r *rivalry) reports(id peer.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.reported[id]
	return ok
}

// proveRival takes note of a rival for good.
func (n *Network) proveRival(rival Rival) {
	n.rivals.mu.Lock()
	defer n.rivals.mu.Unlock()
	if old := n.rivals.proved; old != nil && old.Control == rival.Control {
		return
	}
	rival.Proved = true
	n.rivals.proved = &rival
	n.cfg.Logger.Error("another process serves this node's body; nothing is published here any more. Stop one of the two, and start the other again",
		"peer", rival.Peer, "shown by", rival.By, "signed", rival.At)
}
