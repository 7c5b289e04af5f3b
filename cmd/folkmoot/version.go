package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/folkmoot/folkmoot/protocol"
)

type versionCmd struct{ jsonFlag }

// Help is the long text of the subcommand.
func (versionCmd) Help() string {
	return `Examples:

    folkmoot version
    folkmoot version --json`
}

// build says what this program was made from.
type build struct {
	// Version is the module's version, "(devel)" when built from a work tree.
	Version string `json:"version"`
	// Revision is the commit, empty when it is not known.
	Revision string `json:"revision,omitempty"`
	// Modified says that the work tree differed from the commit.
	Modified bool `json:"modified,omitempty"`
	// Go is the version of the toolchain.
	Go string `json:"go"`
	// Platform is the operating system and the processor.
	Platform string `json:"platform"`
	// Protocol is the version of the entries that it reads and writes.
	Protocol int `json:"protocol"`
}

func thisBuild() build {
	b := build{
		Version: "(devel)", Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Protocol: protocol.Version,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// Run prints the version.
func (c *versionCmd) Run(a *app) error {
	b := thisBuild()
	if c.JSON {
		return a.printJSON(b)
	}
	fmt.Fprintf(a.stdout, "folkmoot %s, protocol %d, %s, %s\n", b.Version, b.Protocol, b.Go, b.Platform)
	return nil
}
