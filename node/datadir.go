package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What lies in a data directory. The socket is named by package api, since its
// client looks for it there.
const (
	configFile    = "config.toml"
	ledgerDir     = "ledger"
	catalogueFile = "catalogue.db"
	casebookFile  = "casebook.db"
	keysDir       = "keys"
	signingFile   = "signing"
	peerFile      = "peer"
	foundingFile  = "founding"
	lockFile      = "LOCK"
)

// DefaultDataDir is where the data directory lies when nothing else is said:
// FOLKMOOT_DATA, else folkmoot in XDG_DATA_HOME, else ~/.local/share/folkmoot.
// environ has the form of [os.Environ]. It is empty when none of them, and no
// home directory, is known.
func DefaultDataDir(environ []string) string { return dataHome(environMap(environ)) }

func environMap(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env[name] = value
		}
	}
	return env
}

func dataHome(env map[string]string) string {
	if dir := env[envPrefix+"DATA"]; dir != "" {
		return dir
	}
	// The XDG specification has relative paths ignored.
	if dir := env["XDG_DATA_HOME"]; filepath.IsAbs(dir) {
		return filepath.Join(dir, "folkmoot")
	}
	if home := env["HOME"]; home != "" {
		return filepath.Join(home, ".local", "share", "folkmoot")
	}
	return ""
}

// makeDataDir makes the directory and that of the keys, for their owner alone.
func makeDataDir(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, keysDir), 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	return nil
}

// writeDurably puts a file in its place so that after a crash it is there whole
// or not at all, and on disk when the call returns.
func writeDurably(path string, data []byte) error {
	staged := path + stagedSuffix
	if err := writeSynced(staged, data); err != nil {
		return err
	}
	return renameDurably(staged, path)
}

// stagedSuffix ends the name of a file that is being written.
const stagedSuffix = ".new"

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func renameDurably(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

func removeDurably(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
