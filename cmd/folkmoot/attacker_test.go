package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing"
	"github.com/folkmoot/folkmoot/sharing/gossip"
)

// attackerMain is a hostile peer of the node that runs on a data directory. It
// sends each invalid entry of the vectors from a peer of its own, and garbage
// from one more, and fails unless the node stays as it was, takes score from
// each peer that it could blame, and sends the last away:
//
//	attacker DATA
func attackerMain(args []string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := attack(ctx, args[0]); err != nil {
		fmt.Fprintln(os.Stderr, "attacker:", err)
		return 1
	}
	return 0
}

// victim is the node under attack, seen through its own interfaces.
type victim struct {
	client *api.Client
	pages  string
	peer   string
	// carried are the messages that the topic has carried.
	carried map[string]bool
}

// findVictim asks the node that runs on a data directory where it is.
func findVictim(ctx context.Context, data string) (*victim, error) {
	client, err := api.Dial(data)
	if err != nil {
		return nil, err
	}
	s, err := client.Status(ctx)
	if err != nil {
		return nil, err
	}
	inv, err := client.Invite(ctx)
	if err != nil {
		return nil, err
	}
	return &victim{client: client, pages: s.HTTP, peer: inv.Link, carried: make(map[string]bool)}, nil
}

func attack(ctx context.Context, data string) error {
	v, err := findVictim(ctx, data)
	if err != nil {
		return err
	}
	cases, err := vectors.Entries()
	if err != nil {
		return err
	}
	if err := v.feed(ctx, cases); err != nil {
		return fmt.Errorf("honest entries: %w", err)
	}
	before, err := v.heads(ctx)
	if err != nil {
		return err
	}
	sent, blamed := 0, 0
	for _, c := range cases {
		// A replay of what the topic carried already is not even looked at.
		if c.Code == "" || v.carried[string(c.Entry)] {
			continue
		}
		fault, err := v.offend(ctx, c.Entry)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		after, err := v.heads(ctx)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(before, after) {
			return fmt.Errorf("%s changed what the node holds", c.Name)
		}
		sent++
		if fault {
			blamed++
		}
	}
	fmt.Printf("%d invalid entries sent, %d peers blamed\n", sent, blamed)
	if blamed < sent/2 {
		return errors.New("most of the peers kept their score")
	}
	return v.babble(ctx)
}

// heads are the states of all logs.
func (v *victim) heads(ctx context.Context) (map[protocol.BodyID]protocol.Head, error) {
	heads := make(map[protocol.BodyID]protocol.Head)
	for b, err := range allBodies(ctx, v.client) {
		if err != nil {
			return nil, err
		}
		if b.Freeze != nil {
			return nil, fmt.Errorf("the log of %s is frozen", b.ID)
		}
		heads[b.ID] = protocol.Head{Length: b.Length, Root: b.Root}
	}
	return heads, nil
}

// feed sends the valid logs that the invalid entries claim to follow, as an
// honest peer would, and waits until they are held.
func (v *victim) feed(ctx context.Context, cases []vectors.EntryCase) error {
	p, err := v.connect(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	fed := make(map[string]bool)
	for _, c := range cases {
		if fed[c.Log] || c.Length == 0 {
			continue
		}
		fed[c.Log] = true
		first, err := protocol.ParseEntry(c.Prefix[0])
		if err != nil {
			return err
		}
		for n, raw := range c.Prefix {
			v.carried[string(raw)] = true
			if err := p.topic.Publish(ctx, raw); err != nil {
				return err
			}
			// One after the other: an entry that needs one before it that is not
			// written yet would be left to reconcile, which this peer does not do.
			err = until(ctx, func() (bool, error) {
				b, err := v.client.Body(ctx, first.Body())
				return err == nil && b.Length == uint64(n+1), nil
			})
			if err != nil {
				return fmt.Errorf("entry %d of the log %s: %w", n, c.Log, err)
			}
		}
	}
	return nil
}

// offend sends one message from a new peer and reports whether that peer lost
// score. A message that the node counts as refused must cost its bearer.
func (v *victim) offend(ctx context.Context, message []byte) (bool, error) {
	p, err := v.connect(ctx)
	if err != nil {
		return false, err
	}
	defer p.close()
	rejected, err := v.metric(ctx, `folkmoot_gossip_judged_total{`, `verdict="reject"`)
	if err != nil {
		return false, err
	}
	judged, err := v.metric(ctx, `folkmoot_gossip_judged_total{`, "")
	if err != nil {
		return false, err
	}
	v.carried[string(message)] = true
	if err := p.topic.Publish(ctx, message); err != nil {
		return false, err
	}
	err = until(ctx, func() (bool, error) {
		now, err := v.metric(ctx, `folkmoot_gossip_judged_total{`, "")
		return now > judged, err
	})
	if err != nil {
		return false, fmt.Errorf("the message was not judged: %w", err)
	}
	now, err := v.metric(ctx, `folkmoot_gossip_judged_total{`, `verdict="reject"`)
	if err != nil || now == rejected {
		return false, err
	}
	score, err := v.score(ctx, p.host.ID().String())
	if err != nil {
		return false, err
	}
	if score >= 0 {
		return false, fmt.Errorf("the message was refused, but its bearer's score is %v", score)
	}
	return true, nil
}

// babble sends greetings that are none until it is sent away, and finds itself
// refused.
func (v *victim) babble(ctx context.Context) error {
	p, err := v.connect(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	target := p.host.Network().Peers()[0]
	addrs := p.host.Peerstore().Addrs(target)
	err = until(ctx, func() (bool, error) {
		if len(p.host.Network().ConnsToPeer(target)) == 0 {
			return true, nil
		}
		s, err := p.host.NewStream(ctx, target, helloID(p.network))
		if err != nil {
			return false, nil //nolint:nilerr // the connection is being closed
		}
		_, _ = s.Write([]byte{0, 0, 0, 3, 0xff, 0xff, 0xff})
		_, _ = io.Copy(io.Discard, s)
		_ = s.Reset() // the node has done so already
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("garbage does not end the connection: %w", err)
	}
	if away, err := v.metric(ctx, "folkmoot_sharing_sent_away_total", ""); err != nil || away == 0 {
		return fmt.Errorf("nobody was sent away (%w)", err)
	}
	p.host.Peerstore().AddAddrs(target, addrs, time.Hour)
	if _, err := p.host.NewStream(ctx, target, helloID(p.network)); err == nil {
		return errors.New("a peer that was sent away is let in again at once")
	}
	return nil
}

// metric sums the samples of a metric whose line has the text given.
func (v *victim) metric(ctx context.Context, name, with string) (sum float64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.pages+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	b, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, name) && strings.Contains(line, with) {
			fields := strings.Fields(line)
			n, err := strconv.ParseFloat(fields[len(fields)-1], 64)
			if err != nil {
				return 0, err
			}
			sum += n
		}
	}
	return sum, nil
}

func (v *victim) score(ctx context.Context, id string) (float64, error) {
	peers, err := v.client.Peers(ctx)
	if err != nil {
		return 0, err
	}
	for _, p := range peers {
		if p.ID == id {
			return p.Score, nil
		}
	}
	return 0, fmt.Errorf("the node does not list the peer %s", id)
}

// offender is one peer with an identity of its own.
type offender struct {
	host    host.Host
	topic   *pubsub.Topic
	network string
	stop    context.CancelFunc
}

// connect makes a peer, prepares it, introduces it, and lets it take part in the
// topic.
func (v *victim) connect(ctx context.Context, prepare ...func(*offender)) (*offender, error) {
	return v.approach(ctx, (*offender).subscribe, prepare...)
}

// approach makes a peer, prepares and introduces it, and lets it do something
// first.
func (v *victim) approach(ctx context.Context, begin func(*offender, context.Context) error, prepare ...func(*offender)) (*offender, error) {
	inv, err := sharing.ParseInvite(v.peer)
	if err != nil {
		return nil, err
	}
	h, err := libp2p.New(libp2p.NoListenAddrs, libp2p.Transport(tcp.NewTCPTransport), libp2p.DisableRelay())
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(ctx)
	p := &offender{host: h, network: inv.Network, stop: stop}
	for _, f := range prepare {
		f(p)
	}
	err = p.introduce(life, inv)
	if err == nil {
		err = begin(p, life)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *offender) introduce(ctx context.Context, inv sharing.Invite) error {
	target := inv.Peers[0]
	if err := p.host.Connect(ctx, target); err != nil {
		return err
	}
	s, err := p.host.NewStream(ctx, target.ID, helloID(p.network))
	if err != nil {
		return err
	}
	body, err := cbor.Marshal(map[string]string{"software": "attacker", "network": p.network})
	if err != nil {
		return err
	}
	if _, err := s.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, s); err != nil {
		return fmt.Errorf("read the answer to the greeting: %w", err)
	}
	return nil
}

// subscribe takes part in the topic as any peer does.
func (p *offender) subscribe(ctx context.Context) error {
	ps, err := pubsub.NewGossipSub(ctx, p.host, pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(), pubsub.WithFloodPublish(true), pubsub.WithMessageIdFn(func(m *pb.Message) string {
			d := protocol.HashOf(m.Data)
			return string(d[:])
		}))
	if err != nil {
		return err
	}
	if p.topic, err = ps.Join(gossip.Topic(p.network)); err != nil {
		return err
	}
	return until(ctx, func() (bool, error) { return len(p.topic.ListPeers()) > 0, nil })
}

func (p *offender) close() {
	p.stop()
	_ = p.host.Close()
}

func helloID(network string) libp2pprotocol.ID {
	return libp2pprotocol.ID("/folkmoot/" + network + "/hello/1")
}

// until asks again and again until the condition holds.
func until(ctx context.Context, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
