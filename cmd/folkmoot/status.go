package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
)

type statusCmd struct{ jsonFlag }

// Help is the long text of the subcommand.
func (statusCmd) Help() string {
	return `Works with and without a running node.

Examples:

    folkmoot status
    folkmoot status --json | jq .peers`
}

// Run describes the node.
func (c *statusCmd) Run(ctx context.Context, a *app) error {
	return a.with(func(client *api.Client) error {
		s, err := client.Status(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(s)
		}
		var t table
		if s.Running {
			t.row("node", fmt.Sprintf("running since %s, process %d", s.Started, s.PID))
		} else {
			t.row("node", `not running; start it with "folkmoot serve"`)
		}
		if s.Body != nil {
			t.row("body", fmt.Sprintf("%s, %s, %s", plain(s.BodyName), plain(s.BodyRole), s.Body))
		} else {
			t.row("body", "none: an observer, which publishes nothing")
		}
		t.row("network", s.Network)
		t.row("data", s.Data)
		if s.Running {
			t.row("pages", s.HTTP)
			t.row("peer", s.Peer)
			t.row("listens", strings.Join(s.Addrs, " "))
			t.row("connected", count(uint64(s.Peers), "node", "nodes"))
		}
		t.row("holds", count(s.Entries, "entry", "entries")+" of "+count(s.Bodies, "body", "bodies"))
		if s.Erased > 0 {
			t.row("erased", count(s.Erased, "entry", "entries")+" of this body")
		}
		t.row("trust", s.Trust+": "+count(uint64(s.Waiting), "stranger waits", "strangers wait")+", "+count(uint64(s.Heard), "other heard of", "others heard of")) //nolint:gosec // counts
		if s.Blocked+s.Hidden > 0 {
			t.row("hidden here", count(uint64(s.Blocked), "body", "bodies")+", "+count(uint64(s.Hidden), "entry", "entries")) //nolint:gosec // counts
		}
		if s.Frozen > 0 {
			t.row("frozen", count(s.Frozen, "log contradicts itself", "logs contradict themselves"))
		}
		if s.Behind > 0 {
			t.row("catalogue", count(s.Behind, "event", "events")+" behind")
		}
		t.row("disk", bytesText(s.DiskBytes)+" used, "+bytesText(s.FreeBytes)+" free")
		for _, h := range s.Held {
			t.row("publishes", "not now: "+plain(h))
		}
		for _, m := range s.Missing {
			t.row("missing", m)
		}
		t.write(a.stdout)
		return nil
	})
}
