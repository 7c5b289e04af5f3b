package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/node"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "folkmoot.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigSources(t *testing.T) {
	path := writeConfig(t, "network = \"file\"\nlisten = \"127.0.0.1:1\"\nlog_level = \"warn\"\nmemory_limit = 134217728\nmdns = true\n")
	env := []string{"HOME=/home/x", "FOLKMOOT_LISTEN=127.0.0.1:2", "FOLKMOOT_LOG_LEVEL=error", "FOLKMOOT_ANNOUNCE=/ip4/192.0.2.1/tcp/1, /ip4/192.0.2.2/tcp/1"}
	c, err := node.LoadConfig(path, env, map[string]string{"log-level": "debug", "pull_interval": "5s"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Network != "file" || c.Listen != "127.0.0.1:2" || c.LogLevel.String() != "DEBUG" || !c.MDNS ||
		c.MemoryLimit != 128<<20 || c.PullInterval != 5*time.Second || len(c.Announce) != 2 || c.Announce[1] != "/ip4/192.0.2.2/tcp/1" {
		t.Fatalf("%+v", c)
	}
	if c.Data != "/home/x/.local/share/folkmoot" {
		t.Errorf("data directory %q", c.Data)
	}
	for key, want := range map[string]string{
		"network": path + ":1", "listen": "FOLKMOOT_LISTEN", "log_level": "--log-level", "disk_floor": "default", "mdns": path + ":5",
	} {
		if got := c.Origin(key); got != want {
			t.Errorf("origin of %s: %q, want %q", key, got, want)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		name, file string
		env        []string
		flags      map[string]string
		// want are texts that the message has; LINE stands for the file and :.
		want []string
	}{
		{"unknown key", "# a comment\n\nlistn = \"127.0.0.1:1\"\n", nil, nil, []string{"LINE3", "listn", "did you mean listen?"}},
		{"unknown table", "network = \"x\"\n[p2p]\nlisten = []\n", nil, nil, []string{"LINE2", "there is no such key"}},
		{"unknown variable", "", []string{"FOLKMOOT_NETWROK=x"}, nil, []string{"FOLKMOOT_NETWROK", "did you mean FOLKMOOT_NETWORK?"}},
		{"far from any key", "", []string{"FOLKMOOT_ZZZZZZZZZ=x"}, nil, []string{"the keys are data, network"}},
		{"unknown flag", "", nil, map[string]string{"disk-flor": "1"}, []string{"--disk-flor", "did you mean disk_floor?"}},
		{"syntax", "network = \"x\"\nlisten = \n", nil, nil, []string{"LINE2"}},
		{"wrong type", "network = \"x\"\nbootstrap = [1]\n", nil, nil, []string{"LINE2", "bootstrap", "item 1"}},
		{"two values", "listen = [\"a\", \"b\"]\n", nil, nil, []string{"LINE1", "one value"}},
		{"bad size", "\nmemory_limit = \"much\"\n", nil, nil, []string{"LINE2", "200 MiB"}},
		{"too little memory", "", []string{"FOLKMOOT_MEMORY_LIMIT=1MiB"}, nil, []string{"FOLKMOOT_MEMORY_LIMIT", "at least 64 MiB"}},
		{"bad duration", "", nil, map[string]string{"pull_interval": "often"}, []string{"--pull-interval", "write it like"}},
		{"bad port", "", nil, map[string]string{"listen": "127.0.0.1:99999"}, []string{"--listen", "99999"}},
		{"bad multiaddr", "\n\np2p_listen = [\"127.0.0.1:4101\"]\n", nil, nil, []string{"LINE3", "p2p_listen", "/ip4/"}},
		{"bootstrap without peer", "bootstrap = [\"/ip4/192.0.2.1/tcp/1\"]\n", nil, nil, []string{"LINE1", "/p2p/"}},
		{"a root that is no body", "", nil, map[string]string{"roots": "GB-LAE-CMD"}, []string{"--roots", "GB-LAE-CMD", "folkmoot bodies", "bafyrei"}},
		{"too many roots", "", []string{"FOLKMOOT_ROOTS=" + strings.Repeat("bafyreib,", 101)}, nil, []string{"FOLKMOOT_ROOTS", "101", "at most 100"}},
		{"domain checks", "domain_checks = \"sometimes\"\n", nil, nil, []string{"LINE1", "domain_checks", "true or false"}},
		{"a public domain that is none", "\npublic_domains = [\"gov.uk\", \"https://gov.scot\"]\n", nil, nil, []string{"LINE2", "https://gov.scot", `write it like "gov.uk"`}},
		{"too many public domains", "", []string{"FOLKMOOT_PUBLIC_DOMAINS=" + strings.Repeat("gov.uk,", 101)}, nil, []string{"FOLKMOOT_PUBLIC_DOMAINS", "101", "at most 100"}},
		{"bad network", "network = \"Big Society\"\n", nil, nil, []string{"LINE1", "1 to 32"}},
		{"bad level", "log_level = \"loud\"\n", nil, nil, []string{"LINE1", "debug, info, warn or error"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeConfig(t, c.file)
			_, err := node.LoadConfig(path, append(c.env, "HOME=/home/x"), c.flags)
			var ce *node.ConfigError
			if !errors.As(err, &ce) {
				t.Fatalf("error %v, want a ConfigError", err)
			}
			for _, want := range c.want {
				want = strings.Replace(want, "LINE", path+":", 1)
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestConfigInDataDirectory(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(file, []byte("network = \"there\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := node.LoadConfig("", []string{"FOLKMOOT_DATA=" + dir}, nil)
	if err != nil || c.Network != "there" || c.Data != dir {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := os.WriteFile(file, []byte("data = \"/elsewhere\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := node.LoadConfig("", []string{"FOLKMOOT_DATA=" + dir}, nil); err == nil {
		t.Error("the file in the data directory moved it")
	}
	if _, err := node.LoadConfig(filepath.Join(dir, "none.toml"), []string{"HOME=/x"}, nil); err == nil {
		t.Error("a file that was named and is missing went unnoticed")
	}
}

func TestDefaultDataDir(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"FOLKMOOT_DATA=/d", "XDG_DATA_HOME=/x", "HOME=/h"}, "/d"},
		{[]string{"XDG_DATA_HOME=/x", "HOME=/h"}, "/x/folkmoot"},
		{[]string{"XDG_DATA_HOME=relative", "HOME=/h"}, "/h/.local/share/folkmoot"},
		{nil, ""},
	} {
		if got := node.DefaultDataDir(c.env); got != c.want {
			t.Errorf("%v: %q, want %q", c.env, got, c.want)
		}
	}
}

func TestSettingsHaveNames(t *testing.T) {
	var names []string
	for _, s := range node.Settings() {
		if s.Help == "" || slices.Contains(names, s.Name) {
			t.Errorf("setting %q has no help or stands twice", s.Name)
		}
		names = append(names, s.Name)
	}
	if s := node.Settings()[3]; s.Env() != "FOLKMOOT_P2P_LISTEN" || s.Flag() != "--p2p-listen" {
		t.Errorf("%s, %s", s.Env(), s.Flag())
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]node.Size{"200 MiB": 200 << 20, "1GB": 1e9, "4096": 4096, "2kib": 2048, "0": 0} {
		if got, err := node.ParseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "1.5GB", "99999999999GiB"} {
		if got, err := node.ParseSize(text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}
