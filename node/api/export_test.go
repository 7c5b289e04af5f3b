package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func export(t testing.TB, f *fixture, format string, body protocol.BodyID) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.client().Export(t.Context(), format, body, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestExportVerifies(t *testing.T) {
	f := open(t)
	for _, format := range []string{api.FormatJSONL, api.FormatCAR} {
		file := export(t, f, format, protocol.BodyID{})
		r, err := api.VerifyExport(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if want := (api.Report{Format: format, Network: vectors.NetworkName, Bodies: 3, Entries: 9 + 4 + 3, Frozen: 1}); r != want {
			t.Errorf("%s: %+v, want %+v", format, r, want)
		}
		if again := export(t, f, format, protocol.BodyID{}); !bytes.Equal(file, again) {
			t.Errorf("%s: two exports of the same logs differ", format)
		}
		one, err := api.VerifyExport(bytes.NewReader(export(t, f, format, f.forum.Body())))
		if err != nil || one.Bodies != 1 || one.Entries != 9 || one.Frozen != 0 {
			t.Errorf("%s of one body: %+v, %v", format, one, err)
		}
	}
}

func TestEmptyExport(t *testing.T) {
	for _, format := range []string{api.FormatJSONL, api.FormatCAR} {
		empty := openEmpty(t)
		r, err := api.VerifyExport(bytes.NewReader(export(t, empty, format, protocol.BodyID{})))
		if err != nil || r.Bodies != 0 || r.Entries != 0 {
			t.Errorf("%s: %+v, %v", format, r, err)
		}
	}
	if _, err := api.VerifyExport(strings.NewReader("")); !errors.Is(err, api.ErrAltered) {
		t.Errorf("an empty file: %v", err)
	}
}

// TestAnyChangeIsSeen changes an export in one place, anywhere.
func TestAnyChangeIsSeen(t *testing.T) {
	f := open(t)
	for _, format := range []string{api.FormatJSONL, api.FormatCAR} {
		file := export(t, f, format, protocol.BodyID{})
		change := func(t *rapid.T, what string, changed []byte) {
			if r, err := api.VerifyExport(bytes.NewReader(changed)); err == nil {
				t.Fatalf("%s went unnoticed: %+v", what, r)
			} else if !errors.Is(err, api.ErrAltered) {
				t.Fatalf("%s: %v", what, err)
			}
		}
		t.Run(format+" flip", rapid.MakeCheck(func(t *rapid.T) {
			changed := bytes.Clone(file)
			at := rapid.IntRange(0, len(file)-1).Draw(t, "at")
			changed[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
			change(t, "a flipped byte", changed)
		}))
		t.Run(format+" cut", rapid.MakeCheck(func(t *rapid.T) {
			change(t, "a cut", file[:rapid.IntRange(0, len(file)-1).Draw(t, "to")])
		}))
		t.Run(format+" take out", rapid.MakeCheck(func(t *rapid.T) {
			from := rapid.IntRange(0, len(file)-1).Draw(t, "from")
			to := rapid.IntRange(from+1, len(file)).Draw(t, "to")
			change(t, "a part taken out", append(bytes.Clone(file[:from]), file[to:]...))
		}))
		t.Run(format+" put in", rapid.MakeCheck(func(t *rapid.T) {
			at := rapid.IntRange(0, len(file)).Draw(t, "at")
			more := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "bytes")
			change(t, "a part put in", append(append(bytes.Clone(file[:at]), more...), file[at:]...))
		}))
	}
}

// TestLinesTakenOut takes whole lines out of a JSON Lines export.
func TestLinesTakenOut(t *testing.T) {
	f := open(t)
	lines := bytes.SplitAfter(export(t, f, api.FormatJSONL, protocol.BodyID{}), []byte("\n"))
	for i := range lines[:len(lines)-1] {
		without := bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil)
		if _, err := api.VerifyExport(bytes.NewReader(without)); !errors.Is(err, api.ErrAltered) {
			t.Errorf("line %d taken out: %v", i, err)
		}
	}
}

// TestLinesDoubled says each line of a JSON Lines export twice.
func TestLinesDoubled(t *testing.T) {
	f := open(t)
	lines := bytes.SplitAfter(export(t, f, api.FormatJSONL, protocol.BodyID{}), []byte("\n"))
	for i := range lines[:len(lines)-1] {
		twice := bytes.Join(append(append(append([][]byte{}, lines[:i+1]...), lines[i]), lines[i+1:]...), nil)
		if _, err := api.VerifyExport(bytes.NewReader(twice)); !errors.Is(err, api.ErrAltered) {
			t.Errorf("line %d doubled: %v", i, err)
		}
	}
}

// TestMissingContentIsTold takes content out and mends everything else but what
// the file says of it.
func TestMissingContentIsTold(t *testing.T) {
	f := open(t)
	file := export(t, f, api.FormatJSONL, f.forum.Body())
	lines := bytes.SplitAfter(file, []byte("\n"))
	var line map[string]json.RawMessage
	if err := json.Unmarshal(lines[4], &line); err != nil {
		t.Fatal(err)
	}
	lines[4] = bytes.Replace(lines[4], append([]byte(`,"content":`), line["content"]...), nil, 1)
	lines[4] = bytes.Replace(lines[4], append([]byte(`,"record":`), line["record"]...), nil, 1)
	if _, err := api.VerifyExport(bytes.NewReader(bytes.Join(lines, nil))); !errors.Is(err, api.ErrAltered) {
		t.Errorf("content taken out: %v", err)
	}
	end := &lines[len(lines)-3]
	*end = bytes.Replace(*end, []byte("}\n"), []byte(`,"omitted":[4]}`+"\n"), 1)
	if _, err := api.VerifyExport(bytes.NewReader(bytes.Join(lines, nil))); !errors.Is(err, api.ErrAltered) {
		t.Errorf("said of another position: %v", err)
	}
	*end = bytes.Replace(*end, []byte("[4]"), []byte("[3]"), 1)
	r, err := api.VerifyExport(bytes.NewReader(bytes.Join(lines, nil)))
	if err != nil || r.Missing != 1 || r.Erased != 0 {
		t.Errorf("said so: %+v, %v", r, err)
	}
}

func TestVerifyLedger(t *testing.T) {
	f := open(t)
	c := api.InProcess(f.node.Local())
	var last api.VerifyProgress
	r, err := c.Verify(t.Context(), api.VerifyScope{}, func(p api.VerifyProgress) { last = p })
	if err != nil || !r.OK() || r.Bodies != 3 || r.Entries != 16 || r.Frozen != 1 || last.Entries != 16 || last.Total != 16 {
		t.Errorf("%+v, %+v, %v", r, last, err)
	}
	if r, err := c.Verify(t.Context(), api.VerifyScope{Body: f.forum.Body()}, nil); err != nil || !r.OK() || r.Entries != 9 {
		t.Errorf("one log: %+v, %v", r, err)
	}
	if r, err := c.Verify(t.Context(), api.VerifyScope{Entry: f.council.Log[2].ID}, nil); err != nil || !r.OK() || r.Bodies != 1 {
		t.Errorf("one entry: %+v, %v", r, err)
	}
	if r, err := c.Verify(t.Context(), api.VerifyScope{Entry: f.rogue.Log[3].ID}, nil); err != nil || r.OK() {
		t.Errorf("an entry that is not in its log: %+v, %v", r, err)
	}
	var p *api.Problem
	if _, err := c.Verify(t.Context(), api.VerifyScope{Body: protocol.BodyID{1}}, nil); !errors.As(err, &p) || p.Code != api.CodeNotFound {
		t.Errorf("a body that is not held: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := api.VerifyLedger(ctx, f.node.Ledger(), api.VerifyScope{}, func(api.VerifyProgress) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// TestClientThatStops closes an export that it has not read.
func TestClientThatStops(t *testing.T) {
	f := open(t)
	f.forum.PublishN(300, 2000)
	f.join(t, f.forum.Log[9:])
	stop := errors.New("enough")
	w := &stingyWriter{left: 1000, err: stop}
	if err := api.InProcess(f.node.Public()).Export(t.Context(), api.FormatCAR, protocol.BodyID{}, w); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

type stingyWriter struct {
	left int
	err  error
}

func (w *stingyWriter) Write(b []byte) (int, error) {
	if len(b) > w.left {
		return 0, w.err
	}
	w.left -= len(b)
	return len(b), nil
}

func FuzzVerifyExport(f *testing.F) {
	fx := open(f)
	for _, format := range []string{api.FormatJSONL, api.FormatCAR} {
		f.Add(export(f, fx, format, protocol.BodyID{}))
	}
	f.Add([]byte("{\"format\":\"folkmoot/1/export\",\"network\":\"test\"}\n{\"bodies\":0,\"entries\":0}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := api.VerifyExport(bytes.NewReader(file))
		if err != nil {
			return
		}
		// What verifies is what an export writes: it verifies again.
		if again, err := api.VerifyExport(bytes.NewReader(file)); err != nil || again != r {
			t.Errorf("%+v, then %+v, %v", r, again, err)
		}
	})
}
