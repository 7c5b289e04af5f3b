package node

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Setting is one key of the configuration. The same key is `name` in the file,
// FOLKMOOT_NAME in the environment and --name, with hyphens, as a flag.
type Setting struct {
	// Name is the key as the file has it.
	Name string
	// Help says what it does, in one line.
	Help string
	// List reports that it takes several values; in the environment and in a
	// flag they stand apart by commas.
	List bool

	// example is a value as the file has it: the default, where there is one.
	example string

	set func(c *Config, values []string) error
}

// Env is the name of the environment variable.
func (s Setting) Env() string { return envPrefix + strings.ToUpper(s.Name) }

// Flag is the name of the flag, with its hyphens.
func (s Setting) Flag() string { return "--" + strings.ReplaceAll(s.Name, "_", "-") }

const (
	envPrefix = "FOLKMOOT_"
	// configVariable names the file to read, and is not a setting itself.
	configVariable = envPrefix + "CONFIG"
	// keyData is the one key that has to be known before the file is read.
	keyData = "data"
	// maxConfigFile is the longest configuration file, in bytes.
	maxConfigFile = 1 << 20
)

// Settings lists every key, in the order in which they are documented.
func Settings() []Setting {
	one := func(set func(c *Config, v string) error) func(*Config, []string) error {
		return func(c *Config, values []string) error {
			if len(values) != 1 {
				return fmt.Errorf("it takes one value, not %d", len(values))
			}
			return set(c, values[0])
		}
	}
	text := func(field func(*Config) *string) func(*Config, []string) error {
		return one(func(c *Config, v string) error { *field(c) = v; return nil })
	}
	duration := func(field func(*Config) *time.Duration) func(*Config, []string) error {
		return one(func(c *Config, v string) error {
			d, err := time.ParseDuration(v)
			if err != nil {
				return fmt.Errorf(`%q is not a duration: write it like "1m" or "30s"`, v)
			}
			*field(c) = d
			return nil
		})
	}
	size := func(field func(*Config) *Size) func(*Config, []string) error {
		return one(func(c *Config, v string) (err error) { *field(c), err = ParseSize(v); return err })
	}
	yes := func(field func(*Config) *bool) func(*Config, []string) error {
		return one(func(c *Config, v string) (err error) {
			if *field(c), err = strconv.ParseBool(v); err != nil {
				return errors.New("it is true or false")
			}
			return nil
		})
	}
	list := func(field func(*Config) *[]string) func(*Config, []string) error {
		return func(c *Config, values []string) error { *field(c) = values; return nil }
	}
	return []Setting{
		{Name: keyData, example: `""`, Help: "the data directory", set: text(func(c *Config) *string { return &c.Data })},
		{Name: "network", example: `"main"`, Help: "the network to take part in", set: text(func(c *Config) *string { return &c.Network })},
		{Name: "listen", example: `"127.0.0.1:4080"`, Help: "host and port of the pages and the API", set: text(func(c *Config) *string { return &c.Listen })},
		{Name: "p2p_listen", example: `["/ip4/127.0.0.1/tcp/4101", "/ip4/127.0.0.1/udp/4101/quic-v1"]`, List: true, Help: "multiaddrs on which other nodes can connect", set: list(func(c *Config) *[]string { return &c.P2PListen })},
		{Name: "announce", example: `["/dns4/moot.example.org/tcp/4101"]`, List: true, Help: "public multiaddrs to tell other nodes", set: list(func(c *Config) *[]string { return &c.Announce })},
		{Name: "bootstrap", example: `[]`, List: true, Help: "multiaddrs of nodes to stay connected to", set: list(func(c *Config) *[]string { return &c.Bootstrap })},
		{Name: "roots", example: `[]`, List: true, Help: "identifiers of bodies whose word counts", set: list(func(c *Config) *[]string { return &c.Roots })},
		{Name: "trust", example: `"vouched"`, Help: "whose logs to keep: open, vouched or listed", set: text(func(c *Config) *string { return &c.Trust })},
		{Name: "hops", example: `4`, Help: "how many mandates and attestations away from a root a body is kept", set: one(func(c *Config, v string) (err error) {
			if c.Hops, err = strconv.Atoi(v); err != nil {
				return fmt.Errorf("%q is not a whole number", v)
			}
			return nil
		})},
		{Name: "storage_cap", example: `"4 GiB"`, Help: "how much of others to hold, 0 for no cap", set: size(func(c *Config) *Size { return &c.StorageCap })},
		{Name: "domain_checks", example: `true`, Help: "ask the websites of bodies whether they name the bodies", set: yes(func(c *Config) *bool { return &c.DomainChecks })},
		{Name: "public_domains", example: `["gov.uk", "gov.scot", "gov.wales", "llyw.cymru"]`, List: true, Help: "domains below which only public bodies get names", set: list(func(c *Config) *[]string { return &c.PublicDomains })},
		{Name: "mdns", example: `false`, Help: "find other nodes on the local network", set: yes(func(c *Config) *bool { return &c.MDNS })},
		{Name: "log_level", example: `"info"`, Help: "debug, info, warn or error", set: one(func(c *Config, v string) error {
			if err := c.LogLevel.UnmarshalText([]byte(v)); err != nil {
				return fmt.Errorf("%q is not a level: use debug, info, warn or error", v)
			}
			return nil
		})},
		{Name: "log_format", example: `"text"`, Help: "text or json", set: text(func(c *Config) *string { return &c.LogFormat })},
		{Name: "memory_limit", example: `"200 MiB"`, Help: "memory to keep to, such as 200 MiB", set: size(func(c *Config) *Size { return &c.MemoryLimit })},
		{Name: "disk_floor", example: `"512 MiB"`, Help: "free space below which nothing is written", set: size(func(c *Config) *Size { return &c.DiskFloor })},
		{Name: "pull_interval", example: `"1m"`, Help: "how often peers are asked for what is missing", set: duration(func(c *Config) *time.Duration { return &c.PullInterval })},
		{Name: "erase_after", example: `"168h"`, Help: "how long erased content is kept, hidden, before it is deleted", set: duration(func(c *Config) *time.Duration { return &c.EraseAfter })},
	}
}

// LoadConfig reads the configuration. Of a key that is set more than once the
// flag counts before the environment, and the environment before the file.
//
// path is the file to read; when it is empty FOLKMOOT_CONFIG names it, and
// otherwise config.toml in the data directory is read if it exists. environ has
// the form of [os.Environ]. flags holds those that were given, by the name of
// their key, hyphens or underscores alike. The error is a [ConfigError], or of
// reading the file.
func LoadConfig(path string, environ []string, flags map[string]string) (Config, error) {
	l := loader{settings: Settings(), config: DefaultConfig(), env: environMap(environ)}
	l.config.origins = make(map[string]string)
	if path == "" {
		path = l.env[configVariable]
	}
	if err := l.loadFile(path, flags); err != nil {
		return Config{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(l.env)) {
		if !strings.HasPrefix(name, envPrefix) {
			continue
		}
		if err := l.loadVariable(name, l.env[name]); err != nil {
			return Config{}, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if err := l.loadFlag(name, flags[name]); err != nil {
			return Config{}, err
		}
	}
	if l.config.Data == "" {
		l.config.Data = DefaultDataDir(environ)
	}
	if l.config.Data != "" {
		dir, err := filepath.Abs(l.config.Data)
		if err != nil {
			return Config{}, fmt.Errorf("data directory %s: %w", l.config.Data, err)
		}
		l.config.Data = dir
	}
	if err := l.config.validate(); err != nil {
		return Config{}, err
	}
	return l.config, nil
}

type loader struct {
	settings []Setting
	config   Config
	env      map[string]string
}

// loadFile reads the file at path or, when none was named, the one in the data
// directory, which need not exist and cannot say where it lies itself.
func (l *loader) loadFile(path string, flags map[string]string) error {
	named := path != ""
	if !named {
		dir := flags[keyData]
		if dir == "" {
			dir = dataHome(l.env)
		}
		if dir == "" {
			return nil
		}
		path = filepath.Join(dir, configFile)
	}
	raw, err := readLimited(path, maxConfigFile)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	var tree map[string]any
	if _, err := toml.Decode(string(raw), &tree); err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return &ConfigError{Where: fmt.Sprintf("%s:%d", path, pe.Position.Line), Problem: pe.Message}
		}
		return fmt.Errorf("read the configuration %s: %w", path, err)
	}
	for _, name := range slices.SortedFunc(maps.Keys(tree), func(a, b string) int { return lineOf(raw, a) - lineOf(raw, b) }) {
		where := fmt.Sprintf("%s:%d", path, lineOf(raw, name))
		if name == keyData && !named {
			return &ConfigError{Where: where, Key: name, Problem: "the file lies in the data directory and cannot move it", Hint: "use --data or FOLKMOOT_DATA"}
		}
		values, err := tomlValues(tree[name])
		if err != nil {
			if _, known := l.find(name); known {
				return &ConfigError{Where: where, Key: name, Problem: err.Error()}
			}
		}
		if err := l.set(where, name, name, values); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) loadVariable(variable, value string) error {
	if variable == configVariable {
		return nil
	}
	name := strings.ToLower(strings.TrimPrefix(variable, envPrefix))
	return l.set(variable, name, variable, l.split(name, value))
}

func (l *loader) loadFlag(flag, value string) error {
	name := strings.ReplaceAll(flag, "-", "_")
	return l.set("--"+strings.ReplaceAll(name, "_", "-"), name, flag, l.split(name, value))
}

// split parts the values of a list at its commas.
func (l *loader) split(name, value string) []string {
	s, ok := l.find(name)
	if !ok || !s.List {
		return []string{value}
	}
	var values []string
	for v := range strings.SplitSeq(value, ",") {
		if v = strings.TrimSpace(v); v != "" {
			values = append(values, v)
		}
	}
	return values
}

func (l *loader) find(name string) (Setting, bool) {
	i := slices.IndexFunc(l.settings, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return l.settings[i], true
}

// set sets one key. written is the key as the user wrote it, for the message.
func (l *loader) set(where, name, written string, values []string) error {
	s, ok := l.find(name)
	if !ok {
		return &ConfigError{Where: where, Key: written, Problem: "there is no such key", Hint: l.suggest(name, written)}
	}
	if err := s.set(&l.config, values); err != nil {
		return &ConfigError{Where: where, Key: written, Problem: err.Error()}
	}
	l.config.origins[name] = where
	return nil
}

// suggest names the key that was probably meant, spelt as the user spells.
func (l *loader) suggest(name, written string) string {
	names := make([]string, len(l.settings))
	for i, s := range l.settings {
		names[i] = s.Name
	}
	near, ok := nearest(name, names)
	if !ok {
		return "the keys are " + strings.Join(names, ", ")
	}
	if strings.HasPrefix(written, envPrefix) {
		near = envPrefix + strings.ToUpper(near)
	}
	return fmt.Sprintf("did you mean %s?", near)
}

// tomlValues returns a TOML value as text, a list as several.
func tomlValues(v any) ([]string, error) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case bool:
		return []string{strconv.FormatBool(v)}, nil
	case int64:
		return []string{strconv.FormatInt(v, 10)}, nil
	case []any:
		values := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("item %d of the list is not text in quotes", i+1)
			}
			values[i] = s
		}
		return values, nil
	default:
		return nil, errors.New("it takes text, a whole number, true or false, or a list of texts")
	}
}

// lineOf finds the line that sets a top-level key or opens a table of its name;
// 1 when none is found.
func lineOf(raw []byte, key string) int {
	at := regexp.MustCompile(`(?m)^[ \t]*\[*[ \t]*["']?` + regexp.QuoteMeta(key) + `["']?[ \t]*[=.\]]`).FindIndex(raw)
	if at == nil {
		return 1
	}
	return 1 + strings.Count(string(raw[:at[0]]), "\n")
}

func readLimited(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s is %d bytes long, the limit is %d", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}
