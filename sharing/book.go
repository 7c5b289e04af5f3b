package sharing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// bookNote is the name under which the ledger keeps the book.
const bookNote = "sharing/peers"

// maxInvited is the number of peers that invite links can add.
const maxInvited = 64

// origin says how a peer came into the book. The numbers are stored.
type origin uint8

const (
	learned origin = iota
	invited
	configured
)

// known is what the book holds of a peer.
type known struct {
	info   peer.AddrInfo
	origin origin
	// record is the peer's own signed record, to be passed on, and seq its
	// number; empty when it has not published its addresses.
	record []byte
	seq    uint64
	// seen is when it was last connected; zero if never.
	seen time.Time
	// failures in a row to connect, and when to try next.
	failures int
	next     time.Time
}

// named reports whether the operator named the peer, so that it is never given
// up.
func (k *known) named() bool { return k.origin != learned }

// book remembers peers. Learned ones are bounded: when there are too many, one
// that was never reached goes first, and otherwise any.
type book struct {
	max int

	mu    sync.Mutex
	peers map[peer.ID]*known
}

func newBook(limit int) *book { return &book{max: limit, peers: make(map[peer.ID]*known)} }

// add puts a named peer into the book, or adds addresses to one that is there.
func (b *book) add(info peer.AddrInfo, from origin) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.peers[info.ID]
	if from == invited && (k == nil || !k.named()) && b.count(invited) >= maxInvited {
		return fmt.Errorf("there are %d invited peers already", maxInvited)
	}
	if k == nil {
		k = &known{info: peer.AddrInfo{ID: info.ID}}
		b.peers[info.ID] = k
	}
	k.origin = max(k.origin, from)
	k.next, k.failures = time.Time{}, 0
	for _, a := range info.Addrs {
		if !slices.ContainsFunc(k.info.Addrs, a.Equal) {
			k.info.Addrs = append(k.info.Addrs, a)
		}
	}
	if extra := len(k.info.Addrs) - maxInviteAddrs; extra > 0 {
		k.info.Addrs = k.info.Addrs[extra:]
	}
	return nil
}

func (b *book) count(from origin) int {
	n := 0
	for _, k := range b.peers {
		if k.origin == from {
			n++
		}
	}
	return n
}

// learn takes a peer from a signed record, or new addresses from a newer one.
func (b *book) learn(info peer.AddrInfo, record []byte, seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.peers[info.ID]
	switch {
	case k != nil && (len(k.record) > 0 || len(record) == 0) && k.seq >= seq:
		return
	case k != nil && k.named():
		k.record, k.seq = record, seq // the operator's addresses stay
	case k != nil:
		k.info, k.record, k.seq = info, record, seq
	default:
		if b.count(learned) >= b.max {
			b.evict()
		}
		b.peers[info.ID] = &known{info: info, record: record, seq: seq}
	}
}

func (b *book) evict() {
	var candidates, fruitless []peer.ID
	for id, k := range b.peers {
		if k.named() {
			continue
		}
		candidates = append(candidates, id)
		if k.seen.IsZero() {
			fruitless = append(fruitless, id)
		}
	}
	if len(fruitless) > 0 {
		candidates = fruitless
	}
	delete(b.peers, candidates[rand.IntN(len(candidates))])
}

// reached notes that a peer is connected.
func (b *book) reached(id peer.ID, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if k := b.peers[id]; k != nil {
		k.seen, k.failures, k.next = now, 0, time.Time{}
	}
}

// failed notes that a peer could not be reached, or was lost, and when to try
// again: the wait doubles, with up to half of it taken off at random so that
// peers that lost each other together do not all come back together. For a named
// peer it stays short: two halves of a network may hang together by such a one
// alone, and must find each other soon after they can.
func (b *book) failed(id peer.ID, now time.Time, t Timing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.peers[id]
	if k == nil {
		return
	}
	wait := t.RedialMax
	if k.named() {
		wait = min(wait, t.RedialNamed)
	}
	if k.failures < 30 {
		wait = min(wait, t.RedialMin<<k.failures)
	}
	k.failures++
	k.next = now.Add(wait - rand.N(wait/2+1))
}

// due returns whom to dial now, the named first, and when to look again. want is
// how many learned peers may be dialled; connected ones are left out.
func (b *book) due(now time.Time, want int, connected func(peer.ID) bool) (dial []peer.AddrInfo, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var others []peer.AddrInfo
	for id, k := range b.peers {
		switch {
		case connected(id):
		case k.next.After(now):
			if next.IsZero() || k.next.Before(next) {
				next = k.next
			}
		case k.named():
			dial = append(dial, k.info)
		default:
			others = append(others, k.info)
		}
	}
	return append(dial, others[:max(0, min(want, len(others)))]...), next
}

// records returns up to n signed records to pass on, of peers that were reached
// since the given time, in random order.
func (b *book) records(n int, since time.Time, except peer.ID) [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out [][]byte
	for id, k := range b.peers {
		if len(out) < n && id != except && len(k.record) > 0 && k.seen.After(since) {
			out = append(out, k.record)
		}
	}
	return out
}

// named returns the peers that the operator named.
func (b *book) named() []peer.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []peer.ID
	for id, k := range b.peers {
		if k.named() {
			out = append(out, id)
		}
	}
	return out
}

func (b *book) isNamed(id peer.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.peers[id]
	return k != nil && k.named()
}

// page is one peer as it is stored.
type page struct {
	_      struct{} `cbor:",toarray"`
	ID     []byte
	Addrs  [][]byte
	Origin uint8
	Record []byte
	Seq    uint64
	Seen   int64
}

// encode returns the book for the ledger's notes. Configured peers are left out:
// the configuration names them, or does so no more.
func (b *book) encode() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pages := []page{}
	for id, k := range b.peers {
		if k.origin == configured {
			continue
		}
		p := page{ID: []byte(id), Origin: uint8(k.origin), Record: k.record, Seq: k.seq}
		if !k.seen.IsZero() {
			p.Seen = k.seen.Unix()
		}
		for _, a := range k.info.Addrs {
			p.Addrs = append(p.Addrs, a.Bytes())
		}
		pages = append(pages, p)
	}
	out, err := cbor.Marshal(pages)
	if err != nil {
		return nil, fmt.Errorf("encode the peer book: %w", err)
	}
	return out, nil
}

// load adds what encode wrote.
func (b *book) load(stored []byte) error {
	if len(stored) == 0 {
		return nil
	}
	var pages []page
	if err := cbor.Unmarshal(stored, &pages); err != nil {
		return fmt.Errorf("decode the peer book: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range pages {
		id, err := peer.IDFromBytes(p.ID)
		if err != nil {
			return fmt.Errorf("decode the peer book: %w", err)
		}
		k := &known{info: peer.AddrInfo{ID: id}, origin: origin(p.Origin), record: p.Record, seq: p.Seq}
		if p.Seen != 0 {
			k.seen = time.Unix(p.Seen, 0)
		}
		for _, raw := range p.Addrs {
			a, err := ma.NewMultiaddrBytes(raw)
			if err != nil {
				return fmt.Errorf("decode the peer book: %w", err)
			}
			k.info.Addrs = append(k.info.Addrs, a)
		}
		if b.peers[id] == nil {
			b.peers[id] = k
		}
	}
	return nil
}
