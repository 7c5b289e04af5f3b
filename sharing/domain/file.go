package domain

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol"
)

const (
	// Path is where the file lies.
	Path = "/.well-known/folkmoot"
	// MaxFile is the longest file, in bytes.
	MaxFile = 64 << 10
	// word begins a line that names a body; field begins a TXT record.
	word  = "body"
	field = "body="
	// label is the label before the domain that has the TXT records.
	label = "_folkmoot."
	// maxProblems is how many faults of one file are told.
	maxProblems = 5
)

// FileLine is the line of the file that names a body.
func FileLine(body protocol.BodyID) string { return word + " " + body.String() }

// TXTName is the name in the DNS whose TXT records name bodies.
func TXTName(n Name) string { return label + n.ascii }

// TXTValue is the text of the record that names a body.
func TXTValue(body protocol.BodyID) string { return field + body.String() }

// ParseFile reads a file: the bodies that it names, each once, in their order;
// and what is wrong with lines that should name one, in plain words.
func ParseFile(raw []byte) (bodies []protocol.BodyID, problems []string) {
	if !utf8.Valid(raw) {
		return nil, []string{"it is not text in UTF-8"}
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	n := 0
	for line := range strings.Lines(string(raw)) {
		n++
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != word {
			continue
		}
		var id protocol.BodyID
		err := fmt.Errorf("it has %d words after %q", len(fields)-1, word)
		if len(fields) == 2 {
			id, err = protocol.ParseBodyID(fields[1])
		}
		if err != nil {
			if len(problems) < maxProblems {
				problems = append(problems, fmt.Sprintf("line %d cannot be read: %v", n, err))
			}
			continue
		}
		if !slices.Contains(bodies, id) {
			bodies = append(bodies, id)
		}
	}
	return bodies, problems
}

// ParseTXT reads the TXT records of a name, as [ParseFile] a file.
func ParseTXT(records []string) (bodies []protocol.BodyID, problems []string) {
	for _, r := range records {
		text, ok := strings.CutPrefix(strings.TrimSpace(r), field)
		if !ok {
			continue
		}
		id, err := protocol.ParseBodyID(strings.TrimSpace(text))
		if err != nil {
			if len(problems) < maxProblems {
				problems = append(problems, fmt.Sprintf("a record cannot be read: %v", err))
			}
			continue
		}
		if !slices.Contains(bodies, id) && len(bodies) < maxRecords {
			bodies = append(bodies, id)
		}
	}
	return bodies, problems
}

// maxRecords is how many TXT records are read of one name.
const maxRecords = 1000
