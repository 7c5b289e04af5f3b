package protocol_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func spec(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSpecExample: the bytes shown in section 1 are those that the code makes.
func TestSpecExample(t *testing.T) {
	text := spec(t)
	_, block, _ := strings.Cut(text, "```hex\n")
	block, _, _ = strings.Cut(block, "```")
	var shown []byte
	for line := range strings.Lines(block) {
		digits, _, _ := strings.Cut(line, "#")
		b, err := hex.DecodeString(strings.TrimSpace(digits))
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, b...)
	}
	a := vectors.NewAuthor("alone", 0, nil)
	e := a.PublishN(1, 60)[0]
	if !bytes.Equal(shown, e.Encode()) {
		t.Errorf("SPEC.md shows %x, the entry is %x", shown, e.Encode())
	}
	for _, s := range []string{e.ID.String(), protocol.Digest(e.ID).String(), fmt.Sprintf("the %d bytes of the envelope", len(e.Raw))} {
		if !strings.Contains(text, s) {
			t.Errorf("SPEC.md does not say %q", s)
		}
	}
}

// TestSpecCodes: the table of section 10 is the enumeration.
func TestSpecCodes(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| (\\d+) \\| `([a-z_]+)` \\| (.+) \\|$").FindAllStringSubmatch(spec(t), -1)
	codes := protocol.Codes()
	if len(rows) != len(codes) {
		t.Fatalf("%d codes in the table, %d in the code", len(rows), len(codes))
	}
	for i, row := range rows {
		code, err := protocol.ParseCode(row[2])
		if err != nil || code != codes[i] || row[1] != strconv.Itoa(int(code)) {
			t.Errorf("%s in the table, %d %s in the code (%v)", row[0], codes[i], codes[i], err)
		}
		if waits := strings.HasSuffix(row[3], "(waits)"); waits != code.Waits() {
			t.Errorf("%s waits: %v in the table", code, waits)
		}
	}
}

// TestSpecSections: every section that a comment cites is there.
func TestSpecSections(t *testing.T) {
	text := spec(t)
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	cited := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`SPEC\.md section[\s/]+(\d+(?:\.\d+)?)`).FindAllSubmatch(b, -1) {
			cited++
			if !regexp.MustCompile(`(?m)^#+ ` + regexp.QuoteMeta(string(m[1])) + `\.? `).MatchString(text) {
				t.Errorf("%s cites section %s, which is not there", f.Name(), m[1])
			}
		}
	}
	if cited < 10 {
		t.Errorf("only %d citations found", cited)
	}
}

// TestSpecLimits: the figures that the text gives are the constants.
func TestSpecLimits(t *testing.T) {
	for text, want := range map[string]int{
		"| envelope | 8,192 bytes |": protocol.MaxEnvelope, "| content | 65,536 bytes |": protocol.MaxContent,
		"| frame | 73,856 bytes |": protocol.MaxEntry, "| office | 40 bytes |": protocol.MaxOffice,
		"| kind | 24 bytes |": protocol.MaxKind, "| name of the network | 32 bytes |": protocol.MaxNetwork,
		"| recovery keys | 3 |": protocol.MaxRecovery, "| heads disowned | 4 |": protocol.MaxDisowns,
		"| positions erased by one entry | 256 |": protocol.MaxErased, "| `ext` | 256 bytes |": protocol.MaxExt,
		"| kinds with a quorum | 32 |": protocol.MaxQuorums, "| approvals, and so every quorum | 8 |": protocol.MaxApprovals,
	} {
		figure := regexp.MustCompile(`[\d,]+`).FindString(strings.TrimLeft(text[strings.LastIndex(text[:len(text)-2], "|"):], "| "))
		if got, _ := strconv.Atoi(strings.ReplaceAll(figure, ",", "")); got != want || !strings.Contains(spec(t), text) {
			t.Errorf("SPEC.md should say %d in %q", want, text)
		}
	}
}
