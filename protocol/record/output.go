package record

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
)

// MarshalJSON writes the record as [FromJSON] reads it: the kind and the fields,
// in the order of their names. Byte strings become base64url without padding.
func (r *Record) MarshalJSON() ([]byte, error) {
	all := Plain(r.Fields)
	all[fieldKind] = string(r.Kind)
	b, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("write a %s record as JSON: %w", r.Kind, err)
	}
	return b, nil
}

// Plain returns a copy of a record's fields that JSON can hold: without the
// salt, and with byte strings as base64url without padding.
func Plain(fields map[string]any) map[string]any {
	all := maps.Clone(fields)
	delete(all, FieldSalt)
	out, _ := plain(all).(map[string]any)
	return out
}

func plain(v any) any {
	switch v := v.(type) {
	case []byte:
		return base64.RawURLEncoding.EncodeToString(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v)+1)
		for name, e := range v {
			out[name] = plain(e)
		}
		return out
	default:
		return v
	}
}
