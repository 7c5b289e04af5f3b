package node

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// Rekey puts the signing key of this data directory in force by a `keys` entry
// with the reason "restore", which the recovery key behind words authorises. That
// key is used up by it: next is the digest of the one that takes its place. The
// signing key was on disk before, so that a crash loses nothing.
//
// It must come after peers were asked for the log: a change of control outranks
// every ordinary entry that it does not stand behind, so that one on an old log
// would disown what was published since. It returns [api.ErrAskFirst] until then,
// an [api.Problem] for words that do not fit, and the errors of [ledger.Ledger.Append].
// Another writer does not keep it: his key loses its force.
func (n *Node) Rekey(ctx context.Context, words string, next protocol.Digest) (ledger.Event, error) {
	if n.own() == nil {
		return ledger.Event{}, api.ErrNoBody
	}
	recovery, err := protocol.ParseRecovery(words)
	if err != nil {
		return ledger.Event{}, api.BadRequest("The recovery words cannot be read: " + err.Error() + ".")
	}
	if err := n.askedFirst(); err != nil {
		return ledger.Event{}, fmt.Errorf("put the new key in force: %w", err)
	}
	ev, err := n.ledger.Append(ctx, n.own().body, func(chain *protocol.Chain) (*protocol.Entry, error) {
		switch err := n.keyStands(chain); {
		case err == nil:
			return nil, api.BadRequest("The signing key here is in force already; there is nothing to do.")
		case !errors.Is(err, api.ErrKeyNew):
			return nil, err
		}
		return signRecovery(chain, n.own().key, recovery, next, unixNow(n.cfg.Now))
	})
	if errors.Is(err, ledger.ErrNotFound) {
		err = errNoLog
	}
	if err != nil {
		return ledger.Event{}, fmt.Errorf("put the new key in force: %w", err)
	}
	return ev, nil
}

// signRecovery makes the `keys` entry that puts key in force on a restored
// machine. Officers and quorums stay; next takes the place of the recovery key in
// the list.
func signRecovery(chain *protocol.Chain, key, recovery protocol.PrivateKey, next protocol.Digest, at uint64) (*protocol.Entry, error) {
	f := chain.InForce()
	rank := slices.Index(f.Control.Recovery, protocol.RecoveryDigest(recovery.Public()))
	if rank < 0 {
		return nil, api.BadRequest("These are not recovery words of this body, or they were used before. Take the other set.")
	}
	control := &protocol.Control{
		Key: key.Public(), Reason: protocol.ReasonRestore, Quorum: f.Control.Quorum, Officers: f.Control.Officers,
		Recovery: slices.Clone(f.Control.Recovery),
	}
	control.Recovery[rank] = next
	env := chain.Next(protocol.KindKeys, at)
	var err error
	if env.Act, err = protocol.EncodeControl(protocol.KindKeys, control); err != nil {
		return nil, fmt.Errorf("encode the change of control: %w", err)
	}
	message := protocol.RecoveryMessage(chain.Body(), f.ID, env.Seq, env.Root, env.Act)
	env.Approvals = []protocol.Approval{protocol.Recover(recovery, message)}
	return protocol.SignEntry(key, env, nil)
}
