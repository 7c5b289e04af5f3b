package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/trust"
)

// rules are what decides whose logs are kept.
func (n *Node) rules(web bool) trust.Rules {
	t := n.trust
	t.mu.Lock()
	defer t.mu.Unlock()
	r := trust.Rules{
		Policy: trust.Policy(n.cfg.Trust), Own: t.own, Roots: t.roots(), Listed: slices.Clone(t.lists.Listed),
		Blocked: make(map[protocol.BodyID]string), Aside: make(map[protocol.BodyID]int),
	}
	for _, b := range t.lists.Blocked {
		r.Blocked[b.Body] = b.Reason
	}
	for _, a := range t.lists.Aside {
		r.Aside[a.Body] = a.Distance
	}
	if web {
		r.Web = t.seen.Web
	}
	return r
}

// keepTrust brings the choice of whose logs are kept in line with who vouches for
// whom and with what the operator decides, and what is held in line with the
// storage cap, until ctx ends.
func (n *Node) keepTrust(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last struct{ web, lists uint64 }
	var measured uint64
	for first := true; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		case <-n.trust.woken:
		}
		began := time.Now()
		now, err := n.standingNow(ctx)
		switch {
		case err != nil:
			n.log.WarnContext(ctx, "whose logs are kept stays as it was", "error", err)
		case first || now != last:
			if err := n.network.SetTrust(ctx, trust.NewView(n.rules(true))); err != nil {
				return err
			}
			first, last = false, now
		}
		// What is held is measured when it has grown or shrunk.
		if stored := n.ledger.Bytes(); err == nil && stored != measured {
			if err := n.keepCap(ctx, stored); err != nil {
				return err
			}
			measured = stored
		}
		// With many bodies this takes a while: it may take a tenth of the time.
		timer.Reset(max(webEvery, 10*time.Since(began)))
	}
}

// standingNow returns the versions of the web and of the lists, made anew if they
// are out of date. While the catalogue has still much to take in, it is an error:
// who seems a stranger may be none.
func (n *Node) standingNow(ctx context.Context) (v struct{ web, lists uint64 }, err error) {
	if behind := n.behind(); behind > maxBehind {
		return v, fmt.Errorf("the catalogue is %d events behind", behind)
	}
	seen, err := n.trust.current(ctx)
	if err != nil {
		return v, err
	}
	n.trust.mu.Lock()
	defer n.trust.mu.Unlock()
	v.web, v.lists = seen.Version, n.trust.changed
	return v, nil
}

// keepCap has logs give way when more is held of others than may be, and lets
// those come back for which there is room again.
func (n *Node) keepCap(ctx context.Context, stored uint64) error {
	most := uint64(n.cfg.StorageCap)
	if most == 0 || stored <= most {
		return n.comeBack(stored, most)
	}
	view := trust.NewView(n.rules(true))
	var held []trust.Holding
	sizes := make(map[protocol.BodyID]uint64)
	for h, err := range n.ledger.Heads() {
		if err != nil {
			return fmt.Errorf("measure what is held: %w", err)
		}
		held = append(held, trust.Holding{Body: h.Body, Bytes: h.Bytes})
		sizes[h.Body] = h.Bytes
		if h.Body == n.trust.own {
			if stored -= h.Bytes; stored <= most {
				return nil
			}
		}
	}
	// A tenth more than must goes, so that not every entry that comes drops a log.
	drop, enough := view.GiveWay(held, most-most/10)
	if err := n.setAside(view, &drop, sizes); err != nil {
		return err
	}
	if !enough {
		n.log.WarnContext(ctx, "roots and listed bodies alone take more than the storage cap; raise storage_cap, or trust fewer", "cap", n.cfg.StorageCap)
	}
	if len(drop) == 0 {
		return nil
	}
	if err := n.network.SetTrust(ctx, trust.NewView(n.rules(true))); err != nil {
		return err
	}
	for _, body := range drop {
		if err := n.ledger.Drop(ctx, body); err != nil && !errors.Is(err, ledger.ErrNotFound) {
			return err
		}
		n.log.InfoContext(ctx, "a log gave way to the storage cap", "body", body, "bytes", sizes[body])
	}
	return n.ledger.Reclaim()
}

// setAside notes, durably and before anything is dropped, which of the bodies
// would be fetched again at once. It shortens drop when the list is full.
func (n *Node) setAside(view *trust.View, drop *[]protocol.BodyID, sizes map[protocol.BodyID]uint64) error {
	return n.trust.change(func(l *lists) error {
		for i, body := range *drop {
			if choice, _ := view.Ground(body); choice != trust.Keep {
				continue
			}
			if len(l.Aside) >= maxAside {
				*drop = (*drop)[:i]
				return nil
			}
			l.Aside = slices.DeleteFunc(l.Aside, func(a asideBody) bool { return a.Body == body })
			l.Aside = append(l.Aside, asideBody{Body: body, Distance: view.Distance(body), Bytes: sizes[body]})
		}
		return nil
	})
}

// comeBack takes bodies off the list of those that gave way, as far as a fifth of
// the cap stays free; all of them when there is no cap.
func (n *Node) comeBack(stored, most uint64) error {
	n.trust.mu.Lock()
	aside := slices.Clone(n.trust.lists.Aside)
	n.trust.mu.Unlock()
	slices.SortStableFunc(aside, func(a, b asideBody) int { return a.Distance - b.Distance })
	back := make(map[protocol.BodyID]bool)
	for _, a := range aside {
		if most > 0 && stored+a.Bytes > most-most/5 {
			break
		}
		stored += a.Bytes
		back[a.Body] = true
	}
	if len(back) == 0 {
		return nil
	}
	return n.trust.change(func(l *lists) error {
		l.Aside = slices.DeleteFunc(l.Aside, func(a asideBody) bool { return back[a.Body] })
		return nil
	})
}
