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
// observer, [api.ErrKeyRetired], a [ClockError], [ledger.ErrFrozen],
// [ledger.ErrDiskFloor] or [casebook.ErrNotWritten]. Nothing was published then.
func (n *Node) Publish(ctx context.Context, rec *record.Record, confirm api.Confirm) (ledger.Event, error) {
	r := n.review(rec)
	r.confirm("", confirm)
	return n.author(ctx, r, casebook.Attempt{})
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
	ev, err := n.author(ctx, r, casebook.Attempt{})
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

// author signs what was reviewed, unless it is refused, and appends it. All that a
// body publishes goes this way, but for the profile with which it is founded.
// Where the casebook has a part in it, the attempt is noted there before.
func (n *Node) author(ctx context.Context, r *review, attempt casebook.Attempt) (ledger.Event, error) {
	if n.identity == nil {
		return ledger.Event{}, api.ErrNoBody
	}
	if err := r.refused(); err != nil {
		return ledger.Event{}, err
	}
	content, err := r.record.Encode(protocol.NewSalt())
	if err != nil {
		return ledger.Event{}, fmt.Errorf("publish: %w", err)
	}
	noted := attempt.Draft != "" || len(r.confirmed) > 0
	if noted {
		attempt.Content = protocol.HashOf(content)
		if attempt.Position, err = n.length(); err != nil {
			return ledger.Event{}, fmt.Errorf("publish: %w", err)
		}
		if err := n.casebook.Begin(ctx, attempt, r.confirmed); err != nil {
			return ledger.Event{}, fmt.Errorf("publish: %w", err)
		}
	}
	ev, err := n.ledger.Append(ctx, n.identity.body, func(chain *protocol.Chain) (*protocol.Entry, error) {
		if chain.InForce().Control.Key != n.identity.key.Public() {
			return nil, api.ErrKeyRetired
		}
		now := n.cfg.Now()
		if last := time.Unix(int64(chain.At()), 0); last.Sub(now) > ledger.MaxAhead {
			return nil, &ClockError{Last: last, Now: now}
		}
		return signContent(n.identity.key, chain, r.record.Kind, content, unixNow(n.cfg.Now))
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

// refusedByLedger reports whether an error of an append says that nothing was
// written.
func refusedByLedger(err error) bool {
	for _, certain := range []error{ledger.ErrNotFound, ledger.ErrFrozen, ledger.ErrDiskFloor, api.ErrKeyRetired, api.ErrClock} {
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
	head, err := n.ledger.Head(n.identity.body)
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
	return signContent(key, chain, rec.Kind, content, at)
}

// signContent is signRecord for a record that has its salt.
func signContent(key protocol.PrivateKey, chain *protocol.Chain, kind protocol.Kind, content []byte, at uint64) (*protocol.Entry, error) {
	env := chain.Next(kind, at)
	env.Content = protocol.ContentRef{Hash: protocol.HashOf(content), Size: uint64(len(content))}
	e, err := protocol.SignEntry(key, env, content)
	if err != nil {
		return nil, fmt.Errorf("sign the record: %w", err)
	}
	return e, nil
}

func unixNow(now func() time.Time) uint64 { return uint64(max(now().Unix(), 0)) }
