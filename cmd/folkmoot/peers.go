package main

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/node/api"
)

type peersCmd struct{ jsonFlag }

// Help is the long text of the subcommand.
func (peersCmd) Help() string {
	return `Needs a running node. AGREES says whether both held the same when they last compared, BROUGHT how many entries came from there that were new here. A score below 0 is for misbehaviour; at -100 a peer is sent away.

Examples:

    folkmoot peers
    folkmoot peers --json`
}

// Run lists the peers.
func (c *peersCmd) Run(ctx context.Context, a *app) error {
	return a.withNode(func(client *api.Client) error {
		peers, err := client.Peers(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(peers)
		}
		if len(peers) == 0 {
			fmt.Fprintln(a.stderr, `No peers yet. Ask a member for a link and give it to "folkmoot join", or make one for others with "folkmoot invite".`)
			return nil
		}
		var t table
		t.row("PEER", "SINCE", "AGREES", "BROUGHT", "SCORE", "BODY")
		for _, p := range peers {
			body := "(none proved)"
			if p.Body != nil {
				body = short(*p.Body) + " " + clip(p.BodyName, 40)
			}
			agrees := "not yet"
			if p.Agrees {
				agrees = "yes"
			}
			t.row(plain(p.ID), p.Since.Time().Format("2006-01-02 15:04"), agrees, grouped(p.Entries), fmt.Sprintf("%.0f", p.Score), body)
		}
		t.write(a.stdout)
		return nil
	})
}
