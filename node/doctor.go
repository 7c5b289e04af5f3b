package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// What the doctor says of more than one defect.
const (
	mendRebuild = `Stop the node, run "folkmoot doctor --rebuild", and start it again: what can be read is kept, and the rest is fetched from other nodes.`
	mendKeys    = `Put the file back from a backup of the keys. If there is none, take the body back with "folkmoot keys recover" and a set of its recovery words.`
)

// Doctor implements [api.Node].
func (b backend) Doctor(ctx context.Context, deep bool, tell func(api.VerifyProgress) error) (api.Health, error) {
	d := &doctor{node: b.node, health: api.Health{Deep: deep, Defects: []api.Defect{}}}
	if err := d.disk(); err != nil {
		return d.health, err
	}
	d.keys()
	d.body()
	if behind := d.node.behind(); behind > maxBehind {
		d.find("catalogue", api.GravityWarning, fmt.Sprintf("The catalogue is %d events behind.", behind),
			"Searches and lists do not show the newest entries.", "Leave the node running; look at its log if this does not change.")
	}
	if !deep {
		return d.health, nil
	}
	if err := d.ledger(ctx, tell); err != nil {
		return d.health, err
	}
	return d.health, d.files(ctx)
}

// doctor looks at one node.
type doctor struct {
	node   *Node
	health api.Health
}

func (d *doctor) find(area string, gravity api.Gravity, what, means, mend string) {
	d.health.Defects = append(d.health.Defects, api.Defect{Area: area, Gravity: gravity, What: what, Means: means, Mend: mend})
}

func (d *doctor) disk() error {
	stats, err := d.node.ledger.Stats()
	if err != nil {
		return fmt.Errorf("look at the disk: %w", err)
	}
	if floor := uint64(d.node.cfg.DiskFloor); stats.FreeBytes < floor {
		d.find("disk", api.GravitySevere, fmt.Sprintf("%s are free at %s, and the floor is %s.", Size(stats.FreeBytes), d.node.cfg.Data, d.node.cfg.DiskFloor),
			"Nothing is published or taken from other nodes; reading goes on.",
			"Free space on that disk; the node goes on by itself.")
	}
	return nil
}

func (d *doctor) keys() {
	id, err := readIdentity(d.node.cfg.Data)
	own := d.node.own()
	switch {
	case err != nil:
		d.find("keys", api.GravitySevere, fmt.Sprintf("The signing key cannot be read: %s.", err), "The node cannot start again with it.", mendKeys)
	case own != nil && (id == nil || id.key.Public() != own.key.Public()):
		d.find("keys", api.GravitySevere, "The file of the signing key is not the key that the node uses.", "The node publishes with the key that it read at its start, and will not after the next.", mendKeys)
	}
	if _, err := readKeyFile(keyPath(d.node.cfg.Data, peerFile), peerHeader); err != nil && !d.node.cfg.Offline {
		d.find("keys", api.GravityWarning, fmt.Sprintf("The key by which other nodes know this one cannot be read: %s.", err),
			"The node cannot start again with it.", "Delete the file: a new one is made, and nodes that name this one in their settings must be told.")
	}
}

func (d *doctor) body() {
	own := d.node.own()
	if own == nil {
		return
	}
	chain, err := d.node.ledger.Chain(own.body)
	if err == nil {
		err = d.node.whole(chain)
	}
	switch {
	case errors.Is(err, ledger.ErrNotFound), errors.Is(err, api.ErrLogShort):
		d.find("body", api.GravitySevere, "The log of this node's body is not held here to its end.", "Nothing can be published, or the body would contradict itself.",
			`Keep the node running and connected ("folkmoot peers"): the log comes back from other nodes. Or restore a backup with "folkmoot restore".`)
	case err != nil:
		d.find("body", api.GravitySevere, fmt.Sprintf("The log of this node's body cannot be read: %s.", err), "Nothing can be published.", mendRebuild)
	case chain.InForce().Control.Key != own.key.Public():
		d.find("body", api.GravitySevere, "The signing key here is not the body's any more.", "Nothing can be published from here.",
			`Publish from where the new key is. If nobody has it, take the body back with "folkmoot keys recover".`)
	}
	if head, err := d.node.ledger.Head(own.body); err == nil && head.Freeze.Kind != protocol.NotFrozen {
		d.find("body", api.GravitySevere, fmt.Sprintf("The log of this node's body contradicts itself at position %d.", head.Length), "Nothing can be published.",
			`Find out who else has the key, and run "folkmoot keys recover" with a set of recovery words.`)
	}
}

// ledger reads and verifies the whole ledger.
func (d *doctor) ledger(ctx context.Context, tell func(api.VerifyProgress) error) error {
	faults, err := d.node.ledger.Inspect(ctx, func(done, total uint64) error { return tell(api.VerifyProgress{Entries: done, Total: total}) })
	if err != nil {
		return fmt.Errorf("inspect the ledger: %w", err)
	}
	for _, f := range faults {
		d.fault(f)
	}
	report, err := api.VerifyLedger(ctx, d.node.ledger, api.VerifyScope{}, tell)
	if err != nil && (ctx.Err() != nil || !errors.Is(err, ledger.ErrDamaged)) {
		return fmt.Errorf("verify the ledger: %w", err)
	}
	if err != nil {
		d.find("ledger", api.GravitySevere, fmt.Sprintf("The logs cannot be listed: %s.", err), "What is held is not known in full.", mendRebuild)
	}
	d.health.Entries = report.Entries
	for _, p := range report.Problems {
		if own, ok := d.node.Body(); ok && own == p.Body {
			d.find("ledger", api.GravitySevere, fmt.Sprintf("The log of this node's own body is damaged: %s.", p.Detail),
				"It is not served whole, and other nodes may have the only copy.", `Restore a backup with "folkmoot restore". Without one: `+mendRebuild+" Nothing can be published until then.")
			continue
		}
		d.find("ledger", api.GravitySevere, fmt.Sprintf("The log of %s is damaged: %s.", p.Body, p.Detail), "It is not served beyond that place.", mendRebuild)
	}
	return nil
}

func (d *doctor) fault(f ledger.Fault) {
	what := fmt.Sprintf("In the %s of the ledger: %s.", f.Part, f.Detail)
	switch f.Part {
	case ledger.PartEvents:
		d.find("ledger", api.GravitySevere, what, "What is damaged is not served; other nodes have it.", mendRebuild)
	case ledger.PartIndexes, ledger.PartHeads:
		d.find("ledger", api.GravitySevere, what, "Answers that are looked up there may be lacking; no entry is lost.", mendRebuild)
	default:
		d.find("ledger", api.GravitySevere, what, "Entries or what leads to them may be lacking.", mendRebuild)
	}
}

// files reads the files beside the ledger.
func (d *doctor) files(ctx context.Context) error {
	if err := d.node.catalogue.Check(ctx); errors.Is(err, catalogue.ErrUnsound) {
		d.find("catalogue", api.GravitySevere, fmt.Sprintf("%s.", err), "Searches and lists may be wrong.",
			fmt.Sprintf("Stop the node and delete %s: it is built again from the ledger.", filepath.Join(d.node.cfg.Data, catalogueFile)))
	} else if err != nil {
		return fmt.Errorf("check the catalogue: %w", err)
	}
	if err := d.node.casebook.Check(ctx); errors.Is(err, casebook.ErrUnusable) {
		d.find("casebook", api.GravitySevere, fmt.Sprintf("%s.", err), "Drafts may be lost.", mendCasebook(d.node.cfg.Data))
	} else if err != nil {
		return err
	}
	return nil
}

func mendCasebook(data string) string {
	return fmt.Sprintf("Stop the node, keep a copy of %s, and restore a backup with \"folkmoot restore\"; or move it elsewhere to begin an empty one.", filepath.Join(data, casebookFile))
}

// DefectOf is the defect for which a data directory could not be opened; false
// when the error is none of the directory's.
func DefectOf(cfg Config, err error) (api.Defect, bool) {
	d := api.Defect{Gravity: api.GravitySevere, What: err.Error() + ".", Means: "The node does not start."}
	switch {
	case errors.Is(err, ErrKeyDamaged):
		d.Area, d.Mend = "keys", mendKeys
	case errors.Is(err, casebook.ErrUnusable):
		d.Area, d.Mend = "casebook", mendCasebook(cfg.Data)
	case errors.Is(err, ledger.ErrCorrupt), errors.Is(err, ledger.ErrDamaged):
		d.Area, d.Mend = "ledger", `Run "folkmoot doctor --rebuild". If that fails, restore a backup with "folkmoot restore", which keeps the data directory as it is, or let a new data directory fetch the ledger from other nodes.`
	case errors.Is(err, ledger.ErrDiskFloor):
		d.Area, d.Mend = "disk", "Free space on that disk."
	default:
		return d, false
	}
	return d, true
}
