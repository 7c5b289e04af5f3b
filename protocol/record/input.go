package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/protocol"
)

// MaxInput is the longest text of a record that is read, in bytes: a record written with
// room to breathe is longer than its content.
const MaxInput = 4 * protocol.MaxContent

// InputError says what is wrong with a record as a person wrote it.
type InputError struct {
	// Line and Column count from 1, the column in characters; both are 0 where
	// the trouble is with no place in particular.
	Line, Column int
	// Path is the field, such as places[0].code; empty for the whole.
	Path string
	// Problem says what is wrong, and Remedy what to do.
	Problem, Remedy string
}

// Error is one sentence with the place, the problem and the remedy.
func (e *InputError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", e.Line, e.Column)
	}
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Problem)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// FromJSON reads one record as a person writes it to a file: an object whose
// member "kind" names the kind, and whose other members are the fields. Unknown
// fields are kept. A record that names no licence gets [DefaultLicence]. The
// error is an *[InputError].
func FromJSON(data []byte) (*Record, error) {
	fields, err := readObject(data)
	if err != nil {
		return nil, err
	}
	v, ok := fields[fieldKind]
	if !ok {
		return nil, &InputError{Problem: `the record does not say what kind it is`, Remedy: `add a member such as "kind": "decision"`}
	}
	name, ok := v.(string)
	if !ok {
		return nil, &InputError{Path: fieldKind, Problem: "the kind is not text", Remedy: `write it in quotes, such as "decision"`}
	}
	delete(fields, fieldKind)
	return newRecord(protocol.Kind(name), fields)
}

// FromJSONAs reads one record of a kind that is known from elsewhere: an object
// of fields. If it has a member "kind", that must agree.
func FromJSONAs(kind protocol.Kind, data []byte) (*Record, error) {
	fields, err := readObject(data)
	if err != nil {
		return nil, err
	}
	if v, ok := fields[fieldKind]; ok && v != string(kind) {
		return nil, &InputError{Path: fieldKind, Problem: fmt.Sprintf("the kind is not %q", kind), Remedy: "leave the member out"}
	}
	delete(fields, fieldKind)
	return newRecord(kind, fields)
}

func newRecord(kind protocol.Kind, fields map[string]any) (*Record, error) {
	if _, err := protocol.ParseKind(string(kind)); err != nil {
		return nil, &InputError{
			Path: fieldKind, Problem: fmt.Sprintf("%q cannot be a kind", clip(string(kind))),
			Remedy: fmt.Sprintf("write 1 to %d of the letters a to z and the underscore", protocol.MaxKind),
		}
	}
	if kind.HasAct() {
		return nil, &InputError{
			Path: fieldKind, Problem: fmt.Sprintf("%s is not a record and cannot be written to a file", entryOf(kind)),
			Remedy: "use the command that makes it",
		}
	}
	if _, ok := fields[FieldSalt]; ok {
		return nil, &InputError{Path: FieldSalt, Problem: "the salt is random and made anew for each entry", Remedy: "leave it out"}
	}
	if _, ok := fields[FieldLicence]; !ok {
		fields[FieldLicence] = DefaultLicence
	}
	return &Record{Kind: kind, Fields: fields}, nil
}

// reader reads JSON into the values that content may hold, and knows where it
// is. The path is that of the value being read.
type reader struct {
	data []byte
	dec  *json.Decoder
	path []string
}

func readObject(data []byte) (map[string]any, error) {
	if len(data) > MaxInput {
		return nil, tooLong(len(data))
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	r := &reader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	if err := r.checkText(); err != nil {
		return nil, err
	}
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, r.fail(0, "a record is an object", "write its members between { and }")
	}
	end := r.dec.InputOffset()
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, r.fail(r.skipSpace(end), "something follows the record", "write one record to a file")
	}
	return fields, nil
}

func tooLong(n int) error {
	return &InputError{
		Problem: fmt.Sprintf("the record is %d bytes long; the limit is %d", n, MaxInput),
		Remedy:  "shorten it, or publish long papers elsewhere and name them under sources",
	}
}

// value reads the next value, which lies in depth arrays and objects.
func (r *reader) value(depth int) (any, error) {
	start := r.dec.InputOffset()
	t, err := r.dec.Token()
	if err != nil {
		return nil, r.syntax(err)
	}
	at := r.skipSpace(start)
	if depth == protocol.MaxContentDepth {
		return nil, r.fail(at, fmt.Sprintf("lists and objects nest deeper than %d", depth-1), "make it flatter")
	}
	switch t := t.(type) {
	case string, bool:
		return t, nil
	case json.Number:
		return r.number(at, t.String())
	case json.Delim:
		if t == '[' {
			return r.array(depth + 1)
		}
		return r.object(depth + 1)
	default:
		return nil, r.fail(at, "null says nothing", "leave the field out")
	}
}

func (r *reader) array(depth int) (any, error) {
	list := []any{}
	for r.dec.More() {
		r.path = append(r.path, fmt.Sprintf("[%d]", len(list)))
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		r.path = r.path[:len(r.path)-1]
		list = append(list, v)
	}
	return list, r.end()
}

func (r *reader) object(depth int) (any, error) {
	fields := map[string]any{}
	for r.dec.More() {
		start := r.dec.InputOffset()
		t, err := r.dec.Token()
		if err != nil {
			return nil, r.syntax(err)
		}
		name, ok := t.(string)
		if !ok {
			return nil, r.fail(r.skipSpace(start), "a member has no name", "write \"name\": value")
		}
		if len(r.path) > 0 {
			r.path = append(r.path, "."+clip(name))
		} else {
			r.path = append(r.path, clip(name))
		}
		if _, ok := fields[name]; ok {
			return nil, r.fail(r.skipSpace(start), "the member stands twice", "keep one of them")
		}
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		r.path = r.path[:len(r.path)-1]
		fields[name] = v
	}
	return fields, r.end()
}

func (r *reader) end() error {
	if _, err := r.dec.Token(); err != nil {
		return r.syntax(err)
	}
	return nil
}

func (r *reader) number(at int64, s string) (any, error) {
	const remedy = "write it as text in quotes"
	if strings.ContainsAny(s, ".eE") {
		return nil, r.fail(at, "a number with a fraction or an exponent is not kept exactly", remedy)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > protocol.MaxInt || n < -protocol.MaxInt {
		return nil, r.fail(at, "the number is beyond 2^53", remedy)
	}
	return n, nil
}

// syntax explains an error of the JSON decoder.
func (r *reader) syntax(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.fail(int64(len(r.data)), "the record ends too early", "look for a missing bracket, brace or quote")
	}
	at := r.skipSpace(r.dec.InputOffset())
	if syn := (*json.SyntaxError)(nil); errors.As(err, &syn) && syn.Offset > at {
		at = min(syn.Offset, int64(len(r.data)))
	}
	c, _ := utf8.DecodeRune(r.data[at:])
	before := bytes.TrimRight(r.data[:at], " \t\r\n")
	switch {
	case strings.Contains(err.Error(), "in string literal"):
		return r.fail(at, "this is not JSON: a line break or tab stands inside the text", `write \n for a line break and \t for a tab`)
	case strings.Contains(err.Error(), "in string escape"):
		return r.fail(at, "this is not JSON: the text has a backslash that means nothing", `write \\ for a backslash`)
	case (c == '}' || c == ']') && bytes.HasSuffix(before, []byte(",")):
		return r.fail(at, fmt.Sprintf("this is not JSON: a comma stands before %q", c), "take the comma away")
	case c == '\'' || c == '\u2018' || c == '\u2019' || c == '\u201c' || c == '\u201d':
		return r.fail(at, fmt.Sprintf("this is not JSON: %c is not the quote that JSON uses", c), `write straight double quotes: "`)
	case c == '/' || c == '#':
		return r.fail(at, "this is not JSON: it has no comments", "take the comment away")
	default:
		return r.fail(at, fmt.Sprintf("this is not JSON: %q cannot stand here", c), "look for a missing comma, colon or quote just before")
	}
}

// checkText refuses text that a decoder would silently replace.
func (r *reader) checkText() error {
	const problem, remedy = "the text is not valid Unicode", "save the file as UTF-8"
	for i := 0; i < len(r.data); {
		c, size := utf8.DecodeRune(r.data[i:])
		if c == utf8.RuneError && size == 1 {
			return r.fail(int64(i), problem, remedy)
		}
		if c == '\\' && i+1 < len(r.data) {
			n, ok := escape(r.data[i:])
			if !ok {
				return r.fail(int64(i), "half of a character written with \\u", "write the character itself")
			}
			size = n
		}
		i += size
	}
	return nil
}

// escape returns the length of the escape with which b begins, and whether it
// is none or a whole pair of surrogates.
func escape(b []byte) (int, bool) {
	unit := func(b []byte) uint64 {
		if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
			return 0
		}
		n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
		if err != nil {
			return 0
		}
		return n
	}
	switch u := unit(b); {
	case u >= 0xd800 && u < 0xdc00:
		low := unit(b[6:])
		return 12, low >= 0xdc00 && low < 0xe000
	case u >= 0xdc00 && u < 0xe000:
		return 6, false
	default:
		return 2, true
	}
}

// skipSpace returns where the next value begins at or after an offset.
func (r *reader) skipSpace(at int64) int64 {
	for at < int64(len(r.data)) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0 {
		at++
	}
	return at
}

func (r *reader) fail(at int64, problem, remedy string) error {
	before := r.data[:min(at, int64(len(r.data)))]
	line := bytes.LastIndexByte(before, '\n') + 1
	return &InputError{
		Line: bytes.Count(before, []byte{'\n'}) + 1, Column: utf8.RuneCount(before[line:]) + 1,
		Path: strings.Join(r.path, ""), Problem: problem, Remedy: remedy,
	}
}

func clip(s string) string {
	if c := []rune(s); len(c) > 60 {
		return string(c[:60]) + "..."
	}
	return s
}

// entryOf names a kind that carries an act, with its article.
func entryOf(kind protocol.Kind) string {
	if kind == protocol.KindErase {
		return "an erase entry"
	}
	return "a " + string(kind) + " entry"
}
