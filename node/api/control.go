package api

import (
	"github.com/folkmoot/folkmoot/protocol"
)

// Control is a [protocol.Control]; keys are in hexadecimal.
type Control struct {
	Key      string                   `json:"key"`
	Network  string                   `json:"network,omitempty"`
	Reason   string                   `json:"reason,omitempty"`
	Quorum   map[protocol.Kind]uint64 `json:"quorum,omitempty"`
	Officers []Officer                `json:"officers,omitempty"`
	Recovery []protocol.Digest        `json:"recovery"`
	Disowns  []LogHead                `json:"disowns,omitempty"`
}

// Officer is a [protocol.Officer].
type Officer struct {
	Office string   `json:"office"`
	Keys   []string `json:"keys"`
}

// LogHead is a [protocol.Head].
type LogHead struct {
	Length uint64        `json:"length"`
	Root   protocol.Root `json:"root"`
}

// Erase is a [protocol.Erase].
type Erase struct {
	Reason    string   `json:"reason"`
	Positions []uint64 `json:"positions"`
}

// controlOf is [ControlOf] where there may be none.
func controlOf(c *protocol.Control) *Control {
	if c == nil {
		return nil
	}
	return ControlOf(c)
}

// ControlOf is a control as JSON has it.
func ControlOf(c *protocol.Control) *Control {
	out := &Control{
		Key: c.Key.String(), Network: c.Network, Reason: c.Reason, Quorum: c.Quorum, Recovery: c.Recovery,
	}
	for _, o := range c.Officers {
		officer := Officer{Office: o.Office}
		for _, k := range o.Keys {
			officer.Keys = append(officer.Keys, k.String())
		}
		out.Officers = append(out.Officers, officer)
	}
	for _, h := range c.Disowns {
		out.Disowns = append(out.Disowns, LogHead{Length: h.Length, Root: h.Root})
	}
	return out
}

func eraseOf(e *protocol.Erase) *Erase {
	if e == nil {
		return nil
	}
	return &Erase{Reason: e.Reason, Positions: e.Positions}
}
