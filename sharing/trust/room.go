package trust

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Quotas bound what strangers may take, and whose they may be.
type Quotas struct {
	// Entries and Bytes are how much of one stranger's log waits.
	Entries int
	Bytes   int
	// PerPeer and PerPrefix are how many strangers one peer, and all peers of one
	// address prefix, may have brought; Bodies how many there are in all.
	PerPeer, PerPrefix, Bodies int
	// Total is how many bytes all of them take.
	Total int
}

// DefaultQuotas take at most 8 MiB of memory.
var DefaultQuotas = Quotas{Entries: 64, Bytes: 256 << 10, PerPeer: 32, PerPrefix: 64, Bodies: 512, Total: 8 << 20}

// Origin is who introduced a body: a peer, and the prefix of its address.
type Origin struct {
	Peer   string
	Prefix netip.Prefix
}

// PrefixOf is the part of an address by which peers are counted together: the
// first 24 bits of IPv4, the first 56 of IPv6. It is zero for no address.
func PrefixOf(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 56
	if addr.Is4() {
		bits = 24
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// Waiting is a body whose log waits.
type Waiting struct {
	Body protocol.BodyID
	// Entries and Bytes are how much of its log there is.
	Entries, Bytes int
	// From introduced it, at the time Since.
	From  Origin
	Since time.Time
	// Run are the entries, to be read only.
	Run ledger.Run
}

// Room has the beginnings of strangers' logs, verified, in memory. It is safe for
// concurrent use.
type Room struct {
	quotas  Quotas
	network string
	// pick returns a random number from 0 up to but not including n.
	pick func(n int) int

	mu      sync.Mutex
	guests  map[protocol.BodyID]*guest
	bytes   int
	evicted uint64
}

type guest struct{ Waiting }

// NewRoom makes a room for the bodies of a network. pick returns a random number
// below n; it is called under the room's lock.
func NewRoom(network string, quotas Quotas, pick func(n int) int) *Room {
	return &Room{quotas: quotas, network: network, pick: pick, guests: make(map[protocol.BodyID]*guest)}
}

// Entries is how many entries of a body's log may be brought, 0 for none: a body
// that is in the room already is not asked for again.
func (r *Room) Entries(body protocol.BodyID) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.guests[body] != nil {
		return 0
	}
	return r.quotas.Entries
}

// Add lets the beginning of a log wait, as far as it verifies and the quotas
// allow, and returns how many entries of it do. Where a quota is full, one of
// those that count against it leaves at random, so that whoever brings many
// drives out his own first.
func (r *Room) Add(from Origin, run ledger.Run, now time.Time) int {
	run = r.sound(run)
	if len(run) == 0 {
		return 0
	}
	g := &guest{Waiting{Body: run[0].Body(), Entries: len(run), Bytes: sizeOf(run), From: from, Since: now, Run: run}}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.guests[g.Body] != nil {
		return 0
	}
	r.makeRoom(r.quotas.PerPeer, func(o *guest) bool { return o.From.Peer == from.Peer })
	r.makeRoom(r.quotas.PerPrefix, func(o *guest) bool { return o.From.Prefix == from.Prefix })
	r.makeRoom(r.quotas.Bodies, func(*guest) bool { return true })
	for r.bytes+g.Bytes > r.quotas.Total && len(r.guests) > 0 {
		r.evict(func(*guest) bool { return true })
	}
	r.guests[g.Body] = g
	r.bytes += g.Bytes
	return len(run)
}

// sound is the part of a run that is the verified beginning of a log of the
// network and within the quota of one stranger.
func (r *Room) sound(run ledger.Run) ledger.Run {
	run = run[:min(len(run), r.quotas.Entries)]
	chain, verifier := new(protocol.Chain), protocol.NewVerifier(1)
	size := 0
	for i, e := range run {
		if size += sizeOf(run[i : i+1]); size > r.quotas.Bytes {
			return run[:i]
		}
		if c := e.Control(); i == 0 && (c == nil || c.Network != r.network) {
			return nil
		}
		next, signed, err := chain.Extend(e, func(seq uint64) (protocol.Kind, error) { return run[seq].Envelope.Kind, nil })
		if err != nil || !verifier.Verify(signed) {
			return run[:i]
		}
		chain = next
	}
	return run
}

func sizeOf(run ledger.Run) int {
	total := 0
	for _, e := range run {
		total += len(e.Raw) + len(e.Signature) + len(e.Content)
	}
	return total
}

// makeRoom has guests that count leave until there is one place among most.
func (r *Room) makeRoom(most int, counts func(*guest) bool) {
	n := 0
	for _, g := range r.guests {
		if counts(g) {
			n++
		}
	}
	for ; n >= most && n > 0; n-- {
		r.evict(counts)
	}
}

// evict has one of the guests that count leave.
func (r *Room) evict(counts func(*guest) bool) {
	var list []*guest
	for _, g := range r.guests {
		if counts(g) {
			list = append(list, g)
		}
	}
	r.remove(list[r.pick(len(list))])
	r.evicted++
}

func (r *Room) remove(g *guest) {
	delete(r.guests, g.Body)
	r.bytes -= g.Bytes
}

// Admit takes out of the room those that keep returns true for, for the ledger.
func (r *Room) Admit(keep func(protocol.BodyID) bool) []ledger.Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []ledger.Run
	for body, g := range r.guests {
		if keep(body) {
			out = append(out, g.Run)
			r.remove(g)
		}
	}
	return out
}

// Waiting lists who waits, by identifier.
func (r *Room) Waiting() []Waiting {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Waiting, 0, len(r.guests))
	for _, g := range r.guests {
		out = append(out, g.Waiting)
	}
	slices.SortFunc(out, func(a, b Waiting) int { return slices.Compare(a.Body[:], b.Body[:]) })
	return out
}

// Bytes is how much memory the logs in the room take.
func (r *Room) Bytes() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes
}
