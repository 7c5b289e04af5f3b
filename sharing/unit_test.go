package sharing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func peerInfo(t testing.TB, addrs ...string) peer.AddrInfo {
	t.Helper()
	id, err := peer.IDFromPrivateKey(newIdentity(t))
	if err != nil {
		t.Fatal(err)
	}
	info := peer.AddrInfo{ID: id}
	for _, a := range addrs {
		info.Addrs = append(info.Addrs, ma.StringCast(a))
	}
	return info
}

func TestInviteRoundTrip(t *testing.T) {
	body := vectors.NewAuthor("Marsh Lane (example)", 0, nil).Body()
	for _, invite := range []Invite{
		{Network: "test", Peers: []peer.AddrInfo{peerInfo(t, "/ip4/192.0.2.1/tcp/4101", "/ip6/2001:db8::1/udp/4101/quic-v1")}, Body: body},
		{Network: "a-1", Peers: []peer.AddrInfo{peerInfo(t, "/dns4/moot.example/tcp/1"), peerInfo(t, "/ip4/127.0.0.1/tcp/2")}},
	} {
		link := invite.String()
		if strings.Contains(link, "%") {
			t.Errorf("the link is hard to read: %s", link)
		}
		got, err := ParseInvite(" " + link + "\n")
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != link || got.Body != invite.Body || len(got.Peers) != len(invite.Peers) {
			t.Errorf("%s came back as %s", link, got)
		}
	}
}

func TestBadInvitesSayWhatIsWrong(t *testing.T) {
	good := Invite{Network: "test", Peers: []peer.AddrInfo{peerInfo(t, "/ip4/192.0.2.1/tcp/4101")}}.String()
	id := peerInfo(t).ID
	for link, want := range map[string]string{
		"":                            "begins with folkmoot://join/",
		"https://moot.example/join":   "begins with folkmoot://join/",
		"folkmoot://join/Test?peer=x": "names no network",
		"folkmoot://join/test":        "names no peer",
		"folkmoot://join/test?peer=x": "not an address",
		"folkmoot://join/test?peer=/ip4/192.0.2.1/tcp/1":                       "ends in /p2p/",
		"folkmoot://join/test?peer=/p2p/" + id.String():                        "ends in /p2p/",
		"folkmoot://join/test?peer=/ip4/192.0.2.1/tcp/1/ws/p2p/" + id.String(): "neither a TCP nor a QUIC",
		good + "&body=bafy":                   "body in the invite",
		good + "&colour=red":                  "colour",
		good + "&peer=%zz":                    "damaged",
		good + strings.Repeat("x", maxInvite): "longer than",
	} {
		if _, err := ParseInvite(link); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", link, err, want)
		}
	}
}

func TestBookBacksOff(t *testing.T) {
	b := newBook(10)
	info := peerInfo(t, "/ip4/127.0.0.1/tcp/1")
	if err := b.add(info, configured); err != nil {
		t.Fatal(err)
	}
	nobody := func(peer.ID) bool { return false }
	now := time.Unix(1_800_000_000, 0)
	timing := Timing{RedialMin: time.Second, RedialMax: time.Minute, RedialNamed: 20 * time.Second}
	for n, most := range []time.Duration{1, 2, 4, 8, 16, 20, 20} {
		if due, _ := b.due(now, 0, nobody); len(due) != 1 {
			t.Fatalf("attempt %d is not due", n)
		}
		b.failed(info.ID, now, timing)
		due, next := b.due(now, 0, nobody)
		wait := next.Sub(now)
		if len(due) != 0 || wait < most*time.Second/2 || wait > most*time.Second {
			t.Fatalf("after failure %d it waits %v, want %d s or up to half less", n+1, wait, most)
		}
		now = next
	}
	b.reached(info.ID, now)
	if due, _ := b.due(now, 0, nobody); len(due) != 1 {
		t.Error("a success is not taken for one")
	}
}

func TestBookIsBoundedAndKeepsTheNamed(t *testing.T) {
	b := newBook(5)
	named, met := peerInfo(t, "/ip4/127.0.0.1/tcp/1"), peerInfo(t, "/ip4/127.0.0.1/tcp/2")
	if err := b.add(named, invited); err != nil {
		t.Fatal(err)
	}
	b.learn(met, []byte("record"), 1)
	b.reached(met.ID, time.Unix(5, 0))
	for range 50 {
		b.learn(peerInfo(t, "/ip4/192.0.2.9/tcp/1"), []byte("record"), 1)
	}
	if len(b.peers) != 6 || !b.isNamed(named.ID) || b.peers[met.ID] == nil {
		t.Errorf("the book holds %d peers, the named: %v, the one that was met: %v", len(b.peers), b.isNamed(named.ID), b.peers[met.ID] != nil)
	}
	stored, err := b.encode()
	if err != nil {
		t.Fatal(err)
	}
	again := newBook(5)
	if err := again.load(stored); err != nil {
		t.Fatal(err)
	}
	if len(again.peers) != 6 || !again.isNamed(named.ID) || again.peers[met.ID].seen != time.Unix(5, 0) || !again.peers[met.ID].info.Addrs[0].Equal(met.Addrs[0]) {
		t.Error("the book did not survive storing")
	}
	for n := 0; n < maxInvited-1; n++ {
		if err := b.add(peerInfo(t, "/ip4/127.0.0.1/tcp/1"), invited); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.add(peerInfo(t, "/ip4/127.0.0.1/tcp/1"), invited); err == nil {
		t.Error("invites are not bounded")
	}
}

func TestLearnedPeersDoNotReplaceNamedAddresses(t *testing.T) {
	b := newBook(5)
	info := peerInfo(t, "/ip4/127.0.0.1/tcp/1")
	if err := b.add(info, configured); err != nil {
		t.Fatal(err)
	}
	b.learn(peer.AddrInfo{ID: info.ID, Addrs: []ma.Multiaddr{ma.StringCast("/ip4/192.0.2.66/tcp/1")}}, []byte("record"), 9)
	if due, _ := b.due(time.Unix(0, 0), 0, func(peer.ID) bool { return false }); len(due) != 1 || !due[0].Addrs[0].Equal(info.Addrs[0]) || len(due[0].Addrs) != 1 {
		t.Errorf("the named peer is dialled at %v", due)
	}
}

func TestRecordsOfStrangers(t *testing.T) {
	key := newIdentity(t)
	id, err := peer.IDFromPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	info := peer.AddrInfo{ID: id, Addrs: []ma.Multiaddr{
		ma.StringCast("/ip4/10.0.0.1/tcp/22"), ma.StringCast("/ip4/8.8.8.8/tcp/4101"), ma.StringCast("/ip4/8.8.8.8/tcp/4101/ws"),
	}}
	raw, err := sealRecord(key, info)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := openRecord(raw, false); err != nil || len(got.Addrs) != 1 || !got.Addrs[0].Equal(info.Addrs[1]) {
		t.Errorf("from afar: %v, %v", got, err)
	}
	if got, _, err := openRecord(raw, true); err != nil || len(got.Addrs) != 2 {
		t.Errorf("from nearby: %v, %v", got, err)
	}
	for name, bad := range map[string][]byte{"empty": nil, "cut": raw[:len(raw)-1], "long": make([]byte, maxRecord+1)} {
		if _, _, err := openRecord(bad, true); err == nil {
			t.Errorf("a record that is %s was taken", name)
		}
	}
	forged, err := sealRecord(newIdentity(t), info)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := openRecord(forged, true); err == nil {
		t.Error("a record signed by another was taken")
	}
}

func TestScores(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := newScores(func() time.Time { return now })
	id := peerInfo(t).ID
	for n := range 9 {
		if s.charge(id, costPromise) {
			t.Fatalf("sent away after %d", n+1)
		}
	}
	if s.of(id) != -90 {
		t.Errorf("the score is %v", s.of(id))
	}
	if !s.charge(id, costPromise) {
		t.Error("not sent away after 10")
	}
	now = now.Add(halfLife)
	if got := s.of(id); got != -50 {
		t.Errorf("after a half-life the score is %v", got)
	}
	s.choose(id)
	if got := s.of(id); got != trusted-50 {
		t.Errorf("a named peer's score is %v", got)
	}
	for range maxScores + 10 {
		s.charge(peerInfo(t).ID, 1)
	}
	if len(s.losses) > maxScores || s.of(id) != trusted-50 {
		t.Errorf("%d scores are kept, the worst is %v", len(s.losses), s.of(id))
	}
}

func TestGaterForgetsBlocks(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	banned, id := peerInfo(t).ID, peerInfo(t).ID
	g := newGater([]peer.ID{banned}, func() time.Time { return now })
	g.open.Store(true)
	g.block(id, time.Minute)
	if g.InterceptPeerDial(id) || g.InterceptSecured(0, id, nil) || g.allows(banned) {
		t.Error("a blocked peer gets through")
	}
	now = now.Add(time.Minute)
	if !g.InterceptPeerDial(id) || g.allows(banned) {
		t.Error("a block does not end when it should")
	}
	for n := range maxBlocks + 10 {
		g.block(peer.ID(fmt.Sprint(n)), time.Hour)
	}
	if len(g.until) > maxBlocks {
		t.Errorf("%d blocks are kept", len(g.until))
	}
	g.open.Store(false)
	if g.InterceptAccept(nil) || g.InterceptPeerDial(id) {
		t.Error("connections are allowed while nobody answers")
	}
}

func TestHelloLimits(t *testing.T) {
	good := hello{Software: "x", Network: "test"}
	for name, change := range map[string]func(*hello){
		"network":   func(h *hello) { h.Network = "other" },
		"software":  func(h *hello) { h.Software = "a\nb" },
		"long":      func(h *hello) { h.Software = strings.Repeat("x", maxSoftware+1) },
		"binding":   func(h *hello) { h.Binding, h.Signature = make([]byte, maxBinding+1), make([]byte, 64) },
		"unsigned":  func(h *hello) { h.Binding = []byte{1} },
		"signature": func(h *hello) { h.Signature = make([]byte, len(protocol.Signature{})) },
		"records":   func(h *hello) { h.Records = make([][]byte, maxRecords+1) },
	} {
		h := good
		change(&h)
		if h.check("test") == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := good.check("test"); err != nil {
		t.Error(err)
	}
}
