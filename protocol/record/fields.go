package record

import (
	"slices"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

// CommonFields are the fields that records of every kind may have, but for the
// salt. The slice is the caller's; what its members point to is shared.
func CommonFields() []Field { return slices.Clone(commonFields) }

// Fields are all fields of a kind, common and own, in the order in which a form
// asks for them. A kind that this software does not know has the common ones.
// The slice is the caller's; what its members point to is shared.
func Fields(kind protocol.Kind) []Field {
	info, _ := Describe(kind)
	out := make([]Field, 0, len(commonFields)+len(info.Fields))
	for _, f := range commonFields {
		switch {
		case info.Filed && (f.Name == FieldPlaces || f.Name == FieldService):
			f.Need = Wanted
		case kind == KindReport && f.Name == FieldSources:
			f.Need = Required
		}
		if f.Name == FieldSources {
			out = append(out, info.Fields...)
		}
		out = append(out, f)
	}
	return out
}

// FieldAt is the field of a kind at a path such as "asks[0].of" or "asks.of",
// and false where the kind has none there.
func FieldAt(kind protocol.Kind, path string) (Field, bool) {
	var found Field
	fields := Fields(kind)
	for step := range strings.SplitSeq(path, ".") {
		name, index, indexed := strings.Cut(step, "[")
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		if i < 0 || indexed && (!fields[i].List || !isIndex(index)) {
			return Field{}, false
		}
		found = fields[i]
		fields = found.Fields
	}
	return found, true
}

// isIndex reports whether s is what follows the bracket of an index.
func isIndex(s string) bool {
	digits, ok := strings.CutSuffix(s, "]")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// FieldLabel is what people read for the field at a path: the labels of its
// groups and its own, such as "What we ask: Of whom"; the path itself where the
// kind has no such field.
func FieldLabel(kind protocol.Kind, path string) string {
	var labels []string
	for i := range len(path) + 1 {
		if i < len(path) && path[i] != '.' {
			continue
		}
		f, ok := FieldAt(kind, path[:i])
		if !ok {
			return path
		}
		labels = append(labels, f.Label)
	}
	return strings.Join(labels, ": ")
}
