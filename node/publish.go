package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Publish signs a record and adds it to the log of the node's body. It is on
// disk when the call returns, and others may see it from then on.
//
// It returns an [api.FindingsError] when the record must not be published,
// [api.ErrNoBody] for an observer, [api.ErrKeyRetired], a [ClockError],
// [ledger.ErrFrozen] or [ledger.ErrDiskFloor]. Nothing was written then.
func (n *Node) Publish(ctx context.Context, rec *record.Record) (ledger.Event, error) {
	if n.identity == nil {
		return ledger.Event{}, api.ErrNoBody
	}
	if findings := record.Check(rec); record.HasMust(findings) {
		return ledger.Event{}, &api.FindingsError{Findings: api.FindingsOf(findings)}
	}
	ev, err := n.ledger.Append(ctx, n.identity.body, func(chain *protocol.Chain) (*protocol.Entry, error) {
		if chain.InForce().Control.Key != n.identity.key.Public() {
			return nil, api.ErrKeyRetired
		}
		now := n.cfg.Now()
		if last := time.Unix(int64(chain.At()), 0); last.Sub(now) > ledger.MaxAhead {
			return nil, &ClockError{Last: last, Now: now}
		}
		return signRecord(n.identity.key, chain, rec, unixNow(n.cfg.Now))
	})
	if errors.Is(err, ledger.ErrNotFound) {
		return ledger.Event{}, fmt.Errorf("publish: the log of this node's body is %w; it must come back from other nodes first", err)
	}
	if err != nil {
		return ledger.Event{}, fmt.Errorf("publish: %w", err)
	}
	return ev, nil
}

// signRecord makes the entry that adds rec to a chain, dated at but never
// before the last entry.
func signRecord(key protocol.PrivateKey, chain *protocol.Chain, rec *record.Record, at uint64) (*protocol.Entry, error) {
	content, err := rec.Encode(protocol.NewSalt())
	if err != nil {
		return nil, fmt.Errorf("encode the record: %w", err)
	}
	env := chain.Next(rec.Kind, at)
	env.Content = protocol.ContentRef{Hash: protocol.HashOf(content), Size: uint64(len(content))}
	e, err := protocol.SignEntry(key, env, content)
	if err != nil {
		return nil, fmt.Errorf("sign the record: %w", err)
	}
	return e, nil
}

// publishJSON is Publish for a record as a person writes it; with check set it
// only says what the findings are.
func (n *Node) publishJSON(ctx context.Context, raw []byte, check bool) (api.Published, error) {
	rec, err := record.FromJSON(raw)
	var input *record.InputError
	if errors.As(err, &input) {
		return api.Published{}, api.BadRequest(input.Error())
	}
	if err != nil {
		return api.Published{}, err
	}
	out := api.Published{Findings: api.FindingsOf(record.Check(rec))}
	if check {
		return out, nil
	}
	ev, err := n.Publish(ctx, rec)
	if err != nil {
		return api.Published{}, err
	}
	e, err := n.reader.Listed(ev)
	if err != nil {
		return api.Published{}, err
	}
	out.Entry = &e
	return out, nil
}

func unixNow(now func() time.Time) uint64 { return uint64(max(now().Unix(), 0)) }
