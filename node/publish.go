package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Publish signs a record and adds it to the log of the node's body. It is on
// disk when the call returns, and others may see it from then on. Counts in
// breakdowns that could point at somebody are left out of it. The passages that
// confirm names are let stand in this entry alone, and noted in the casebook.
//
// It returns an [api.FindingsError] when the record must not be published, an
// [api.PrivacyError] when it has passages to be confirmed, [api.ErrNoBody] for an
// observer, [api.ErrAskFirst], [api.ErrTwoWriters], [api.ErrKeyRetired],
// [api.ErrKeyNew], [api.ErrLogShort], a [ClockError], [ledger.ErrFrozen],
// [ledger.ErrDiskFloor], [api.ErrUnapproved] or [casebook.ErrNotWritten]. Nothing
// was published then.
func (n *Node) Publish(ctx context.Context, rec *record.Record, confirm api.Confirm) (ledger.Event, error) {
	r := n.review(rec)
	r.confirm("", confirm)
	if err := n.confirmAlone(ctx, confirm); err != nil {
		return ledger.Event{}, err
	}
	return n.author(ctx, r, casebook.Attempt{}, confirm.Unapproved)
}

// publishText is Publish for a record as a person writes it.
func (n *Node) publishText(ctx context.Context, text []byte, format string, how api.Publishing) (api.Published, error) {
	rec, err := record.FromText(text, format)
	if err != nil {
		return api.Published{}, err
	}
	r := n.review(rec)
	r.confirm("", how.Confirm)
	out := r.published()
	if how.Check {
		return out, nil
	}
	if err := n.confirmAlone(ctx, how.Confirm); err != nil {
		return api.Published{}, err
	}
	ev, err := n.author(ctx, r, casebook.Attempt{}, how.Confirm.Unapproved)
	if err != nil {
		return api.Published{}, err
	}
	out.Entry, err = n.listed(ev)
	return out, err
}

// listed is an entry of our own as lists show it.
func (n *Node) listed(ev ledger.Event) (*api.Entry, error) {
	e, err := n.reader.Listed(ev)
	if err != nil {
		return nil, fmt.Errorf("read what was published: %w", err)
	}
	return &e, nil
}

// author signs what was reviewed, unless it is refused, and appends it. Where
// officers must approve entries of its kind, it is not published without them
// unless that is wanted.
func (n *Node) author(ctx context.Context, r *review, attempt casebook.Attempt, unapproved bool) (ledger.Event, error) {
	if n.own() == nil {
		return ledger.Event{}, api.ErrNoBody
	}
	if err := r.refused(); err != nil {
		return ledger.Event{}, err
	}
	if err := n.mayPublish(r.record.Kind, unapproved); err != nil {
		return ledger.Event{}, fmt.Errorf("publish: %w", err)
	}
	content, err := r.record.Encode(protocol.NewSalt())
	if err != nil {
		return ledger.Event{}, fmt.Errorf("publish: %w", err)
	}
	return n.append(ctx, signing{kind: r.record.Kind, payload: content}, attempt, r.confirmed)
}

// mayPublish returns [api.ErrUnapproved] for a kind that officers must approve.
func (n *Node) mayPublish(kind protocol.Kind, unapproved bool) error {
	if unapproved {
		return nil
	}
	chain, err := n.ledger.Chain(n.own().body)
	if errors.Is(err, ledger.ErrNotFound) {
		return errNoLog
	}
	if err != nil {
		return err
	}
	if need := chain.InForce().Control.Quorum[kind]; need > 0 {
		return fmt.Errorf("%w: a %s of this body needs %d of them; keep it as a draft and put it before them with \"folkmoot draft propose\"", api.ErrUnapproved, kind, need)
	}
	return nil
}

// signing is what is to be signed and appended.
type signing struct {
	kind protocol.Kind
	// payload is the content of a record, or the act of an erasure.
	payload   []byte
	approvals []protocol.Approval
	// control, unless it is zero, is the control that must be in force still.
	control protocol.EntryID
}

// append signs an entry and puts it at the end of the body's log. All that a body
// publishes goes this way, but for the profile with which it is founded and for
// changes of control. Where the casebook has a part in it, the attempt is noted
// there before.
func (n *Node) append(ctx context.Context, s signing, attempt casebook.Attempt, confirmed []casebook.Confirmation) (ledger.Event, error) {
	// Control does not change between the look at the key and the entry.
	n.controlling.RLock()
	defer n.controlling.RUnlock()
	own := n.own()
	if own == nil {
		return ledger.Event{}, api.ErrNoBody
	}
	if err := n.mayAuthor(); err != nil {
		return ledger.Event{}, fmt.Errorf("publish: %w", err)
	}
	noted := attempt.Draft != "" || len(confirmed) > 0
	if noted {
		var err error
		attempt.Content = protocol.HashOf(s.payload)
		if attempt.Position, err = n.length(); err != nil {
			return ledger.Event{}, fmt.Errorf("publish: %w", err)
		}
		if err := n.casebook.Begin(ctx, attempt, confirmed); err != nil {
			return ledger.Event{}, fmt.Errorf("publish: %w", err)
		}
	}
	ev, err := n.ledger.Append(ctx, own.body, func(chain *protocol.Chain) (*protocol.Entry, error) {
		if err := n.mayExtend(chain); err != nil {
			return nil, err
		}
		if !s.control.IsZero() && chain.InForce().ID != s.control {
			return nil, api.ErrKeyRetired
		}
		return s.sign(own.key, chain, unixNow(n.cfg.Now))
	})
	if err != nil {
		// Of other errors it is certain that nothing was written only when the
		// ledger is opened again; until then the attempt stays noted.
		if noted && refusedByLedger(err) {
			err = errors.Join(err, n.casebook.Abandon(context.WithoutCancel(ctx), attempt.Content))
		}
		if errors.Is(err, ledger.ErrNotFound) {
			err = errNoLog
		}
		return ledger.Event{}, fmt.Errorf("publish: %w", err)
	}
	if noted {
		n.finish(ctx, attempt.Content, ev.Entry.ID)
	}
	return ev, nil
}

// mayExtend returns an error unless the key here is the one in force, the log not
// shorter than it once was, and the clock here not behind it.
func (n *Node) mayExtend(chain *protocol.Chain) error {
	if err := n.keyStands(chain); err != nil {
		return err
	}
	if err := n.whole(chain); err != nil {
		return err
	}
	now := n.cfg.Now()
	if last := time.Unix(int64(chain.At()), 0); last.Sub(now) > ledger.MaxAhead {
		return &ClockError{Last: last, Now: now}
	}
	return nil
}

// refusedByLedger reports whether an error of an append says that nothing was
// written.
func refusedByLedger(err error) bool {
	for _, certain := range []error{
		ledger.ErrNotFound, ledger.ErrFrozen, ledger.ErrDiskFloor, api.ErrKeyRetired, api.ErrKeyNew, api.ErrLogShort, api.ErrClock,
	} {
		if errors.Is(err, certain) {
			return true
		}
	}
	return false
}

// errNoLog: there is nothing to append to.
var errNoLog = fmt.Errorf("the log of this node's body is %w; it must come back from other nodes first", ledger.ErrNotFound)

// length is how long the body's log is now.
func (n *Node) length() (uint64, error) {
	head, err := n.ledger.Head(n.own().body)
	if errors.Is(err, ledger.ErrNotFound) {
		return 0, errNoLog
	}
	return head.Length, err
}

// signRecord makes the entry that adds rec to a chain, dated at but never
// before the last entry.
func signRecord(key protocol.PrivateKey, chain *protocol.Chain, rec *record.Record, at uint64) (*protocol.Entry, error) {
	content, err := rec.Encode(protocol.NewSalt())
	if err != nil {
		return nil, fmt.Errorf("encode the record: %w", err)
	}
	return (&signing{kind: rec.Kind, payload: content}).sign(key, chain, at)
}

// sign makes the entry that extends a chain, dated at but never before the last.
func (s *signing) sign(key protocol.PrivateKey, chain *protocol.Chain, at uint64) (*protocol.Entry, error) {
	env := chain.Next(s.kind, at)
	env.Approvals = s.approvals
	var content []byte
	if s.kind.HasAct() {
		env.Act = s.payload
	} else {
		content = s.payload
		env.Content = protocol.ContentRef{Hash: protocol.HashOf(content), Size: uint64(len(content))}
	}
	e, err := protocol.SignEntry(key, env, content)
	if err != nil {
		return nil, fmt.Errorf("sign the entry: %w", err)
	}
	return e, nil
}

func unixNow(now func() time.Time) uint64 { return uint64(max(now().Unix(), 0)) }
