package api

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// exportFormat is what the first line of JSON Lines says.
const exportFormat = "folkmoot/1/export"

// jsonl is the framing of [FormatJSONL].
type jsonl struct{}

// The lines of an export. Fields that are there to be read follow from the
// bytes and are checked against them.
type (
	beginLine struct {
		Format  string `json:"format"`
		Network string `json:"network"`
	}
	entryLine struct {
		ID   protocol.EntryID `json:"id"`
		Body protocol.BodyID  `json:"body"`
		Seq  uint64           `json:"seq"`
		Kind protocol.Kind    `json:"kind"`
		At   Timestamp        `json:"at"`
		Raw
		Record map[string]any `json:"record,omitempty"`
	}
	logLine struct {
		Body   protocol.BodyID `json:"body"`
		Length uint64          `json:"length"`
		Root   protocol.Root   `json:"root"`
		Freeze *Freeze         `json:"freeze,omitempty"`
		// Omitted are the positions whose content is left out.
		Omitted []uint64 `json:"omitted,omitempty"`
	}
	endLine struct {
		Bodies  uint64 `json:"bodies"`
		Entries uint64 `json:"entries"`
	}
)

func (jsonl) begin(network string, _ []exportRoot) ([]byte, error) {
	return jsonLine(beginLine{Format: exportFormat, Network: network})
}

func (jsonl) entry(e *protocol.Entry) ([]byte, error) {
	line := entryLine{
		ID: e.ID, Body: e.Body(), Seq: e.Envelope.Seq, Kind: e.Envelope.Kind,
		At: Timestamp(e.Envelope.At), Raw: rawOf(e),
	}
	// Content that breaks the format has no fields to show; its bytes are there.
	if fields, err := protocol.DecodeContent(e.Content); err == nil {
		line.Record = record.Plain(fields)
	}
	return jsonLine(line)
}

func (jsonl) log(root exportRoot) ([]byte, error) {
	return jsonLine(logLine{Body: root.body, Length: root.head.Length, Root: root.head.Root, Freeze: root.freeze, Omitted: root.omitted})
}

func (jsonl) end(bodies, entries uint64) ([]byte, error) {
	return jsonLine(endLine{Bodies: bodies, Entries: entries})
}

func jsonLine(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode a line: %w", err)
	}
	return b.Bytes(), nil
}
