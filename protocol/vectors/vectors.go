package vectors

import (
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

//go:embed *.json
var files embed.FS

// Hex is a byte string, which stands in the files in lower-case hexadecimal.
type Hex []byte

// MarshalText implements [encoding.TextMarshaler].
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (h *Hex) UnmarshalText(text []byte) error {
	b, err := hex.AppendDecode(nil, text)
	*h = b
	return err
}

// Case is what all cases have.
type Case struct {
	// Name is unique in its file.
	Name string `json:"name"`
	// Why says in a sentence what the case shows.
	Why string `json:"why"`
}

// On names the log that a case stands on: the first Length entries of the log
// called Log in logs.json.
type On struct {
	Log    string `json:"log,omitempty"`
	Length int    `json:"length"`
	// Prefix holds those entries, encoded.
	Prefix []Hex `json:"-"`
}

// EntryCase is one encoded entry that is given to a chain.
type EntryCase struct {
	Case
	On
	Entry Hex `json:"entry"`
	// Code is the name of the rejection code; empty when the entry is taken.
	Code string `json:"code"`
}

// ApprovalCase is an entry whose approvals are judged under the control in
// force after the prefix.
type ApprovalCase struct {
	Case
	On
	Entry Hex `json:"entry"`
	// Replayed says that an earlier entry had the same digest.
	Replayed bool `json:"replayed"`
	// Verdicts are the words of protocol.ApprovalVerdict, in the order of the
	// approvals.
	Verdicts []string `json:"verdicts"`
}

// SignatureCase is one Ed25519 signature by the rules of ZIP-215.
type SignatureCase struct {
	Case
	Key       Hex    `json:"key"`
	Purpose   string `json:"purpose"`
	Message   Hex    `json:"message"`
	Signature Hex    `json:"signature"`
	Valid     bool   `json:"valid"`
}

// ContentCase is the content of an entry, judged as a record's encoding.
type ContentCase struct {
	Case
	Content Hex `json:"content"`
	// Code is empty when the content can be read.
	Code string `json:"code"`
}

// InclusionCase is an audit path.
type InclusionCase struct {
	Case
	ID    Hex    `json:"id"`
	Index uint64 `json:"index"`
	Size  uint64 `json:"size"`
	Root  Hex    `json:"root"`
	Path  []Hex  `json:"path"`
	Valid bool   `json:"valid"`
}

// ConsistencyCase is a proof that one log begins with another.
type ConsistencyCase struct {
	Case
	From     uint64 `json:"from"`
	To       uint64 `json:"to"`
	FromRoot Hex    `json:"from_root"`
	ToRoot   Hex    `json:"to_root"`
	Path     []Hex  `json:"path"`
	Valid    bool   `json:"valid"`
}

// BindingCase is a peer binding under the control in force after the prefix.
type BindingCase struct {
	Case
	On
	Binding   Hex `json:"binding"`
	Signature Hex `json:"signature"`
	// Peer is who presented it.
	Peer Hex    `json:"peer"`
	Code string `json:"code"`
}

// Outcome is how a log ends.
type Outcome struct {
	// Freeze is "none", "forked" or "contested"; Under and Rank are the
	// strength when it is contested. In a FreezeCase, empty means no proof.
	Freeze string `json:"freeze"`
	Under  uint64 `json:"under"`
	Rank   uint8  `json:"rank"`
}

// FreezeCase is a freeze proof.
type FreezeCase struct {
	Case
	Entries  [2]Hex          `json:"entries"`
	Controls []FreezeControl `json:"controls"`
	Outcome
}

// FreezeControl is a control with its place in the history of both entries.
type FreezeControl struct {
	Entry Hex      `json:"entry"`
	Paths [2][]Hex `json:"paths"`
}

// WordsCase is a recovery key as words.
type WordsCase struct {
	Case
	Words string `json:"words"`
	// Key is the public key; empty when the words are refused.
	Key Hex `json:"key"`
}

// IDCase is an identifier as text.
type IDCase struct {
	Case
	Text string `json:"text"`
	// ID is the digest in it; empty when the text is refused.
	ID Hex `json:"id"`
}

// LeafCase is the state leaf of a body.
type LeafCase struct {
	Case
	Body   Hex    `json:"body"`
	Length uint64 `json:"length"`
	Root   Hex    `json:"root"`
	Outcome
	Leaf Hex `json:"leaf"`
}

// JoinCase is a history with several branches, and the log that must come out
// whatever the order in which they are seen.
type JoinCase struct {
	Case
	Branches []Branch `json:"branches"`
	// Length and Root are those of the log.
	Length uint64 `json:"length"`
	Root   Hex    `json:"root"`
	Outcome
}

// Branch is a run of entries that follows the first At entries of the branch
// numbered Parent; the first branch starts from nothing.
type Branch struct {
	Parent  int   `json:"parent"`
	At      int   `json:"at"`
	Entries []Hex `json:"entries"`
}

// Path returns every entry from the charter to the end of branch i.
func (c *JoinCase) Path(i int) []Hex {
	b := c.Branches[i]
	var path []Hex
	if i > 0 {
		path = append(path, c.Path(b.Parent)[:b.At]...)
	}
	return append(path, b.Entries...)
}

// Entries returns the cases of entries.json with their prefixes.
func Entries() ([]EntryCase, error) {
	return loadOn("entries.json", func(c *EntryCase) *On { return &c.On })
}

// Approvals returns the cases of approvals.json with their prefixes.
func Approvals() ([]ApprovalCase, error) {
	return loadOn("approvals.json", func(c *ApprovalCase) *On { return &c.On })
}

// Bindings returns the cases of bindings.json with their prefixes.
func Bindings() ([]BindingCase, error) {
	return loadOn("bindings.json", func(c *BindingCase) *On { return &c.On })
}

// Signatures returns the cases of signatures.json.
func Signatures() ([]SignatureCase, error) { return load[SignatureCase]("signatures.json") }

// Contents returns the cases of contents.json.
func Contents() ([]ContentCase, error) { return load[ContentCase]("contents.json") }

// Inclusions returns the cases of inclusions.json.
func Inclusions() ([]InclusionCase, error) { return load[InclusionCase]("inclusions.json") }

// Consistencies returns the cases of consistencies.json.
func Consistencies() ([]ConsistencyCase, error) { return load[ConsistencyCase]("consistencies.json") }

// Freezes returns the cases of freezes.json.
func Freezes() ([]FreezeCase, error) { return load[FreezeCase]("freezes.json") }

// Words returns the cases of words.json.
func Words() ([]WordsCase, error) { return load[WordsCase]("words.json") }

// Identifiers returns the cases of identifiers.json.
func Identifiers() ([]IDCase, error) { return load[IDCase]("identifiers.json") }

// Leaves returns the cases of leaves.json.
func Leaves() ([]LeafCase, error) { return load[LeafCase]("leaves.json") }

// Joins returns the cases of joins.json.
func Joins() ([]JoinCase, error) { return load[JoinCase]("joins.json") }

// load reads the cases of one file and fails when there are none.
func load[T any](name string) ([]T, error) {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("vectors: %w", err)
	}
	var cases []T
	if err := json.Unmarshal(b, &cases); err != nil {
		return nil, fmt.Errorf("vectors: %s: %w", name, err)
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("vectors: %s holds no case", name)
	}
	return cases, nil
}

// loadOn reads cases that stand on a log, and gives each its prefix.
func loadOn[T any](name string, on func(*T) *On) ([]T, error) {
	cases, err := load[T](name)
	if err != nil {
		return nil, err
	}
	b, err := files.ReadFile("logs.json")
	if err != nil {
		return nil, fmt.Errorf("vectors: %w", err)
	}
	var logs map[string][]Hex
	if err := json.Unmarshal(b, &logs); err != nil {
		return nil, fmt.Errorf("vectors: logs.json: %w", err)
	}
	for i := range cases {
		o := on(&cases[i])
		if o.Length > len(logs[o.Log]) {
			return nil, fmt.Errorf("vectors: %s: a case stands on %d entries of the log %q, which has %d", name, o.Length, o.Log, len(logs[o.Log]))
		}
		o.Prefix = logs[o.Log][:o.Length]
	}
	return cases, nil
}
