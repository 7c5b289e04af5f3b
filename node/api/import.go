package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-varint"

	"github.com/folkmoot/folkmoot/protocol"
)

// Report says what a verified file holds.
type Report struct {
	// Format is FormatJSONL or FormatCAR.
	Format string `json:"format"`
	// Network is that of every body in it; empty when there is none.
	Network string `json:"network"`
	Bodies  uint64 `json:"bodies"`
	Entries uint64 `json:"entries"`
	// Erased is how many contents are gone, each with an `erase` that says so.
	Erased uint64 `json:"erased"`
	// Missing is how many contents are not in the file, though nothing erased
	// them: who made it did not hold them, or does not show them.
	Missing uint64 `json:"missing,omitempty"`
	// Frozen is how many bodies contradicted themselves; the proof of each held.
	Frozen uint64 `json:"frozen"`
}

// Limits of a file that is verified; memory grows with what is read, not with
// what a length claims.
const (
	maxLine  = 16 << 20
	maxBlock = 16 << 20
	maxRoots = 256 << 20
)

// ErrAltered is the error of a file that says something that does not follow from the signed bytes
// in it, or is cut off.
var ErrAltered = errors.New("the file was altered or is not whole")

// VerifyExport checks an exported file from itself alone: every signature,
// chain and root, that contents are those that were signed, that nothing is
// missing at the end, and that each byte of the file is what an export of these
// entries has there. That a body's log is complete at the time of the export
// only another node can say. The report is of what was read before the error.
func VerifyExport(r io.Reader) (Report, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	first, err := in.Peek(1)
	if err != nil {
		return Report{}, fmt.Errorf("%w: it is empty", ErrAltered)
	}
	x := &exportReader{in: in, checker: newChecker()}
	if first[0] == '{' {
		x.report.Format, x.framing = FormatJSONL, jsonl{}
		err = x.readJSONL()
	} else {
		x.report.Format, x.framing = FormatCAR, car{}
		err = x.readCAR()
	}
	x.report.Erased = x.checker.erased
	if err != nil {
		return x.report, fmt.Errorf("after %d entries: %w", x.report.Entries, err)
	}
	return x.report, nil
}

type exportReader struct {
	in      *bufio.Reader
	framing framing
	checker *checker
	report  Report
	roots   []exportRoot
	last    protocol.EntryID
	// untold: content of the last root is missing, and no block has said so yet.
	untold bool
	// ahead is a block that was read and belongs to what follows.
	ahead *block
}

type block struct{ id, data, raw []byte }

// altered says what is wrong, and that the file is at fault.
func altered(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrAltered, fmt.Sprintf(format, args...))
}

// same compares what was read with what an export has there.
func same(got, want []byte, err error) error {
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return altered("it does not say what follows from the signed bytes")
	}
	return nil
}

// add takes an entry of the present log.
func (x *exportReader) add(e *protocol.Entry) error {
	if err := x.checker.add(e); err != nil {
		return fmt.Errorf("%w: %w", ErrAltered, err)
	}
	x.last = e.ID
	x.report.Entries++
	return nil
}

// finish ends the present log, and returns where it ends.
func (x *exportReader) finish() (exportRoot, error) {
	chain, missing, err := x.checker.end()
	if err != nil {
		return exportRoot{}, fmt.Errorf("%w: %w", ErrAltered, err)
	}
	x.report.Missing += uint64(len(missing))
	if chain.Length() == 0 {
		return exportRoot{}, altered("a log without entries")
	}
	if x.report.Bodies == 0 {
		x.report.Network = chain.Network()
	} else if x.report.Network != chain.Network() {
		return exportRoot{}, altered("%s belongs to the network %q, not %q", chain.Body(), chain.Network(), x.report.Network)
	}
	x.report.Bodies++
	return exportRoot{body: chain.Body(), head: chain.Head(), last: x.last, omitted: missing}, nil
}

// freeze checks the proof that came with a log.
func (x *exportReader) freeze(root *exportRoot, f *Freeze) error {
	if f == nil {
		return nil
	}
	if f.Proof == nil {
		return altered("a freeze without its proof")
	}
	proof, err := f.Proof.Decode()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAltered, err)
	}
	kind, err := checkFreeze(proof, root.body, root.head)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAltered, err)
	}
	root.freeze = &Freeze{Kind: kind.Kind.String(), Proof: encodeFreezeProof(proof)}
	x.report.Frozen++
	return nil
}

// readJSONL reads the lines. Which one it is shows in its first key.
func (x *exportReader) readJSONL() error {
	lines := bufio.NewScanner(x.in)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	lines.Split(scanWholeLines)
	var begin, end []byte
	for lines.Scan() {
		line := lines.Bytes()
		switch {
		case end != nil:
			return altered("there is more after the end")
		case begin == nil:
			begin = bytes.Clone(line)
		case bytes.HasPrefix(line, []byte(`{"id":`)):
			if err := x.entryLine(line); err != nil {
				return err
			}
		case bytes.HasPrefix(line, []byte(`{"body":`)):
			if err := x.logLine(line); err != nil {
				return err
			}
		default:
			end = bytes.Clone(line)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	if x.checker.length() > 0 {
		return altered("the last log has no end")
	}
	want, err := x.framing.end(x.report.Bodies, x.report.Entries)
	if err := same(end, want, err); err != nil {
		return err
	}
	if x.report.Bodies == 0 {
		// Nothing signed says which network it is; the line must still be one.
		var line beginLine
		if err := json.Unmarshal(begin, &line); err != nil {
			return altered("the first line is not that of an export")
		}
		x.report.Network = line.Network
	}
	want, err = x.framing.begin(x.report.Network, nil)
	return same(begin, want, err)
}

// scanWholeLines yields lines with their ends, and a last one without.
func scanWholeLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func (x *exportReader) entryLine(raw []byte) error {
	var line entryLine
	if err := json.Unmarshal(raw, &line); err != nil {
		return altered("a line is not JSON of an entry: %v", err)
	}
	e, err := line.Decode()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAltered, err)
	}
	want, err := x.framing.entry(e)
	if err := same(raw, want, err); err != nil {
		return err
	}
	return x.add(e)
}

func (x *exportReader) logLine(raw []byte) error {
	var line logLine
	if err := json.Unmarshal(raw, &line); err != nil {
		return altered("a line is not JSON of a log: %v", err)
	}
	root, err := x.finish()
	if err != nil {
		return err
	}
	if err := x.freeze(&root, line.Freeze); err != nil {
		return err
	}
	want, err := x.framing.log(root)
	return same(raw, want, err)
}

// readCAR reads the header and the blocks.
func (x *exportReader) readCAR() error {
	header, err := x.section(maxRoots)
	if err != nil {
		return err
	}
	for {
		b, err := x.block()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if bytes.HasPrefix(b.id, dagJSONPrefix) {
			err = x.blockOfLog(b)
		} else {
			err = x.entryBlocks(b)
		}
		if err != nil {
			return err
		}
	}
	if err := x.nextLog(); err != nil {
		return err
	}
	want, err := x.framing.begin("", x.roots)
	return same(header, want, err)
}

// dagJSONPrefix begins the CID of a freeze block: version 1, the codec, and
// sha2-256 with its length.
var dagJSONPrefix = cidOf(cid.DagJSON, nil).Bytes()[:5]

func (x *exportReader) endLog() error {
	if x.checker.length() == 0 {
		return nil
	}
	root, err := x.finish()
	if err == nil {
		x.roots = append(x.roots, root)
		x.untold = len(root.omitted) > 0
	}
	return err
}

// nextLog ends the present log with all that is said of it.
func (x *exportReader) nextLog() error {
	if err := x.endLog(); err != nil {
		return err
	}
	if x.untold {
		return altered("the content at position %d of %s is missing, and the file does not say so", x.roots[len(x.roots)-1].omitted[0], x.roots[len(x.roots)-1].body)
	}
	return nil
}

// entryBlocks reads the blocks of one entry, of which the first is given.
func (x *exportReader) entryBlocks(envelope *block) error {
	env, err := protocol.DecodeEnvelope(envelope.data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAltered, err)
	}
	second, err := x.block()
	if err != nil {
		return altered("an envelope without its signature")
	}
	var sig signatureBlock
	if err := cbor.Unmarshal(second.data, &sig); err != nil || len(sig.Signature) != len(protocol.Signature{}) {
		return altered("a block that is not a signature follows an envelope")
	}
	raw := append(envelope.raw, second.raw...)
	var content []byte
	third, err := x.block()
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		return err
	case !env.Content.IsZero() && bytes.Equal(third.id, protocol.CIDOf(protocol.EntryID(env.Content.Hash)).Bytes()):
		content, raw = third.data, append(raw, third.raw...)
	default:
		x.ahead = third
	}
	e, err := protocol.NewEntry(envelope.data, protocol.Signature(sig.Signature), content)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAltered, err)
	}
	want, err := x.framing.entry(e)
	if err := same(raw, want, err); err != nil {
		return err
	}
	if env.Seq == 0 {
		if err := x.nextLog(); err != nil {
			return err
		}
	}
	return x.add(e)
}

// blockOfLog reads one of the blocks that follow a log.
func (x *exportReader) blockOfLog(b *block) error {
	if err := x.endLog(); err != nil {
		return err
	}
	if len(x.roots) == 0 {
		return altered("a block about a log before any log")
	}
	root := &x.roots[len(x.roots)-1]
	if x.untold {
		if want, err := carOmitted(*root); err == nil && bytes.Equal(b.raw, want) {
			x.untold = false
			return nil
		}
	} else if len(root.omitted) > 0 {
		return altered("more about a log after what it leaves out")
	}
	var f freezeBlock
	if err := json.Unmarshal(b.data, &f); err != nil {
		return altered("a block is not a freeze: %v", err)
	}
	if root.freeze != nil {
		return altered("a log is frozen twice")
	}
	if err := x.freeze(root, f.Freeze); err != nil {
		return err
	}
	want, err := carFreeze(*root)
	return same(b.raw, want, err)
}

// block reads the next block; io.EOF at the end of the file.
func (x *exportReader) block() (*block, error) {
	if b := x.ahead; b != nil {
		x.ahead = nil
		return b, nil
	}
	raw, err := x.section(maxBlock)
	if err != nil {
		return nil, err
	}
	_, n, err := varint.FromUvarint(raw)
	if err != nil {
		return nil, altered("a length is not one: %v", err)
	}
	size, _, err := cid.CidFromBytes(raw[n:])
	if err != nil {
		return nil, altered("a block has no identifier: %v", err)
	}
	return &block{id: raw[n : n+size], data: raw[n+size:], raw: raw}, nil
}

// section reads a length and as many bytes, and returns both.
func (x *exportReader) section(limit uint64) ([]byte, error) {
	if _, err := x.in.Peek(1); err != nil {
		return nil, err
	}
	n, err := varint.ReadUvarint(x.in)
	if err != nil {
		return nil, altered("a length is not one: %v", err)
	}
	if n == 0 || n > limit {
		return nil, altered("a part of %d bytes, the limit is %d", n, limit)
	}
	var b bytes.Buffer
	b.Write(varint.ToUvarint(n))
	if _, err := io.CopyN(&b, x.in, int64(n)); err != nil {
		return nil, altered("it ends in the middle")
	}
	return b.Bytes(), nil
}
