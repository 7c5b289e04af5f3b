package protocol_test

import "github.com/folkmoot/folkmoot/protocol"

// memoryPath is a [protocol.Path] held in memory.
type memoryPath struct {
	ids      []protocol.EntryID
	controls []protocol.InForce
}

func newMemoryPath(run []*protocol.Entry, chain *protocol.Chain) *memoryPath {
	p := &memoryPath{controls: chain.Controls()}
	for _, e := range run {
		p.ids = append(p.ids, e.ID)
	}
	return p
}

func (p *memoryPath) Length() uint64 { return uint64(len(p.ids)) }

func (p *memoryPath) IDAt(seq uint64) (protocol.EntryID, error) { return p.ids[seq], nil }

func (p *memoryPath) Controls() []protocol.InForce { return p.controls }

// cut returns the first n entries of the path.
func (p *memoryPath) cut(n uint64) *memoryPath {
	q := &memoryPath{ids: p.ids[:n]}
	for _, c := range p.controls {
		if c.Seq < n {
			q.controls = append(q.controls, c)
		}
	}
	return q
}

func (p *memoryPath) rootAt(n uint64) protocol.Root {
	var t protocol.Tree
	for _, id := range p.ids[:n] {
		t = t.Append(id)
	}
	return t.Root()
}
