package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
)

type serveCmd struct {
	Listen        string   `group:"set" placeholder:"HOST:PORT" help:"Address of the pages and the API (default 127.0.0.1:4080)."`
	Network       string   `group:"set" placeholder:"NAME" help:"Network to take part in (default \"main\")."`
	P2PListen     []string `name:"p2p-listen" group:"set" placeholder:"MULTIADDR" help:"Addresses on which other nodes can connect."`
	Announce      []string `group:"set" placeholder:"MULTIADDR" help:"Public addresses to tell other nodes; none are told unless set."`
	Bootstrap     []string `group:"set" placeholder:"MULTIADDR" help:"Nodes to stay connected to, each ending in /p2p/ and its identifier."`
	Roots         []string `group:"set" placeholder:"BODY" help:"Bodies to trust, beside this node's own and whoever invited it."`
	Trust         string   `group:"set" placeholder:"POLICY" help:"Whose logs to keep: open, vouched or listed (default vouched)."`
	Hops          string   `group:"set" placeholder:"NUMBER" help:"How many mandates and attestations away from a root a body is kept (default 4)."`
	StorageCap    string   `group:"set" placeholder:"SIZE" help:"How much of others to hold, 0 for no cap (default 4 GiB)."`
	DomainChecks  string   `group:"set" placeholder:"BOOL" help:"Ask the websites of bodies whether they name the bodies (default true)."`
	PublicDomains []string `group:"set" placeholder:"DOMAIN" help:"Domains below which only public bodies get names (default gov.uk, gov.scot, gov.wales, llyw.cymru)."`
	MDNS          string   `name:"mdns" group:"set" placeholder:"BOOL" help:"Find other nodes on the local network (default false)."`
	LogLevel      string   `group:"set" placeholder:"LEVEL" help:"debug, info, warn or error (default info)."`
	LogFormat     string   `group:"set" placeholder:"FORMAT" help:"text or json (default text)."`
	MemoryLimit   string   `group:"set" placeholder:"SIZE" help:"Memory to keep to (default 200 MiB)."`
	DiskFloor     string   `group:"set" placeholder:"SIZE" help:"Free space below which nothing is written (default 512 MiB)."`
	PullInterval  string   `group:"set" placeholder:"TIME" help:"How often each peer is asked for what is missing (default 1m)."`
	EraseAfter    string   `group:"set" placeholder:"TIME" help:"How long erased content is kept, hidden, before it is deleted (default 168h)."`
}

// Help is the long text of the subcommand.
func (serveCmd) Help() string {
	return `Whatever can be set by a flag can be set in the configuration file and by a FOLKMOOT_ variable too; the flag counts first, then the variable. The address of the pages is printed on stdout when the node is ready; what it has to say after that goes to stderr. Ctrl-C or SIGTERM ends it with exit code 0.

Examples:

    folkmoot serve
    folkmoot serve --listen 127.0.0.1:0 --p2p-listen /ip4/0.0.0.0/tcp/4101
    FOLKMOOT_LOG_FORMAT=json folkmoot serve --config /etc/folkmoot.toml`
}

// flags are those that were given, by the name of their key.
func (c *serveCmd) flags() map[string]string {
	given := map[string]string{
		"listen": c.Listen, "network": c.Network, "mdns": c.MDNS, "log_level": c.LogLevel,
		"log_format": c.LogFormat, "memory_limit": c.MemoryLimit, "disk_floor": c.DiskFloor,
		"pull_interval": c.PullInterval, "trust": c.Trust, "hops": c.Hops, "storage_cap": c.StorageCap,
		"erase_after": c.EraseAfter, "domain_checks": c.DomainChecks,
		"p2p_listen":     strings.Join(c.P2PListen, ","),
		"announce":       strings.Join(c.Announce, ","),
		"bootstrap":      strings.Join(c.Bootstrap, ","),
		"roots":          strings.Join(c.Roots, ","),
		"public_domains": strings.Join(c.PublicDomains, ","),
	}
	maps.DeleteFunc(given, func(_, value string) bool { return value == "" })
	return given
}

// Run runs the node until ctx ends.
func (c *serveCmd) Run(ctx context.Context, a *app) error {
	cfg, err := a.load(c.flags())
	if err != nil {
		return err
	}
	n, err := openNode(cfg)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, n.URL()+"/")
	return errors.Join(n.Run(ctx), n.Close())
}

// openNode opens the data directory for serving. A command that has it will be
// done soon; a node will not.
func openNode(cfg node.Config) (n *node.Node, err error) {
	err = outwait(func() (again bool, err error) {
		if n, err = node.New(cfg); !errors.Is(err, ledger.ErrLocked) {
			return false, err
		}
		client, running := api.Dial(cfg.Data)
		if running == nil {
			return false, errors.Join(err, client.Close())
		}
		return true, err
	})
	return n, err
}
