package record

import (
	"maps"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
)

// MaxReferences is how many references of one record are followed.
const MaxReferences = 64

// Ref is an identifier of another entry that a record holds.
type Ref struct {
	// Field is the name of the top-level field in which it stands.
	Field string
	// ID is what it refers to.
	ID protocol.EntryID
}

// References lists the entries that a record names: every text at any depth
// that is an identifier, each once a field, by field and then in their order
// there. It stops at [MaxReferences].
func References(fields map[string]any) []Ref {
	var refs []Ref
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		walk(fields[name], func(s string) {
			id, err := protocol.ParseEntryID(s)
			if ref := (Ref{Field: name, ID: id}); err == nil && len(refs) < MaxReferences && !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		})
	}
	return refs
}

// walk calls f with every text of v that may be an identifier.
func walk(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		if protocol.MayBeID(v) {
			f(v)
		}
	case []any:
		for _, e := range v {
			walk(e, f)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			walk(v[name], f)
		}
	}
}
