package sharing

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/x/rate"
	ma "github.com/multiformats/go-multiaddr"
)

// newHost opens the libp2p host: Noise, fixed limits, and nothing that looks for
// peers or addresses by itself.
func newHost(cfg *Config, gate *gater, transports []libp2p.Option) (host.Host, error) {
	limits, err := resources(cfg)
	if err != nil {
		return nil, err
	}
	connections, err := connmgr.NewConnManager(cfg.Limits.Peers*3/4, cfg.Limits.Peers, connmgr.WithGracePeriod(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("connection manager: %w", err)
	}
	metrics := libp2p.DisableMetrics()
	if cfg.Registerer != nil {
		metrics = libp2p.PrometheusRegisterer(cfg.Registerer)
	}
	announce := cfg.Announce
	h, err := libp2p.New(
		libp2p.Identity(cfg.Identity),
		libp2p.ListenAddrs(cfg.ListenAddrs...),
		libp2p.ChainOptions(transports...),
		libp2p.Security(noise.ID, noise.New),
		libp2p.ResourceManager(limits),
		libp2p.ConnectionManager(connections),
		libp2p.ConnectionGater(gate),
		libp2p.DisableRelay(),
		libp2p.DisableIdentifyAddressDiscovery(),
		// After a hundred failures libp2p would take UDP, or IPv6, for blocked and
		// let one dial in a hundred through: half an hour of an outage, and then as
		// long again. The book bounds how often peers are dialled.
		libp2p.UDPBlackHoleSuccessCounter(nil),
		libp2p.IPv6BlackHoleSuccessCounter(nil),
		libp2p.AddrsFactory(func([]ma.Multiaddr) []ma.Multiaddr { return announce }),
		libp2p.UserAgent(cfg.Software),
		metrics,
	)
	if err != nil {
		return nil, fmt.Errorf("open the libp2p host: %w", err)
	}
	if err := allListening(cfg.ListenAddrs, h.Network().ListenAddresses()); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// resources are limits that follow from the configuration alone, not from the
// machine's memory, of which a container may have only a part.
func resources(cfg *Config) (network.ResourceManager, error) {
	scaling := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&scaling)
	conns := rcmgr.LimitVal(cfg.Limits.connections() - 16)
	limits := rcmgr.PartialLimitConfig{
		System: rcmgr.ResourceLimits{
			Conns: rcmgr.LimitVal(cfg.Limits.connections()), ConnsInbound: conns, ConnsOutbound: conns,
			Memory: rcmgr.LimitVal64(cfg.Limits.Memory), FD: rcmgr.LimitVal(cfg.Limits.Descriptors),
		},
	}.Build(scaling.Scale(cfg.Limits.Memory, cfg.Limits.Descriptors))
	per := cfg.Limits.PerAddress
	options := []rcmgr.Option{
		rcmgr.WithLimitPerSubnet(
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: per}},
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 56, ConnCount: per}, {PrefixLength: 48, ConnCount: 4 * per}},
		),
		rcmgr.WithConnRateLimiters(newConnections(per)),
	}
	if cfg.Registerer == nil {
		options = append(options, rcmgr.WithMetricsDisabled())
	}
	m, err := rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits), options...)
	if err != nil {
		return nil, fmt.Errorf("resource manager: %w", err)
	}
	return m, nil
}

// newConnections allows each address a new connection a second. libp2p's own
// limit of one in five shuts out a host that several bodies share.
func newConnections(per int) *rate.Limiter {
	limit := rate.Limit{RPS: 1, Burst: 4 * per}
	return &rate.Limiter{
		NetworkPrefixLimits: []rate.PrefixLimit{
			{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")},
		},
		SubnetRateLimiter: rate.SubnetLimiter{
			IPv4SubnetLimits: []rate.SubnetLimit{{PrefixLength: 32, Limit: limit}},
			IPv6SubnetLimits: []rate.SubnetLimit{{PrefixLength: 56, Limit: limit}},
			GracePeriod:      time.Minute,
		},
	}
}

// allListening reports the wanted addresses on which nothing listens: libp2p is
// content when one of them could be had.
func allListening(wanted, got []ma.Multiaddr) error {
	var missing []ma.Multiaddr
	for _, w := range wanted {
		found := false
		for _, g := range got {
			found = found || serves(g, w)
		}
		if !found {
			missing = append(missing, w)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("cannot listen on %v: another program has the port, or the machine has no such address", missing)
	}
	return nil
}

// serves reports whether got is what listening on wanted gives: the same, but
// for a port where 0 was asked for.
func serves(got, wanted ma.Multiaddr) bool {
	if len(got) != len(wanted) {
		return false
	}
	for i := range wanted {
		w, g := &wanted[i], &got[i]
		port := w.Protocol().Code == ma.P_TCP || w.Protocol().Code == ma.P_UDP
		if w.Equal(g) || port && w.Value() == "0" && w.Protocol().Code == g.Protocol().Code {
			continue
		}
		return false
	}
	return true
}
