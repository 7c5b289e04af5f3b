package gossip

import (
	"crypto/sha256"
	"net"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
)

// options configure gossipsub for one topic of low rate.
func (g *Gossip) options() []pubsub.Option {
	params := pubsub.DefaultGossipSubParams()
	params.D, params.Dlo, params.Dhi = 6, 4, 10
	params.HistoryLength, params.HistoryGossip = 12, 8
	return []pubsub.Option{
		pubsub.WithGossipSubParams(params),
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(messageID),
		pubsub.WithSeenMessagesTTL(seenFor),
		pubsub.WithMaxMessageSize(maxMessage),
		pubsub.WithPeerOutboundQueueSize(queueSize),
		pubsub.WithValidateQueueSize(queueSize),
		// One worker judges messages in the order in which they come, so that
		// the entries of a log do not overtake each other.
		pubsub.WithValidateWorkers(1),
		pubsub.WithFloodPublish(true),
		pubsub.WithSubscriptionFilter(pubsub.WrapLimitSubscriptionFilter(
			pubsub.NewAllowlistSubscriptionFilter(g.topicName), 16)),
		pubsub.WithPeerScore(g.scoreParams(), thresholds()),
		pubsub.WithRawTracer(&tracer{metrics: g.metrics}),
		pubsub.WithLogger(g.cfg.Logger),
		pubsub.WithRPCLogger(g.cfg.Logger),
	}
}

// seenFor is how long a message is known to have been seen. That is memory which
// anybody can fill, at about 150 bytes a message; entries are published within
// their first minute, so that later ones are replays, which are told by the
// ledger and change nothing.
const seenFor = 2 * time.Minute

// newcomersEach is how many bodies that are not known are taken from gossip a
// second, newcomersAtOnce how many after a quiet time.
const (
	newcomersEach   = 20
	newcomersAtOnce = 2000
)

// messageID hashes every byte of the entry. An identifier of the envelope alone
// would let a copy with a bad signature keep the real one from being seen.
func messageID(m *pb.Message) string {
	h := sha256.Sum256(m.Data)
	return string(h[:])
}

func thresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold: -100, PublishThreshold: -200, GraylistThreshold: -400,
		// Only peers that the node chose itself, with 100 from Score, get here.
		AcceptPXThreshold: 50, OpportunisticGraftThreshold: 1,
	}
}

// scoreParams leave out the scores for deliveries in the mesh (P3, P3b): on a
// topic with a few messages an hour they punish silence.
func (g *Gossip) scoreParams() *pubsub.PeerScoreParams {
	const interval = time.Second
	return &pubsub.PeerScoreParams{
		Topics: map[string]*pubsub.TopicScoreParams{g.topicName: {
			SkipAtomicValidation:           true,
			TopicWeight:                    1,
			TimeInMeshWeight:               0.01,
			TimeInMeshQuantum:              time.Minute,
			TimeInMeshCap:                  100,
			FirstMessageDeliveriesWeight:   0.5,
			FirstMessageDeliveriesDecay:    pubsub.ScoreParameterDecayWithBase(24*time.Hour, interval, 0.01),
			FirstMessageDeliveriesCap:      20,
			InvalidMessageDeliveriesWeight: -100,
			InvalidMessageDeliveriesDecay:  pubsub.ScoreParameterDecayWithBase(time.Hour, interval, 0.01),
		}},
		TopicScoreCap:               50,
		AppSpecificScore:            g.cfg.Score,
		AppSpecificWeight:           1,
		IPColocationFactorWeight:    -10,
		IPColocationFactorThreshold: 8,
		IPColocationFactorWhitelist: loopback(),
		BehaviourPenaltyWeight:      -10,
		BehaviourPenaltyThreshold:   6,
		BehaviourPenaltyDecay:       pubsub.ScoreParameterDecayWithBase(time.Hour, interval, 0.01),
		DecayInterval:               interval,
		DecayToZero:                 0.01,
		RetainScore:                 time.Hour,
	}
}

// loopback is exempt from the penalty on many peers behind one address.
func loopback() []*net.IPNet {
	return []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
}
