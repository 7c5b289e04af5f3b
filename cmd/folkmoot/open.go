package main

import (
	"errors"
	"maps"
	"os"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
)

// load reads the configuration with the flags of every subcommand and those in
// flags, by the name of their key.
func (a *app) load(flags map[string]string) (node.Config, error) {
	all := make(map[string]string)
	maps.Copy(all, flags)
	if a.Data != "" {
		all["data"] = a.Data
	}
	cfg, err := node.LoadConfig(a.Config, os.Environ(), all)
	if err != nil {
		return cfg, err
	}
	cfg.Version = thisBuild().Version
	cfg.Logger = cfg.NewLogger(a.stderr)
	return cfg, nil
}

// with runs use on a client of the node: the one that runs on the data
// directory, or else one that is opened in this process for as long as use
// takes, without the network.
func (a *app) with(use func(c *api.Client) error) (err error) {
	cfg, err := a.load(nil)
	if err != nil {
		return err
	}
	var client *api.Client
	var n *node.Node
	err = outwait(func() (again bool, err error) {
		if client, err = api.Dial(cfg.Data); !errors.Is(err, api.ErrOffline) {
			return false, err
		}
		n, err = node.NewOffline(cfg)
		return errors.Is(err, ledger.ErrLocked), err
	})
	switch {
	case err != nil:
		return err
	case n != nil:
		client = api.InProcess(n.Local())
		defer func() { err = errors.Join(err, n.Close()) }()
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	return use(client)
}

// withNode runs use on a client of the node that runs on the data directory. One
// that was started just now is waited for.
func (a *app) withNode(use func(c *api.Client) error) (err error) {
	cfg, err := a.load(nil)
	if err != nil {
		return err
	}
	var client *api.Client
	p := a.progress()
	err = outwait(func() (again bool, err error) {
		p.say("waiting for the node to start")
		client, err = api.Dial(cfg.Data)
		return errors.Is(err, api.ErrOffline), err
	})
	p.done()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	return use(client)
}

// lockPatience is how long another command may have the data directory before
// this one gives up. A node that starts, and a command that works without one,
// have it for a moment without a socket to reach them by.
const lockPatience = 5 * time.Second

// outwait opens a data directory, again and again for a while as long as open
// says that it is worth it.
func outwait(open func() (again bool, err error)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(lockPatience); ; <-tick.C {
		again, err := open()
		if !again || time.Now().After(deadline) {
			return err
		}
	}
}
