package node

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/multiformats/go-multiaddr"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/domain"
	"github.com/folkmoot/folkmoot/sharing/trust"
)

// Config is everything that can be set about a node. [DefaultConfig] fills it,
// [LoadConfig] reads it from a file, the environment and flags.
type Config struct {
	// Data is the data directory. It belongs to one node at a time.
	Data string
	// Network is the network that the node takes part in; a body is founded in
	// one and stays there.
	Network string
	// Listen is the address of the public HTTP server, host and port. Port 0
	// lets the system choose.
	Listen string
	// P2PListen are the multiaddrs on which other nodes can connect.
	P2PListen []string
	// Announce are the public multiaddrs told to other nodes. None are told
	// unless set: the address of a volunteer's home is personal data.
	Announce []string
	// Bootstrap are the multiaddrs, with peer identifiers, of nodes to stay
	// connected to.
	Bootstrap []string
	// Roots are the identifiers of bodies that this node's operator vouches for:
	// whom they reach over mandates and attestations is kept and counts in
	// assessments. The node's own body is one without being named.
	Roots []string
	// Trust is whose logs are kept beside the own, those of roots and those listed:
	// "open" for all, "vouched" for those whom roots reach, "listed" for no others.
	Trust string
	// Hops is how many mandates and attestations a body may be away from a root.
	Hops int
	// StorageCap is how many bytes may be held of others; 0 is no cap.
	StorageCap Size
	// DomainChecks asks the websites that bodies name whether they name the
	// bodies.
	DomainChecks bool
	// PublicDomains are domains below which only public bodies get names. A body
	// with a public role that is named at its own domain below one has a verified
	// role, and so have those that it names there.
	PublicDomains []string
	// MDNS finds other nodes on the local network.
	MDNS bool
	// LogLevel is the least severe level that is logged.
	LogLevel slog.Level
	// LogFormat is "text" or "json".
	LogFormat string
	// MemoryLimit is the soft limit, in bytes, that the Go runtime keeps to.
	// GOMEMLIMIT in the environment takes precedence.
	MemoryLimit Size
	// DiskFloor is the free space in bytes below which nothing is written.
	DiskFloor Size
	// PullInterval is how often a node asks each peer for what it is missing.
	PullInterval time.Duration
	// EraseAfter is how long erased content is kept, withheld from everybody,
	// before it is deleted: as long a thief's erasure can be undone.
	EraseAfter time.Duration
	// Offline opens the ledger and the catalogue without any listener and
	// without the network. It is set by code, never by configuration.
	Offline bool
	// Version is the software's own, for status and metrics; set by code.
	Version string
	// Now tells the time; nil is [time.Now]. Set by code.
	Now func() time.Time
	// Domains asks websites; what is nil in it is the real one. Set by code.
	Domains domain.Checker
	// Logger takes what the node has to say; nil discards it. Set by code, see
	// [Config.NewLogger].
	Logger *slog.Logger

	origins map[string]string
}

// Log formats.
const (
	LogText = "text"
	LogJSON = "json"
)

// DefaultConfig returns the configuration that holds when nothing is set.
func DefaultConfig() Config {
	return Config{
		Network: "main",
		Listen:  "127.0.0.1:4080",
		P2PListen: []string{
			"/ip4/127.0.0.1/tcp/4101",
			"/ip4/127.0.0.1/udp/4101/quic-v1",
		},
		Trust:         string(trust.Vouched),
		Hops:          register.DefaultHops,
		StorageCap:    4 << 30,
		DomainChecks:  true,
		PublicDomains: []string{"gov.uk", "gov.scot", "gov.wales", "llyw.cymru"},
		LogLevel:      slog.LevelInfo,
		LogFormat:     LogText,
		MemoryLimit:   200 << 20,
		DiskFloor:     512 << 20,
		PullInterval:  time.Minute,
		EraseAfter:    ledger.DefaultEraseAfter,
	}
}

// Origin says where the value of a key comes from: "default", a flag such as
// "--listen", a variable such as "FOLKMOOT_LISTEN", or a file and its line.
func (c *Config) Origin(key string) string {
	if o, ok := c.origins[key]; ok {
		return o
	}
	return "default"
}

// NewLogger returns the logger that the configuration asks for, writing to w.
func (c *Config) NewLogger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == LogJSON {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// validate checks what a key's own reader could not, and names the key and
// where it was set.
func (c *Config) validate() error {
	if c.Data == "" {
		return c.wrong("data", "no data directory is set and the home directory is not known", "set FOLKMOOT_DATA or --data")
	}
	if _, err := protocol.ParseNetwork(c.Network); err != nil {
		return c.wrong("network", fmt.Sprintf("%q is not the name of a network", c.Network), "use 1 to 32 of a to z, 0 to 9 and -")
	}
	if _, port, err := net.SplitHostPort(c.Listen); err != nil {
		return c.wrong("listen", fmt.Sprintf("%q is not a host and a port", c.Listen), `write it like "127.0.0.1:4080"`)
	} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return c.wrong("listen", fmt.Sprintf("%q is not a port", port), "use a number from 0 to 65535")
	}
	for _, list := range []struct {
		key    string
		values []string
	}{{"p2p_listen", c.P2PListen}, {"announce", c.Announce}, {"bootstrap", c.Bootstrap}} {
		for _, a := range list.values {
			if err := c.checkAddr(list.key, a); err != nil {
				return err
			}
		}
	}
	if _, err := c.roots(); err != nil {
		return err
	}
	if _, err := trust.ParsePolicy(c.Trust); err != nil {
		return c.wrong("trust", fmt.Sprintf("%q is not a policy", c.Trust), `use "open", "vouched" or "listed"`)
	}
	if c.Hops < 1 || c.Hops > maxHops {
		return c.wrong("hops", fmt.Sprintf("%d is not a number of hops", c.Hops), fmt.Sprintf("use 1 to %d", maxHops))
	}
	if c.StorageCap != 0 && c.StorageCap < 16<<20 {
		return c.wrong("storage_cap", fmt.Sprintf("%s is too little to hold what others publish", c.StorageCap), `use at least "16 MiB", or 0 for no cap`)
	}
	if _, err := c.publicDomains(); err != nil {
		return err
	}
	if len(c.P2PListen) == 0 {
		return c.wrong("p2p_listen", "no address is given", "leave the key out for the default, on this machine alone")
	}
	if c.LogFormat != LogText && c.LogFormat != LogJSON {
		return c.wrong("log_format", fmt.Sprintf("%q is not a log format", c.LogFormat), `use "text" or "json"`)
	}
	if c.MemoryLimit < 64<<20 {
		return c.wrong("memory_limit", fmt.Sprintf("%s is too little to run in", c.MemoryLimit), "use at least 64 MiB")
	}
	if c.PullInterval < time.Second {
		return c.wrong("pull_interval", fmt.Sprintf("%s is too often", c.PullInterval), `use at least "1s"`)
	}
	if c.EraseAfter < time.Second {
		return c.wrong("erase_after", fmt.Sprintf("%s is too short", c.EraseAfter), `use "168h", a week, or at least "1s"`)
	}
	return nil
}

// maxHops is how far the word of a root can be followed.
const maxHops = 16

// maxRoots is how many bodies can be named as roots of trust.
const maxRoots = 100

// roots reads the identifiers of Roots.
func (c *Config) roots() ([]protocol.BodyID, error) {
	if len(c.Roots) > maxRoots {
		return nil, c.wrong("roots", fmt.Sprintf("%d bodies are named", len(c.Roots)), fmt.Sprintf("name at most %d; others are reached over whom these vouch for", maxRoots))
	}
	out := make([]protocol.BodyID, len(c.Roots))
	for i, s := range c.Roots {
		id, err := protocol.ParseBodyID(s)
		if err != nil {
			return nil, c.wrong("roots", fmt.Sprintf("%q is not the identifier of a body", s), `write it as "folkmoot bodies" shows it; it begins with "bafyrei"`)
		}
		out[i] = id
	}
	return out, nil
}

// maxPublicDomains is how many registries of public bodies can be named.
const maxPublicDomains = 100

// publicDomains reads PublicDomains.
func (c *Config) publicDomains() ([]domain.Suffix, error) {
	const key = "public_domains"
	if len(c.PublicDomains) > maxPublicDomains {
		return nil, c.wrong(key, fmt.Sprintf("%d domains are named", len(c.PublicDomains)), fmt.Sprintf("name at most %d", maxPublicDomains))
	}
	out := make([]domain.Suffix, len(c.PublicDomains))
	for i, s := range c.PublicDomains {
		suffix, err := domain.ParseSuffix(s)
		if err != nil {
			return nil, c.wrong(key, err.Error(), `write it like "gov.uk"`)
		}
		out[i] = suffix
	}
	return out, nil
}

func (c *Config) checkAddr(key, addr string) error {
	ma, err := multiaddr.NewMultiaddr(addr)
	if err != nil {
		return c.wrong(key, fmt.Sprintf("%q is not a multiaddr: %v", addr, err), `write it like "/ip4/192.0.2.1/tcp/4101"`)
	}
	if key == "bootstrap" {
		if _, err := ma.ValueForProtocol(multiaddr.P_P2P); err != nil {
			return c.wrong(key, fmt.Sprintf("%q does not name the peer", addr), `end it with "/p2p/" and the peer's identifier, as "folkmoot status" on that node shows it`)
		}
	}
	return nil
}

func (c *Config) wrong(key, problem, hint string) error {
	return &ConfigError{Where: c.Origin(key), Key: key, Problem: problem, Hint: hint}
}

// ConfigError says what is wrong with the configuration, where it stands, and
// what to write instead.
type ConfigError struct {
	// Where is a file with its line, a variable, or a flag.
	Where string
	// Key is the key concerned; empty when the file as a whole is at fault.
	Key string
	// Problem and Hint are each a clause in words; Hint may be empty.
	Problem, Hint string
}

// Error is one line with all of it.
func (e *ConfigError) Error() string {
	var b strings.Builder
	b.WriteString(e.Where)
	if e.Key != "" && !strings.Contains(e.Where, e.Key) {
		b.WriteString(": " + e.Key)
	}
	b.WriteString(": " + e.Problem)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}
