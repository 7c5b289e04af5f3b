package vectors

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
)

var update = flag.Bool("update", false, "write the vectors anew")

// generator collects the cases. What must come of each is written down by hand
// beside it and never asked of the code that the cases are to check.
type generator struct {
	logs          map[string][]Hex
	authors       map[string]*Author
	entries       []EntryCase
	approvals     []ApprovalCase
	bindings      []BindingCase
	signatures    []SignatureCase
	contents      []ContentCase
	inclusions    []InclusionCase
	consistencies []ConsistencyCase
	freezes       []FreezeCase
	words         []WordsCase
	identifiers   []IDCase
	leaves        []LeafCase
	joins         []JoinCase
}

func generate() map[string]any {
	g := &generator{logs: map[string][]Hex{}, authors: map[string]*Author{}}
	g.makeLogs()
	g.makeFrames()
	g.makeEnvelopes()
	g.makeShapes()
	g.makeChains()
	g.makeSigned()
	g.makeKeys()
	g.makeControls()
	g.makeErasures()
	g.makeApprovals()
	g.makeAssertions()
	g.makeBindings()
	g.makeSignatures()
	g.makeContents()
	g.makeProofs()
	g.makeFreezes()
	g.makeTexts()
	g.makeFoundings()
	g.makeLater()
	g.makeRecoveries()
	g.makeJoins()
	return map[string]any{
		"logs.json": g.logs, "entries.json": g.entries, "approvals.json": g.approvals,
		"bindings.json": g.bindings, "signatures.json": g.signatures, "contents.json": g.contents,
		"inclusions.json": g.inclusions, "consistencies.json": g.consistencies, "freezes.json": g.freezes,
		"words.json": g.words, "identifiers.json": g.identifiers, "leaves.json": g.leaves, "joins.json": g.joins,
	}
}

// TestFilesAreGenerated fails when the files are not what the code here makes.
// Run it with -update to write them.
func TestFilesAreGenerated(t *testing.T) {
	for name, cases := range generate() {
		want, err := json.MarshalIndent(cases, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := files.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what is generated; run the test with -update (%v)", name, err)
		}
	}
}

// makeLogs writes the histories on which the cases stand.
func (g *generator) makeLogs() {
	quorum := map[protocol.Kind]uint64{"erase": 2, "keys": 2, "decision": 3}
	council := NewAuthor("council", 3, quorum)
	council.PublishN(3, 60)
	council.Erase("privacy", 3, 2)
	council.PublishN(1, 60)
	g.log("council", council)

	rotated := NewAuthor("rotated", 3, quorum)
	rotated.PublishN(2, 60)
	rotated.Recover(1, 0, "key_stolen")
	rotated.PublishN(1, 60)
	g.log("rotated", rotated)

	alone := NewAuthor("alone", 0, nil)
	alone.PublishN(2, 60)
	g.log("alone", alone)
	g.log("passkeys", newPasskeyAuthor())
	g.log("weak", newWeakAuthor())

	unasked := NewAuthor("unasked", 2, nil)
	unasked.PublishN(1, 60)
	g.log("unasked", unasked)
}

func (g *generator) log(name string, a *Author) {
	g.authors[name] = a
	for _, e := range a.Log {
		g.logs[name] = append(g.logs[name], e.Encode())
	}
}

// author returns a copy of the author of a log, to write what follows.
func (g *generator) author(log string) *Author { return g.authors[log].Clone() }

func (g *generator) on(log string) On {
	return On{Log: log, Length: len(g.logs[log])}
}

// add adds a case of an entry on a whole log; an empty log has no name.
func (g *generator) add(log string, code protocol.Code, name, why string, entry []byte) {
	c := EntryCase{Case: Case{name, why}, On: g.on(log), Entry: entry}
	if code != 0 {
		c.Code = code.String()
	}
	g.entries = append(g.entries, c)
}

// draft is a sound next entry that can be spoilt in one place before it is
// signed.
type draft struct {
	key     protocol.PrivateKey
	env     *protocol.Envelope
	pairs   pairs
	content []byte
}

func (g *generator) decision(log string) draft {
	a := g.author(log)
	content := a.Record(map[string]any{"title": "A decision (example)", "decision": "Mend the path."})
	env := a.Draft("decision", content)
	return draft{key: a.Key, env: env, pairs: envelopePairs(env), content: content}
}

// set returns the draft with one field replaced.
func (d draft) set(key string, value []byte) draft { d.pairs = d.pairs.set(key, value); return d }

// drop returns the draft without one field.
func (d draft) drop(key string) draft { d.pairs = d.pairs.drop(key); return d }

// seal signs the draft and returns the encoded entry.
func (d draft) seal() []byte { return seal(d.key, d.pairs.encode(), d.content) }

func seal(key protocol.PrivateKey, envelope, content []byte) []byte {
	sig := key.Sign(protocol.PurposeEntry, envelope)
	return frame(envelope, sig[:], content)
}

// sealEnvelope signs an envelope without asking whether it is sound.
func sealEnvelope(key protocol.PrivateKey, env *protocol.Envelope, content []byte) []byte {
	return seal(key, envelopePairs(env).encode(), content)
}
