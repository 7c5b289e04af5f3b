package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// InitParams describe the body to make.
type InitParams struct {
	// Name is the body's, and the title of its first record.
	Name string
	// Role is a code of [record.Roles].
	Role string
	// Place is where it works; the zero value leaves it out.
	Place record.Place
	// Network is the network that the body takes part in, for ever; empty is
	// the default network.
	Network string
	// SignedAs is the office that signs; empty is "clerk".
	SignedAs string
	// Lang is the language of the first record; empty is "en".
	Lang string
	// DiskFloor is as in [Config].
	DiskFloor Size
	// Now tells the time; nil is [time.Now].
	Now func() time.Time
	// Confirm, if set, is called with the recovery words before anything lasts:
	// if it fails, nothing was made. A caller that shows the words there cannot
	// have made a body whose words nobody saw, wherever it crashes.
	Confirm func(words [2]string) error

	// step is called before each named step; tests fail there.
	step func(name string) error
}

// InitResult is a new body.
type InitResult struct {
	Body protocol.BodyID
	// Words are the two recovery keys, the stronger first, as words. They are
	// stored nowhere.
	Words [2]string
	// Charter and Record are the first two entries.
	Charter, Record protocol.EntryID
}

// Steps of Init, in their order. What each leaves behind when the next fails:
//
//   - lock, ledger: an empty data directory, as an observer has.
//   - config: besides, a configuration that names the network.
//   - confirm: nothing more; the words are on paper and open nothing.
//   - founding: the first two entries in a file. They are in no log, and the
//     next Init writes over them.
//   - signing: the key under its final name, in one rename. From here on the
//     body exists.
//   - append: the entries in the ledger, each durable. What is missing there,
//     the next start adds from the file.
//   - clean: the file is gone.
const (
	stepLock     = "lock"
	stepLedger   = "ledger"
	stepConfig   = "config"
	stepConfirm  = "confirm"
	stepFounding = "founding"
	stepSigning  = "signing"
	stepAppend   = "append"
	stepClean    = "clean"
)

// Init makes a body in a data directory, which it makes if need be: a signing
// key, two recovery keys, the charter, and a first record that says who the
// body is. It returns [ErrBodyExists] when there is a body already, and a
// [LockedError] while a node runs there. With [ErrUnfinished] the body is made
// and the result is valid.
func Init(ctx context.Context, dir string, p InitParams) (res InitResult, err error) {
	p.setDefaults()
	if err := makeDataDir(dir); err != nil {
		return res, err
	}
	if err := p.step(stepLock); err != nil {
		return res, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	switch id, err := readIdentity(dir); {
	case err != nil:
		return res, err
	case id != nil:
		return res, fmt.Errorf("%w: %s", ErrBodyExists, id.body)
	}
	id, res, entries, err := makeBody(p)
	if err != nil {
		return InitResult{}, err
	}
	if err := p.step(stepLedger); err != nil {
		return InitResult{}, err
	}
	l, err := ledger.Open(ledger.Config{Dir: filepath.Join(dir, ledgerDir), Network: p.Network, Now: p.Now, Floor: uint64(p.DiskFloor)})
	if err != nil {
		return InitResult{}, fmt.Errorf("open the ledger: %w", err)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := p.keep(dir, id, res.Words, entries); err != nil {
		return InitResult{}, err
	}
	if err := p.finish(ctx, dir, l); err != nil {
		return res, fmt.Errorf("%w: %w", ErrUnfinished, err)
	}
	return res, nil
}

func (p *InitParams) setDefaults() {
	if p.Network == "" {
		p.Network = DefaultConfig().Network
	}
	if p.SignedAs == "" {
		p.SignedAs = "clerk"
	}
	if p.Lang == "" {
		p.Lang = "en"
	}
	if p.DiskFloor == 0 {
		p.DiskFloor = DefaultConfig().DiskFloor
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.step == nil {
		p.step = func(string) error { return nil }
	}
}

// makeBody makes keys and entries in memory. A record that must not be
// published is an [api.FindingsError].
func makeBody(p InitParams) (id identity, res InitResult, entries [2]*protocol.Entry, err error) {
	rec := &record.Record{Kind: record.KindBody, Fields: map[string]any{
		record.FieldTitle: p.Name, "name": p.Name, "role": p.Role,
		record.FieldLang: p.Lang, record.FieldLicence: record.DefaultLicence, record.FieldSignedAs: p.SignedAs,
	}}
	if p.Place != (record.Place{}) {
		place := map[string]any{"scheme": p.Place.Scheme, "code": p.Place.Code}
		if p.Place.Name != "" {
			place["name"] = p.Place.Name
		}
		rec.Fields[record.FieldPlaces] = []any{place}
	}
	if findings := record.Check(rec); record.HasMust(findings) {
		return id, res, entries, &api.FindingsError{Findings: api.FindingsOf(findings)}
	}
	if id.key, err = protocol.GenerateKey(rand.Reader); err != nil {
		return id, res, entries, err
	}
	control := &protocol.Control{Key: id.key.Public(), Network: p.Network}
	for i := range res.Words {
		var key protocol.PrivateKey
		if key, res.Words[i], err = protocol.NewRecovery(rand.Reader); err != nil {
			return id, res, entries, err
		}
		control.Recovery = append(control.Recovery, protocol.RecoveryDigest(key.Public()))
	}
	act, err := protocol.EncodeControl(protocol.KindCharter, control)
	if err != nil {
		return id, res, entries, fmt.Errorf("make the charter: %w", err)
	}
	chain := new(protocol.Chain)
	env := chain.Next(protocol.KindCharter, unixNow(p.Now))
	env.Act = act
	if entries[0], err = protocol.SignEntry(id.key, env, nil); err != nil {
		return id, res, entries, fmt.Errorf("sign the charter: %w", err)
	}
	if chain, _, err = chain.Extend(entries[0], nil); err != nil {
		return id, res, entries, fmt.Errorf("begin the log: %w", err)
	}
	if entries[1], err = signRecord(id.key, chain, rec, unixNow(p.Now)); err != nil {
		return id, res, entries, err
	}
	id.body = entries[0].Body()
	res.Body, res.Charter, res.Record = id.body, entries[0].ID, entries[1].ID
	return id, res, entries, nil
}

// keep puts everything but the log on disk, the key last.
func (p *InitParams) keep(dir string, id identity, words [2]string, entries [2]*protocol.Entry) error {
	if err := p.step(stepConfig); err != nil {
		return err
	}
	if err := writeConfig(dir, p.Network); err != nil {
		return err
	}
	if err := p.step(stepConfirm); err != nil {
		return err
	}
	if p.Confirm != nil {
		if err := p.Confirm(words); err != nil {
			return fmt.Errorf("no body was made: %w", err)
		}
	}
	if err := p.step(stepFounding); err != nil {
		return err
	}
	if err := writeDurably(keyPath(dir, foundingFile), encodeFounding(entries)); err != nil {
		return fmt.Errorf("write the first entries: %w", err)
	}
	if err := p.step(stepSigning); err != nil {
		return err
	}
	if err := writeDurably(keyPath(dir, signingFile), encodeSigning(id)); err != nil {
		return fmt.Errorf("write the signing key: %w", err)
	}
	return nil
}

// finish puts the first entries in the log.
func (p *InitParams) finish(ctx context.Context, dir string, l *ledger.Ledger) error {
	if err := p.step(stepAppend); err != nil {
		return err
	}
	return finishFounding(ctx, dir, l, p.step)
}

// writeConfig writes a configuration that names the network, unless there is
// one.
func writeConfig(dir, network string) error {
	path := filepath.Join(dir, configFile)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text := "# Settings of this folkmoot node. Each can also be set by an environment\n" +
		"# variable such as FOLKMOOT_LISTEN, or by a flag such as --listen.\n\n"
	text += fmt.Sprintf("network = %q\n", network)
	for _, s := range Settings() {
		if s.Name != keyData && s.Name != "network" {
			text += fmt.Sprintf("\n# %s\n# %s = %s\n", s.Help, s.Name, s.example)
		}
	}
	if err := writeDurably(path, []byte(text)); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}
