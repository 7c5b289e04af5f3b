package main

import (
	stdflag "flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this program, and the helpers beside it, as
// processes of their own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"folkmoot":  main,
		"publisher": func() { os.Exit(publisherMain(os.Args[1:])) },
		"waitfor":   func() { os.Exit(waitforMain(os.Args[1:])) },
		"attacker":  func() { os.Exit(attackerMain(os.Args[1:])) },
		"siege":     func() { os.Exit(siegeMain(os.Args[1:])) },
		"lossy":     func() { os.Exit(lossyMain(os.Args[1:])) },
	})
}

// TestScripts runs the real program in a folder of its own for each script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_DATA_HOME", "")
			// Nodes of one script do not know of each other by chance: every
			// address is given by the system.
			e.Setenv("FOLKMOOT_LISTEN", "127.0.0.1:0")
			e.Setenv("FOLKMOOT_P2P_LISTEN", "/ip4/127.0.0.1/tcp/0")
			e.Setenv("FOLKMOOT_PULL_INTERVAL", "1s")
			e.Setenv("FOLKMOOT_LOG_LEVEL", "warn")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": cmdExits, "capture": cmdCapture, "file": cmdFile, "slip": cmdSlip, "steal": cmdSteal, "swap": cmdSwap,
			"flip": cmdFlip, "held": cmdHeld, "has": cmdHas, "damage": cmdDamage, "nowhere": cmdNowhere,
		},
	})
}

var siegeLong = stdflag.Bool("siege.long", false, "let TestSiege attack a node in every way for two minutes each")

// TestSiege lets a process of hostile peers attack a node in every way, while an
// honest node talks to it.
func TestSiege(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/siege", RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"capture": cmdCapture},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_DATA_HOME", "")
			e.Setenv("FOLKMOOT_LISTEN", "127.0.0.1:0")
			e.Setenv("FOLKMOOT_P2P_LISTEN", "/ip4/127.0.0.1/tcp/0")
			e.Setenv("FOLKMOOT_LOG_LEVEL", "error")
			for name, value := range map[string][2]string{
				"LASTING": {"3s", "2m"}, "TOPICS": {"20000", "500000"}, "MESSAGES": {"3000", "3000"},
				"SOCKETS": {"300", "1000"}, "PEERS": {"8", "20"}, "WAIT": {"9s", "2m"},
			} {
				if *siegeLong {
					e.Setenv(name, value[1])
				} else {
					e.Setenv(name, value[0])
				}
			}
			return nil
		},
	})
}
