package record

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// Formats of records as people write them.
const (
	FormatJSON = "json"
	FormatYAML = "yaml"
)

// FromText reads one record in a format; when that is empty, text that begins
// with a brace is JSON and all other is YAML. The error is an *[InputError].
func FromText(text []byte, format string) (*Record, error) {
	if format == "" {
		format = FormatYAML
		if strings.HasPrefix(strings.TrimLeft(string(text[:min(len(text), 1024)]), " \t\r\n\ufeff"), "{") {
			format = FormatJSON
		}
	}
	switch format {
	case FormatJSON:
		return FromJSON(text)
	case FormatYAML:
		return FromYAML(text)
	}
	return nil, &InputError{Problem: fmt.Sprintf("a record cannot be in the format %q", clip(format)), Remedy: "write JSON or YAML"}
}

// FromYAML reads one record as [FromJSON] does, from YAML 1.2. What a field's
// table says is text is text, whether it stands in quotes or not, so that dates,
// numbers and codes need none. Fields without a value are left out, and so are
// groups and lists in which nothing is filled in: a template is read as far as it
// is written. Anchors, aliases, tags and several documents are refused. The error
// is an *[InputError].
func FromYAML(text []byte) (*Record, error) {
	if len(text) > MaxInput {
		return nil, tooLong(len(text))
	}
	if !utf8.Valid(text) {
		return nil, &InputError{Problem: "the text is not valid Unicode", Remedy: "save the file as UTF-8"}
	}
	var doc yaml.Node
	if err := yaml.Load(text, &doc); err != nil {
		return nil, yamlSyntax(err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, &InputError{Line: 1, Column: 1, Problem: "a record is a list of names and values", Remedy: `write a line such as "kind: decision" for each field`}
	}
	y := &yamlReader{}
	root := doc.Content[0]
	kind, err := y.kind(root)
	if err != nil {
		return nil, err
	}
	fields, err := y.mapping(root, Fields(kind), 1)
	if err != nil {
		return nil, err
	}
	delete(fields, fieldKind)
	return newRecord(kind, fields)
}

// yamlReader turns nodes of YAML into the values that content may hold. The path
// is that of the node being read.
type yamlReader struct{ path []string }

// kind reads the member that says what the fields mean.
func (y *yamlReader) kind(root *yaml.Node) (protocol.Kind, error) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if name, v := root.Content[i], root.Content[i+1]; name.Value == fieldKind && v.Kind == yaml.ScalarNode && v.Value != "" {
			return protocol.Kind(v.Value), nil
		}
	}
	return "", &InputError{Problem: "the record does not say what kind it is", Remedy: `add a line such as "kind: decision"`}
}

// absent is what a node without a value is read as.
type absent struct{}

// value reads a node; field is nil where no table has it.
func (y *yamlReader) value(n *yaml.Node, field *Field, depth int) (any, error) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return nil, y.fail(n, "a record has no anchors and aliases", "write the text itself")
	case n.Style&yaml.TaggedStyle != 0:
		return nil, y.fail(n, "a record has no tags", "take the word that begins with an exclamation mark away")
	case depth >= protocol.MaxContentDepth:
		return nil, y.fail(n, fmt.Sprintf("lists and groups nest deeper than %d", protocol.MaxContentDepth-1), "make it flatter")
	}
	switch n.Kind {
	case yaml.SequenceNode:
		return y.sequence(n, field, depth+1)
	case yaml.MappingNode:
		var fields []Field
		if field != nil {
			fields = field.Fields
		}
		v, err := y.mapping(n, fields, depth+1)
		if err != nil {
			return nil, err
		}
		if len(v) == 0 && len(n.Content) > 0 {
			return absent{}, nil
		}
		return v, nil
	default:
		return scalar(n, field), nil
	}
}

func (y *yamlReader) sequence(n *yaml.Node, field *Field, depth int) (any, error) {
	list := make([]any, 0, len(n.Content))
	for i, e := range n.Content {
		y.path = append(y.path, fmt.Sprintf("[%d]", i))
		v, err := y.value(e, field, depth)
		if err != nil {
			return nil, err
		}
		y.path = y.path[:len(y.path)-1]
		if v != (any)(absent{}) {
			list = append(list, v)
		}
	}
	if len(list) == 0 && len(n.Content) > 0 {
		return absent{}, nil
	}
	return list, nil
}

func (y *yamlReader) mapping(n *yaml.Node, fields []Field, depth int) (map[string]any, error) {
	out := make(map[string]any, len(n.Content)/2)
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Anchor != "" || key.Style&yaml.TaggedStyle != 0 || key.Tag == "!!merge" {
			return nil, y.fail(key, "a field has no plain name", `write "name: value"`)
		}
		step := clip(key.Value)
		if len(y.path) > 0 {
			step = "." + step
		}
		y.path = append(y.path, step)
		if seen[key.Value] {
			return nil, y.fail(key, "the field stands twice", "keep one of them; several values are a list, with a dash before each")
		}
		seen[key.Value] = true
		var field *Field
		if at := slices.IndexFunc(fields, func(f Field) bool { return f.Name == key.Value }); at >= 0 {
			field = &fields[at]
		}
		v, err := y.value(value, field, depth)
		if err != nil {
			return nil, err
		}
		y.path = y.path[:len(y.path)-1]
		if v != (any)(absent{}) {
			out[key.Value] = v
		}
	}
	return out, nil
}

// wholeForm is a whole number that content can hold.
var wholeForm = regexp.MustCompile(`^-?(?:0|[1-9][0-9]{0,15})$`)

const (
	blockStyle  = yaml.LiteralStyle | yaml.FoldedStyle
	quotedStyle = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle
)

// scalar reads a single value. In blocks of text the line break at the end
// belongs to the form.
func scalar(n *yaml.Node, field *Field) any {
	switch {
	case n.Style&blockStyle != 0:
		return strings.TrimRight(n.Value, "\n")
	case n.Style&quotedStyle != 0:
		return n.Value
	case n.Value == "" || n.Tag == "!!null" && (field == nil || n.Value == "~"):
		return absent{}
	}
	asks := Type(0)
	if field != nil {
		asks = field.Type
	}
	if asks == Whole || asks == 0 {
		if v, err := strconv.ParseInt(n.Value, 10, 64); err == nil && wholeForm.MatchString(n.Value) && v <= protocol.MaxInt && v >= -protocol.MaxInt {
			return v
		}
	}
	if asks == Flag || asks == 0 {
		switch n.Value {
		case "true", "True", "TRUE":
			return true
		case "false", "False", "FALSE":
			return false
		}
	}
	if asks == Flag {
		switch strings.ToLower(n.Value) {
		case "yes":
			return true
		case "no":
			return false
		}
	}
	return n.Value
}

func (y *yamlReader) fail(n *yaml.Node, problem, remedy string) error {
	return &InputError{Line: n.Line, Column: n.Column, Path: strings.Join(y.path, ""), Problem: problem, Remedy: remedy}
}

// yamlSyntax explains an error of the decoder.
func yamlSyntax(err error) error {
	text := err.Error()
	out := &InputError{Problem: "this is not YAML", Remedy: "look at this line and the one before: a colon, a quote or the spaces at the beginning may be amiss"}
	if load := (*yaml.LoadError)(nil); errors.As(err, &load) {
		mark := load.Mark
		if load.ContextMark.Line > 0 {
			mark = load.ContextMark // where what is amiss begins
		}
		out.Line, out.Column = mark.Line, mark.Column
		text = load.Message
	}
	for _, known := range []struct{ says, problem, remedy string }{
		{"expected single document", "there is more than one record", "write one record to a file, without lines of dashes"},
		{"no documents", "there is nothing in it", `write a line such as "kind: decision" for each field`},
		{"mapping values are not allowed", "this is not YAML: a colon stands inside the text", "put the text in quotes, or begin it on a new line after |"},
		{"cannot start any token", "this is not YAML: a character cannot stand at the beginning of a value", "put the text in quotes; indent with spaces, not tabs"},
		{"unexpected end of stream", "this is not YAML: a quote is opened and not closed", "close it, and double a quote that belongs to the text"},
		{"expected ',' or", "this is not YAML: a bracket or brace is opened and not closed", "close it, or put the text in quotes"},
		{"expected '-' indicator", "this is not YAML: a line does not belong to the list before it", "begin it with a dash, or write it further left or right"},
		{"control characters", "the text has a control character", "take it out"},
	} {
		if strings.Contains(text, known.says) {
			out.Problem, out.Remedy = known.problem, known.remedy
			break
		}
	}
	return out
}

// YAML writes the record as [FromYAML] reads it: the kind, the fields in the order
// of a form, and then those that are not known by name.
func (r *Record) YAML() ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode(fieldKind), textNode(string(r.Kind))}}
	root.Content = append(root.Content, memberNodes(Plain(r.Fields), Fields(r.Kind))...)
	b, err := yaml.Dump(root, yaml.WithV4Defaults())
	if err != nil {
		return nil, fmt.Errorf("write a %s record as YAML: %w", r.Kind, err)
	}
	return b, nil
}

// memberNodes are the names and values of a map, those of the table first.
func memberNodes(in map[string]any, fields []Field) []*yaml.Node {
	var out []*yaml.Node
	known := make(map[string]bool, len(fields))
	for i := range fields {
		known[fields[i].Name] = true
		if v, ok := in[fields[i].Name]; ok {
			out = append(out, textNode(fields[i].Name), valueNode(v, fields[i].Fields))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if !known[name] {
			out = append(out, textNode(name), valueNode(in[name], nil))
		}
	}
	return out
}

func valueNode(v any, fields []Field) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		return &yaml.Node{Kind: yaml.MappingNode, Content: memberNodes(v, fields)}
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, e := range v {
			n.Content = append(n.Content, valueNode(e, fields))
		}
		return n
	case string:
		return textNode(v)
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: fmt.Sprint(v)}
	}
}

// textNode is text, in quotes where it could be read as something else, and as a
// block where it has several lines.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.Contains(s, "\n") {
		n.Style = yaml.DoubleQuotedStyle
		if blockForm.MatchString(s) {
			n.Style = yaml.LiteralStyle
		}
	}
	return n
}

// blockForm is text that a block keeps as it is.
var blockForm = regexp.MustCompile(`^(?:[^\s\pC][^\r\pC\x{85}\x{2028}\x{2029}\x{feff}]*\n\n?)+[^\s\pC][^\r\pC\x{85}\x{2028}\x{2029}\x{feff}]*$`)
