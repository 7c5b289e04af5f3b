package archive_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node/archive"
)

// sample is a backup with two files and enough pairs for three parts.
func sample(t testing.TB) (raw []byte, pairs []ledger.Pair) {
	t.Helper()
	for i := range 300 {
		pairs = append(pairs, ledger.Pair{Key: fmt.Appendf(nil, "key %04d", i), Value: bytes.Repeat([]byte{byte(i)}, 8000)})
	}
	pairs = append(pairs, ledger.Pair{Key: []byte("without a value"), Value: []byte{}})
	return write(t, pairs), pairs
}

func write(t testing.TB, pairs []ledger.Pair) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := archive.NewWriter(&b, archive.Header{Software: "folkmoot/test", Made: 1_780_000_000, Network: "test", Ledger: ledger.Totals{Schema: 7, Entries: 3}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{archive.Config: "network = \"test\"\n"} {
		if err := w.File(name, int64(len(text)), strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range pairs {
		if err := w.Pair(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// content is all that a backup has.
type content struct {
	header archive.Header
	files  map[string]string
	pairs  []ledger.Pair
}

func read(r io.Reader) (content, error) {
	c := content{files: make(map[string]string)}
	in, err := archive.NewReader(r)
	if err != nil {
		return c, err
	}
	c.header = in.Header
	err = in.Files(func(name string, r io.Reader) error {
		b, err := io.ReadAll(r)
		c.files[name] = string(b)
		return err
	})
	if err != nil {
		return c, err
	}
	for p, err := range in.Pairs() {
		if err != nil {
			return c, err
		}
		c.pairs = append(c.pairs, ledger.Pair{Key: bytes.Clone(p.Key), Value: bytes.Clone(p.Value)})
	}
	return c, in.Finish()
}

func TestRoundTrip(t *testing.T) {
	raw, pairs := sample(t)
	c, err := read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if c.header.Format != archive.Format || c.header.Ledger.Schema != 7 || c.files[archive.Config] != "network = \"test\"\n" || len(c.files) != 1 {
		t.Errorf("%+v, %v", c.header, c.files)
	}
	if !reflect.DeepEqual(c.pairs, pairs) {
		t.Errorf("%d pairs of %d, or others", len(c.pairs), len(pairs))
	}
	if parts := bytes.Count(raw, []byte(`"store/`)); parts != 3 {
		t.Errorf("the store takes %d parts", parts)
	}
}

// TestEveryChange flips a bit of every byte that means something, and cuts the
// backup short at every length.
func TestEveryChange(t *testing.T) {
	raw := write(t, []ledger.Pair{{Key: []byte("k"), Value: bytes.Repeat([]byte("v"), 100)}})
	whole, err := read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		// What tar itself has besides names, sizes and bytes means nothing.
		if c, err := read(bytes.NewReader(changed)); err == nil && !reflect.DeepEqual(c, whole) {
			t.Errorf("byte %d: the change was not noticed", i)
		}
		// What follows the manifest fills its last block, and two empty ones.
		if _, err := read(bytes.NewReader(raw[:i])); err == nil && i < len(raw)-3*512 {
			t.Errorf("cut short to %d bytes of %d, and not noticed", i, len(raw))
		}
	}
}

// failing breaks off after some bytes.
type failing struct {
	r   io.Reader
	err error
}

// Read implements [io.Reader].
func (f failing) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if errors.Is(err, io.EOF) {
		err = f.err
	}
	return n, err
}

// TestEndIsProved wants the reader's own end, which an encrypted stream
// authenticates last.
func TestEndIsProved(t *testing.T) {
	raw, _ := sample(t)
	broke := errors.New("the last block does not authenticate")
	if _, err := read(failing{bytes.NewReader(raw), broke}); !errors.Is(err, broke) || !errors.Is(err, archive.ErrDamaged) {
		t.Error(err)
	}
}

// TestRefused reads what no backup of this version is.
func TestRefused(t *testing.T) {
	part := func(name, text string) []byte { return part(t, name, text) }
	header, err := json.Marshal(archive.Header{Format: archive.Format})
	if err != nil {
		t.Fatal(err)
	}
	begin := part("header.json", string(header))
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"nothing":            {nil, archive.ErrDamaged},
		"something else":     {[]byte("this is no backup"), archive.ErrDamaged},
		"another beginning":  {part(archive.Config, "x"), archive.ErrDamaged},
		"a newer format":     {part("header.json", `{"format": 2}`), archive.ErrNewer},
		"a header in words":  {part("header.json", "hello"), archive.ErrDamaged},
		"only a header":      {begin, archive.ErrDamaged},
		"a part out of line": {append(bytes.Clone(begin), part("../../etc/passwd", "x")...), archive.ErrDamaged},
		"a store that skips": {append(bytes.Clone(begin), part("store/00000002", "")...), archive.ErrDamaged},
		"a pair cut short":   {append(bytes.Clone(begin), part("store/00000001", "\x05ab")...), archive.ErrDamaged},
		"a long claim":       {append(bytes.Clone(begin), part("store/00000001", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")...), archive.ErrDamaged},
		"a long header":      {part("header.json", strings.Repeat(" ", 2<<20)), archive.ErrDamaged},
	} {
		if _, err := read(bytes.NewReader(c.raw)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWriterRefuses what a reader would not take.
func TestWriterRefuses(t *testing.T) {
	w, err := archive.NewWriter(io.Discard, archive.Header{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.File("notes.txt", 1, strings.NewReader("x")); err == nil {
		t.Error("a file without a place was written")
	}
	if err := w.File(archive.Config, 5, strings.NewReader("tiny")); err == nil {
		t.Error("a file that shrank was written")
	}
	if err := w.Pair(ledger.Pair{Key: []byte("k"), Value: make([]byte, 9<<20)}); err == nil {
		t.Error("a pair that nobody could read was written")
	}
}

// FuzzStore reads a backup whose one part of the store is anything. Frame and
// manifest are whole, so that what tar and JSON refuse is not in the way.
func FuzzStore(f *testing.F) {
	f.Add([]byte("\x01k\x01v"))
	f.Add([]byte("\x01k\x00\x02kk\x03vvv"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, chunk []byte) {
		sum := sha256.Sum256(chunk)
		header := `{"format": 1}`
		head := sha256.Sum256([]byte(header))
		manifest, err := json.Marshal(archive.Manifest{Parts: []archive.Part{
			{Name: "header.json", Size: int64(len(header)), SHA256: head}, {Name: "store/00000001", Size: int64(len(chunk)), SHA256: sum},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var raw []byte
		for _, p := range [][2]string{{"header.json", header}, {"store/00000001", string(chunk)}, {"manifest.json", string(manifest)}} {
			raw = append(raw, part(t, p[0], p[1])...)
		}
		c, err := read(bytes.NewReader(raw))
		if err != nil {
			if !errors.Is(err, archive.ErrDamaged) {
				t.Errorf("an error without a class: %v", err)
			}
			return
		}
		size := 0
		for _, p := range c.pairs {
			size += len(p.Key) + len(p.Value)
		}
		if size > len(chunk) {
			t.Errorf("%d bytes hold pairs of %d", len(chunk), size)
		}
	})
}

// part is one part of a backup, as tar frames it.
func part(t testing.TB, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
