package node

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/sharing/trust"
)

// Trust implements [api.Keeping].
func (b backend) Trust(context.Context) (api.Trust, error) {
	n := b.node
	out := api.Trust{
		Policy: n.cfg.Trust, Hops: n.cfg.Hops, StorageCap: uint64(n.cfg.StorageCap), Stored: n.ledger.Bytes(),
		Roots: []api.Trusted{}, Listed: []api.Trusted{}, Blocked: []api.Blocked{}, Hidden: []api.HiddenEntry{},
		Aside: []api.Aside{}, Waiting: []api.WaitingBody{}, Heard: []api.HeardOf{},
	}
	n.trust.mu.Lock()
	l := n.trust.lists.clone()
	n.trust.mu.Unlock()
	trusted := func(body protocol.BodyID, from string) (api.Trusted, error) {
		name, err := b.name(body)
		return api.Trusted{Body: body, Name: name, From: from}, err
	}
	add := func(to *[]api.Trusted, list []protocol.BodyID, from string) error {
		for _, body := range list {
			t, err := trusted(body, from)
			if err != nil {
				return err
			}
			if body == n.trust.own {
				t.From = "own"
			}
			*to = append(*to, t)
		}
		return nil
	}
	err := errors.Join(add(&out.Roots, n.trust.configured, "configuration"), add(&out.Roots, l.Roots, "invitation or command"),
		add(&out.Listed, l.Listed, "command"))
	if err != nil {
		return out, err
	}
	for _, x := range l.Blocked {
		name, err := b.name(x.Body)
		if err != nil {
			return out, err
		}
		out.Blocked = append(out.Blocked, api.Blocked{Body: x.Body, Name: name, Reason: x.Reason, At: api.Timestamp(x.At)})
	}
	for _, x := range l.Hidden {
		out.Hidden = append(out.Hidden, api.HiddenEntry{Entry: x.Entry, Reason: x.Reason, At: api.Timestamp(x.At)})
	}
	for _, x := range l.Aside {
		out.Aside = append(out.Aside, api.Aside{Body: x.Body, Bytes: x.Bytes})
	}
	if n.network == nil {
		return out, nil
	}
	for _, w := range n.network.Waiting() {
		out.Waiting = append(out.Waiting, api.WaitingBody{
			Body: w.Body, Name: nameIn(w.Run), Entries: w.Entries, Bytes: w.Bytes, Peer: peer.ID(w.From.Peer).String(), Since: api.Timestamp(w.Since.Unix()),
		})
	}
	for _, h := range n.network.Heard() {
		out.Heard = append(out.Heard, api.HeardOf{Body: h.Body, Length: h.Length, Root: h.Root, Peer: peer.ID(h.Peer).String()})
	}
	return out, nil
}

// name is what a body calls itself, empty if nothing is known of it.
func (b backend) name(body protocol.BodyID) (string, error) {
	name, _, err := b.node.reader.Profile(body)
	return name, err
}

// nameIn is what a body calls itself in a log that is not in the ledger.
func nameIn(run ledger.Run) string {
	for _, e := range slices.Backward(run) {
		if e.Envelope.Kind != record.KindBody {
			continue
		}
		if fields, err := protocol.DecodeContent(e.Content); err == nil {
			if name, ok := fields["name"].(string); ok {
				return name
			}
		}
	}
	return ""
}

// choices are the words for what becomes of a body.
var choices = map[trust.Choice]string{trust.Keep: "keep", trust.Wait: "wait", trust.Refuse: "refuse"}

// Why implements [api.Keeping].
func (b backend) Why(ctx context.Context, body protocol.BodyID) (api.Why, error) {
	n := b.node
	if _, err := n.trust.current(ctx); err != nil {
		return api.Why{}, err
	}
	v := trust.NewView(n.rules(true)).Verdict(body)
	out := api.Why{Body: body, Choice: choices[v.Choice], Ground: string(v.Ground), Reason: v.Reason}
	var err error
	if out.Name, err = b.name(body); err != nil {
		return out, err
	}
	for _, id := range v.Path {
		name, err := b.name(id)
		if err != nil {
			return out, err
		}
		out.Path = append(out.Path, api.Step{Body: id, Name: name})
	}
	head, err := n.ledger.Head(body)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return out, err
	}
	out.Held = head.Length
	if n.network == nil {
		return out, nil
	}
	for _, w := range n.network.Waiting() {
		if w.Body == body {
			out.Waiting = w.Entries
		}
	}
	for _, h := range n.network.Heard() {
		if h.Body == body {
			out.Heard = h.Length
		}
	}
	return out, nil
}

// AddTrust implements [api.Keeping].
func (b backend) AddTrust(_ context.Context, body protocol.BodyID, as string) error {
	return b.node.trust.change(func(l *lists) error {
		l.remove(body)
		if as == api.AsRoot {
			_, err := l.addRoot(body)
			return err
		}
		_, err := l.addListed(body)
		return err
	})
}

// RemoveTrust implements [api.Keeping].
func (b backend) RemoveTrust(_ context.Context, body protocol.BodyID) error {
	t := b.node.trust
	if body == t.own && !body.IsZero() {
		return api.BadRequest("It is this node's own body, which is always kept.")
	}
	if slices.Contains(t.configured, body) {
		return api.BadRequest(`It is named in "roots" of the configuration. Take it out there and start the node again.`)
	}
	return t.change(func(l *lists) error {
		if !l.remove(body) {
			return api.BadRequest(`It is neither a root nor listed; "folkmoot trust list" shows those that are, "folkmoot trust why" why it is kept. To refuse it, use "folkmoot block".`)
		}
		return nil
	})
}

// Block implements [api.Keeping].
func (b backend) Block(_ context.Context, body protocol.BodyID, reason string) error {
	t := b.node.trust
	if body == t.own && !body.IsZero() {
		return api.BadRequest("It is this node's own body, which cannot be blocked here.")
	}
	return t.change(func(l *lists) error {
		take(&l.Blocked, isBody(body))
		return put(&l.Blocked, maxBlocked, blockedBody{Body: body, Reason: reason, At: t.now().Unix()})
	})
}

func isBody(body protocol.BodyID) func(blockedBody) bool {
	return func(x blockedBody) bool { return x.Body == body }
}

func isEntry(entry protocol.EntryID) func(hiddenEntry) bool {
	return func(x hiddenEntry) bool { return x.Entry == entry }
}

// take takes what fits out of a list, and reports whether it held any.
func take[T any](list *[]T, fits func(T) bool) bool {
	before := len(*list)
	*list = slices.DeleteFunc(*list, fits)
	return len(*list) < before
}

// put adds x to a list of at most most.
func put[T any](list *[]T, most int, x T) error {
	if len(*list) >= most {
		return full(most)
	}
	*list = append(*list, x)
	return nil
}

// Unblock implements [api.Keeping].
func (b backend) Unblock(_ context.Context, body protocol.BodyID) error {
	return b.node.trust.change(func(l *lists) error {
		if !take(&l.Blocked, isBody(body)) {
			return api.BadRequest(`It is not blocked; "folkmoot trust list" shows those that are.`)
		}
		return nil
	})
}

// Hide implements [api.Keeping].
func (b backend) Hide(_ context.Context, entry protocol.EntryID, reason string) error {
	t := b.node.trust
	if _, err := t.ledger.Entry(entry); err != nil {
		return fmt.Errorf("hide it: %w", err)
	}
	return t.change(func(l *lists) error {
		take(&l.Hidden, isEntry(entry))
		return put(&l.Hidden, maxHidden, hiddenEntry{Entry: entry, Reason: reason, At: t.now().Unix()})
	})
}

// Unhide implements [api.Keeping].
func (b backend) Unhide(_ context.Context, entry protocol.EntryID) error {
	return b.node.trust.change(func(l *lists) error {
		if !take(&l.Hidden, isEntry(entry)) {
			return api.BadRequest(`It is not hidden; "folkmoot trust list" shows what is.`)
		}
		return nil
	})
}
