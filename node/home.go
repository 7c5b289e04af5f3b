package node

import (
	"context"
	"fmt"

	"github.com/folkmoot/folkmoot/node/web"
	"github.com/folkmoot/folkmoot/protocol"
)

// How much the status page lists.
const (
	homeEntries = 20
	homeBodies  = 100
)

// page gathers what the status page shows.
func (n *Node) page(ctx context.Context) (web.Page, error) {
	status, err := backend{n}.Status(ctx)
	if err != nil {
		return web.Page{}, err
	}
	p := web.Page{
		Network: status.Network, Version: status.Version, Bodies: status.Bodies, Entries: status.Entries,
		Peers: status.Peers, Frozen: status.Frozen, Missing: status.Missing,
	}
	if status.Body != nil {
		p.Body, p.Name, p.Role = status.Body.String(), status.BodyName, status.BodyRole
	}
	newest, err := n.reader.Newest(homeEntries)
	if err != nil {
		return web.Page{}, fmt.Errorf("newest entries: %w", err)
	}
	for _, e := range newest {
		row := web.Entry{
			ID: e.ID.String(), Title: e.Title, Kind: string(e.Kind), Body: e.Body.String(), BodyName: e.BodyName,
			At: e.At.Time(), Content: e.Content, Unapproved: e.Approvals != nil && e.Approvals.Unapproved,
		}
		if x := e.Erasure; x != nil {
			row.Erasure = &web.Erasure{At: x.At.Time(), Reason: x.Reason, Offices: x.Offices}
		}
		p.Newest = append(p.Newest, row)
	}
	bodies, err := n.reader.Bodies(protocol.BodyID{}, homeBodies)
	if err != nil {
		return web.Page{}, fmt.Errorf("bodies: %w", err)
	}
	for _, b := range bodies.Bodies {
		row := web.Body{ID: b.ID.String(), Name: b.Name, Role: b.Role, Length: b.Length, Erased: b.Erased, At: b.At.Time()}
		if d, ok := n.domains.Proven(b.ID); ok {
			row.Domain, row.Checked = d.Name, d.CheckedOn.String()
		}
		if b.Freeze != nil {
			row.Freeze = b.Freeze.Kind
		}
		p.List = append(p.List, row)
	}
	p.More = bodies.Next != nil
	return p, nil
}
